"""The end of a key. The row stays without it, so that nobody makes it anew; the store's log is emptied at once."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db import connections
from django.utils import timezone

from homeward.apps.access.keys import store
from homeward.apps.access.keys.custody import KEYS
from homeward.domain.privacy import KeyKind

ATTEMPTS, PAUSE = 25, 0.2  # five seconds: a reader holds the log open only while it reads


def destroy(owner_ids: Iterable[UUID], kinds: Sequence[KeyKind], reason: str) -> int:
    """How many keys that were alive are gone. Again it finds none, and ends as well."""
    owners, ended = list(owner_ids), 0
    for start in range(0, len(owners), store.AT_ONCE):
        some = owners[start : start + store.AT_ONCE]
        alive = store.rows().filter(owner_id__in=some, kind__in=kinds, destroyed_at=None)
        ended += alive.update(wrapped=b"", destroyed_at=timezone.now(), why=reason)
    store.forget(owners)
    return ended


def empty_log() -> bool:
    """Old bytes of the key store leave the disk as far as the database can see to it. False while somebody reads."""
    connection = connections[KEYS]
    if connection.in_atomic_block:
        return False  # it would wait for itself; whoever opened the transaction asks again after it
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("VACUUM keys_datakey")
            return True
        for _ in range(ATTEMPTS):
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            row = cursor.fetchone()
            if row is not None and row[0] == 0:
                return True
            time.sleep(PAUSE)
    return False
