from __future__ import annotations

import re
from uuid import UUID

from django.db import IntegrityError, transaction

from homeward.apps.access.actors import Actor
from homeward.apps.access.guard import permit_recorded
from homeward.apps.access.services import checked_time_zone
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.services import record
from homeward.apps.communities.models import Place, PlaceLevel
from homeward.domain.problems import Problem, ProblemError, Where


def add_place(
    actor: Actor, level: str, name: str, country_code: str, time_zone: str = "UTC", parent_id: UUID | None = None
) -> UUID:
    """A country, or a place inside another."""
    permit_recorded(actor, "places.manage")
    if level not in PlaceLevel.values:
        action = "Choose one from the list."
        raise ProblemError(Problem("place.level", "This level of place is not known.", action, Where(field="level")))
    parent = Place.objects.filter(pk=parent_id).first() if parent_id is not None else None
    if parent_id is not None and parent is None:
        raise NotVisible("place")
    _check(level, name, country_code, parent)
    try:
        with transaction.atomic():
            place = Place.objects.create(
                parent_id=parent_id,
                level=level,
                name=" ".join(name.split()),
                country_code=country_code.upper(),
                time_zone=checked_time_zone(time_zone),
            )
            record(actor, "add_place", "place", place.pk)
    except IntegrityError as error:
        raise ProblemError(_listed()) from error
    return place.pk


def _check(level: str, name: str, country_code: str, parent: Place | None) -> None:
    order = PlaceLevel.values
    if (parent is None) != (level == PlaceLevel.COUNTRY) or (
        parent and order.index(parent.level) >= order.index(level)
    ):
        message = "A country is inside none; every other place is inside a larger one."
        raise ProblemError(Problem("place.parent", message, "Choose where it is.", Where(field="parent")))
    if not re.fullmatch("[A-Za-z]{2}", country_code):
        message, action = "The code of the country is missing or wrong.", "Give its two letters, as in ET or HN."
        raise ProblemError(Problem("place.country_code", message, action, Where(field="country_code")))
    same = Place.objects.filter(parent=parent, level=level, name__iexact=" ".join(name.split()))
    if same.exists():  # the database takes two countries for different: they have no parent in common
        raise ProblemError(_listed())


def _listed() -> Problem:
    return Problem("place.exists", "This place is listed already.", "Choose it from the list.", Where(field="name"))
