"""Help that was promised for a day that is past, and is not there: for *Today* and for a supervisor."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import OuterRef, Q, Subquery

from homeward.apps.access.actors import Actor
from homeward.apps.audit.services import record_look
from homeward.apps.cases.queries import ChildRow, child_row
from homeward.apps.visits import choices as of
from homeward.apps.visits.agreed import caseload_to_visit
from homeward.apps.visits.models import ActionOutcome, AgreedAction
from homeward.apps.visits.scope import SEE


@dataclass(frozen=True, slots=True)
class BrokenPromise:
    """Codes alone; the words stand on the page of the child."""

    id: UUID
    child: ChildRow
    visit_id: UUID  # at which it was agreed
    who: str
    by_when: date
    days_late: int


def broken_promises(actor: Actor) -> tuple[BrokenPromise, ...]:
    """Of the own caseload, or of a supervisor's team; the oldest first. Written down where there are any."""
    today = actor.today()
    newest = ActionOutcome.objects.filter(action=OuterRef("pk")).order_by("-on", "-noted_at").values("kept")[:1]
    rows = AgreedAction.objects.filter(child__in=caseload_to_visit(actor).values("pk"), by_when__lt=today)
    rows = rows.annotate(last=Subquery(newest)).filter(Q(last=None) | ~Q(last__in=of.SETTLED)).defer("promise")
    found = tuple(
        BrokenPromise(
            *(row.pk, child_row(row.child, today), row.visit_id, row.who, row.by_when), (today - row.by_when).days
        )
        for row in rows.select_related("child__team", "child__place").order_by("by_when", "child__code")
    )
    if found:
        record_look(actor, SEE, "visits", detail={"rows": len(found)})
    return found
