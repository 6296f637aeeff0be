"""Flags of the last weeks, of children in care and within reach: what must not wait for a visit to the child's page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from homeward.apps.access.actors import Actor, permit
from homeward.apps.audit.services import record_look
from homeward.apps.cases.models import Status
from homeward.apps.cases.scope import about_children_visible_to
from homeward.apps.surveys.models import Flag
from homeward.apps.surveys.reading import day_of
from homeward.apps.surveys.today import HELD

SEE = "answers.see"
RECENT = timedelta(days=30)
MOST = 50


@dataclass(frozen=True, slots=True)
class FlagRow:
    submission_id: UUID
    child_code: str
    kind: str
    severity: str
    respondent: str
    day: date | None  # None: nobody knows it


def recent_flags(actor: Actor) -> tuple[FlagRow, ...]:
    """The newest first. A version that was corrected or set aside raises none."""
    if not permit(actor, SEE):
        return ()
    rows = Flag.objects.filter(
        about_children_visible_to(actor, SEE, "submission__child_id"),
        submission__state__in=HELD,
        submission__child__status=Status.OPEN,
        submission__interviewed_on__gte=actor.today() - RECENT,
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
    found = dict.fromkeys(
        FlagRow(*row[:5], day_of(*row[5:])) for row in chosen
    )  # one kind raised by two questions is said once
    if found:
        record_look(actor, SEE, "flags", detail={"rows": min(len(found), MOST)})
    return tuple(found)[:MOST]
