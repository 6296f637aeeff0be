"""Opening one child's record in an emergency. Whoever does it is seen: by focal points at once, and in a review.

It only lets read, never L4, for three hours by the server's clock. Another child, or another three hours, is another
row with another reason.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from homeward.apps.access import vault
from homeward.apps.access.actors import Actor
from homeward.apps.access.guard import guard
from homeward.apps.access.models import EmergencyAccess
from homeward.apps.access.reviewing import REVIEW, SHOWN_FOR, VERDICTS, places_to_review, review, reviewed_already
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.services import record, record_look
from homeward.domain.problems import Problem, ProblemError, Where

OPEN = "children.emergency"
LONGEST = timedelta(hours=3)
REVIEWED_WITHIN = timedelta(days=7)
SHORTEST_REASON = 10  # characters
FIELD = "access.emergencyaccess.reason"


@dataclass(frozen=True, slots=True)
class EmergencyRow:
    id: UUID
    person: str
    child_id: UUID
    opened_at: datetime
    ends_at: datetime
    verdict: str
    reviewed_by: str
    late: bool  # nobody has reviewed it in time
    mine: bool  # of whoever asks: somebody else reviews it
    reason: str = ""


def grant_emergency(actor: Actor, child_id: UUID, organisation_id: UUID, reason: str) -> datetime:
    """Until when. The caller has found the child within the actor's organisation."""
    guard(actor, OPEN, organisation_id, what=("child", child_id))
    if actor.person_id is None:
        raise NotVisible("child")
    if len(reason.strip()) < SHORTEST_REASON:
        message, action = "The reason is missing or too short.", "Say what has happened and why it cannot wait."
        raise ProblemError(Problem("emergency.reason", message, action, Where(field="reason")))
    now, key = timezone.now(), uuid4()
    row = EmergencyAccess(
        id=key,
        organisation_id=organisation_id,
        person_id=actor.person_id,
        child_id=child_id,
        reason=vault.seal(child_id, key, FIELD, reason.strip().encode()),
        opened_at=now,
        ends_at=now + LONGEST,
    )
    with transaction.atomic():
        row.save(force_insert=True)
        record(actor, "open_in_emergency", "child", child_id, organisation_id=organisation_id)
    return row.ends_at


def emergencies(actor: Actor) -> list[EmergencyRow]:
    """For the first page of whoever reviews: what nobody has reviewed yet, without the reasons."""
    return [_row(actor, row) for row in _within(actor, since=None)]


def emergencies_with_reasons(actor: Actor) -> list[EmergencyRow]:
    """For the review: also what was reviewed lately. The look is written down."""
    organisation_id = guard(actor, REVIEW)
    rows = _within(actor, since=timezone.now() - SHOWN_FOR)
    detail = {"rows": len(rows)}
    record_look(actor, REVIEW, "organisation", organisation_id, organisation_id=organisation_id, detail=detail)
    return [_row(actor, row, _reason(row)) for row in rows]


def _reason(row: EmergencyAccess) -> str:
    try:
        return vault.open_(row.child_id, row.pk, FIELD, row.reason).decode()
    except vault.ErasedError:  # the record was erased; the review goes on without the reason
        return ""


def review_emergency(actor: Actor, key: UUID, verdict: str) -> None:
    """By a second person; once."""
    row = next((each for each in _within(actor, since=None) if each.pk == key), None)
    if row is None or verdict not in VERDICTS:
        raise NotVisible("emergency")
    verb, what, place = "review_emergency", ("child", row.child_id), row.organisation_id
    done = review(actor, verb, what, row.person_id, verdict, place)
    with transaction.atomic():
        if not EmergencyAccess.objects.filter(pk=key, verdict="").update(**done):
            raise reviewed_already()
        record(actor, verb, *what, organisation_id=place, detail={"verdict": verdict})


def _within(actor: Actor, since: datetime | None) -> list[EmergencyAccess]:
    places = places_to_review(actor)
    rows = EmergencyAccess.objects.filter(organisation_id__in=places).exclude(child_id__in=actor.conflicts)
    rows = rows.select_related("person", "reviewed_by")
    waiting: Iterable[EmergencyAccess] = rows.filter(verdict="").order_by("opened_at")
    done = rows.filter(reviewed_at__gt=since).order_by("-reviewed_at") if since else ()
    return [*waiting, *done]


def _row(actor: Actor, row: EmergencyAccess, reason: str = "") -> EmergencyRow:
    return EmergencyRow(
        row.pk,
        str(row.person),
        row.child_id,
        row.opened_at,
        row.ends_at,
        row.verdict,
        str(row.reviewed_by or ""),
        not row.verdict and timezone.now() - row.opened_at > REVIEWED_WITHIN,
        row.person_id == actor.person_id,
        reason,
    )
