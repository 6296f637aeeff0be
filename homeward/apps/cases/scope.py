"""Which children exist for an actor. Every read of children, and of what hangs on them, starts here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar
from uuid import UUID

from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from homeward.apps.access.actors import Actor, in_force_on, permit, refusal, running_on, today_in
from homeward.apps.access.models import Conflict, Membership
from homeward.apps.cases.models import Assignment, Child, EndRequest
from homeward.domain.permissions import READ_IN_EMERGENCY, Role, Scope
from homeward.domain.problems import Decision, Problem

SEND = "submissions.send"  # of a device: about whom it may send, which is more than what it may fetch
Row = TypeVar("Row", bound=Model)
Reach = tuple[object, ...]  # what `children_visible_to` makes of a permission: equal ones see the same children


@dataclass(slots=True)
class Reading:
    """What one page has asked already."""

    caseload: dict[tuple[Actor, UUID], bool] = field(default_factory=dict)
    children: dict[tuple[Actor, Reach, UUID | str], Child] = field(default_factory=dict)


_reading: ContextVar[Reading | None] = ContextVar("reading", default=None)  # None: asked anew each time


@contextmanager
def read_at_once() -> Iterator[None]:
    """For what only reads, from here on: a child, and whose caseload it is in, is asked for once, however many topics
    and rights follow from it. The next page asks again. Never around a step, which may change the answer.
    """
    if _reading.get() is not None:
        yield
        return
    mark = _reading.set(Reading())
    try:
        yield
    finally:
        _reading.reset(mark)


def reading() -> Reading | None:
    return _reading.get()


def reach_of(actor: Actor, permission: str) -> Reach:
    return (*actor.grants_for(permission), permission in READ_IN_EMERGENCY)


def children_visible_to(actor: Actor, permission: str = "children.see", *, one: bool = False) -> QuerySet[Child]:
    """The system itself sees its organisation; everybody else what their grants reach. `one`: asked for a single child,
    so that its assignments are looked up and not those of the whole caseload. A child with whom a conflict of interest
    was declared is within nobody's reach, whatever the role.
    """
    if actor.kind == "system":
        return (
            Child.objects.filter(organisation_id=actor.organisation_id)
            if actor.organisation_id
            else Child.objects.all()
        )
    if actor.kind == "device" and permission != SEND:
        permission = "caseload.fetch"
    reach = Q(pk__in=[])
    own: set[UUID] = set()
    for grant, scope in actor.grants_for(permission):
        if scope is Scope.ORGANISATION:
            reach |= Q(organisation_id=grant.organisation_id)
        elif scope is Scope.TEAM and grant.team_id is not None:
            reach |= Q(team_id=grant.team_id)
        elif scope is Scope.OWN:
            own.add(grant.organisation_id)
    if own:
        mine = Q(Exists(_assignments(actor).filter(child_id=OuterRef("pk")))) if one else assigned_to(actor)
        reach |= mine & Q(organisation_id__in=own)
    if actor.opened and permission in READ_IN_EMERGENCY:
        reach |= Q(pk__in=actor.opened)
    return without_conflicts(actor, Child.objects.filter(reach), "pk")


def without_conflicts(actor: Actor, rows: QuerySet[Row], column: str = "child_id") -> QuerySet[Row]:
    """Rows about children with whom the actor has no tie that was declared. A person's came with the actor, so whoever
    has none asks nothing; a phone loses what its person lost, in the question itself.
    """
    if actor.kind == "system":
        return rows
    if actor.works_as is not None:
        tied = Conflict.objects.filter(person_id=actor.works_as, child_id=OuterRef(column), ended_at=None)
        rows = rows.filter(~Exists(tied))
    return rows.exclude(**{f"{column}__in": actor.conflicts}) if actor.conflicts else rows


def without_deaths(rows: QuerySet[Row], column: str = "pk") -> QuerySet[Row]:
    """Without children of whom it was recorded that they died, while a second person has not agreed to the end yet:
    nothing is asked of anybody about them.
    """
    died = EndRequest.objects.filter(child_id=OuterRef(column), reason="death", state="submitted")
    return rows.filter(~Exists(died))


def about_children_visible_to(actor: Actor, permission: str = "children.see", column: str = "child_id") -> Exists:
    """For rows that hang on a child: looked up for each of them. As a list of all children of an organisation SQLite
    would make it anew for each question.
    """
    return Exists(children_visible_to(actor, permission).filter(pk=OuterRef(column)))


def permit_for(
    actor: Actor, permission: str, child_id: UUID, *, organisation_id: UUID, team_id: UUID | None
) -> Decision:
    """May this actor do this with a child that it sees? It may see the child in one role and hold the permission in
    another, for its own caseload or team: then the child has to be within the reach of that permission. A record that
    is open in an emergency may be read, and no more.
    """
    if child_id in actor.opened:
        if permission in READ_IN_EMERGENCY:
            return Decision.yes()
        message, action = (
            "This record is open to you in an emergency: to be read, and no more.",
            "Ask who works with it.",
        )
        return Decision.no(Problem("emergency.read_only", message, action, status=403))
    decision = permit(actor, permission, organisation_id=organisation_id, team_id=team_id)
    if not decision or _holds_for_team(actor, permission, organisation_id, team_id):
        return decision
    if _carries(actor, permission, child_id, organisation_id):
        return decision
    return Decision.no(refusal(permission))


def _carries(actor: Actor, permission: str, child_id: UUID, organisation_id: UUID) -> bool:
    """Within the reach of a right for the own caseload. Which right it is makes no difference to the question."""
    known = _reading.get()
    if known is None or actor.kind != "person":
        return children_visible_to(actor, permission, one=True).filter(pk=child_id).exists()
    if not any(
        scope is Scope.OWN and grant.organisation_id == organisation_id for grant, scope in actor.grants_for(permission)
    ):
        return False
    if (actor, child_id) not in known.caseload:
        known.caseload[actor, child_id] = (
            child_id not in actor.conflicts and _assignments(actor).filter(child_id=child_id).exists()
        )
    return known.caseload[actor, child_id]


def _holds_for_team(actor: Actor, permission: str, organisation_id: UUID, team_id: UUID | None) -> bool:
    """For all children of this team, so that nobody has to look whose caseload they are in."""
    return any(
        scope is Scope.ORGANISATION or (scope is Scope.TEAM and team_id is not None and grant.team_id == team_id)
        for grant, scope in actor.grants_for(permission)
        if grant.organisation_id == organisation_id
    )


def assigned_to(actor: Actor) -> Q:
    """In the caseload today. As a list of their ids: SQLite would try each child of an organisation otherwise, for a
    caseload of twenty-five.
    """
    return Q(pk__in=_assignments(actor).values("child_id"))


def _assignments(actor: Actor) -> QuerySet[Assignment]:
    """Assigned to the person, to the device, or to the person whose work the device does.

    A phone carries nobody's caseload any longer than that person is a case worker here.
    """
    who = Q(pk__in=[])
    if actor.person_id is not None:
        who |= Q(person_id=actor.person_id)
    if actor.device_id is not None:
        who |= Q(device_id=actor.device_id)
    if actor.works_as is not None:
        works = Membership.objects.filter(
            in_force_on(today_in(actor, actor.organisation_id)),
            person_id=actor.works_as,
            organisation_id__in=[actor.organisation_id],
            role=Role.CASE_WORKER,
            person__is_active=True,
        )
        who |= Q(Exists(works), person_id=actor.works_as)
    return Assignment.objects.filter(who, running_for(actor))


def works_with(actor: Actor, person_id: UUID | None) -> Q:
    """Children that somebody works with today, in person or by a phone; None: with whom nobody does, or a phone of
    nobody. It narrows what the actor sees and opens nothing.
    """
    rows = Assignment.objects.filter(running_for(actor))
    if person_id is None:
        named = Q(person__isnull=False) | Q(device__person__isnull=False)
        return ~Q(Exists(rows.filter(named, child_id=OuterRef("pk"))))
    return Q(pk__in=rows.filter(Q(person_id=person_id) | Q(device__person_id=person_id)).values("child_id"))


def running_for(actor: Actor) -> Q:
    """Assignments that run today, by the day of the organisation whose child it is."""
    places: dict[date, set[UUID]] = {}
    for grant in actor.grants:
        places.setdefault(today_in(actor, grant.organisation_id), set()).add(grant.organisation_id)
    if len(places) <= 1:
        return running_on(next(iter(places), today_in(actor, actor.organisation_id)))
    found = Q(pk__in=[])
    for day, organisations in places.items():
        found |= running_on(day) & Q(child__organisation_id__in=organisations)
    return found
