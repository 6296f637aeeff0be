"""Help that was promised for a day that is past, and is not there: for *Today* and for a supervisor. What was moved is
late after its new day alone; what will not come stays until somebody has told the family.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Count, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from homeward.apps.access.actors import Actor
from homeward.apps.audit.services import record_look
from homeward.apps.cases.queries import ChildRow, child_row
from homeward.apps.visits.agreed import caseload_to_visit
from homeward.apps.visits.models import ActionOutcome, AgreedAction
from homeward.apps.visits.scope import SEE
from homeward.domain.promising import MOVED, NOBODY, NOT_COMING, SETTLED


@dataclass(frozen=True, slots=True)
class BrokenPromise:
    """Codes alone; the words stand on the page of the child."""

    id: UUID
    child: ChildRow
    visit_id: UUID  # at which it was agreed
    who: str
    by_when: date  # by when it was to be there: the newest day that was given
    days_late: int
    moves: int = 0  # how often it was moved
    untold: bool = False  # it will not come, and the family does not know


def broken_promises(actor: Actor) -> tuple[BrokenPromise, ...]:
    """Of the own caseload, or of a supervisor's team; the oldest first. Written down where there are any."""
    today = actor.today()
    said = ActionOutcome.objects.filter(action=OuterRef("pk"), struck_at=None).order_by("-on", "-noted_at")
    rows = AgreedAction.objects.filter(child__in=caseload_to_visit(actor).values("pk"), struck_at=None)
    rows = rows.annotate(
        last=Subquery(said.values("kept")[:1]),
        told=Subquery(said.values("told")[:1]),
        day=Coalesce(Subquery(said.filter(kept=MOVED).values("new_day")[:1]), F("by_when")),
        moves=Count("outcomes", filter=Q(outcomes__kept=MOVED, outcomes__struck_at=None)),
    )
    late = (Q(last=None) | ~Q(last__in=SETTLED)) & Q(day__lt=today)
    rows = rows.filter(late | Q(last=NOT_COMING, told=NOBODY)).defer("promise")
    found = tuple(
        BrokenPromise(
            *(row.pk, child_row(row.child, today), row.visit_id, row.who, row.day),
            max((today - row.day).days, 0),
            row.moves,
            row.last == NOT_COMING,
        )
        for row in rows.select_related("child__team", "child__place").order_by("day", "child__code")
    )
    if found:
        record_look(actor, SEE, "visits", detail={"rows": len(found)})
    return found
