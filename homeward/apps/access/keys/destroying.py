"""The end of a key. The row stays without it, so that nobody makes it anew; the store's log is emptied at once."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from uuid import UUID, uuid4

from django.db import connections
from django.utils import timezone

from homeward.apps.access.keys import store
from homeward.apps.access.keys.custody import KEYS
from homeward.apps.access.keys.models import DataKey
from homeward.domain.privacy import KeyKind

ATTEMPTS, PAUSE = 25, 0.2  # five seconds: a reader holds the log open only while it reads


def destroy(owner_ids: Iterable[UUID], kinds: Sequence[KeyKind], reason: str) -> int:
    """How many keys that were alive are gone. Again it finds none, and ends as well."""
    owners, ended = list(owner_ids), 0
    for start in range(0, len(owners), store.AT_ONCE):
        some = owners[start : start + store.AT_ONCE]
        alive = store.rows().filter(owner_id__in=some, kind__in=kinds, destroyed_at=None)
        ended += alive.update(wrapped=b"", destroyed_at=timezone.now(), why=reason)
        if KeyKind.RECORD in kinds:  # what interviews were sealed under before they found this child goes with it
            store.rows().filter(ends_with__in=some, kind=KeyKind.OWN).delete()
    store.forget_everywhere(owners)
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


def leave_marks(owner_ids: Iterable[UUID], reason: str) -> None:
    """Of things that must not come again: a key that never was, destroyed. The key store is copied apart from the data,
    so a restore of the data does not forget them.
    """
    now = timezone.now()
    rows = [
        DataKey(
            id=uuid4(),
            owner_id=owner,
            kind=KeyKind.OWN,
            custody=0,
            wrapped=b"",
            created_at=now,
            destroyed_at=now,
            why=reason,
        )
        for owner in owner_ids
    ]
    store.rows().bulk_create(rows, batch_size=store.AT_ONCE, ignore_conflicts=True)


def marks_left() -> list[UUID]:
    marks = store.rows().filter(kind=KeyKind.OWN).exclude(destroyed_at=None)
    return list(marks.values_list("owner_id", flat=True))


def state_reason(owner_ids: Iterable[UUID], kinds: Sequence[KeyKind], reason: str) -> None:
    """Of keys that are destroyed already, and now for another reason."""
    gone = store.rows().filter(owner_id__in=list(owner_ids), kind__in=kinds).exclude(destroyed_at=None)
    gone.update(why=reason)


def ended_owners(kinds: Sequence[KeyKind]) -> dict[UUID, str]:
    """Whose keys of all these kinds are destroyed, and why the last of these kinds was."""
    rows = store.rows().filter(kind__in=kinds)
    alive = set(rows.filter(destroyed_at=None).values_list("owner_id", flat=True))
    found: dict[UUID, dict[str, str]] = {}
    for owner, kind, reason in rows.exclude(destroyed_at=None).values_list("owner_id", "kind", "why"):
        found.setdefault(owner, {})[kind] = reason
    return {owner: had[kinds[-1]] for owner, had in found.items() if owner not in alive and had.keys() >= {*kinds}}
