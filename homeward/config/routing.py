"""Which database a table lies in: the key store has its tables in the alias `keys`, and nothing else lies there."""

from __future__ import annotations

from typing import Any

KEYS = "keys"  # the alias, and the label of the app


class KeysRouter:
    """None: not for this router to say."""

    def db_for_read(self, model: Any, **_: Any) -> str | None:
        return KEYS if model._meta.app_label == KEYS else None

    def db_for_write(self, model: Any, **_: Any) -> str | None:
        return KEYS if model._meta.app_label == KEYS else None

    def allow_relation(self, one: Any, other: Any, **_: Any) -> bool | None:
        """No link leaves the key store, and none leads into it."""
        inside = [each._meta.app_label == KEYS for each in (one, other)]
        return None if not any(inside) else all(inside)

    def allow_migrate(self, db: str, app_label: str, **_: Any) -> bool | None:
        if KEYS not in (db, app_label):
            return None
        return db == app_label
