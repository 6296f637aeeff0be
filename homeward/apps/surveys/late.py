"""Interviews that arrive long after they were held: a phone that lay in a drawer, a sheet that was keyed in last.

They count like any other, on their own day. Somebody should know all the same: what was decided since did not know.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from homeward.apps.access.actors import Actor, permit
from homeward.apps.audit.services import record_look
from homeward.apps.cases.scope import assigned_to, children_visible_to
from homeward.apps.surveys.models import Channel, State, Submission
from homeward.apps.surveys.reading import day_of
from homeward.apps.surveys.scope import HELD, inbox_visible_to

LATE = timedelta(days=7)
RECENT = timedelta(days=7)
MOST = 200
SEE = "inbox.see"
OWN = "interviews.fill"
SHOWN = (State.ACCEPTED, State.INVALID, State.UNMATCHED, State.NO_CONSENT, State.TWICE)


@dataclass(frozen=True, slots=True)
class LateRow:
    submission_id: UUID
    child_code: str
    titles: dict[str, str]
    day: date
    received_at: datetime
    days: int
    state: str


def days_late(day: date, received_at: datetime, channel: str) -> int | None:
    """None where it came in time, or with a file, whose rows are as old as they are."""
    days = (timezone.localtime(received_at).date() - day).days
    return days if channel != Channel.IMPORT and days > LATE.days else None


def arrived_late(actor: Actor, since: datetime) -> tuple[LateRow, ...]:
    """What arrived since then, more than a week after its day; the newest arrival first. Found by organisation, state
    and arrival, for which there is an index; how late each one is, is worked out here.
    """
    if not permit(actor, SEE):
        return ()
    places = {grant.organisation_id for grant in actor.grants}
    rows = inbox_visible_to(actor).filter(organisation_id__in=places, state__in=SHOWN, received_at__gte=since)
    return _found(actor, rows, SEE)


def arrived_late_of_own(actor: Actor, since: datetime) -> tuple[LateRow, ...]:
    """Of the own caseload, for a case worker, who has no inbox: what was decided since did not know of them."""
    if permit(actor, SEE) or not permit(actor, OWN):
        return ()
    children = children_visible_to(actor, OWN).filter(assigned_to(actor))
    rows = Submission.objects.filter(child__in=children.values("pk"), state__in=HELD, received_at__gte=since)
    return _found(actor, rows, OWN)


def _found(actor: Actor, rows: QuerySet[Submission], permission: str) -> tuple[LateRow, ...]:
    rows = rows.filter(supersedes__isnull=True, interviewed_on__lt=timezone.localdate() - LATE)
    rows = rows.exclude(channel=Channel.IMPORT).select_related("child", "form_version")
    rows = rows.only(
        "interviewed_on", "received_at", "state", "channel", "problems", "child__code", "form_version__titles"
    )
    found = tuple(row for each in rows.order_by("-received_at", "pk")[:MOST] if (row := _late_row(each)) is not None)
    if found:
        record_look(actor, permission, "submissions", detail={"rows": len(found)})
    return found


def _late_row(row: Submission) -> LateRow | None:
    day = day_of(row.interviewed_on, row.received_at, row.problems)
    days = days_late(day, row.received_at, row.channel) if day is not None else None
    if day is None or days is None:
        return None
    code = row.child.code if row.child is not None else ""
    return LateRow(row.pk, code, row.form_version.titles, day, row.received_at, days, row.state)
