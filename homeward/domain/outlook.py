"""What is due for a child, and how long that holds while nobody says anything new.

Within its days only the count of late days grows, by one a day. The last day may be too early, never too late: it is
the day before the first on which anything could change by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from homeward.domain.protocol import Contact, Facts, Point, State, due_now
from homeward.domain.rounds import ONE_DAY, Schedule, rounds_of

GROWING = frozenset({State.TOLERATED, State.LATE})  # their days late grow, as long as no pause begins


@dataclass(frozen=True, slots=True)
class Outlook:
    point: Point | None  # as `due_now` says them of `first`
    contact: Contact | None
    first: date
    last: date

    def on(self, day: date) -> tuple[Point | None, Contact | None]:
        """As `due_now` says of this day."""
        if not self.first <= day <= self.last:
            raise ValueError("nothing is known of this day")
        passed = (day - self.first).days
        point, contact = self.point, self.contact
        if point is not None and point.state in GROWING:
            point = replace(point, days_late=point.days_late + passed)
        if contact is not None and contact.state in GROWING:
            contact = replace(contact, days_late=contact.days_late + passed)
        return point, contact


def outlook(schedule: Schedule, facts: Facts, day: date) -> Outlook:
    """The facts may reach further than this day."""
    point, contact = due_now(schedule, facts, day)
    if facts.start is None:
        return Outlook(None, None, day, date.max)
    turns = [*_turns(schedule, facts, facts.start), *_turns_of_what_is_due(schedule, facts, day, point, contact)]
    following = min((each for each in turns if each > day), default=None)
    return Outlook(point, contact, day, following - ONE_DAY if following is not None else date.max)


def _turns(schedule: Schedule, facts: Facts, start: date) -> Iterator[date]:
    """Days on which something else may begin to hold, before and after."""
    yield start
    yield from (each.opens for each in rounds_of(schedule, start))
    yield from (since for since, _protocol in schedule.steps)
    yield from (since for since, _level in facts.risks)
    for since, until in facts.pauses:
        yield since
        if until is not None:
            yield until
    yield from (each.day for each in facts.answered)
    yield from (each.on for each in facts.missed)
    if facts.ended is not None:
        yield facts.ended


def _turns_of_what_is_due(
    schedule: Schedule, facts: Facts, day: date, point: Point | None, contact: Contact | None
) -> Iterator[date]:
    risk = max((each for each in facts.risks if each[0] <= day), default=(day, ""))[1]
    if point is not None:
        yield from _steps(day, point, point.round.rule.tolerance(risk))
    if contact is not None:
        yield from _steps(day, contact, schedule.on(day).contacts[risk].after)


def _steps(day: date, each: Point | Contact, tolerance: int) -> Iterator[date]:
    """From to come to due, late within tolerance, late."""
    if each.due is not None:
        yield each.due
    if each.state is State.DUE:
        yield day + ONE_DAY
    if each.state is State.TOLERATED:
        yield day + timedelta(days=tolerance - each.days_late + 1)
