"""Who is due on a day: of each child the most urgent of its round and its contact. Nothing of it is stored."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import QuerySet

from homeward.apps.cases.models import Child
from homeward.apps.cases.protocols import Schedules
from homeward.apps.visits.clock import Clock, clocks, with_a_clock
from homeward.domain.protocol import CONTACT, OPEN, URGENCY, Contact, Point, State, due_now
from homeward.domain.rounds import RoundRule

ROUND = "round"


@dataclass(frozen=True, slots=True)
class Due:
    child_id: UUID
    code: str
    place_id: UUID | None
    kind: str  # round, contact
    round: str  # code of the round
    rule: RoundRule | None  # of the round
    due: date
    state: State
    days_late: int
    missing: tuple[str, ...]  # who is still to be asked
    answered: bool  # somebody was
    contact: State | None  # that a contact is due beside the round
    last: date | None
    undated: tuple[UUID, ...]

    @property
    def order(self) -> tuple[int, date, str]:
        return URGENCY[self.state], self.due, self.code


def due_list(children: QuerySet[Child], on: date | None = None) -> list[Due]:
    """The most urgent first. Without a day: on the day that it is where each child lives."""
    return due_among(clocks(with_a_clock(children), on))


def due_among(rows: Iterable[Clock]) -> list[Due]:
    schedules = Schedules()
    found = []
    for row in rows:
        point, contact = due_now(schedules.of(row.organisation_id), row.facts, row.day)
        if point is not None and point.state not in OPEN:
            point = None
        if contact is not None and contact.state not in OPEN:
            contact = None
        if point is not None or contact is not None:
            found.append(_due(row, point, contact))
    return sorted(found, key=lambda each: each.order)


def _due(row: Clock, point: Point | None, contact: Contact | None) -> Due:
    last = max((each.day for each in row.facts.answered), default=None)
    shared = (last, tuple(row.undated))
    if point is not None and (contact is None or URGENCY[point.state] <= URGENCY[contact.state]):
        return Due(
            *(row.child_id, row.code, row.place_id, ROUND, point.round.code, point.round.rule),
            point.due or point.round.due,
            *(point.state, point.days_late, point.missing, bool(point.answered)),
            contact.state if contact is not None else None,
            *shared,
        )
    if contact is None or contact.due is None:
        raise ValueError("neither a round nor a contact is due")
    return Due(
        *(row.child_id, row.code, row.place_id, CONTACT, "", None, contact.due),
        *(contact.state, contact.days_late, (), False, None),
        *shared,
    )
