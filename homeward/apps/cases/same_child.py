"""Records that were found to be of one child: which they are, and what has to hold for all of them."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from homeward.apps.cases.models import Child, Merge, Status


def merged_with(child_id: UUID) -> tuple[UUID, ...]:
    """Records that are read with this one, because they are of the same child; those merged into them too."""
    found: list[UUID] = []
    wanted = [child_id]
    while wanted:
        rows = Merge.objects.filter(into__in=wanted, undone_at=None).values_list("child_id", flat=True)
        wanted = [key for key in rows if key not in found and key != child_id]
        found += wanted
    return tuple(found)


def records_of(child_id: UUID) -> tuple[UUID, ...]:
    """Of the same child, the one that stays first; of most children this one alone."""
    stays, seen = child_id, {child_id}
    while (
        above := Merge.objects.filter(child=stays, undone_at=None).values_list("into", flat=True).first()
    ) is not None:
        if above in seen:
            break
        seen.add(above)
        stays = above
    return (stays, *merged_with(stays))


def records_of_each(child_ids: Iterable[UUID]) -> dict[UUID, tuple[UUID, ...]]:
    """Of each, all records of the same child, itself among them. One question."""
    stays = stays_of_merged()
    merged: dict[UUID, list[UUID]] = {}
    for twin, key in stays.items():
        merged.setdefault(key, []).append(twin)
    found = {}
    for child_id in child_ids:
        first = stays.get(child_id, child_id)
        found[child_id] = (first, *merged.get(first, ()))
    return found


def end_with(child: Child) -> None:
    """In the caller's transaction: what was merged into this record is kept as long as this one."""
    merged = merged_with(child.pk)
    if merged:
        Child.objects.filter(pk__in=merged, status=Status.DUPLICATE).update(ended_on=child.ended_on)


def stays_for(child_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """Of records that were put together with another one of the same child: the record that stays, whatever the chain.
    The same few questions for one record and for all of an organisation.
    """
    wanted = set(child_ids)
    return {key: stays for key, stays in stays_of_merged().items() if key in wanted}


def stays_of_merged() -> dict[UUID, UUID]:
    """Of each record that was put together with another one, the one that stays."""
    found: dict[UUID, UUID] = {}
    links = dict(Merge.objects.filter(undone_at=None).values_list("child_id", "into_id"))
    for key in links:
        seen, at = {key}, links.get(key)
        while at is not None and at in links and at not in seen:
            seen.add(at)
            at = links[at]
        if at is not None:
            found[key] = at
    return found
