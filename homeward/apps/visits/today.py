"""What a case worker does today: children whose round or contact is due or late, and what waits for a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from django.db.models import QuerySet

from homeward.apps.access.actors import Actor, permit
from homeward.apps.audit.services import record_look
from homeward.apps.cases.models import Child
from homeward.apps.cases.protocols import Schedules
from homeward.apps.cases.queries import ChildRow, child_row, running_assignments
from homeward.apps.cases.scope import assigned_to, children_visible_to, works_with
from homeward.apps.communities.queries import with_descendants
from homeward.apps.surveys.inbox import waiting
from homeward.apps.visits.clock import clocks, with_a_clock
from homeward.apps.visits.due import Due, due_list
from homeward.apps.visits.reaching import way_of, ways_of
from homeward.apps.visits.waiting import lost_among
from homeward.domain.protocol import Point, State, follow_up

PAGE = 15  # rows: what waits besides stands below, and all of it on one page of a phone
NOWHERE = UUID(int=0)


class By(StrEnum):
    """In which order, and so in which groups."""

    URGENCY = "urgency"
    DAY = "day"
    PLACE = "place"
    WAY = "way"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What narrows the list, and its order."""

    place_id: UUID | None = None
    worker_id: UUID | None = None  # who works with the child
    way: str = ""  # in which it may be reached
    late: bool = False  # these alone
    day: date | None = None  # of a trip: those of this day in this very place alone
    by: By = By.URGENCY


@dataclass(frozen=True, slots=True)
class DueRow:
    child: ChildRow
    due: Due
    unexplained: tuple[Point, ...]  # rounds that nobody did, and of which nobody has said why
    workers: tuple[str, ...] = ()  # for a supervisor
    way: str = ""  # planned, or else the first of the safe-contact card
    trip: int = 1  # how many are due on that day in that place
    lost: bool = False  # to contact


@dataclass(frozen=True, slots=True)
class Today:
    rows: tuple[
        DueRow, ...
    ]  # of this page, the most urgent first and then by place, unless another order was asked for
    due: int  # of all
    late: int
    tolerated: int
    children: int  # returned, open, in the caseload or the team
    waiting: int | None  # in the inbox; None without that right
    page: int
    pages: int
    places: tuple[tuple[UUID, str, int], ...]  # where somebody is due, and how many; before one is chosen
    trips: tuple[Trip, ...] = ()


@dataclass(frozen=True, slots=True)
class Trip:
    """Several children who are due on one day in one place."""

    day: date
    place_id: UUID
    place: str
    children: int


def today(actor: Actor, wanted: Wanted | None = None, *, page: int = 1) -> Today:
    """Computed from facts, never from stored tasks. Only the rows shown are opened."""
    wanted = wanted or Wanted()
    children = children_to_see(actor)
    if wanted.worker_id is not None:
        children = children.filter(works_with(actor, wanted.worker_id))
    everybody = list(due_list(children))
    found = _within(actor, everybody, wanted)
    names = dict(_names(children, everybody))
    ways = ways_of([each.child_id for each in found]) if wanted.by is By.WAY else {}
    found.sort(key=lambda each: _order(each, wanted.by, names, ways))
    pages = max(1, -(-len(found) // PAGE))
    page = min(max(page, 1), pages)
    together = Counter((each.due, each.place_id) for each in found if each.place_id is not None)
    rows = _rows(actor, children, found[(page - 1) * PAGE : page * PAGE], together)
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
        tuple(_trips(together, names)),
    )


def children_to_see(actor: Actor) -> QuerySet[Child]:
    """Whom the actor interviews: the own caseload of a case worker, the team of a supervisor."""
    rows = children_visible_to(actor, "interviews.fill")
    return rows if "supervisor" in actor.roles else rows.filter(assigned_to(actor))


def _within(actor: Actor, found: list[Due], wanted: Wanted) -> list[Due]:
    if wanted.day is not None:
        found = [each for each in found if each.due == wanted.day and wanted.place_id in (None, each.place_id)]
    elif wanted.place_id is not None:
        places = with_descendants(actor, wanted.place_id)
        found = [each for each in found if each.place_id in places]
    if wanted.late:
        found = [each for each in found if each.state is State.LATE]
    if wanted.way:
        ways = ways_of([each.child_id for each in found])
        found = [each for each in found if wanted.way in ways.get(each.child_id, ())]
    return list(found)


Order = tuple[int | date | str | tuple[int, date, str], ...]


def _order(each: Due, by: By, names: Mapping[UUID, str], ways: Mapping[UUID, Sequence[str]]) -> Order:
    """Within each group those of one place and day stand together."""
    place = names.get(each.place_id or NOWHERE, "")
    if by is By.DAY:
        return (each.due, place, each.order)
    if by is By.PLACE:
        return (not place, place, each.due, each.order)
    if by is By.WAY:
        way = way_of(ways.get(each.child_id, ()))
        return (not way, way, place, each.due, each.order)
    return (each.order[0], place, each.order)


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


def _trips(together: Mapping[tuple[date, UUID], int], names: Mapping[UUID, str]) -> list[Trip]:
    """The earliest first."""
    found = [Trip(day, place, names.get(place, ""), count) for (day, place), count in together.items() if count > 1]
    return sorted(found, key=lambda each: (each.day, each.place))


def _rows(
    actor: Actor,
    children: QuerySet[Child],
    shown: Sequence[Due],
    together: Mapping[tuple[date, UUID], int],
) -> list[DueRow]:
    keys = [each.child_id for each in shown]
    opened = children.select_related("team", "place").in_bulk(keys)
    unexplained, ways, lost = _unexplained(keys), ways_of(keys), lost_among(keys)
    workers = running_assignments(actor, keys) if keys and "supervisor" in actor.roles else {}
    return [
        DueRow(
            child_row(opened[each.child_id], actor.today()),
            each,
            unexplained.get(each.child_id, ()),
            tuple(workers.get(each.child_id, ())),
            way_of(ways.get(each.child_id, ())),
            together.get((each.due, each.place_id or NOWHERE), 1),
            each.child_id in lost,
        )
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
