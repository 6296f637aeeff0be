"""How endangered a child is, from a day on: said by whoever works with it, with a reason, and never overwritten."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from homeward.apps.access.actors import Actor, today_in
from homeward.apps.audit.services import record
from homeward.apps.cases.deciding import child_to_decide
from homeward.apps.cases.models import Child, Risk, RiskLevel, RiskReason, Status
from homeward.apps.cases.queries import find_row
from homeward.apps.cases.scope import permit_for
from homeward.apps.cases.sealing import risk_note_of, seal_of_risk
from homeward.domain.lifecycle import not_open
from homeward.domain.problems import Problem, ProblemError, Where

SET = "risk.set"
LONGEST_NOTE = 1000


@dataclass(frozen=True, slots=True)
class RiskRow:
    level: str
    since: date
    reason: str
    said_by: str
    note: str  # for whoever may see the name; empty to others
    said_at: datetime | None = None


def set_risk(actor: Actor, code: str, level: str, reason: str, *, note: str = "", since: date | None = None) -> UUID:
    """Takes effect at once: contacts between rounds and the tolerance of rounds follow it."""
    child = child_to_decide(actor, code, SET)
    refuse_closed(child)
    day = since or today_in(actor, child.organisation_id)
    _check(level, reason, note, day, today_in(actor, child.organisation_id))
    row = RiskLevel(
        child=child, level=level, since=day, reason=reason, said_by_id=actor.person_id, said_at=timezone.now()
    )
    row.words = seal_of_risk(child.pk, row.pk, note.strip())
    with transaction.atomic():
        row.save(force_insert=True)
        record(actor, "set_risk", "child", child.pk, organisation_id=child.organisation_id, detail={"level": level})
    return row.pk


def refuse_closed(child: Child) -> None:
    """A record that is ended takes no more entries."""
    if child.status != Status.OPEN or child.identity_ended_on is not None:
        raise ProblemError(not_open(child.status, "follow_up.ended"))


def _check(level: str, reason: str, note: str, day: date, today: date) -> None:
    found = []
    if level not in Risk.values:
        found.append(Problem("risk.level", "The level is missing.", "Choose one.", Where(field="level")))
    if reason not in RiskReason.values:
        found.append(Problem("risk.reason", "The reason is missing.", "Choose one.", Where(field="reason")))
    if day > today:
        message, action = "This day is still to come.", "Give today or a day before."
        found.append(Problem("risk.future", message, action, Where(field="since")))
    if len(note) > LONGEST_NOTE:
        params = {"most": LONGEST_NOTE}
        message, action = "The note has more than {most} characters.", "Shorten it."
        found.append(Problem("risk.long", message, action, Where(field="note"), params))
    if found:
        raise ProblemError(found)


def risk_of(actor: Actor, child_id: UUID) -> list[RiskRow]:
    """The newest first. The page that shows it has written down that it was looked at."""
    child = find_row(actor, child_id)
    place, team = child.organisation_id, child.team_id
    whole = bool(permit_for(actor, "names.see", child.pk, organisation_id=place, team_id=team))
    rows = RiskLevel.objects.filter(child=child).select_related("said_by")
    return [
        RiskRow(
            *(row.level, row.since, row.reason, str(row.said_by or "")), risk_note_of(row) if whole else "", row.said_at
        )
        for row in reversed(rows)
    ]
