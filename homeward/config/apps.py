from __future__ import annotations

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.utils.module_loading import import_string

from homeward.config.checks import (
    check_backups,
    check_database,
    check_isolation,
    check_places,
    check_profile,
    check_registry,
    check_rules,
)
from homeward.formats.converter.apart import require_isolation

CHECK_KEYS = "homeward.config.key_checks.check_keys"  # needs the models, which come after this module


class ConfigConfig(AppConfig):
    """Registers the start checks."""

    name = "homeward.config"
    label = "homeward_config"

    def ready(self) -> None:
        checks.register(check_profile, checks.Tags.security)
        require_isolation(settings.HOMEWARD_ISOLATION_REQUIRED)
        checks.register(check_isolation, checks.Tags.security)
        checks.register(check_places, checks.Tags.security)
        checks.register(check_backups, checks.Tags.security)
        checks.register(check_registry, checks.Tags.models)
        checks.register(check_rules, checks.Tags.compatibility)
        checks.register(check_database, checks.Tags.database)
        checks.register(import_string(CHECK_KEYS), checks.Tags.database)
