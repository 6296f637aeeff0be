"""How long what is kept of a child may be kept: one clock a purpose, as data, and the arithmetic of its limits.

A clock starts at a fact that the server dated, never at what a device said. Its *limit* is the last day on which
something may be kept: on the day after, by the organisation's calendar, it ends, whether or not anybody has looked. So
people look before: from `NOTICE` days ahead the child stands on the list of who is due. They may let it end, prolong
it with a reason up to `longest`, or hold it for the law, which stops every clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType

from homeward.domain.rounds import add_months

NOTICE = timedelta(days=60)
WITHOUT_AGREEMENT = timedelta(days=30)  # in which an interview waits for an agreement that was there before it
COPIES_KEPT = timedelta(days=90)  # of the data
AFTER_A_RESTORE = timedelta(days=14)  # in which nothing ends by itself
MOST_PROLONGED = 12  # months at a time
HOLD_REVIEWED_WITHIN = 6  # months
HOLD_REASONS = ("court", "authority", "complaint", "staff_matter", "child_asked")
ASKED_BY = ("child", "guardian", "authority", "organisation")
DECISIONS = ("end", "prolong")
# What is decided about guardians' copies: it lapses when no second person has confirmed it, and a wider copy that was
# agreed to when nobody has handed it over.
UNCONFIRMED = timedelta(days=14)
UNUSED = timedelta(days=14)
WITHHOLDING_REVIEWED_WITHIN = 12  # months


@dataclass(frozen=True, slots=True)
class Clock:
    """`months` are the default; an organisation may set others between `shortest` and `longest`."""

    name: str
    starts: str  # the dated fact
    months: int
    shortest: int
    longest: int  # with all that it was prolonged by
    ends: str  # identity: who the child is; record: what people wrote; unlinked: what belongs to no child


CLOCKS: Mapping[str, Clock] = MappingProxyType(
    {
        clock.name: clock
        for clock in (
            Clock("monitoring", "the end of the case", 24, 6, 60, "identity"),
            Clock("silence", "the last interview of a case that nobody ended", 36, 12, 60, "identity"),
            Clock("record", "the end of the case", 60, 24, 120, "record"),
            Clock("unsettled", "the arrival of what matches no child", 12, 1, 24, "unlinked"),
            Clock("refused", "the arrival of what came sealed and could not be taken", 12, 1, 24, "unlinked"),
            Clock("told", "the closing of what was told and names no child, or its record", 60, 24, 120, "unlinked"),
            Clock("kept_apart", "the decision about what was kept apart", 3, 1, 12, "unlinked"),
        )
    }
)
WITHOUT_CHILD = ("refused", "told")  # each of these people may keep longer
OF_A_CHILD = ("monitoring", "silence", "record")


@dataclass(frozen=True, slots=True)
class Period:
    """What an organisation has set. A shorter one reaches nobody before people had the whole notice."""

    months: int
    set_on: date | None = None


def limit_of(started: date, period: Period, prolonged: date | None = None) -> date:
    """The last day."""
    limit = add_months(started, period.months)
    if period.set_on is not None:
        limit = max(limit, period.set_on + NOTICE)
    return max(limit, prolonged) if prolonged is not None else limit


def ended(limit: date, today: date) -> bool:
    return today > limit


def listed(limit: date, today: date) -> bool:
    """Whether people are asked to look."""
    return today >= limit - NOTICE


def latest_prolongation(clock: Clock, started: date, limit: date) -> date:
    """No further than this at once, and never beyond the longest time of the clock."""
    return min(add_months(limit, MOST_PROLONGED), add_months(started, clock.longest))


def started_before(today: date, months: int) -> date:
    """Whatever started after this day has not run out today: a bound for a look into the table, on the safe side."""
    return add_months(today, -months) + timedelta(days=3)


def latest_look(today: date) -> date:
    """Until when a hold that is placed today may wait for somebody to look at it again."""
    return add_months(today, HOLD_REVIEWED_WITHIN)


def latest_review(today: date) -> date:
    """Until when a withholding that is asked for today may wait for somebody to look at it again."""
    return add_months(today, WITHHOLDING_REVIEWED_WITHIN)
