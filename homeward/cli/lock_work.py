"""What `homeward lock` and `homeward unlock` do, once Django is set up."""

from __future__ import annotations

import base64
import os
import sys
import time
from contextlib import suppress

from django.conf import settings
from django.db import DatabaseError

from homeward.apps.access.actors import system_actor
from homeward.apps.access.keys import custody
from homeward.apps.access.keys.custody import Kek
from homeward.apps.access.keys.locking import ask, confirm, remove_lock, write_lock
from homeward.apps.operations.locking import lock_server, note_unlocked
from homeward.cli.main import CANNOT, DONE, print_json
from homeward.cli.unlocking import asked_for, in_memory, read_passphrase, refused

WITHIN = 20.0  # seconds


def lock(*, as_json: bool) -> int:
    """A database that is away must not keep anybody from locking."""
    try:
        lock_server(system_actor(), "command")
    except DatabaseError:
        write_lock(settings.HOMEWARD_DATA, "command")
    until = time.monotonic() + WITHIN
    state = ask(settings.HOMEWARD_DATA, "state")
    while state == "open" and time.monotonic() < until:
        time.sleep(0.1)
        state = ask(settings.HOMEWARD_DATA, "state")
    words = {
        "locked": "Locked: no process of this server has the key any more.",
        "": "Locked. No `homeward serve` answers here: processes that run in another way end within a second.",
        "open": "The lock is set, but the server did not confirm it. Stop it.",
    }
    _say({"state": state}, words[state], as_json=as_json)
    return CANNOT if state == "open" else DONE


def unlock(*, as_json: bool) -> int:
    key = _key()
    with suppress(DatabaseError):
        note_unlocked()
    state = ask(settings.HOMEWARD_DATA, "state")
    if state == "locked":
        descriptor = in_memory(key.key)
        state = ask(settings.HOMEWARD_DATA, "unlock", descriptor)
        os.close(descriptor)
    else:
        confirm(settings.HOMEWARD_DATA)
        remove_lock(settings.HOMEWARD_DATA)
    words = {
        "open": "Open.",
        "locked": "The server did not take the key. Stop it and start it again.",
        "": "The lock is gone. No `homeward serve` answers here.",
    }
    _say({"state": state}, words[state], as_json=as_json)
    return CANNOT if state == "locked" else DONE


def _key() -> Kek:
    """Proved against the key store before anything is handed over."""
    row = custody.current()
    if row is None:
        raise refused("keys.none", "There is no key yet.", "Make one: `homeward keys create`.")
    if row.kind == custody.PASSPHRASE:
        return asked_for(row)
    if row.kind == custody.DEMO:
        return custody.proved(row, settings.HOMEWARD_DEMO_VAULT_KEY)
    given = os.environ.get("HOMEWARD_VAULT_KEY", "") or read_passphrase("The key (base64): ")
    try:
        return custody.proved(row, base64.b64decode(given, validate=True))
    except ValueError as error:
        raise refused("keys.no_key", "This is no base64 of 32 bytes.", "Give the key as it was made.") from error


def _say(values: dict[str, str], words: str, *, as_json: bool) -> None:
    if as_json:
        print_json(values)
    else:
        print(words, file=sys.stdout)
