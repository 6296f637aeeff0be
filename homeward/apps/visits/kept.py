"""What is kept of a child for whom something is due: a key to sort by, and the rest as one text, read where it is
shown.

A list of a hundred thousand children holds tens of thousands of rows, of which a page shows thirty.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, overload
from uuid import UUID

from homeward.apps.visits.clock import Clock
from homeward.apps.visits.most_urgent import ROUND, Due
from homeward.domain.outlook import GROWING
from homeward.domain.protocol import CONTACT, URGENCY, State
from homeward.domain.rounds import RoundRule, Schedule

STATES = {state.value: state for state in State}
BY_URGENCY = {urgency: state for state, urgency in URGENCY.items()}
# Urgency, due day, code of the child; then either a `Due`, or child, place and what is kept. Python sorts them as they
# are: no two children have one code.
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """Between bars in one text: nothing of it has a bar, and nothing but codes and dates stands in it."""

    basis: str
    zone: str
    step: int  # of the schedule: whose round it is
    round: str  # empty: a contact
    anchor: date | None  # from which days late are counted, where it is late
    missing: tuple[str, ...]
    answered: bool
    contact: State | None
    last: date | None

    @classmethod
    def of(cls, due: Due, clock: Clock, basis: str, step: int) -> Said:
        anchor = clock.day - timedelta(days=due.days_late) if due.state in GROWING else None
        return cls(
            *(basis, clock.zone, step, due.round, anchor, due.missing, due.answered, due.contact, due.last),
        )

    def written(self) -> str:
        days = [day.isoformat() if day is not None else "" for day in (self.anchor, self.last)]
        beside = self.contact.value if self.contact is not None else ""
        said = (self.basis, self.zone, str(self.step), self.round, days[0], " ".join(self.missing))
        return "|".join([*said, "1" if self.answered else "", beside, days[1]])

    @classmethod
    def read(cls, text: str) -> Said:
        basis, zone, step, name, anchor, missing, answered, beside, last = text.split("|")
        return cls(
            *(basis, zone, int(step), name, _day(anchor), tuple(missing.split()), bool(answered)),
            *(STATES[beside] if beside else None, _day(last)),
        )


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


class Dues(Sequence[Due]):
    """In the order of their rows. Each is made when it is asked for."""

    def __init__(self, rows: Iterable[Row], schedules: dict[str, Schedule], days: dict[str, date]) -> None:
        self._rows = sorted(rows)
        self._schedules, self._days = schedules, days
        self._rules: dict[tuple[str, int, str], RoundRule] = {}

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, place: int) -> Due: ...
    @overload
    def __getitem__(self, place: slice) -> list[Due]: ...
    def __getitem__(self, place: int | slice) -> Due | list[Due]:
        if isinstance(place, slice):
            return [self._due(row) for row in self._rows[place]]
        return self._due(self._rows[place])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]

    def _due(self, row: Row) -> Due:
        urgency, due, code, child, *rest = row
        if isinstance(child, Due):
            return child
        place, text = rest
        said = Said.read(text)
        late = (self._days[said.zone] - said.anchor).days if said.anchor is not None else 0
        kind, rule = (ROUND, self._rule(said)) if said.round else (CONTACT, None)
        where = UUID(place) if place else None
        day, state = date.fromisoformat(due), BY_URGENCY[urgency]
        shown = (said.missing, said.answered, said.contact, said.last)
        return Due(UUID(child), code, where, kind, said.round, rule, day, state, late, *shown, ())

    def _rule(self, said: Said) -> RoundRule:
        key = (said.basis, said.step, said.round)
        if key not in self._rules:
            rounds = self._schedules[said.basis].steps[said.step][1].rounds
            self._rules[key] = next(each for each in rounds if each.code == said.round)
        return self._rules[key]


def row_of(due: Due) -> Row:
    """Of one that was counted just now."""
    return URGENCY[due.state], due.due.isoformat(), due.code, due
