"""What the app of a community monitor holds of whom it observes: code, initials, the day of the next observation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from homeward.apps.access.actors import Actor
from homeward.apps.access.guard import guard
from homeward.apps.audit.services import record_look
from homeward.apps.cases.models import Child
from homeward.apps.cases.protocols import schedule_of
from homeward.apps.cases.queries import caseload_children
from homeward.apps.cases.sealing import initials_of, is_erased
from homeward.apps.surveys.field_forms import FieldForm, observation_forms
from homeward.apps.visits.clock import Clock, clocks, with_a_clock
from homeward.domain.protocol import OPEN, State, follow_up
from homeward.domain.rounds import Schedule

FETCH = "caseload.fetch"
FAMILY = "observation"


@dataclass(frozen=True, slots=True)
class MonitorChild:
    code: str
    initials: str
    due: date | None  # none: no round is waited for


@dataclass(frozen=True, slots=True)
class MonitorList:
    organisation_id: UUID
    forms: tuple[FieldForm, ...]
    children: tuple[MonitorChild, ...]


def monitor_list(actor: Actor) -> MonitorList:
    """The list that ODK Collect would have on this phone. One look, with the number of children."""
    place = guard(actor, FETCH)
    rows = [row for row in caseload_children(actor) if not is_erased(row)]
    due = _due([row.pk for row in rows], schedule_of(place))
    children = tuple(MonitorChild(row.code, initials_of(row), due.get(row.pk)) for row in rows)
    record_look(actor, FETCH, "children", organisation_id=place, detail={"rows": len(children)})
    return MonitorList(place, observation_forms(actor), children)


def _due(keys: list[UUID], schedule: Schedule) -> dict[UUID, date]:
    found = clocks(with_a_clock(Child.objects.filter(pk__in=keys)), few=keys)
    days = ((row.child_id, _day_of(row, schedule)) for row in found)
    return {key: day for key, day in days if day is not None}


def _day_of(row: Clock, schedule: Schedule) -> date | None:
    """No protocol has days for observations, so the round counts: the open one, and after an observation in it the
    next. Not the contacts in between: their distance would tell the level of risk.
    """
    now = follow_up(schedule, row.facts, row.day)
    if now.paused_since is not None:
        return None
    open_now = now.current
    if open_now is not None and open_now.state in OPEN:
        seen = (each.day for each in row.facts.answered if each.family == FAMILY)
        if not any(day >= open_now.round.opens for day in seen):
            return open_now.due or open_now.round.due
    return next((each.due for each in now.points if each.state is State.NOT_YET), None)
