"""What must hold of the key store before Homeward starts. Loaded once the models are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error

from homeward.apps.access.keys.custody import KEYS, current, incoming, proved
from homeward.apps.access.keys.faults import LockedError
from homeward.apps.access.keys.standing import data_without_keys

NO_KEYS = "The key store holds no key for the data that are here: they cannot be read."
NO_KEYS_HINT = (
    "Put the key store of these data in its place (HOMEWARD_KEYS_DATABASE, or keys.sqlite3 in the data folder). "
    "Versions that stored no keys were never for real children: after one of them, start with an empty data folder."
)


def check_keys(
    app_configs: Sequence[Any] | None, databases: Sequence[str] | None = None, **_: Any
) -> list[CheckMessage]:
    """The key store belongs to the data, and opens with the key that is given."""
    if KEYS not in (databases or ()):
        return []
    if data_without_keys():
        return [Error(NO_KEYS, hint=NO_KEYS_HINT, id="homeward.E023")]
    if incoming() is not None:
        hint = "Finish it with `homeward keys rotate --kek` before the server starts."
        return [Error("A rotation of the key store's key was begun and not finished.", hint=hint, id="homeward.E022")]
    return _unopened()


def _unopened() -> list[CheckMessage]:
    row, key = current(), settings.HOMEWARD_VAULT_KEY
    if row is None or key is None:
        return []
    try:
        proved(row, key)
    except LockedError as error:
        hint = "Give the key that this key store was made with, or the passphrase."
        return [Error(str(error.first), hint=hint, id="homeward.E021")]
    return []
