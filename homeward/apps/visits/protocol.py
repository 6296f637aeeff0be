"""The next point of the follow-up of a child."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from homeward.apps.cases.protocols import schedule_of
from homeward.domain.rounds import rounds_of


def next_point(organisation_id: UUID, return_date: date | None, day: date) -> date | None:
    """The day of the first round after this day, by the protocol in use; None after the last, and for whoever did not
    return or whose return has no known day.
    """
    if return_date is None:
        return None
    return next((each.due for each in rounds_of(schedule_of(organisation_id), return_date) if each.due > day), None)
