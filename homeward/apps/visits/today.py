"""What a case worker does today: children whose round or contact is due or late, and what waits for a person."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from homeward.apps.access.actors import Actor, permit
from homeward.apps.audit.services import record_look
from homeward.apps.cases.models import Child
from homeward.apps.cases.protocols import Schedules
from homeward.apps.cases.queries import ChildRow, child_row
from homeward.apps.cases.scope import assigned_to, children_visible_to
from homeward.apps.communities.queries import with_descendants
from homeward.apps.surveys.inbox import waiting
from homeward.apps.visits.clock import clocks, with_a_clock
from homeward.apps.visits.due import Due, due_list
from homeward.domain.protocol import Point, State, follow_up

PAGE = 30  # rows
NOWHERE = UUID(int=0)


@dataclass(frozen=True, slots=True)
class DueRow:
    child: ChildRow
    due: Due
    unexplained: tuple[Point, ...]  # rounds that nobody did, and of which nobody has said why


@dataclass(frozen=True, slots=True)
class Today:
    rows: tuple[DueRow, ...]  # of this page, the most urgent first and then by place
    due: int  # of all
    late: int
    tolerated: int
    children: int  # returned, open, in the caseload or the team
    waiting: int | None  # in the inbox; None without that right
    page: int
    pages: int
    places: tuple[tuple[UUID, str, int], ...]  # where somebody is due, and how many; before one is chosen


def today(actor: Actor, *, place_id: UUID | None = None, page: int = 1) -> Today:
    """Computed from facts, never from stored tasks. Only the rows shown are opened."""
    children = children_to_see(actor)
    everybody = list(due_list(children))
    found = _within(actor, everybody, place_id)
    names = dict(_names(children, everybody))
    found.sort(key=lambda each: (each.order[0], names.get(each.place_id or NOWHERE, ""), each.order))
    pages = max(1, -(-len(found) // PAGE))
    page = min(max(page, 1), pages)
    shown = found[(page - 1) * PAGE : page * PAGE]
    rows = _rows(actor, children, shown)
    if rows:
        record_look(actor, "children.see", "due", detail={"rows": len(rows)})
    return Today(
        tuple(rows),
        len(found),
        sum(each.state is State.LATE for each in found),
        sum(each.state is State.TOLERATED for each in found),
        with_a_clock(children).count(),
        waiting(actor) if permit(actor, "inbox.see") else None,
        page,
        pages,
        tuple(_places(everybody, names)),
    )


def children_to_see(actor: Actor) -> QuerySet[Child]:
    """Whom the actor interviews: the own caseload of a case worker, the team of a supervisor."""
    rows = children_visible_to(actor, "interviews.fill")
    return rows if "supervisor" in actor.roles else rows.filter(assigned_to(actor))


def _within(actor: Actor, found: list[Due], place_id: UUID | None) -> list[Due]:
    if place_id is None:
        return found
    places = with_descendants(actor, place_id)
    return [each for each in found if each.place_id in places]


def _names(children: QuerySet[Child], found: list[Due]) -> list[tuple[UUID, str]]:
    """Of the places where somebody is due."""
    if not any(each.place_id for each in found):
        return []
    rows = with_a_clock(children).filter(place__isnull=False)
    return [(key, name) for key, name in rows.order_by().values_list("place_id", "place__name").distinct() if key]


def _places(found: list[Due], names: dict[UUID, str]) -> list[tuple[UUID, str, int]]:
    counts: dict[UUID, int] = {}
    for each in found:
        if each.place_id is not None:
            counts[each.place_id] = counts.get(each.place_id, 0) + 1
    return sorted(((key, names.get(key, ""), count) for key, count in counts.items()), key=lambda each: each[1])


def _rows(actor: Actor, children: QuerySet[Child], shown: list[Due]) -> list[DueRow]:
    keys = [each.child_id for each in shown]
    opened = children.select_related("team", "place").in_bulk(keys)
    unexplained = _unexplained(keys)
    return [
        DueRow(child_row(opened[each.child_id], actor.today()), each, unexplained.get(each.child_id, ()))
        for each in shown
        if each.child_id in opened
    ]


def _unexplained(keys: list[UUID]) -> dict[UUID, tuple[Point, ...]]:
    """The newest round that was missed without a word, of each child of the page."""
    if not keys:
        return {}
    schedules = Schedules()
    rows = clocks(Child.objects.filter(pk__in=keys), newest=False, few=keys)
    found = ((row, follow_up(schedules.of(row.organisation_id), row.facts, row.day)) for row in rows)
    return {row.child_id: each.unexplained[-1:] for row, each in found}
