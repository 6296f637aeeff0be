from __future__ import annotations

from django.apps import AppConfig
from django.conf import settings
from django.core import checks

from homeward.config.checks import check_database, check_isolation, check_profile
from homeward.formats.converter.apart import require_isolation


class ConfigConfig(AppConfig):
    """Registers the start checks."""

    name = "homeward.config"
    label = "homeward_config"

    def ready(self) -> None:
        checks.register(check_profile, checks.Tags.security)
        require_isolation(settings.HOMEWARD_ISOLATION_REQUIRED)
        checks.register(check_isolation, checks.Tags.security)
        checks.register(check_database, checks.Tags.database)
