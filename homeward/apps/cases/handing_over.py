"""A colleague leaves, or is on leave: their children go to others, all or some, from a day on, for good or until a day.

Each child goes to whoever of those chosen has fewest and no tie to it. A child that nobody of them may work with stays
where it is, and is named. One transaction; one row of the trace for each child; taken back on the same day.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import groupby
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from homeward.apps.access.actors import Actor, running_on, today_in, zone_of
from homeward.apps.access.guard import guard
from homeward.apps.access.models import Conflict, Person
from homeward.apps.access.queries import case_workers
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.services import record, record_look
from homeward.apps.cases.models import (
    Assignment,
    Child,
    HandedChild,
    HandOver,
    Relation,
    RelationKind,
    RiskLevel,
    Status,
)
from homeward.apps.cases.scope import children_visible_to
from homeward.domain.problems import Problem, ProblemError, Where

ASSIGN = "children.assign"
MANY = 25  # children of one case worker, as the standards have it
FURTHEST, LONGEST = timedelta(days=90), timedelta(days=366)
CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Wish:
    from_id: UUID
    to_ids: tuple[UUID, ...]
    day: date
    until: date | None = None  # the last day of a leave
    pauses: bool = False  # the colleague does not see the children meanwhile
    codes: tuple[str, ...] | None = None  # None: all


@dataclass(frozen=True, slots=True)
class PlannedChild:
    id: UUID
    code: str
    to_id: UUID | None  # None: stays where it is
    to: str
    why_not: str  # a code
    assignments: tuple[Assignment, ...] = ()
    works_already: bool = False
    place: str = ""
    risk: str = ""  # as it stands on the first day; empty: nothing is set
    siblings: tuple[str, ...] = ()  # codes of brothers and sisters of the same list


@dataclass(frozen=True, slots=True)
class Load:
    name: str
    children: int  # afterwards
    many: bool
    before: int = 0  # today


@dataclass(frozen=True, slots=True)
class Plan:
    children: tuple[PlannedChild, ...]
    loads: tuple[Load, ...]

    @property
    def moving(self) -> tuple[PlannedChild, ...]:
        return tuple(each for each in self.children if each.to_id is not None)

    @property
    def staying(self) -> tuple[PlannedChild, ...]:
        return tuple(each for each in self.children if each.to_id is None)


@dataclass(frozen=True, slots=True)
class HandOverRow:
    id: UUID
    who: str
    day: date
    until: date | None
    children: int


def may_leave(actor: Actor) -> list[tuple[UUID, str]]:
    """Whose children could be handed over: who works with children of those in which this actor assigns."""
    here = _assigned(actor).values("person_id")
    return list(Person.objects.filter(pk__in=here).order_by("display_name", "pk").values_list("pk", "display_name"))


def planned(actor: Actor, wish: Wish) -> Plan:
    place = guard(actor, ASSIGN)
    _check_days(wish, today_in(actor, place))
    names = _receivers(actor, wish)
    rows = _assigned(actor).filter(person_id=wish.from_id).filter(Q(until__isnull=True) | Q(until__gte=wish.day))
    rows = rows.select_related("child__place").order_by("child__code", "since")
    if wish.codes is not None:
        rows = rows.filter(child__code__in=wish.codes)
    if wish.until is not None:
        rows = rows.filter(since__lte=wish.until)
    load = _loads(names, today_in(actor, place))
    before = Counter(load)
    groups = [list(some) for _, some in groupby(rows, lambda row: row.child_id)]
    children = _known_of(tuple(_plan(wish, names, load, groups)), wish.day, [some[0].child for some in groups])
    loads = tuple(Load(name, load[key], load[key] > MANY, before[key]) for key, name in names.items())
    return Plan(children, loads)


def loads_of(actor: Actor) -> dict[UUID, int]:
    """With how many open children each works to whom this actor may assign."""
    names = {each.id: each.display_name for each in case_workers(actor)}
    found = _loads(names, actor.today())
    return {key: found[key] for key in names}


def _known_of(planned: tuple[PlannedChild, ...], day: date, children: list[Child]) -> tuple[PlannedChild, ...]:
    """What helps to choose: where the child lives, how endangered it is, and who should stay together."""
    codes = {child.pk: child.code for child in children}
    places = {child.pk: child.place.name if child.place else "" for child in children}
    levels = RiskLevel.objects.filter(child_id__in=list(codes), since__lte=day).order_by("since", "said_at")
    risks = dict(levels.values_list("child_id", "level"))
    tied: dict[UUID, set[str]] = {}
    rows = Relation.objects.filter(
        kind=RelationKind.SIBLING,
        until__isnull=True,
        struck_on__isnull=True,
        child_id__in=list(codes),
        other_child_id__in=list(codes),
    )
    for one, other in rows.values_list("child_id", "other_child_id"):
        tied.setdefault(one, set()).add(codes[other])
        tied.setdefault(other, set()).add(codes[one])
    return tuple(
        replace(
            each,
            place=places.get(each.id, ""),
            risk=risks.get(each.id, ""),
            siblings=tuple(sorted(tied.get(each.id, ()))),
        )
        for each in planned
    )


def shown_plan(actor: Actor, wish: Wish) -> Plan:
    """What would happen, by codes; the look is written down."""
    plan = planned(actor, wish)
    record_look(actor, "children.see", "children", detail={"rows": len(plan.children)})
    return plan


def hand_caseload_over(actor: Actor, wish: Wish) -> tuple[UUID, Plan]:
    """As it is by then: what changed since it was shown is respected, and told."""
    planned(actor, wish)  # a refusal is recorded outside the transaction
    place = guard(actor, ASSIGN)
    with transaction.atomic():
        ids = list(_assigned(actor).filter(person_id=wish.from_id).values_list("child_id", flat=True))
        list(Child.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk").values_list("pk"))
        plan = planned(actor, wish)
        if not plan.moving:
            raise ProblemError(_nobody())
        row = HandOver(
            id=uuid4(),
            organisation_id=place,
            from_person_id=wish.from_id,
            day=wish.day,
            until=wish.until,
            pauses=wish.pauses,
            made_by_id=actor.person_id,
            made_at=timezone.now(),
        )
        row.save(force_insert=True)
        for child in plan.moving:
            _hand_over(actor, row, wish, child)
    return row.pk, plan


def undo_hand_over(actor: Actor, hand_over_id: UUID) -> int:
    """By whoever did it, on the same day. Where a tie was declared meanwhile, the child does not go back."""
    place = guard(actor, ASSIGN)
    row = _of_today(actor, place).filter(pk=hand_over_id).first()
    if row is None:
        raise NotVisible("hand_over")
    back = 0
    with transaction.atomic():
        if not HandOver.objects.filter(pk=row.pk, undone_at=None).update(undone_at=timezone.now()):
            return 0
        for each in HandedChild.objects.filter(hand_over=row).select_related("child").order_by("child_id"):
            list(Child.objects.select_for_update(no_key=True).filter(pk=each.child_id).values_list("pk"))
            back += _give_back(actor, row, each)
    return back


def recent_hand_overs(actor: Actor) -> list[HandOverRow]:
    """Those of today that this actor could take back."""
    place = guard(actor, ASSIGN)
    rows = _of_today(actor, place).select_related("from_person").prefetch_related("children").order_by("-made_at")
    return [HandOverRow(row.pk, str(row.from_person), row.day, row.until, len(row.children.all())) for row in rows]


def _of_today(actor: Actor, place: UUID) -> QuerySet[HandOver]:
    """By the day of the organisation, whatever the database's zone."""
    zone = ZoneInfo(zone_of(place))
    morning = datetime.combine(today_in(actor, place), time(), zone)
    return HandOver.objects.filter(
        organisation_id=place, made_by_id=actor.person_id, undone_at=None, made_at__gte=morning
    )


def _assigned(actor: Actor) -> QuerySet[Assignment]:
    """Assignments of people to open children in which this actor may say who works with them, that run or will run."""
    here = children_visible_to(actor, ASSIGN).filter(status=Status.OPEN)
    today = today_in(actor, actor.organisation_id)
    later = Q(until__isnull=True) | Q(until__gte=today)
    return Assignment.objects.filter(later, child__in=here, person__isnull=False)


def _receivers(actor: Actor, wish: Wish) -> dict[UUID, str]:
    """Whom the actor may assign to, in the order in which they were chosen; never the colleague who leaves."""
    known = {each.id: each.display_name for each in case_workers(actor)}
    if not set(wish.to_ids) <= known.keys():
        raise NotVisible("person")
    names = {key: known[key] for key in wish.to_ids if key != wish.from_id}
    if not names:
        message, action = "Nobody is chosen to take the children.", "Choose one colleague or several."
        raise ProblemError(Problem("hand_over.to_whom", message, action, Where(field="to")))
    return names


def _check_days(wish: Wish, today: date) -> None:
    if not today <= wish.day <= today + FURTHEST:
        message, action = "The first day is past, or more than three months ahead.", "Choose another day."
        raise ProblemError(Problem("hand_over.day", message, action, Where(field="day")))
    if wish.until is not None and not wish.day <= wish.until <= wish.day + LONGEST:
        message, action = "The last day is before the first, or more than a year later.", "Choose another day."
        raise ProblemError(Problem("hand_over.until", message, action, Where(field="until")))


def _loads(names: dict[UUID, str], today: date) -> Counter[UUID]:
    """How many open children each works with today, each counted once."""
    rows = Assignment.objects.filter(running_on(today), person_id__in=list(names), child__status=Status.OPEN)
    return Counter(person for person, _child in rows.values_list("person_id", "child_id").distinct().order_by())


def _plan(
    wish: Wish, names: dict[UUID, str], load: Counter[UUID], groups: list[list[Assignment]]
) -> Iterator[PlannedChild]:
    keys = [rows[0].child_id for rows in groups]
    ties = Conflict.objects.filter(person_id__in=list(names), child_id__in=keys, ended_at=None)
    tied = set(ties.values_list("child_id", "person_id"))
    theirs = Assignment.objects.filter(person_id__in=list(names), child_id__in=keys, until__isnull=True)
    working = set(theirs.filter(since__lte=wish.day).values_list("child_id", "person_id"))
    for rows in groups:
        row = rows[0]
        free = [key for key in names if (row.child_id, key) not in tied]
        if not free:
            yield PlannedChild(row.child_id, row.child.code, None, "", CONFLICT)
            continue
        known = [key for key in free if (row.child_id, key) in working]
        to = known[0] if known else min(free, key=lambda key: load[key])
        load[to] += not known
        yield PlannedChild(row.child_id, row.child.code, to, names[to], "", tuple(rows), bool(known))


def _hand_over(actor: Actor, row: HandOver, wish: Wish, planned: PlannedChild) -> None:
    """In the caller's transaction, with the child held. Where the colleague stays beside, nothing of theirs ends."""
    made, ended = [], {}
    if not planned.works_already:
        made.append(_begin(planned.id, planned.to_id, wish.day, wish.until))
    for old in planned.assignments if wish.until is None or wish.pauses else ():
        ended[str(old.pk)] = old.until.isoformat() if old.until else None
        Assignment.objects.filter(pk=old.pk).update(until=max(wish.day, old.since) - timedelta(days=1))
        if wish.until is not None and (old.until is None or old.until > wish.until):
            made.append(_begin(planned.id, wish.from_id, wish.until + timedelta(days=1), old.until))
    keys = [str(key) for key in made]
    HandedChild.objects.create(hand_over=row, child_id=planned.id, ended=ended, made=keys)
    place, detail = row.organisation_id, {"from": str(wish.from_id), "to": str(planned.to_id)}
    record(actor, "hand_over_child", "child", planned.id, organisation_id=place, detail=detail)


def _begin(child_id: UUID, person_id: UUID | None, since: date, until: date | None) -> UUID:
    return Assignment.objects.create(child_id=child_id, person_id=person_id, since=since, until=until).pk


def _give_back(actor: Actor, row: HandOver, each: HandedChild) -> bool:
    """What began ends before it began; what ended runs on, unless a tie was declared meanwhile."""
    for made in Assignment.objects.filter(pk__in=[UUID(key) for key in each.made]):
        Assignment.objects.filter(pk=made.pk).update(until=made.since - timedelta(days=1))
    tied = Conflict.objects.filter(person_id=row.from_person_id, child_id=each.child_id, ended_at=None).exists()
    for key, until in ({} if tied else each.ended).items():
        Assignment.objects.filter(pk=UUID(key)).update(until=date.fromisoformat(until) if until else None)
    place = row.organisation_id
    record(actor, "undo_hand_over", "child", each.child_id, organisation_id=place)
    return not tied


def _nobody() -> Problem:
    message = "No child can be handed over like this."
    action = "Choose other colleagues: with each of these a conflict of interest is declared, or no child is chosen."
    return Problem("hand_over.nobody", message, action, Where(field="to"), status=409)
