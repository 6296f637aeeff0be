"""Registering children, changing what is recorded of them, and saying who works with whom."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q

from homeward.apps.access.actors import Actor, day_in_zone, in_force_on, teams_within, today_in, zone_of
from homeward.apps.access.guard import guard
from homeward.apps.access.jobs import enqueue
from homeward.apps.access.models import Conflict, Device, Membership, Team
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.services import record
from homeward.apps.cases.deciding import require_for
from homeward.apps.cases.ended_numbers import refuse_ended_number
from homeward.apps.cases.facts import ChildFacts, checked, columns_of, facts_of, refuse_unexplained, version_of
from homeward.apps.cases.models import Assignment, Child, Merge, Relation, RelationKind, Status
from homeward.apps.cases.names import mark_name
from homeward.apps.cases.returns import follow
from homeward.apps.cases.scope import about_children_visible_to, children_visible_to
from homeward.apps.cases.sealing import seal_of_relation
from homeward.apps.cases.steps import follow_record, refuse_by_hand
from homeward.apps.communities.queries import places_of
from homeward.domain.codes import random_code
from homeward.domain.lifecycle import not_open
from homeward.domain.permissions import Role
from homeward.domain.problems import Problem, ProblemError, Where

AGE_AGAIN = "surveys.age_again"  # the ages at this child's interviews
CODE_ATTEMPTS = 20
LONGEST_NAME, MOST_RELATIONS = 120, 40  # of people close to a child


@dataclass(frozen=True, slots=True)
class Registered:
    id: UUID
    code: str


def register_child(
    actor: Actor,
    facts: ChildFacts,
    *,
    organisation_id: UUID | None = None,
    code: str | None = None,
    child_id: UUID | None = None,
) -> Registered:
    """A new child with a random code, in the caseload of the case worker who registers. The demo gives its own code;
    who registers many gives ids whose keys were made together.
    """
    team_id = facts.team_id or _own_team(actor, "children.register", organisation_id or actor.organisation_id)
    target = guard(actor, "children.register", organisation_id, team_id=team_id)
    _refuse_foreign_team(actor, target, team_id)
    facts = checked(facts, actor.today())
    if actor.kind != "system":
        refuse_by_hand(Status.OPEN, facts.status)
    _check_links(target, team_id, facts.place_id)
    with transaction.atomic():
        _hold_place(target, facts.place_id)
        child = _insert(target, team_id, facts, actor.today(), code, child_id or uuid4())
        follow_record(actor, child, Status.OPEN)
        if Role.CASE_WORKER in actor.roles and actor.person_id is not None:
            Assignment.objects.create(child=child, person_id=actor.person_id, since=today_in(actor, target))
        record(actor, "register_child", "child", child.pk, organisation_id=target)
    return Registered(child.pk, child.code)


def _refuse_foreign_team(actor: Actor, organisation_id: UUID, team_id: UUID | None) -> None:
    """A case worker's right is about a caseload, and a new child has none yet: so the team decides."""
    reach = teams_within(actor, "children.register", organisation_id)
    if team_id is None or reach is None or team_id in reach:
        return
    record(actor, "children.register", "team", team_id, organisation_id=organisation_id, allowed=False)
    message, action = "This is not your team.", "Choose your own team."
    raise ProblemError(Problem("child.foreign_team", message, action, Where(field="team"), status=403))


def _insert(
    organisation_id: UUID, team_id: UUID | None, facts: ChildFacts, today: date, code: str | None, child_id: UUID
) -> Child:
    """Codes are drawn until one is free; a second child with the same external id is refused, and so is a number whose
    child has ended.
    """
    for _ in range(1 if code else CODE_ATTEMPTS):
        child = Child(
            id=child_id,
            code=code or random_code(secrets.randbelow),
            organisation_id=organisation_id,
            team_id=team_id,
            ended_on=None if facts.status == Status.OPEN else today,
            **columns_of(child_id, organisation_id, facts, today),
        )
        refuse_ended_number(organisation_id, child.external_id_hash)
        try:
            with transaction.atomic():
                child.save(force_insert=True)
                mark_name(child, facts.name)
        except IntegrityError as error:
            if child.external_id_hash and _taken(organisation_id, bytes(child.external_id_hash)):
                raise already_registered() from error
            continue
        return child
    raise RuntimeError("no free code was found")


def _taken(organisation_id: UUID, external_id_hash: bytes) -> bool:
    return Child.objects.filter(organisation_id=organisation_id, external_id_hash=external_id_hash).exists()


def already_registered() -> ProblemError:
    return ProblemError(
        Problem(
            "child.external_id_exists",
            "A child with this number of your case system is registered.",
            "Look the child up by that number, or correct the number.",
            Where(field="external_id"),
            status=409,
        )
    )


def change_child(
    actor: Actor,
    child_id: UUID,
    facts: ChildFacts,
    *,
    ended_on: date | None = None,
    seen: str = "",
    why: str | None = None,
) -> None:
    """Replace what is recorded; what the facts leave empty is emptied. `ended_on`: of a case that was ended before its
    record came here; else it is today. `seen`: the version of the record that the facts were read from; who writes
    over a later one is told so. `why`: of a birth date that moves by more than a year; None where nobody can be asked,
    as in a file.
    """
    found = _found(actor, child_id, "children.change")
    facts = checked(facts, actor.today())
    _check_links(found.organisation_id, facts.team_id or found.team_id, facts.place_id)
    if facts.team_id and facts.team_id != found.team_id:
        require_for(actor, "children.assign", found)
    try:
        with transaction.atomic():
            _hold_place(found.organisation_id, facts.place_id)
            child = _held(found, seen)
            before = facts_of(child)
            if why is not None:
                refuse_unexplained(before, facts, why)
            changed = sorted(name for name in ChildFacts.__slots__ if getattr(before, name) != getattr(facts, name))
            leaving = leaving_with_team(child, facts.team_id)
            _write_facts(actor, child, facts, changed, ended_on)
            follow_record(actor, child, before.status)
            _follow_facts(child, before, facts, changed)
            end_assignments(actor, child, leaving)
            detail = {"fields": " ".join(changed), **({"why": why} if why and "birth_date" in changed else {})}
            record(actor, "change_child", "child", child.pk, organisation_id=child.organisation_id, detail=detail)
    except IntegrityError as error:
        if "external_id" not in str(error):
            raise
        raise already_registered() from error


def _held(found: Child, seen: str) -> Child:
    """In the caller's transaction: the row as it stands now, which nobody else changes meanwhile."""
    child = Child.objects.select_for_update(no_key=True).filter(pk=found.pk).first()
    if child is None or child.identity_ended_on is not None:
        raise NotVisible("child")
    if child.team_id != found.team_id or (seen and seen != version_of(child)):
        message = "Somebody else changed this record while you had it open."
        action = "Look at what is recorded now, and make your change there."
        raise ProblemError(Problem("child.changed_meanwhile", message, action, status=409))
    return child


def _write_facts(actor: Actor, child: Child, facts: ChildFacts, changed: list[str], ended_on: date | None) -> None:
    """Nothing but what the facts say: agreements and what has ended are other people's columns."""
    columns = columns_of(child.pk, child.organisation_id, facts, actor.today())
    if "external_id" in changed:
        refuse_ended_number(child.organisation_id, columns["external_id_hash"])
    if actor.kind != "system":
        refuse_by_hand(child.status, facts.status)
    if "status" in changed:
        _refuse_merged(child)
        columns["ended_on"] = (
            None if facts.status == Status.OPEN else ended_on or today_in(actor, child.organisation_id)
        )
    columns["team_id"] = facts.team_id or child.team_id
    for name, value in columns.items():
        setattr(child, name, value)
    child.save(update_fields=[*columns, "changed_at"], force_update=True)


def _follow_facts(child: Child, before: ChildFacts, facts: ChildFacts, changed: list[str]) -> None:
    """In the caller's transaction: what is kept beside the record and has to say the same."""
    if "return_date" in changed:
        follow(child, before.return_date)
    if "name" in changed:
        mark_name(child, facts.name)
    if "birth_date" in changed:
        enqueue(AGE_AGAIN, child_id=str(child.pk))


def _refuse_merged(child: Child) -> None:
    if Merge.objects.filter(child=child, undone_at=None).exists():
        raise ProblemError(put_together())


def put_together() -> Problem:
    message = "This record was put together with another one of the same child."
    action = "Take the two apart first, under “Perhaps one child twice”; that is possible for 30 days."
    return Problem("child.merged", message, action, Where(field="status"), status=409)


def leaving_with_team(child: Child, team_id: UUID | None) -> list[Assignment]:
    """Whose work with the child ends when it moves to this team: who works in the old one, and not in the new."""
    if team_id is None or team_id == child.team_id:
        return []
    day = day_in_zone(zone_of(child.organisation_id))
    working = Membership.objects.filter(
        in_force_on(day), organisation_id=child.organisation_id, role=Role.CASE_WORKER, person_id=OuterRef("person_id")
    )
    stays = Exists(working.filter(Q(team_id=team_id) | Q(team__isnull=True)))
    theirs = Q(~stays, person__isnull=False) | Q(device__team__isnull=False) & ~Q(device__team_id=team_id)
    running = Assignment.objects.filter(Q(until__isnull=True) | Q(until__gte=day), child=child)
    return list(running.filter(theirs))


def end_assignments(actor: Actor, child: Child, rows: list[Assignment]) -> None:
    if not rows:
        return
    last = today_in(actor, child.organisation_id) - timedelta(days=1)
    Assignment.objects.filter(pk__in=[row.pk for row in rows]).update(until=last)
    record(actor, "end_assignment", "child", child.pk, organisation_id=child.organisation_id)


def assign_child(
    actor: Actor,
    child_id: UUID,
    *,
    person_id: UUID | None = None,
    device_id: UUID | None = None,
    since: date | None = None,
) -> UUID:
    """From this day the person, or the device, works with the child. An assignment that runs already is returned."""
    child = _found(actor, child_id, "children.assign")
    if (person_id is None) == (device_id is None):
        action = "Choose one of the two."
        raise ProblemError(Problem("assignment.to_one", "A child is assigned to a person or to a device.", action))
    today = today_in(actor, child.organisation_id)
    works_for = _check_assignee(child.organisation_id, person_id, device_id, today)
    day = since or today
    to = Q(person_id=person_id) if person_id is not None else Q(device_id=device_id)
    running = Assignment.objects.filter(to, child=child, until__isnull=True)
    with transaction.atomic():
        hold_child(child.pk)
        refuse_conflict(child.pk, works_for)
        row = running.first()
        if row is None:
            row = Assignment.objects.create(child=child, person_id=person_id, device_id=device_id, since=day)
            record(actor, "assign_child", "child", child.pk, organisation_id=child.organisation_id)
    return row.pk


def end_assignment(actor: Actor, assignment_id: UUID, until: date | None = None) -> None:
    row = Assignment.objects.filter(about_children_visible_to(actor), pk=assignment_id).first()
    if row is None:
        raise NotVisible("assignment")
    child = _found(actor, row.child_id, "children.assign")
    last = until or today_in(actor, child.organisation_id) - timedelta(days=1)
    with transaction.atomic():
        Assignment.objects.filter(pk=row.pk).update(until=last)
        record(actor, "end_assignment", "child", child.pk, organisation_id=child.organisation_id)


def add_relation(
    actor: Actor,
    child_id: UUID,
    kind: str,
    name: str = "",
    *,
    is_caregiver: bool = False,
    other_child_id: UUID | None = None,
    since: date | None = None,
) -> UUID:
    """An ended record takes no more of them. `since`: left out where nobody said when it began."""
    child = _found(actor, child_id, "children.change")
    today = today_in(actor, child.organisation_id)
    _check_relation(kind, name.strip(), since, today)
    if other_child_id is not None:
        _found(actor, other_child_id, "children.see")
    relation = Relation(child=child, kind=kind, is_caregiver=is_caregiver, other_child_id=other_child_id, since=since)
    relation.name = seal_of_relation(child.pk, relation.pk, name.strip())
    with transaction.atomic():
        child = Child.objects.select_for_update(no_key=True).get(pk=child.pk)
        if child.status != Status.OPEN or child.identity_ended_on is not None:
            raise ProblemError(not_open(child.status, "record.ended"))
        _refuse_more(Relation.objects.current().filter(child=child).count())
        relation.save(force_insert=True)
        record(actor, "add_relation", "child", child.pk, organisation_id=child.organisation_id, detail={"kind": kind})
    return relation.pk


def _check_relation(kind: str, name: str, since: date | None, today: date) -> None:
    found = []
    if kind not in RelationKind.values:
        action = "Choose one from the list."
        found.append(Problem("relation.kind", "This relation is not known.", action, Where(field="kind")))
    if len(name) > LONGEST_NAME:
        message, params = "The name is longer than {most} letters.", {"most": LONGEST_NAME}
        found.append(Problem("relation.name", message, "Write the name alone.", Where(field="name"), params))
    if since is not None and since > today:
        found.append(Problem("record.future", "This day is in the future.", "Correct the date.", Where(field="since")))
    if found:
        raise ProblemError(found)


def _refuse_more(there: int) -> None:
    if there >= MOST_RELATIONS:
        message, params = "With this child {most} people are recorded already.", {"most": MOST_RELATIONS}
        action = "End or strike out who is there no longer, under Family and team."
        raise ProblemError(Problem("relation.many", message, action, Where(field="kind"), params, status=409))


def _found(actor: Actor, child_id: UUID, permission: str) -> Child:
    """The child, if this actor may see it and do this with it."""
    child = children_visible_to(actor).filter(pk=child_id).first()
    if child is None:
        raise NotVisible("child")
    require_for(actor, permission, child)
    return child


def _own_team(actor: Actor, permission: str, organisation_id: UUID | None) -> UUID | None:
    for grant, _scope in actor.grants_for(permission):
        if grant.organisation_id == organisation_id and grant.team_id is not None:
            return grant.team_id
    return None


def _check_links(organisation_id: UUID, team_id: UUID | None, place_id: UUID | None) -> None:
    if team_id is not None and not Team.objects.filter(pk=team_id, organisation_id=organisation_id).exists():
        raise NotVisible("team")
    if place_id is not None and not places_of(organisation_id).filter(pk=place_id).exists():
        raise NotVisible("place")


def _hold_place(organisation_id: UUID, place_id: UUID | None) -> None:
    """Inside the transaction: whoever merges the place away waits, or was faster and it is there no more."""
    if place_id is not None and not list(
        places_of(organisation_id).select_for_update(no_key=True).filter(pk=place_id).values_list("pk")
    ):
        raise NotVisible("place")


def hold_child(child_id: UUID) -> None:
    """Inside the transaction: whoever else says who works with this child, and who must not, waits."""
    list(Child.objects.select_for_update(no_key=True).filter(pk=child_id).values_list("pk"))


def refuse_conflict(child_id: UUID, person_id: UUID | None) -> None:
    """With the child held, so that nobody declares a conflict at the same moment."""
    if person_id and Conflict.objects.filter(person_id=person_id, child_id=child_id, ended_at=None).exists():
        raise ProblemError(in_conflict())


def in_conflict() -> Problem:
    return Problem(
        "assignment.conflict",
        "This person does not work with this child: a conflict of interest is declared.",
        "Assign somebody else.",
        Where(field="case_worker"),
        status=409,
    )


def _check_assignee(organisation_id: UUID, person_id: UUID | None, device_id: UUID | None, today: date) -> UUID | None:
    """Whose work it is: of the person, or of the one whose phone it is."""
    if person_id is not None:
        rows = Membership.objects.filter(
            in_force_on(today), person_id=person_id, organisation_id=organisation_id, role=Role.CASE_WORKER
        )
        if not rows.exists():
            raise NotVisible("person")
        return person_id
    phones = Device.objects.filter(organisation_id=organisation_id).exclude(role=Role.FIELD_APP)  # that has no list
    device = phones.filter(pk__in=[device_id]).first()
    if device is None:
        raise NotVisible("device")
    return device.person_id
