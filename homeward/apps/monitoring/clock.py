"""Which points of the protocol were kept, and whether one is late: all that this topic knows of the clock of follow-up.

Only these two functions ask it, so that another protocol is asked in one place.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from homeward.apps.surveys.today import LATE
from homeward.domain.rounds import EARLY, round_answered, round_asked, rounds_of
from homeward.domain.succeeding import Kept


def kept_points(returned: date | None, held: Sequence[date], followed_since: date, today: date) -> tuple[Kept, ...]:
    """Points that are over, in their order. One is held with the first interview that belongs to it; it is missed when
    the next begins, the last one when it has been late for long. What was due before anybody here followed the child
    nobody could hold, so it is not missed.
    """
    if returned is None:
        return ()
    first: dict[int, date] = {}
    for day in sorted(held):
        answered = round_answered(returned, day)
        if answered is not None:
            first.setdefault(answered.round.number, day)
    rounds, found = rounds_of(returned), list[Kept]()
    for at, each in enumerate(rounds):
        over = rounds[at + 1].due - EARLY if at + 1 < len(rounds) else each.due + LATE
        if each.number in first:
            found.append(Kept(first[each.number], held=True))
        elif over <= today and each.due >= followed_since:
            found.append(Kept(over, held=False))
    return tuple(found)


def is_late(returned: date | None, held: Sequence[date], today: date) -> bool:
    """As *Today* says it: the newest round that has begun was not held, and its day is long past."""
    asked = round_asked(returned, today) if returned is not None else None
    if returned is None or asked is None or today <= asked.due + LATE:
        return False
    last = round_answered(returned, max(held)) if held else None
    return last is None or last.round.number < asked.number
