"""Help that was agreed on, until it is there: how it stands on a day, from what was said of it since. Nothing is stored
of that.

It may be moved to another day, and then it is late only after that day; how often it was moved stays in sight. It may
turn out that it will not come: that has a reason, somebody tells the family, and where a service was to give it, it is
a gap in services.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from homeward.domain.problems import Decision, Problem, Where

DONE, PARTLY, NOT_YET, NOT_NEEDED, MOVED, NOT_COMING = "done", "partly", "not_yet", "not_needed", "moved", "not_coming"
SETTLED = frozenset({DONE, NOT_NEEDED, NOT_COMING})
CLOSED = frozenset({DONE, NOT_NEEDED})  # nothing more is to come
THERE = frozenset({DONE, PARTLY})
LONGEST = timedelta(days=366)
OFTEN = 3  # moved so often, somebody asks whether it comes at all
THEMSELVES = ("child", "caregiver")  # what they do is no service: if it is not done, none is missing
NOBODY = "nobody"  # has told the family yet


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody said on a day had become of it."""

    kept: str
    new_day: date | None = None


@dataclass(frozen=True, slots=True)
class Stands:
    kept: str  # the newest word; empty: none yet
    due: date  # by which it is to be there: the newest day that was given
    moves: int
    days_late: int  # none once it is settled

    @property
    def settled(self) -> bool:
        return self.kept in SETTLED

    @property
    def overdue(self) -> bool:
        return self.days_late > 0


def stands(by_when: date, said: Sequence[Said], today: date) -> Stands:
    """`said` in the order in which it was said."""
    days = [each.new_day for each in said if each.kept == MOVED and each.new_day is not None]
    kept, due = said[-1].kept if said else "", days[-1] if days else by_when
    late = 0 if kept in SETTLED else max((today - due).days, 0)
    return Stands(kept, due, len(days), late)


def may_move(now: Stands, new_day: date | None, on: date) -> Decision:
    """`on`: the day on which it is said."""
    where = Where(field="new_day")
    if now.kept in CLOSED:
        return Decision.no(_settled())
    if new_day is None:
        message, action = "The new day is missing.", "Enter the day on which it is to be there now."
        return Decision.no(Problem("promise.no_day", message, action, where))
    if new_day <= on:
        message, action = "The new day is not a later day.", "Enter a day that is still to come."
        return Decision.no(Problem("promise.day_past", message, action, where))
    if new_day == now.due:
        message, action = "This day is the one that stands already.", "Enter another day, or leave it as it is."
        return Decision.no(Problem("promise.same_day", message, action, where))
    if new_day > on + LONGEST:
        message = "The new day is more than a year away."
        action = "Enter an earlier one, or say that it will not come."
        return Decision.no(Problem("promise.day_far", message, action, where))
    return Decision.yes()


def may_end(now: Stands) -> Decision:
    """Who says once more that it does not come says more of it."""
    return Decision.no(_settled()) if now.kept in CLOSED else Decision.yes()


def _settled() -> Problem:
    message = "This is settled: it came, or it is not needed any more."
    return Problem("promise.settled", message, "Look at the page again.", status=409)


def leaves_gap(who: str) -> bool:
    """Whether a service is missing if this does not come."""
    return who not in THEMSELVES
