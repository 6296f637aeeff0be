"""People, teams and devices that an actor may see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from homeward.apps.access.actors import Actor, in_force_on, permit, today_in
from homeward.apps.access.models import Device, Membership, Organisation, Person, Team
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.models import Event
from homeward.domain.permissions import ROLES_OF_TWO, Role, Scope

SHOWN_FOR = timedelta(days=7)  # after its first day, a role that nobody confirmed


@dataclass(frozen=True, slots=True)
class OrganisationRow:
    id: UUID
    name: str
    time_zone: str
    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TeamRow:
    id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class RoleRow:
    membership_id: UUID
    role: str
    team: str
    since: date
    until: date | None
    waits: bool = False  # for a second person
    may_confirm: bool = False
    granted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PersonRow:
    id: UUID
    display_name: str
    email: str
    language: str
    is_active: bool
    roles: tuple[RoleRow, ...]


@dataclass(frozen=True, slots=True)
class NewReader:
    """A role that one person has given and no second has confirmed."""

    person: str
    role: str
    team: str
    granted_by: str
    since: date
    waits: bool


@dataclass(frozen=True, slots=True)
class CodeIssued:
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DeviceRow:
    id: UUID
    label: str
    role: str
    team: str
    person: str
    expires_at: datetime
    revoked_at: datetime | None
    last_seen_at: datetime | None
    usable: bool
    strange_at: datetime | None = None  # another phone tried to use its code


@dataclass(frozen=True, slots=True)
class CastMember:
    """One line of the demo's sign-in page."""

    id: UUID
    display_name: str
    email: str
    language: str
    organisation: str
    team: str
    roles: tuple[str, ...]


def organisation(actor: Actor) -> OrganisationRow:
    row = Organisation.objects.filter(pk=actor.organisation_id).first() if actor.organisation_id else None
    if row is None:
        raise NotVisible("organisation")
    return OrganisationRow(row.pk, row.name, row.time_zone, tuple(row.languages))


def teams(actor: Actor) -> list[TeamRow]:
    """Teams of the actor's organisations: a name, no children."""
    mine = {grant.organisation_id for grant in actor.grants}
    return [TeamRow(team.pk, team.name) for team in Team.objects.filter(organisation_id__in=mine)]


def memberships_visible_to(actor: Actor) -> QuerySet[Membership]:
    places = [grant.organisation_id for grant, _ in actor.grants_for("people.manage")]
    return Membership.objects.filter(organisation_id__in=places)


def people(actor: Actor) -> list[PersonRow]:
    """Everybody who has or had a role in the administrator's organisation."""
    permit(actor, "people.manage").require()
    found: dict[UUID, list[RoleRow]] = {}
    persons: dict[UUID, Person] = {}
    rows = memberships_visible_to(actor).select_related("person", "team").order_by("person__display_name", "since")
    for row in rows:
        persons[row.person_id] = row.person
        team = row.team.name if row.team else ""
        mine = actor.person_id in (row.granted_by_id, row.person_id)
        shown = RoleRow(
            row.pk,
            row.role,
            team,
            row.since,
            row.until,
            row.waits,
            row.waits and row.until is None and not mine,
            row.granted_at,
        )
        found.setdefault(row.person_id, []).append(shown)
    return [
        PersonRow(each.pk, each.display_name, each.email, each.language, each.is_active, tuple(found[key]))
        for key, each in persons.items()
    ]


def new_readers(actor: Actor) -> list[NewReader]:
    """Roles that read children or give roles, on one person's word: while they wait, and for a week after."""
    reach = Q(pk__in=[])
    for grant, _ in actor.grants_for("roles.watch"):
        today = today_in(actor, grant.organisation_id)
        open_now = Q(until__isnull=True) | Q(until__gte=today)
        recent = Q(waits=True) | Q(since__gte=today - SHOWN_FOR)
        reach |= Q(open_now, recent, organisation_id=grant.organisation_id)
    rows = Membership.objects.filter(reach, granted_by__isnull=False, confirmed_by__isnull=True, role__in=ROLES_OF_TWO)
    return [
        NewReader(
            str(row.person), row.role, row.team.name if row.team else "", str(row.granted_by), row.since, row.waits
        )
        for row in rows.select_related("person", "team", "granted_by").order_by("since", "id")
    ]


def codes_issued(person_id: UUID, within: timedelta) -> list[CodeIssued]:
    """Codes with which somebody could set this account's password: also those that the person never saw."""
    key, since = str(person_id), timezone.now() - within
    events = list(
        Event.objects.filter(object_kind="person", object_id=key, verb="issue_code", allowed=True, at__gt=since)
    )
    names = {row.pk: str(row) for row in Person.objects.filter(pk__in={event.actor_id for event in events})}
    found = [CodeIssued(names.get(event.actor_id, ""), event.at) for event in events]  # type: ignore[arg-type]
    return sorted(found, key=lambda each: each.at, reverse=True)


def wrong_second_steps(person_id: UUID, within: timedelta) -> int:
    """How often, between the two last sign-ins, somebody who knew the password did not know the second code."""
    about = Event.objects.filter(object_kind="person", object_id=str(person_id), at__gt=timezone.now() - within)
    entered = list(about.filter(verb="sign_in", allowed=True).order_by("-at").values_list("at", flat=True)[:2])
    wrong = about.filter(verb="second_factor", allowed=False)
    return wrong.filter(at__gt=entered[1]).count() if len(entered) > 1 else wrong.count()


def case_workers(actor: Actor) -> list[PersonRow]:
    """Whom a child may be assigned to: case workers of the teams, or organisations, in which the actor assigns."""
    reach = Q(pk__in=[])
    for grant, scope in actor.grants_for("children.assign"):
        here = Q(organisation_id=grant.organisation_id) & in_force_on(today_in(actor, grant.organisation_id))
        reach |= here if scope is Scope.ORGANISATION else here & Q(team_id=grant.team_id)
    rows = (
        Membership.objects.filter(reach, role=Role.CASE_WORKER, person__is_active=True)
        .select_related("person", "team")
        .order_by("person__display_name")
    )
    return [
        PersonRow(
            row.person_id,
            row.person.display_name,
            row.person.email,
            row.person.language,
            row.person.is_active,
            (RoleRow(row.pk, row.role, row.team.name if row.team else "", row.since, row.until),),
        )
        for row in rows
    ]


def colleagues(actor: Actor, permission: str = "children.see") -> dict[UUID, str]:
    """Case workers whose caseloads this right reaches, by name; none for whoever sees the own one alone."""
    reach = Q(pk__in=[])
    for grant, scope in actor.grants_for(permission):
        here = Q(organisation_id=grant.organisation_id) & in_force_on(today_in(actor, grant.organisation_id))
        if scope is Scope.ORGANISATION:
            reach |= here
        elif scope is Scope.TEAM and grant.team_id is not None:
            reach |= here & Q(team_id=grant.team_id)
    rows = Membership.objects.filter(reach, role=Role.CASE_WORKER, person__is_active=True)
    named = rows.order_by("person__display_name", "person_id").values_list("person_id", "person__display_name")
    return dict(named)


def devices_visible_to(actor: Actor) -> QuerySet[Device]:
    reach = Q(pk__in=[])
    for grant, scope in actor.grants_for("devices.manage"):
        here = Q(organisation_id=grant.organisation_id)
        reach |= here if scope is Scope.ORGANISATION else here & Q(team_id=grant.team_id)
    return Device.objects.filter(reach)


def devices(actor: Actor) -> list[DeviceRow]:
    permit(actor, "devices.manage").require()
    return [_device_row(row) for row in devices_visible_to(actor).select_related("team", "person")]


def devices_of(actor: Actor, person_id: UUID) -> list[DeviceRow]:
    """The phones that carry this person's caseload."""
    permit(actor, "devices.manage").require()
    return [
        _device_row(row) for row in devices_visible_to(actor).filter(person=person_id).select_related("team", "person")
    ]


def find_device(actor: Actor, device_id: UUID) -> DeviceRow:
    row = devices_visible_to(actor).select_related("team", "person").filter(pk=device_id).first()
    if row is None:
        raise NotVisible("device")
    return _device_row(row)


def _device_row(row: Device) -> DeviceRow:
    return DeviceRow(
        row.pk,
        row.label,
        row.role,
        row.team.name if row.team else "",
        row.person.display_name if row.person else "",
        row.expires_at,
        row.revoked_at,
        row.last_seen_at,
        row.revoked_at is None and row.expires_at > timezone.now(),
        row.strange_at,
    )


def cast() -> list[CastMember]:
    """Who may be signed in by one tap. Empty outside the demo profile."""
    if not settings.HOMEWARD_ONE_TAP or settings.HOMEWARD_PROFILE != "demo":
        return []
    today = timezone.now().date()
    rows = (
        Membership.objects.filter(Q(until__isnull=True) | Q(until__gte=today), waits=False, person__is_active=True)
        .select_related("person", "organisation", "team")
        .order_by("organisation__created_at", "person__created_at", "since")
    )
    grouped: dict[UUID, list[Membership]] = {}
    for row in rows:
        grouped.setdefault(row.person_id, []).append(row)
    return [_cast_member(group) for group in grouped.values()]


def _cast_member(group: list[Membership]) -> CastMember:
    first = group[0]
    person = first.person
    return CastMember(
        person.pk,
        person.display_name,
        person.email,
        person.language,
        first.organisation.name,
        first.team.name if first.team else "",
        tuple(row.role for row in group),
    )
