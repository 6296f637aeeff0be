"""The next point of the follow-up of a child. One function, so that the protocol behind it can be another one."""

from __future__ import annotations

from datetime import date

from homeward.domain.rounds import rounds_of


def next_point(return_date: date | None, day: date) -> date | None:
    """The day of the first round after this day; None after the last, and for whoever did not return."""
    if return_date is None:
        return None
    return next((each.due for each in rounds_of(return_date) if each.due > day), None)
