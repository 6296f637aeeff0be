"""Two spellings of one place become one: children and smaller places move, and the spelling that was left is gone."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import ManyToOneRel

from homeward.apps.access.actors import Actor
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.services import Detail, record
from homeward.apps.cases.models import Child
from homeward.apps.communities.models import Place
from homeward.apps.communities.services import place_to_change


@dataclass(frozen=True, slots=True)
class Merge:
    """What it would do, said before it happens."""

    place_id: UUID
    into_id: UUID
    name: str
    into_name: str
    children: int
    places: int  # inside the first, that move with it


def planned_merge(actor: Actor, place_id: UUID, into_id: UUID) -> Merge:
    place, into = _pair(actor, place_id, into_id)
    inside = _below(place)
    children = Child.objects.filter(place_id__in=(place.pk, *inside)).count()
    return Merge(place.pk, into.pk, place.name, into.name, children, len(inside))


def merge_places(actor: Actor, place_id: UUID, into_id: UUID) -> Merge:
    """Whole or not at all; what it did is written down with its counts."""
    _pair(actor, place_id, into_id)  # a refusal is recorded outside the transaction
    with transaction.atomic():
        list(Place.objects.select_for_update().filter(pk__in=(place_id, into_id)).order_by("pk"))
        done = planned_merge(actor, place_id, into_id)
        place, into = _pair(actor, place_id, into_id)
        _move(place, into)
        detail: Detail = {"into": str(into.pk), "children": done.children, "places": done.places}
        record(actor, "merge_places", "place", place_id, organisation_id=into.organisation_id, detail=detail)
    return done


def _pair(actor: Actor, place_id: UUID, into_id: UUID) -> tuple[Place, Place]:
    """Two of one kind, organisation and country; anything else is no place to merge into."""
    place, into = place_to_change(actor, place_id), place_to_change(actor, into_id)
    if place.pk == into.pk or _sort(place) != _sort(into):
        raise NotVisible("place")
    return place, into


def _sort(place: Place) -> tuple[UUID | None, str, str]:
    return place.organisation_id, place.level, place.country_code


def _below(place: Place) -> list[UUID]:
    found: list[UUID] = []
    todo = [place.pk]
    while todo:
        todo = list(Place.objects.filter(parent_id__in=todo).values_list("pk", flat=True))
        found += todo
    return found


def _move(place: Place, into: Place) -> None:
    """A smaller place that both have becomes one as well."""
    for each in Place.objects.filter(parent=place):
        twin = Place.objects.filter(parent=into, level=each.level, name__iexact=each.name).first()
        if twin is not None:
            _move(each, twin)
        else:
            Place.objects.filter(pk=each.pk).update(parent=into)
    for link in Place._meta.get_fields(include_hidden=True):  # whatever names it, also what this app does not know of
        if isinstance(link, ManyToOneRel) and link.related_model is not Place:
            rows = link.related_model._default_manager.filter(**{link.field.name: place})
            rows.update(**{link.field.name: into})
    place.delete()
