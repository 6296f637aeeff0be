"""What is recorded of the follow-up of a child, as plain values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from homeward.apps.access.actors import Actor
from homeward.apps.cases.queries import find_row
from homeward.apps.cases.risk import risk_of
from homeward.apps.visits.clock_models import Missed, Pause
from homeward.apps.visits.services import contact_said


@dataclass(frozen=True, slots=True)
class PauseRow:
    since: date
    until: date | None  # the day on which it goes on
    reason: str
    said_by: str
    said_at: datetime | None = None
    resumed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """For whoever draws what happened, in the order of days: codes, no words."""

    day: date
    kind: str  # risk, pause, resume, missed, not_asked
    code: str
    at: datetime | None = field(default=None, compare=False)  # when it was written down


def pauses_of(actor: Actor, child_id: UUID) -> list[PauseRow]:
    """The newest first. The page that shows it has written down that it was looked at."""
    rows = Pause.objects.filter(child=find_row(actor, child_id)).select_related("said_by")
    return [
        PauseRow(row.since, row.until, row.reason, str(row.said_by or ""), row.said_at, row.resumed_at)
        for row in reversed(rows)
    ]


def contact_said_of(actor: Actor, child_id: UUID) -> tuple[date, str] | None:
    """Why the last contact did not take place, and when that was said; what was taken back is not."""
    row = contact_said(find_row(actor, child_id).pk)
    return (row.on_day, row.reason) if row is not None else None


def events_of(actor: Actor, child_id: UUID) -> Iterator[Event]:
    """Levels of risk, pauses and reasons of one child; interviews come from `surveys.timeline`."""
    child = find_row(actor, child_id)
    for row in risk_of(actor, child_id):
        yield Event(row.since, "risk", row.level, row.said_at)
    for pause in pauses_of(actor, child_id):
        yield Event(pause.since, "pause", pause.reason, pause.said_at)
        if pause.until is not None:
            yield Event(pause.until, "resume", pause.reason, pause.resumed_at)
    for missed in Missed.objects.filter(child=child):
        if missed.respondent:
            yield Event(missed.on_day, "not_asked", f"{missed.respondent} {missed.reason}", missed.said_at)
        else:
            yield Event(missed.on_day, "missed", f"{missed.point} {missed.reason}", missed.said_at)
