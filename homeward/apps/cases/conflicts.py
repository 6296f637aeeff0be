"""Conflicts of interest: whoever is related to a child, or lives beside it, neither works with it nor looks it up.

A person says so about themself, a supervisor about a case worker or supervisor of the team, a focal point about
anybody of the organisation. From then on the child does not exist for that person (`scope.without_conflicts`), until
somebody else ends it. Of those who protect children nobody says it but they themselves: else one could blind all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from homeward.apps.access.actors import Actor, in_force_on, permit, running_on, teams_within, today_in
from homeward.apps.access.guard import guard
from homeward.apps.access.models import Conflict, ConflictEnd, ConflictKind, EmergencyAccess, Membership, Person
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.services import record, record_look
from homeward.apps.cases.deciding import require_for
from homeward.apps.cases.models import Assignment, Child, Status
from homeward.apps.cases.queries import ChildDetail, find_within
from homeward.apps.cases.same_child import records_of
from homeward.apps.cases.scope import about_children_visible_to, permit_for
from homeward.apps.cases.services import end_assignments, hold_child
from homeward.domain.permissions import Role, Scope, roles_with
from homeward.domain.problems import Problem, ProblemError, Where

DECLARE, MANAGE = "conflicts.declare", "conflicts.manage"
OF_A_TEAM = (Role.CASE_WORKER, Role.SUPERVISOR)
PROTECTING = (*roles_with("escalations.see"), *roles_with("escalations.take_over"))
ABOUT_ONESELF = (ConflictKind.RELATIVE, ConflictKind.NEIGHBOUR, ConflictKind.OTHER_TIE)
MOST = 300
ALL = Q()


@dataclass(frozen=True, slots=True)
class ConflictRow:
    id: UUID
    person: str
    child_code: str
    kind: str  # for focal points; empty to everybody else, for it may say that somebody was named in a concern
    declared_by: str
    declared_at: datetime
    may_end: bool
    needs_somebody: bool  # its record is open and nobody works with it


def kinds_for(actor: Actor, organisation_id: UUID) -> tuple[ConflictKind, ...]:
    """That somebody was named in a concern is for focal points to say."""
    whole = teams_within(actor, MANAGE, organisation_id) is None
    return tuple(ConflictKind) if whole else ABOUT_ONESELF


def declare_own(actor: Actor, code: str, kind: str) -> UUID:
    """Who knows the child or the family says so: from now on it is out of this person's sight, whatever the role."""
    child = _child(actor, code, DECLARE)
    if actor.person_id is None:
        raise NotVisible("person")
    _require_kind(kind, ABOUT_ONESELF)
    return _declare(actor, child, actor.person_id, kind)


def declare_for(actor: Actor, code: str, person_id: UUID, kind: str) -> UUID:
    child = _child(actor, code, MANAGE)
    if person_id == actor.person_id or not _people(actor, child).filter(pk=person_id).exists():
        raise NotVisible("person")
    _require_kind(kind, kinds_for(actor, child.organisation_id))
    return _declare(actor, child, person_id, kind)


def _declare(actor: Actor, child: Child, person_id: UUID, kind: str) -> UUID:
    """Also with the other records of the same child."""
    try:
        with transaction.atomic():
            key = _tie(actor, child, person_id, kind)
            for other in _others(child, person_id):
                _tie(actor, other, person_id, kind)
    except IntegrityError as error:
        message, action = "This has been declared already.", "There is nothing more to do."
        raise ProblemError(Problem("conflict.declared_already", message, action, status=409)) from error
    return key


def _others(child: Child, person_id: UUID) -> list[Child]:
    """Records of the same child for which nothing is declared yet."""
    tied = Conflict.objects.filter(person_id=person_id, child_id=OuterRef("pk"), ended_at=None)
    rows = Child.objects.filter(~Exists(tied), pk__in=records_of(child.pk)).exclude(pk=child.pk)
    return list(rows.order_by("pk"))


def _tie(actor: Actor, child: Child, person_id: UUID, kind: str) -> UUID:
    if actor.person_id is None:
        raise NotVisible("person")
    now, place = timezone.now(), child.organisation_id
    row = Conflict(
        organisation_id=place,
        person_id=person_id,
        child_id=child.pk,
        kind=kind,
        declared_by_id=actor.person_id,
        declared_at=now,
    )
    hold_child(child.pk)
    row.save(force_insert=True)
    theirs = Q(person_id=person_id) | Q(device__person_id=person_id)
    running = Q(until__isnull=True) | Q(until__gte=today_in(actor, place))
    end_assignments(actor, child, list(Assignment.objects.filter(theirs, running, child=child)))
    EmergencyAccess.objects.filter(child_id=child.pk, person_id=person_id, ends_at__gt=now).update(ends_at=now)
    detail = {"person": str(person_id)}
    record(actor, "declare_conflict", "child", child.pk, organisation_id=place, detail=detail)
    return row.pk


def end_conflict(actor: Actor, conflict_id: UUID, reason: str) -> None:
    """By somebody else than the person concerned. What somebody other declared, a focal point ends."""
    row = conflicts_visible_to(actor).filter(pk=conflict_id).first()
    if row is None:
        raise NotVisible("conflict")
    place, child_id = row.organisation_id, row.child_id
    team_id = Child.objects.values_list("team_id", flat=True).get(pk=child_id)
    guard(actor, MANAGE, place, team_id=team_id, what=("child", child_id))
    if not _may_end(actor, row):
        record(actor, MANAGE, "child", child_id, organisation_id=place, allowed=False)
        message, action = "You cannot end this one.", "Ask a focal point."
        raise ProblemError(Problem("conflict.end", message, action, status=403))
    if reason not in ConflictEnd.values:
        where = Where(field="reason")
        raise ProblemError(Problem("conflict.reason", "The reason is missing.", "Choose one.", where))
    with transaction.atomic():
        done = {"ended_at": timezone.now(), "ended_by_id": actor.person_id, "end_reason": reason}
        same = Conflict.objects.filter(person_id=row.person_id, child_id__in=records_of(child_id), ended_at=None)
        if same.update(**done):
            detail = {"person": str(row.person_id)}
            record(actor, "end_conflict", "child", child_id, organisation_id=place, detail=detail)


def conflicts_visible_to(actor: Actor) -> QuerySet[Conflict]:
    """Those that run, about children within reach: so never one's own. A supervisor knows those of the own team."""
    reach = Q(pk__in=[])
    for grant, scope in actor.grants_for(MANAGE):
        here = Q(organisation_id=grant.organisation_id)
        if scope is Scope.ORGANISATION:
            reach |= here
        elif grant.team_id is not None:
            members = Membership.objects.filter(team_id=grant.team_id, role__in=OF_A_TEAM).values("person_id")
            reach |= here & Q(person_id__in=members)
    return Conflict.objects.filter(reach, about_children_visible_to(actor, MANAGE), ended_at=None)


def list_conflicts(actor: Actor) -> list[ConflictRow]:
    place = guard(actor, MANAGE)
    rows = _rows(actor)
    record_look(actor, "look_at_conflicts", "organisation", place, organisation_id=place, detail={"rows": len(rows)})
    return rows


def needing_somebody(actor: Actor) -> list[ConflictRow]:
    """For the first page: children with whom nobody works since somebody had to stop."""
    if not permit(actor, MANAGE):
        return []
    rows = _rows(actor, Exists(_alone(actor).filter(pk=OuterRef("child_id"))))
    if rows:
        record_look(actor, "look_at_conflicts", "due", detail={"rows": len(rows)})
    return rows


def may_declare(actor: Actor, child: ChildDetail) -> bool:
    """Also who has it open in an emergency: a tie may show only then."""
    return bool(permit(actor, DECLARE, organisation_id=child.organisation_id))


def people_to_name(actor: Actor, child: ChildDetail) -> list[tuple[UUID, str]]:
    """Of whom this actor may say that they must not work with the child, and of whom nobody has said it yet."""
    if not permit_for(actor, MANAGE, child.row.id, organisation_id=child.organisation_id, team_id=child.team_id):
        return []
    named = Conflict.objects.filter(child_id=child.row.id, ended_at=None).values("person_id")
    rows = _people(actor, Child.objects.get(pk=child.row.id)).exclude(pk__in=named)
    return list(rows.order_by("display_name", "pk").values_list("pk", "display_name"))


def _people(actor: Actor, child: Child) -> QuerySet[Person]:
    """None of those who protect children: one of them alone could blind the others. They say it of themselves."""
    place = child.organisation_id
    held = Membership.objects.filter(in_force_on(today_in(actor, place)), organisation_id=place)
    protecting = Membership.objects.filter(organisation_id=place, role__in=PROTECTING, waits=False)
    protecting = protecting.exclude(until__lt=today_in(actor, place))
    if teams_within(actor, MANAGE, place) is not None:
        held = held.filter(team_id__in=[child.team_id], role__in=OF_A_TEAM)
    people = Person.objects.filter(pk__in=held.values("person_id"), is_active=True)
    people = people.exclude(pk__in=protecting.values("person_id"))
    return people.exclude(pk=actor.person_id) if actor.person_id else people


def _rows(actor: Actor, which: Q | Exists = ALL) -> list[ConflictRow]:
    rows = conflicts_visible_to(actor).filter(which).select_related("person", "declared_by").order_by("-declared_at")
    found = list(rows[:MOST])
    ids = {row.child_id for row in found}
    codes = dict(Child.objects.filter(pk__in=ids).values_list("pk", "code"))
    waits = set(_alone(actor).filter(pk__in=ids).values_list("pk", flat=True))
    return [_row(actor, row, codes.get(row.child_id, ""), row.child_id in waits) for row in found]


def _alone(actor: Actor) -> QuerySet[Child]:
    """Their record is open, and nobody works with them today."""
    assigned = Assignment.objects.filter(running_on(actor.today()), child=OuterRef("pk"))
    return Child.objects.filter(~Exists(assigned), status=Status.OPEN)


def _row(actor: Actor, row: Conflict, code: str, needs_somebody: bool) -> ConflictRow:
    whole = teams_within(actor, MANAGE, row.organisation_id) is None
    return ConflictRow(
        row.pk,
        row.person.display_name,
        code,
        row.kind if whole else "",
        row.declared_by.display_name,
        row.declared_at,
        _may_end(actor, row),
        needs_somebody,
    )


def _may_end(actor: Actor, row: Conflict) -> bool:
    if actor.person_id is None or row.person_id == actor.person_id:
        return False
    return teams_within(actor, MANAGE, row.organisation_id) is None or row.declared_by_id in (
        actor.person_id,
        row.person_id,
    )


def _require_kind(kind: str, known: tuple[ConflictKind, ...]) -> None:
    if kind not in known:
        where = Where(field="kind")
        raise ProblemError(Problem("conflict.kind", "The tie is missing.", "Choose one.", where))


def _child(actor: Actor, code: str, permission: str) -> Child:
    """Seen by this actor, and of a reach in which it may say this. Of oneself also where it is open in an emergency:
    a tie may show only then.
    """
    child = find_within(actor, code, "children.see")
    if permission == MANAGE or child.pk not in actor.opened:
        require_for(actor, permission, child)
    return child
