"""Why one of a round was not asked, as it was said on the phone on which the others were. The round stays open for who
may still be asked; an interview outdoes the word.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from homeward.apps.access.actors import Actor, today_in
from homeward.apps.audit.services import record
from homeward.apps.cases.deciding import child_to_decide
from homeward.apps.cases.models import Child
from homeward.apps.cases.queries import find_row
from homeward.apps.cases.risk import refuse_closed
from homeward.apps.cases.services import hold_child
from homeward.apps.visits.clock import follow_up_of_child
from homeward.apps.visits.clock_models import OF_ONE, Missed
from homeward.apps.visits.services import CHANGE
from homeward.domain.problems import Problem, ProblemError, Where
from homeward.domain.protocol import State

RESPONDENTS = ("child", "caregiver", "adult")


@dataclass(frozen=True, slots=True)
class NotAsked:
    code: str  # of the child
    point: str  # code of the round
    respondent: str
    reason: str
    day: date

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> NotAsked:
        try:
            code, point, respondent, reason = (str(said[name]) for name in ("child", "point", "respondent", "reason"))
            return cls(code, point, respondent, reason, date.fromisoformat(str(said["day"])))
        except (KeyError, TypeError, ValueError) as error:
            message, action = "The note of the app cannot be read.", "Update the app."
            raise ProblemError(Problem("note.unreadable", message, action)) from error


def say_not_asked(actor: Actor, key: UUID, said: NotAsked) -> None:
    """`key`: of the note. Sent twice it is one."""
    child = child_to_decide(actor, said.code, CHANGE)
    if Missed.objects.filter(pk=key).exists():
        return
    row = _row(actor, child, key, said)
    detail = {"point": said.point, "respondent": said.respondent, "reason": said.reason}
    try:
        with transaction.atomic():
            hold_child(child.pk)
            child.refresh_from_db(fields=("status", "identity_ended_on"))
            refuse_closed(child)  # as it is now that nobody else can end it
            row.save(force_insert=True)
            record(actor, "say_missed", "child", child.pk, organisation_id=child.organisation_id, detail=detail)
    except IntegrityError:
        if not Missed.objects.filter(pk=key).exists():
            raise


def _row(actor: Actor, child: Child, key: UUID, said: NotAsked) -> Missed:
    today = today_in(actor, child.organisation_id)
    points = follow_up_of_child(child, today).points
    opens = next(
        (at.round.opens for at in points if at.round.code == said.point and at.state is not State.NOT_YET), None
    )
    if opens is None or said.reason not in OF_ONE or said.respondent not in RESPONDENTS:
        message, action = "The note of the app fits no round of this child.", "Say it on the page of the child."
        raise ProblemError(Problem("note.fits_nothing", message, action, Where(field="point")))
    return Missed(
        id=key,
        child=child,
        point=said.point,
        respondent=said.respondent,
        on_day=min(
            max(said.day, opens), today
        ),  # a phone's clock may be wrong; before its round a word counts for none
        reason=said.reason,
        said_by_id=actor.person_id,
        said_at=timezone.now(),
    )


def said_by(actor: Actor, child_id: UUID) -> Mapping[tuple[str, str], str]:
    """Point and respondent -> who said last that this one was not asked."""
    rows = Missed.objects.filter(child=find_row(actor, child_id)).exclude(respondent="").select_related("said_by")
    return {(row.point, row.respondent): str(row.said_by or "") for row in rows}
