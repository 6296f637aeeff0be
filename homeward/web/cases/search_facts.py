"""What was done to find a child, as facts, beside the words of an end for which it "could not be found"."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from homeward.apps.access.actors import Actor
from homeward.apps.cases.queries import ChildDetail
from homeward.apps.surveys.timeline import timeline
from homeward.apps.visits.contacts import BACK, SAYS, AttemptRow, attempts_of
from homeward.apps.visits.queries import VisitRow, visits_of
from homeward.web.cases.frame import may
from homeward.web.visits.words import attempt_words, visit_words

NOT_FOUND = "not_found"
FEWEST_DAYS = 3  # of different days on which somebody was looked for


@dataclass(frozen=True, slots=True)
class Arrived:
    on: date
    at: datetime


def search_facts(actor: Actor, child: ChildDetail, asked_at: datetime | None = None) -> dict[str, Any] | None:
    """`asked_at`: when the end was asked for; empty while it is being written. None for whoever may not see visits."""
    if not may(actor, "visits.see", child):
        return None
    key = child.row.id
    attempts, visits = attempts_of(actor, key), visits_of(actor, key)
    vain = [row for row in visits if row.not_held]
    held = [row for row in visits if row.held_on]
    days = {row.on for row in attempts} | {row.planned_on for row in vain}
    interview = _last_interview(actor, key)
    lines = [*_attempts(attempts), *_visits(vain)]
    return {
        "lines": sorted(lines, key=lambda line: line["on"], reverse=True),
        "days": len(days),
        "interview": interview,
        "visit": max((row.held_on for row in held if row.held_on), default=None),
        "warnings": [*_few(len(days)), *_since(asked_at, attempts, held, interview)],
    }


def _last_interview(actor: Actor, child_id: UUID) -> Arrived | None:
    rows = [Arrived(row.interviewed_on, row.received_at) for row in timeline(actor, child_id).submissions]
    return max(rows, key=lambda row: row.at, default=None)


def _attempts(rows: tuple[AttemptRow, ...]) -> Iterator[dict[str, Any]]:
    for row in rows:
        said = attempt_words(row)
        reached = SAYS[row.outcome] in BACK
        yield {"on": row.on, "how": said["channel"], "outcome": said["outcome"], "by": row.by, "reached": reached}


def _visits(rows: list[VisitRow]) -> Iterator[dict[str, Any]]:
    for row in rows:
        said = visit_words(row)
        yield {
            "on": row.planned_on,
            "how": said["mode"],
            "outcome": said["not_held"],
            "by": said["goes"],
            "reached": False,
        }


def _few(days: int) -> Iterator[str]:
    if not days:
        yield _("No attempt to reach the child is recorded.")
    elif days < FEWEST_DAYS:
        words = ngettext(
            "Attempts stand on %(days)s day only. Try on at least %(least)s different days.",
            "Attempts stand on %(days)s days only. Try on at least %(least)s different days.",
            days,
        )
        yield words % {"days": days, "least": FEWEST_DAYS}


def _since(
    asked_at: datetime | None, attempts: tuple[AttemptRow, ...], held: list[VisitRow], interview: Arrived | None
) -> Iterator[str]:
    """What came in after the request was written speaks against it. A day has no hour: the same day counts."""
    if asked_at is None:
        return
    day = localtime(asked_at).date()
    if interview is not None and interview.at > asked_at:
        yield _("An interview arrived on %(day)s, after this was written.") % {"day": _said(localtime(interview.at))}
    reached = [row.on for row in attempts if SAYS[row.outcome] in BACK and row.on >= day]
    reached += [row.held_on for row in held if row.held_on and row.held_on >= day and row.child_seen]
    if reached:
        yield _("Somebody was reached on %(day)s, after this was written.") % {"day": _said(max(reached))}


def _said(day: date) -> str:
    return date_format(day, "DATE_FORMAT")
