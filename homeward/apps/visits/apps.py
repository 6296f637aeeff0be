from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class VisitsConfig(AppConfig):
    name = "homeward.apps.visits"
    label = "visits"

    def ready(self) -> None:
        from homeward.apps.visits.outlook_triggers import after_migrating

        post_migrate.connect(after_migrating, sender=self)
