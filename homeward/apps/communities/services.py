from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import IntegrityError, transaction

from homeward.apps.access.actors import Actor
from homeward.apps.access.guard import guard, permit_recorded
from homeward.apps.access.services import checked_time_zone
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.services import record
from homeward.apps.communities.models import SHARED_LEVELS, Place, PlaceLevel
from homeward.apps.communities.queries import places_of, places_visible_to
from homeward.domain.problems import Problem, ProblemError, Where


def add_place(
    actor: Actor, level: str, name: str, country_code: str, time_zone: str = "UTC", parent_id: UUID | None = None
) -> UUID:
    """A country or region, for all organisations, or a district or community of the actor's own."""
    permit_recorded(actor, "places.manage")
    if level not in PlaceLevel.values:
        action = "Choose one from the list."
        raise ProblemError(Problem("place.level", "This level of place is not known.", action, Where(field="level")))
    owner = _owner(actor, level)
    parent = _within_reach(actor, parent_id, owner) if parent_id is not None else None
    name = _checked_name(name)
    _check(level, country_code, parent)
    _refuse_twin(owner, parent_id, level, name)
    with _once(), transaction.atomic():
        place = Place.objects.create(
            organisation_id=owner,
            parent_id=parent_id,
            level=level,
            name=name,
            country_code=country_code.upper(),
            time_zone=checked_time_zone(time_zone),
        )
        record(actor, "add_place", "place", place.pk, organisation_id=owner)
    return place.pk


def rename_place(actor: Actor, place_id: UUID, name: str) -> None:
    """Another spelling of the same place; its children stay in it."""
    place, name = place_to_change(actor, place_id), _checked_name(name)
    _refuse_twin(place.organisation_id, place.parent_id, place.level, name, place)
    with _once(), transaction.atomic():
        if not list(Place.objects.select_for_update().filter(pk=place.pk).values_list("pk")):  # merged away meanwhile
            raise NotVisible("place")
        place.name = name
        place.save(update_fields=["name"])
        record(actor, "rename_place", "place", place.pk, organisation_id=place.organisation_id)


def place_to_change(actor: Actor, place_id: UUID) -> Place:
    """A place of an organisation in which the actor manages places. What all share nobody changes for the others."""
    permit_recorded(actor, "places.manage")
    place = _within_reach(actor, place_id)
    if place.organisation_id is not None:
        guard(actor, "places.manage", place.organisation_id, what=("place", place.pk))
    elif actor.kind != "system":
        record(actor, "places.manage", "place", place.pk, allowed=False)
        message = "All organisations on this server share this place."
        raise ProblemError(Problem("place.shared", message, "Add a place of your own inside it.", status=403))
    return place


def _owner(actor: Actor, level: str) -> UUID | None:
    """Only the system, which sets a house up, adds a small place for everybody."""
    if level in SHARED_LEVELS or (actor.kind == "system" and actor.organisation_id is None):
        return None
    return guard(actor, "places.manage")


def _within_reach(actor: Actor, place_id: UUID, owner: UUID | None = None) -> Place:
    """With an owner: what a place of that organisation may lie in."""
    place = places_visible_to(actor).filter(pk=place_id).first()
    if place is None or (owner is not None and place.organisation_id not in (None, owner)):
        raise NotVisible("place")
    return place


def _checked_name(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise ProblemError(Problem("place.name", "The name is missing.", "Give the name.", Where(field="name")))
    return name


def _check(level: str, country_code: str, parent: Place | None) -> None:
    order = PlaceLevel.values
    if (parent is None) != (level == PlaceLevel.COUNTRY) or (
        parent and order.index(parent.level) >= order.index(level)
    ):
        message = "A country is inside none; every other place is inside a larger one."
        raise ProblemError(Problem("place.parent", message, "Choose where it is.", Where(field="parent")))
    if not re.fullmatch("[A-Za-z]{2}", country_code):
        message, action = "The code of the country is missing or wrong.", "Give its two letters, as in ET or HN."
        raise ProblemError(Problem("place.country_code", message, action, Where(field="country_code")))


def _refuse_twin(owner: UUID | None, parent_id: UUID | None, level: str, name: str, but: Place | None = None) -> None:
    """Among what the organisation sees. What another one wrote down is no reason, and is not given away by one."""
    seen = places_of(owner) if owner else Place.objects.filter(organisation__isnull=True)
    twins = set(seen.filter(parent_id=parent_id, level=level, name__iexact=name))
    if twins - {but}:
        raise ProblemError(_listed())


@contextmanager
def _once() -> Iterator[None]:
    """The database decides between two people at the same moment."""
    try:
        yield
    except IntegrityError as error:
        raise ProblemError(_listed()) from error


def _listed() -> Problem:
    return Problem("place.exists", "This place is listed already.", "Choose it from the list.", Where(field="name"))
