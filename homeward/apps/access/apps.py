from __future__ import annotations

from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "homeward.apps.access"
    label = "access"
