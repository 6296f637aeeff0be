"""What a case worker does today: children whose round is due or late, and what waits for a person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from homeward.apps.access.actors import Actor, permit
from homeward.apps.cases.models import Child, Status
from homeward.apps.cases.queries import ChildRow, child_row
from homeward.apps.cases.scope import assigned_to, children_visible_to
from homeward.apps.surveys.inbox import waiting
from homeward.apps.surveys.models import State, Submission
from homeward.apps.surveys.reading import day_of
from homeward.domain.rounds import EARLY, Round, round_answered, round_asked

SOON = EARLY  # before the due date
LATE = timedelta(days=30)  # after it
MOST = 30  # rows
HELD = (State.ACCEPTED, State.INVALID)  # an interview took place, whether or not somebody has to look at it
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
    days: list[date] = field(default_factory=list)
    undated: list[UUID] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Today:
    rows: tuple[DueRow, ...]  # the first few, what is longest due on top
    due: int  # of all
    late: int
    children: int  # open, in the caseload or the team
    waiting: int | None  # in the inbox; None without that right


def today(actor: Actor) -> Today:
    """Computed from return dates and interviews, never from stored tasks."""
    children = list(_children(actor))
    interviews = _interviews(actor, [child.pk for child in children])
    found = sorted(
        (row for child in children if (row := _due(child, interviews.get(child.pk, _Held()), actor.today()))),
        key=lambda row: (row.due, row.child.code),
    )
    return Today(
        tuple(found[:MOST]),
        len(found),
        sum(row.state == "late" for row in found),
        len(children),
        waiting(actor) if permit(actor, "inbox.see") else None,
    )


def _children(actor: Actor) -> Iterable[Child]:
    """Whom the actor interviews: the own caseload of a case worker, the team of a supervisor."""
    rows = children_visible_to(actor, "interviews.fill").filter(status=Status.OPEN, return_date__isnull=False)
    if "supervisor" not in actor.roles:
        rows = rows.filter(assigned_to(actor))
    return rows.select_related("team", "place").order_by("code")


def _interviews(actor: Actor, child_ids: list[UUID]) -> Mapping[UUID, _Held]:
    rows = Submission.objects.filter(
        child__in=children_visible_to(actor), child_id__in=child_ids, state__in=HELD
    ).filter(form_version__family=ROUND_FAMILY)
    found: dict[UUID, _Held] = {}
    for key, child_id, *dated in rows.values_list("pk", "child_id", "interviewed_on", "received_at", "problems"):
        held, day = found.setdefault(child_id, _Held()), day_of(*dated)
        if day is None:
            held.undated.append(key)
        else:
            held.days.append(day)
    return found


def _due(child: Child, held: _Held, day: date) -> DueRow | None:
    """The newest round that has begun, unless an interview belongs to it. Rounds missed before stay missed."""
    if child.return_date is None:
        return None
    asked = round_asked(child.return_date, day)
    if asked is None or _done(child.return_date, asked, held.days):
        return None
    state = "late" if day > asked.due + LATE else "due" if day >= asked.due else "soon"
    last = max(held.days, default=None)
    return DueRow(child_row(child, day), asked.months, asked.due, state, last, tuple(held.undated))


def _done(return_date: date, wanted: Round, interviews: list[date]) -> bool:
    answered = (round_answered(return_date, day) for day in interviews)
    return any(each is not None and each.round.number == wanted.number for each in answered)
