"""Roles: who may do what from which day. Nobody gives, prolongs or confirms a role of their own.

A role that reads children, or that gives roles, takes two people: one gives it, another who manages people confirms it.
Where nobody else manages people it begins after at least a full day, and whoever watches over roles sees it meanwhile.
Rights are read for each request; that a role begins or ends at once also ends the sessions that began without it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from homeward.apps.access.actors import Actor, in_force_on, today_in
from homeward.apps.access.guard import guard, permit_recorded
from homeward.apps.access.models import Membership, Person, Team
from homeward.apps.access.open_sessions import end_sessions
from homeward.apps.access.services import register_person
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.services import record
from homeward.domain.permissions import DEVICE_ROLES, ROLES_OF_TWO, Role, roles_with
from homeward.domain.problems import Problem, ProblemError, Where

MANAGE = "people.manage"
NOTICE = timedelta(days=2)  # by whole days: at least 24 hours


@dataclass(frozen=True, slots=True)
class _Wanted:
    organisation_id: UUID
    role: str
    team_id: UUID | None
    since: date | None


def take_on(
    actor: Actor,
    email: str,
    display_name: str,
    password: str,
    role: str,
    *,
    language: str = "en",
    team_id: UUID | None = None,
    since: date | None = None,
) -> UUID:
    """An account and its first role, both or nothing: one whose role was refused would be on no list."""
    wanted = _checked(actor, role, None, team_id, since)
    with transaction.atomic():
        person_id = register_person(actor, email, display_name, password, language=language)
        _give(actor, person_id, wanted)
    return person_id


def grant_role(
    actor: Actor,
    person_id: UUID,
    role: str,
    *,
    organisation_id: UUID | None = None,
    team_id: UUID | None = None,
    since: date | None = None,
) -> UUID:
    """A role from a day on. Roles of devices are not for people."""
    wanted = _checked(actor, role, organisation_id, team_id, since)
    if not _known_to(actor, person_id, wanted.organisation_id):
        raise NotVisible("person")
    if person_id == actor.person_id:
        record(actor, "grant_role", "person", person_id, organisation_id=wanted.organisation_id, allowed=False)
        message, action = "Nobody gives a role to themselves.", "Ask another person who manages people."
        raise ProblemError(Problem("role.own", message, action, Where(field="role"), status=403))
    with transaction.atomic():
        return _give(actor, person_id, wanted)


def _checked(
    actor: Actor, role: str, organisation_id: UUID | None, team_id: UUID | None, since: date | None
) -> _Wanted:
    """Before any transaction, so that the record of a refusal stays."""
    target = guard(actor, MANAGE, organisation_id)
    if role not in set(Role) - DEVICE_ROLES:
        raise _wrong("role.unknown", "This is not a role of a person.", "Choose one from the list.", "role")
    if role == Role.SYSTEM_ADMIN:
        permit_recorded(actor, "organisations.manage")
    if role == Role.SUPERVISOR and team_id is None:
        raise _wrong("role.team_missing", "A supervisor supervises a team.", "Choose the team.", "team")
    if team_id is not None and not Team.objects.filter(pk=team_id, organisation_id=target).exists():
        raise NotVisible("team")
    return _Wanted(target, role, team_id, since)


def _wrong(code: str, message: str, action: str, field: str) -> ProblemError:
    return ProblemError(Problem(code, message, action, Where(field=field)))


def _known_to(actor: Actor, person_id: UUID, organisation_id: UUID) -> bool:
    """Registered here, or with a role here now or before: an id learnt elsewhere gives nobody a role."""
    rows = Person.objects.filter(pk=person_id)
    if actor.kind != "system":
        rows = rows.filter(Q(organisation_id=organisation_id) | Q(memberships__organisation_id=organisation_id))
    return rows.exists()


def _give(actor: Actor, person_id: UUID, wanted: _Wanted) -> UUID:
    target = wanted.organisation_id
    today = today_in(actor, target)
    since, waits = wanted.since or today, False
    if wanted.role in ROLES_OF_TWO and actor.kind != "system":
        waits = others_manage(target, today, {actor.person_id, person_id})
        since = since if waits else max(since, today + NOTICE)
    row = Membership.objects.create(
        person_id=person_id,
        organisation_id=target,
        team_id=wanted.team_id,
        role=wanted.role,
        since=since,
        waits=waits,
        granted_by_id=actor.person_id,
        granted_at=timezone.now(),
    )
    if not waits and since <= today:
        end_sessions(person_id)
    detail: dict[str, str | int | bool | None] = {"role": wanted.role, "waits": waits, "since": since.isoformat()}
    record(actor, "grant_role", "person", person_id, organisation_id=target, detail=detail)
    return row.pk


def others_manage(organisation_id: UUID, today: date, but: set[UUID | None]) -> bool:
    managers = Membership.objects.filter(
        in_force_on(today), organisation_id=organisation_id, role__in=roles_with(MANAGE), person__is_active=True
    )
    return managers.exclude(person_id__in=[key for key in but if key]).exists()


def confirm_role(actor: Actor, membership_id: UUID) -> None:
    """The second person: neither who gave the role nor who has it. It begins today at the earliest."""
    row = _found(actor, membership_id)
    place = row.organisation_id
    if actor.person_id in (row.granted_by_id, row.person_id):
        record(actor, "confirm_role", "person", row.person_id, organisation_id=place, allowed=False)
        message = "A role that you gave, or that is yours, is confirmed by somebody else."
        action = "Ask another person who manages people."
        raise ProblemError(Problem("role.second_person", message, action, status=403))
    today = today_in(actor, place)
    with transaction.atomic():
        waiting = Membership.objects.filter(Q(until__isnull=True) | Q(until__gte=today), pk=row.pk, waits=True)
        since = max(row.since, today)
        if not waiting.update(waits=False, confirmed_by_id=actor.person_id, since=since):
            message, action = "This role does not wait any more.", "Open the page of the person anew."
            raise ProblemError(Problem("role.not_waiting", message, action, status=409))
        if since <= today:
            end_sessions(row.person_id)
        record(actor, "confirm_role", "person", row.person_id, organisation_id=place, detail={"role": row.role})


def end_role(actor: Actor, membership_id: UUID, until: date | None = None) -> None:
    """The role's last day; yesterday when none is given, so that it ends at once. An end is never moved away."""
    row = _found(actor, membership_id)
    last = until or today_in(actor, row.organisation_id) - timedelta(days=1)
    if row.until is not None and last > row.until:
        message, action = "This role has an end already, and it is not moved.", "Give the role anew."
        raise ProblemError(Problem("role.ended", message, action, status=409))
    with transaction.atomic():
        Membership.objects.filter(pk=row.pk).update(until=last)
        if last < today_in(actor, row.organisation_id):
            end_sessions(row.person_id)
        record(
            actor, "end_role", "person", row.person_id, organisation_id=row.organisation_id, detail={"role": row.role}
        )


def _found(actor: Actor, membership_id: UUID) -> Membership:
    row = Membership.objects.filter(pk=membership_id).first()
    if row is None:
        raise NotVisible("membership")
    guard(actor, MANAGE, row.organisation_id, what=("person", row.person_id))
    return row
