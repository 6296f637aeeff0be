"""Of a child the most urgent of its round and its contact, as lists of what is due hold it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from homeward.apps.visits.clock import Clock
from homeward.domain.protocol import CONTACT, OPEN, URGENCY, Contact, Point, State
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


def most_urgent(row: Clock, point: Point | None, contact: Contact | None) -> Due | None:
    """None where nothing is to be done."""
    if point is not None and point.state not in OPEN:
        point = None
    if contact is not None and contact.state not in OPEN:
        contact = None
    last = max((each.day for each in row.facts.answered if each.family), default=None)
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
        return None
    return Due(
        *(row.child_id, row.code, row.place_id, CONTACT, "", None, contact.due),
        *(contact.state, contact.days_late, (), False, None),
        *shared,
    )
