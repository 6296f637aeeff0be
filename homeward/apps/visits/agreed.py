"""Days that were agreed at a visit for the next one, of which nobody has made the check yet; days of visits alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from homeward.apps.access.actors import Actor
from homeward.apps.audit.services import record_look
from homeward.apps.cases.models import Child, Status
from homeward.apps.cases.queries import ChildRow, child_row
from homeward.apps.cases.scope import assigned_to, children_visible_to
from homeward.apps.visits import choices as of
from homeward.apps.visits.models import Visit
from homeward.apps.visits.scope import SEE, child_to_read
from homeward.domain.consent import NO_HELP


@dataclass(frozen=True, slots=True)
class AgreedVisit:
    child: ChildRow
    on: date  # as agreed at the last visit
    visit_id: UUID  # at which it was agreed
    late: bool


def caseload_to_visit(actor: Actor) -> QuerySet[Child]:
    """The own caseload, or a supervisor's team, as far as its records are open and nobody said no to help."""
    children = children_visible_to(actor, SEE).filter(status=Status.OPEN).exclude(said_no__in=NO_HELP)
    return children if "supervisor" in actor.roles else children.filter(assigned_to(actor))


def agreed_visits(actor: Actor, on: date | None = None) -> tuple[AgreedVisit, ...]:
    """All, or those of a day; the earliest first. Written down where there are any."""
    rows = _agreed(caseload_to_visit(actor)).select_related("child__team", "child__place")
    if on is not None:
        rows = rows.filter(next_on=on)
    today = actor.today()
    newest = {row.child_id: row for row in rows.order_by("closed_at")}
    found = [
        AgreedVisit(child_row(row.child, today), row.next_on, row.pk, row.next_on < today)
        for row in newest.values()
        if row.next_on is not None
    ]
    if found:
        record_look(actor, SEE, "visits", detail={"rows": len(found)})
    return tuple(sorted(found, key=lambda each: (each.on, each.child.code)))


def agreed_day(actor: Actor, key: UUID | str) -> date | None:
    """Of one child. The caller has written down that the record was looked at."""
    child = child_to_read(actor, key)
    row = _agreed(Child.objects.filter(pk=child.pk)).order_by("closed_at").last()
    return row.next_on if row is not None else None


def visit_days(actor: Actor) -> Iterator[tuple[UUID, date]]:
    """For a calendar: of each child the days for which visits are planned or agreed, and nothing else."""
    children = caseload_to_visit(actor)
    planned = Visit.objects.filter(child__in=children.values("pk"), closed_at=None).exclude(mode="")
    yield from planned.values_list("child_id", "planned_on")
    for child_id, day in _agreed(children).values_list("child_id", "next_on"):
        if day is not None:
            yield child_id, day


def _agreed(children: QuerySet[Child]) -> QuerySet[Visit]:
    """Held visits with a day for the next, unless another was held since, or one is planned or was planned since."""
    others = Visit.objects.filter(child=OuterRef("child"), taken_back="").exclude(pk=OuterRef("pk"))
    open_now = Q(closed_at=None) | Q(checked_at__gt=OuterRef("closed_at")) & ~Q(not_held=of.NotHeld.MISTAKE)
    dealt_with = others.filter(Q(held_on__gt=OuterRef("held_on")) | (open_now & ~Q(mode="")))
    rows = Visit.objects.filter(child__in=children.values("pk"), held_on__isnull=False, next_on__isnull=False)
    return rows.filter(~Exists(dealt_with)).defer("words", "lifted_why")
