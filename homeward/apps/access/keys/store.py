"""Data keys out of their wrapping: made, read, and remembered by this process, for at most a minute and until any key
of the house ends.

A key commits before the first row that needs it: a key without data is harmless, data without its key are lost. So a
key is written on the key store's own connection, outside any transaction of the data.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import connections
from django.db.models import QuerySet
from django.utils import timezone

from homeward.apps.access.keys import telling
from homeward.apps.access.keys.custody import KEY_LENGTH, KEYS, bound, kek
from homeward.apps.access.keys.faults import ErasedError
from homeward.apps.access.keys.models import DataKey
from homeward.apps.access.statements import statements
from homeward.domain.privacy import KeyKind

HOUSE = UUID(int=0)  # the owner of what belongs to the whole house
REMEMBERED_FOR = 60.0  # seconds: so long after a key was destroyed a process of another machine may still open with it
MOST_REMEMBERED = 4096  # owners
AT_ONCE = 500
CHILD = (KeyKind.IDENTITY, KeyKind.RECORD)


class OwnerKeys:
    """All keys of one owner. A version whose key was destroyed is known, and opens nothing."""

    __slots__ = ("derived", "destroyed", "newest", "raw", "told", "until")

    def __init__(self, told: telling.State) -> None:
        self.raw: dict[tuple[str, int], bytes] = {}
        self.derived: dict[bytes, bytes] = {}  # from the newest of `raw`, by purpose
        self.newest: dict[str, int] = {}
        self.destroyed: set[str] = set()
        self.told = told
        self.until = time.monotonic() + REMEMBERED_FOR

    def holds(self, told: telling.State, now: float) -> bool:
        """Whether it was read since a key last ended, and not long ago."""
        return self.told == told and self.until >= now

    def add(self, kind: str, version: int, key: bytes | None) -> None:
        if key is None:
            self.destroyed.add(kind)
        else:
            self.raw[kind, version] = key
            self.newest[kind] = max(version, self.newest.get(kind, 0))

    def ended(self, kind: str) -> bool:
        return kind in self.destroyed and kind not in self.newest

    def current(self, kind: str, what: str) -> int:
        """The version that seals; 0 where there has never been one."""
        version = self.newest.get(kind, 0)
        if not version and kind in self.destroyed:
            raise ErasedError(what)
        return version

    def cipher(self, kind: str, version: int, what: str) -> AESGCM | None:
        key = self.raw.get((kind, version))
        if key is None and kind in self.destroyed:
            raise ErasedError(what)
        return AESGCM(key) if key is not None else None


_remembered: dict[UUID, OwnerKeys] = {}
_lock = threading.Lock()


def keys_of(owner_id: UUID) -> OwnerKeys:
    known = _remembered.get(owner_id)
    if known is None or not known.holds(telling.state(), time.monotonic()):
        known = _loaded([owner_id])[owner_id]
    return known


def prefetch(owner_ids: Iterable[UUID]) -> None:
    """For a list: the keys of all its children in a few looks instead of one each."""
    told, now = telling.state(), time.monotonic()
    wanted = {key for key in owner_ids if (known := _remembered.get(key)) is None or not known.holds(told, now)}
    for some in _in_portions(sorted(wanted)):
        _loaded(some)


def forget(owner_ids: Iterable[UUID] | None = None) -> None:
    with _lock:
        if owner_ids is None:
            _remembered.clear()
        for key in owner_ids or ():
            _remembered.pop(key, None)


def forget_everywhere(owner_ids: Iterable[UUID]) -> None:
    """Keys that ended for good, and committed: whoever remembers one, in whichever process, reads the store again."""
    forget(owner_ids)
    telling.tell()


def ensure(owner_id: UUID, kinds: Sequence[KeyKind]) -> OwnerKeys:
    """The owner's keys, made where there are none. Of two processes that make them at once, one's are kept."""
    known = keys_of(owner_id)
    if any(kind not in known.newest and kind not in known.destroyed for kind in kinds):
        create([owner_id], kinds)
        forget([owner_id])
        known = keys_of(owner_id)
    return known


def create(owner_ids: Iterable[UUID], kinds: Sequence[KeyKind] = CHILD, version: int = 1) -> None:
    keep([(owner, kind, os.urandom(KEY_LENGTH)) for owner in owner_ids for kind in kinds], version)


def keep(keys: Iterable[tuple[UUID, KeyKind, bytes]], version: int = 1, public: bytes = b"") -> None:
    """Committed when it returns, unless the key store itself is in a transaction; a key that is there stays.
    `public`: of a pair, the half that anybody may know.
    """
    by, now = kek(), timezone.now()
    made = [
        DataKey(
            id=uuid4(),
            owner_id=owner,
            kind=kind,
            version=version,
            custody=by.version,
            wrapped=by.wrap(key, bound(owner.bytes, kind, version, by.version)),
            public=public,
            created_at=now,
        )
        for owner, kind, key in keys
    ]
    rows().bulk_create(made, batch_size=AT_ONCE, ignore_conflicts=True)


def rows() -> QuerySet[DataKey]:
    return DataKey.objects.using(KEYS)


def _loaded(owner_ids: Sequence[UUID]) -> dict[UUID, OwnerKeys]:
    told = telling.state()  # before the look: an end that commits after it is seen at the next use
    by, found = kek(), {owner: OwnerKeys(told) for owner in owner_ids}
    for owner, kind, version, custody, wrapped in _rows(owner_ids):
        key = by.unwrap(wrapped, bound(owner.bytes, kind, version, custody)) if wrapped else None
        found[owner].add(kind, version, key)
    with _lock:
        if len(_remembered) + len(found) > MOST_REMEMBERED:
            for old in list(islice(_remembered, MOST_REMEMBERED // 4)):
                del _remembered[old]
        for owner, keys in found.items():
            _remembered.pop(owner, None)  # to the end: the oldest go first
            if keys.newest or keys.destroyed:
                _remembered[owner] = keys
    return found


def _rows(owner_ids: Sequence[UUID]) -> Iterator[tuple[UUID, str, int, int, bytes]]:
    """Past Django's compiler: each interview of another child asks this once."""
    connection = connections[KEYS]
    marks = ", ".join(["%s"] * len(owner_ids))
    sql = f"SELECT owner_id, kind, version, custody, wrapped FROM keys_datakey WHERE owner_id IN ({marks})"  # noqa: S608 - marks only # nosec B608
    native = connection.features.has_native_uuid_field
    values: list[Any] = [owner if native else owner.hex for owner in owner_ids]
    if connection.vendor == "sqlite":
        with statements(connection) as run:
            found = run(sql, values).fetchall()
    else:
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            found = cursor.fetchall()
    for owner, kind, version, custody, wrapped in found:
        yield owner if native else UUID(hex=owner), kind, version, custody, bytes(wrapped)


def _in_portions(wanted: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    for start in range(0, len(wanted), AT_ONCE):
        yield wanted[start : start + AT_ONCE]
