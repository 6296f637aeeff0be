"""Flags of the last weeks, of children in care and within reach: what must not wait for a visit to the child's page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from homeward.apps.access.actors import Actor, permit
from homeward.apps.audit.services import record_look
from homeward.apps.cases.models import Status
from homeward.apps.cases.scope import about_children_visible_to
from homeward.apps.surveys.models import Flag
from homeward.apps.surveys.reading import day_of
from homeward.apps.surveys.scope import HELD

SEE = "answers.see"
RECENT = timedelta(days=30)
MOST = 50
ZONES = timedelta(days=1)  # a day of the house may begin before that of the server


@dataclass(frozen=True, slots=True)
class FlagRow:
    submission_id: UUID
    child_code: str
    kind: str
    severity: str
    respondent: str
    day: date | None  # None: nobody knows it


def recent_flags(actor: Actor) -> tuple[FlagRow, ...]:
    """The newest first. A version that was corrected or set aside raises none.

    Asked from the flags, which are few: none is raised before its interview was held. As a list of ids, because SQLite
    would otherwise begin with all children.
    """
    if not permit(actor, SEE):
        return ()
    since = actor.today() - RECENT
    rows = Flag.objects.filter(
        about_children_visible_to(actor, SEE, "submission__child_id"),
        submission__state__in=HELD,
        submission__child__status=Status.OPEN,
        submission__interviewed_on__gte=since,
        pk__in=Flag.objects.filter(raised_at__gte=datetime.combine(since - ZONES, time.min, UTC)).values("pk"),
    )
    chosen = rows.order_by("-submission__interviewed_on", "submission_id", "kind").values_list(
        "submission_id",
        "submission__child__code",
        "kind",
        "severity",
        "submission__respondent",
        "submission__interviewed_on",
        "submission__received_at",
        "submission__problems",
    )
    once = chosen.distinct()[:MOST]  # one kind raised by two questions is said once
    found = tuple(FlagRow(*row[:5], day_of(*row[5:])) for row in once)
    if found:
        record_look(actor, SEE, "flags", detail={"rows": len(found)})
    return found
