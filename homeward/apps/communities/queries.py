from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from homeward.apps.access.actors import Actor
from homeward.apps.access.visibility import NotVisible
from homeward.apps.communities.models import Place


@dataclass(frozen=True, slots=True)
class PlaceRow:
    id: UUID
    name: str
    level: str
    country_code: str
    time_zone: str
    parent_id: UUID | None
    organisation_id: UUID | None  # none: shared by all
    path: str  # names from the country down


def places_visible_to(actor: Actor) -> QuerySet[Place]:
    """What all share and what the actor's organisations wrote down. Who has no role anywhere sees no place."""
    if actor.kind == "system":
        return places_of(actor.organisation_id) if actor.organisation_id else Place.objects.all()
    reach = {grant.organisation_id for grant in actor.grants}
    return Place.objects.filter(_of(reach)) if reach else Place.objects.none()


def places_of(organisation_id: UUID) -> QuerySet[Place]:
    """Where a child of this organisation may live."""
    return Place.objects.filter(_of((organisation_id,)))


def _of(organisations: Iterable[UUID]) -> Q:
    return Q(organisation__isnull=True) | Q(organisation_id__in=organisations)


def places(actor: Actor, organisation_id: UUID | None = None) -> list[PlaceRow]:
    """In the order of their paths; of one organisation alone for a child of it."""
    rows = {row.pk: row for row in places_visible_to(actor)}
    found = [
        PlaceRow(
            row.pk,
            row.name,
            row.level,
            row.country_code,
            row.time_zone,
            row.parent_id,
            row.organisation_id,
            _path(row, rows),
        )
        for row in rows.values()
        if organisation_id is None or row.organisation_id in (None, organisation_id)
    ]
    return sorted(found, key=lambda place: place.path)


def with_descendants(actor: Actor, place_id: UUID) -> set[UUID]:
    """The place and all below it that the actor sees."""
    below: dict[UUID | None, list[UUID]] = {}
    known = dict(places_visible_to(actor).values_list("pk", "parent_id"))
    if place_id not in known:
        raise NotVisible("place")
    for pk, parent_id in known.items():
        below.setdefault(parent_id, []).append(pk)
    found, todo = set(), [place_id]
    while todo:
        current = todo.pop()
        if current not in found:
            found.add(current)
            todo += below.get(current, [])
    return found


def _path(place: Place, rows: dict[UUID, Place]) -> str:
    names, current = [place.name], place
    while current.parent_id is not None and len(names) < 10:
        current = rows[current.parent_id]
        names.append(current.name)
    return " / ".join(reversed(names))
