"""Of things of one day, which stands first: they follow each other as they were written down."""

from __future__ import annotations

from datetime import date, datetime
from typing import Protocol

Order = tuple[date, float, str, tuple[str, ...]]


class Dated(Protocol):
    @property
    def day(self) -> date: ...
    @property
    def kind(self) -> str: ...
    @property
    def codes(self) -> tuple[str, ...]: ...
    @property
    def at(self) -> datetime | None: ...


def as_written(each: Dated) -> Order:
    """For sorting, the oldest first. What nobody wrote down (a round not held), or at a time that is not known, begins
    its day; what was written at one moment goes by its kind, the same at each look.
    """
    return each.day, each.at.timestamp() if each.at is not None else 0.0, each.kind, each.codes
