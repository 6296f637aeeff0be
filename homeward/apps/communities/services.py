from __future__ import annotations

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
    if parent_id is not None and not Place.objects.filter(pk=parent_id).exists():
        raise NotVisible("place")
    try:
        with transaction.atomic():
            place = Place.objects.create(
                parent_id=parent_id,
                level=level,
                name=name.strip(),
                country_code=country_code.upper(),
                time_zone=checked_time_zone(time_zone),
            )
            record(actor, "add_place", "place", place.pk)
    except IntegrityError as error:
        raise ProblemError(
            Problem("place.exists", "This place is listed already.", "Choose it from the list.", Where(field="name"))
        ) from error
    return place.pk
