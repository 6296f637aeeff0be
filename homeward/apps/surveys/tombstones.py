"""Interviews that were erased. Their phones may send them again for years: they are told that it arrived, and nothing
is kept. What is remembered is a keyed hash of the id, here and in the key store, which outlives a restore of the data.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from homeward.apps.access.keys import store
from homeward.apps.access.keys.destroying import leave_marks, marks_left
from homeward.apps.access.prepared import Prepared
from homeward.apps.access.vault import keyed_hash
from homeward.apps.surveys.models import Tombstone

_KNOWN = Prepared(lambda key: Tombstone.objects.filter(pk=key), key=UUID)


def stone_of(organisation_id: UUID, instance_id: str) -> UUID:
    return UUID(bytes=keyed_hash("erased", organisation_id, instance_id)[:16])


def was_erased(organisation_id: UUID, *instance_ids: str) -> bool:
    return any(_KNOWN.first(key=stone_of(organisation_id, each)) is not None for each in instance_ids if each)


def erased_among(organisation_id: UUID, instance_ids: Iterable[str]) -> set[str]:
    """Of the rows of a file."""
    stones = {stone_of(organisation_id, each): each for each in instance_ids}
    found: set[str] = set()
    wanted = list(stones)
    for start in range(0, len(wanted), store.AT_ONCE):
        some = Tombstone.objects.filter(pk__in=wanted[start : start + store.AT_ONCE])
        found |= {stones[key] for key in some.values_list("pk", flat=True)}
    return found


def leave_stones(organisation_id: UUID, instance_ids: Iterable[str], reason: str) -> int:
    """Into the key store first: committed there when this returns. Then here, in the caller's transaction."""
    stones = sorted({stone_of(organisation_id, each) for each in instance_ids})
    leave_marks(stones, reason)
    Tombstone.objects.bulk_create([Tombstone(id=each) for each in stones], batch_size=500, ignore_conflicts=True)
    return len(stones)


def repeat_stones() -> int:
    """After a restore: those that the data have forgotten."""
    there = set(Tombstone.objects.values_list("pk", flat=True))
    missing = [each for each in marks_left() if each not in there]
    Tombstone.objects.bulk_create([Tombstone(id=each) for each in missing], batch_size=500, ignore_conflicts=True)
    return len(missing)
