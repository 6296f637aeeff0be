from __future__ import annotations

from django.apps import AppConfig
from django.core import checks

from homeward.config.checks import check_database, check_profile


class ConfigConfig(AppConfig):
    """Registers the start checks."""

    name = "homeward.config"
    label = "homeward_config"

    def ready(self) -> None:
        checks.register(check_profile, checks.Tags.security)
        checks.register(check_database, checks.Tags.database)
