"""Own keys of interviews that lie under their child's record key since: kept for copies of the data from before that.

Such a copy, opened with today's keys, finds the interview without its child, and nothing but its own key opens it. The
key goes with the child's record key at once (`destroying`), and by itself when no such copy can be left.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from homeward.apps.access.keys import store
from homeward.apps.access.keys.models import DataKey
from homeward.domain.privacy import KeyKind


def kept_before(moment: datetime) -> list[UUID]:
    """Owners whose own key is kept beside another since earlier than this."""
    rows = store.rows().filter(kind=KeyKind.OWN, ends_with__isnull=False, kept_since__lt=moment, destroyed_at=None)
    return list(rows.values_list("owner_id", flat=True))


def needed_again(owners: Iterable[UUID]) -> int:
    """After a restore: the data say that the interview has no child, so its own key is its only one."""
    return _own(owners).update(ends_with=None, kept_since=None)


def note_missing(linked: Mapping[UUID, tuple[UUID, datetime]]) -> int:
    """Interview -> child and since when; those of which the key store was not told, as after a crash."""
    found = _own(linked).filter(ends_with=None).values_list("owner_id", flat=True)
    for owner in list(found):
        child, since = linked[owner]
        _own([owner]).update(ends_with=child, kept_since=since)
    return len(found)


def missing(owners: Iterable[UUID]) -> set[UUID]:
    """Of these, who has no own key here, and none that was destroyed."""
    wanted, found = list(owners), set[UUID]()
    for start in range(0, len(wanted), store.AT_ONCE):
        some = wanted[start : start + store.AT_ONCE]
        found |= set(store.rows().filter(kind=KeyKind.OWN, owner_id__in=some).values_list("owner_id", flat=True))
    return set(wanted) - found


def newest_key() -> datetime | None:
    """When the last key that is known here was made."""
    return store.rows().order_by("-created_at").values_list("created_at", flat=True).first()


def _own(owners: Iterable[UUID]) -> QuerySet[DataKey]:
    return store.rows().filter(kind=KeyKind.OWN, owner_id__in=list(owners), destroyed_at=None)
