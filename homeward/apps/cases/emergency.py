"""An emergency begins with a child's code and a reason, and is reviewed by codes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from homeward.apps.access.actors import Actor
from homeward.apps.access.emergency import OPEN, EmergencyRow, grant_emergency
from homeward.apps.access.guard import guard
from homeward.apps.audit.services import record
from homeward.apps.cases.models import Child
from homeward.apps.cases.queries import find_within
from homeward.domain.codes import normalise_code


def open_in_emergency(actor: Actor, code: str, reason: str) -> tuple[str, datetime]:
    """The code, and until when; for a child of the actor's own organisation."""
    guard(actor, OPEN)
    _record_conflict(actor, code)
    child = find_within(actor, code, OPEN)
    return child.code, grant_emergency(actor, child.pk, child.organisation_id, reason)


def _record_conflict(actor: Actor, code: str) -> None:
    """To whoever has a conflict of interest there is no such child, whatever the emergency; those who may read the
    trace see that it was tried.
    """
    tied = Child.objects.filter(pk__in=actor.conflicts, code=normalise_code(code)) if actor.conflicts else ()
    for child in tied:
        record(actor, OPEN, "child", child.pk, organisation_id=child.organisation_id, allowed=False)


def codes_of(rows: Iterable[EmergencyRow]) -> dict[UUID, str]:
    return dict(Child.objects.filter(pk__in={row.child_id for row in rows}).values_list("pk", "code"))
