"""The wish to be called back goes before everything else on the child's page, until somebody has come back to it."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils import timezone

from homeward.apps.access.actors import Actor, today_in
from homeward.apps.cases.queries import ChildDetail
from homeward.apps.surveys.scope import HELD
from homeward.apps.surveys.timeline import Timeline
from homeward.apps.visits.reaching import reached_since

CALL_BACK = "call_back"
LASTS = timedelta(days=90)


def day_of_wish(actor: Actor, detail: ChildDetail, history: Timeline, *, sees_visits: bool) -> date | None:
    """Of the newest. None once it is long ago, or child or caregiver was seen, spoken with or asked on a later day."""
    held = [row for row in history.submissions if row.state in HELD]
    wishes = (row for row in held if any(kind == CALL_BACK for kind, _degree in row.flags))
    day = max((row.day or timezone.localdate(row.received_at) for row in wishes), default=None)
    if day is None or today_in(actor, detail.organisation_id) - day > LASTS:
        return None
    if any(row.day is not None and row.day > day for row in held):
        return None
    return None if sees_visits and reached_since(actor, detail.row.id, day) else day
