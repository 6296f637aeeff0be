from __future__ import annotations

from django.apps import AppConfig


class BackupsConfig(AppConfig):
    """Backups, restores, drills and upgrades of the whole house."""

    name = "homeward.apps.backups"
    label = "backups"
