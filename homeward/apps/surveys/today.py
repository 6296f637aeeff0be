"""What a case worker does today: children whose round is due or late, and what waits for a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import F, Max, Q, QuerySet, TextField
from django.db.models.functions import Cast

from homeward.apps.access.actors import Actor, permit
from homeward.apps.audit.services import record_look
from homeward.apps.cases.models import Child, Status
from homeward.apps.cases.queries import ChildRow, child_row
from homeward.apps.cases.scope import about_children_visible_to, assigned_to, children_visible_to
from homeward.apps.surveys.inbox import waiting
from homeward.apps.surveys.models import State, Submission
from homeward.apps.surveys.reading import UNDATED, day_of
from homeward.domain.rounds import EARLY, round_answered, round_asked

SOON = EARLY  # before the due date
LATE = timedelta(days=30)  # after it
MOST = 30  # rows
HELD = (State.ACCEPTED, State.INVALID)  # an interview took place, whether or not somebody has to look at it
ASKED = (*HELD, State.REFUSED)  # a no is an answer: nobody is asked again before the next round
ROUND_FAMILY = "survey"  # visits and case studies are no round


@dataclass(frozen=True, slots=True)
class DueRow:
    child: ChildRow
    round_months: Decimal
    due: date
    state: str  # soon, due, late
    last_interview: date | None
    undated: tuple[UUID, ...]  # interviews whose day nobody knows: they count for a round once it is corrected


@dataclass(slots=True)
class _Held:
    last: date | None = None
    undated: list[UUID] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Due:
    due: date
    code: str
    months: Decimal
    state: str


@dataclass(frozen=True, slots=True)
class Today:
    rows: tuple[DueRow, ...]  # the first few, what is longest due on top
    due: int  # of all
    late: int
    children: int  # open, in the caseload or the team
    waiting: int | None  # in the inbox; None without that right


def today(actor: Actor) -> Today:
    """Computed from return dates and interviews, never from stored tasks. Only the rows shown are opened."""
    children, day = _children(actor), actor.today()
    facts = list(children.values_list("pk", "code", "return_date"))
    held = _interviews(actor, children)
    found = {
        key: due
        for key, code, returned in facts
        if (due := _due(code, returned, held.get(key, _NOTHING).last, day)) is not None
    }
    first = sorted(found, key=lambda key: (found[key].due, found[key].code))[:MOST]
    shown = children.select_related("team", "place").in_bulk(first)
    rows = [(key, child_row(shown[key], day)) for key in first if key in shown]
    if rows:
        record_look(actor, "children.see", "due", detail={"rows": len(rows)})
    return Today(
        tuple(_row(child, found[key], held.get(key, _NOTHING)) for key, child in rows),
        len(found),
        sum(due.state == "late" for due in found.values()),
        len(facts),
        waiting(actor) if permit(actor, "inbox.see") else None,
    )


_NOTHING = _Held()


def _children(actor: Actor) -> QuerySet[Child]:
    """Whom the actor interviews: the own caseload of a case worker, the team of a supervisor."""
    rows = children_visible_to(actor, "interviews.fill").filter(status=Status.OPEN, return_date__isnull=False)
    rows = rows.exclude(withdrew=True)  # nobody asks whoever took the agreement back
    return rows if "supervisor" in actor.roles else rows.filter(assigned_to(actor))


def _interviews(actor: Actor, children: QuerySet[Child]) -> Mapping[UUID, _Held]:
    """The last day of each child comes from the database as one number a child; only where the day is in doubt is the
    interview looked at by itself, because `day_of` alone knows which days count.
    """
    rows = Submission.objects.filter(
        about_children_visible_to(actor),
        child__in=children.values("pk"),
        state__in=ASKED,
        form_version__family=ROUND_FAMILY,
    ).alias(told=Cast("problems", TextField()))
    doubtful = Q(interviewed_on__gt=F("received_at"))
    for code in UNDATED:
        doubtful |= Q(told__contains=code)
    sure = rows.exclude(doubtful).order_by().values_list("child_id").annotate(last=Max("interviewed_on"))
    found = {child_id: _Held(last) for child_id, last in sure}
    odd = rows.filter(doubtful).order_by("received_at")
    for key, child_id, *dated in odd.values_list("pk", "child_id", "interviewed_on", "received_at", "problems"):
        held, day = found.setdefault(child_id, _Held()), day_of(*dated)
        if day is None:
            held.undated.append(key)
        else:
            held.last = max(day, held.last or day)
    return found


def _due(code: str, returned: date | None, last: date | None, day: date) -> _Due | None:
    """The newest round that has begun, unless an interview belongs to it. Rounds missed before stay missed."""
    if returned is None:
        return None
    asked = round_asked(returned, day)
    answered = round_answered(returned, last) if last is not None else None
    if asked is None or (answered is not None and answered.round.number >= asked.number):
        return None
    state = "late" if day > asked.due + LATE else "due" if day >= asked.due else "soon"
    return _Due(asked.due, code, asked.months, state)


def _row(child: ChildRow, due: _Due, held: _Held) -> DueRow:
    return DueRow(child, due.months, due.due, due.state, held.last, tuple(held.undated))
