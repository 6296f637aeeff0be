"""What follows from the facts recorded of a child, and the dated events that a timeline shows. Codes, no words."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

SEASONS = ("dec_feb", "mar_may", "jun_aug", "sep_nov")


@dataclass(frozen=True, slots=True)
class Event:
    """`kind` and `codes` are of closed lists; no name and no text is in it."""

    day: date
    kind: str
    codes: tuple[str, ...] = ()
    at: datetime | None = field(default=None, compare=False)  # when it was written down


def season_of(day: date) -> str:
    """Three months of the year, the same words north and south: whether they are cold or wet the place decides."""
    return SEASONS[day.month % 12 // 3]


def overlap(since: date, until: date | None, other_since: date, other_until: date | None) -> bool:
    """Whether two spells share a day; None is a spell that runs."""
    return (until is None or other_since <= until) and (other_until is None or since <= other_until)
