from __future__ import annotations

from django.apps import AppConfig


class KeysConfig(AppConfig):
    """The key store: tables of a database of their own, with no link to any other."""

    name = "homeward.apps.access.keys"
    label = "keys"
