from __future__ import annotations

from django.apps import AppConfig


class SafeguardingConfig(AppConfig):
    name = "homeward.apps.safeguarding"
    label = "safeguarding"
