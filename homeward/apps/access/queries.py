"""People, teams and devices that an actor may see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from homeward.apps.access.actors import Actor, permit, running_on, today_in
from homeward.apps.access.models import Device, Membership, Organisation, Person, Team
from homeward.apps.access.visibility import NotVisible
from homeward.domain.permissions import Role, Scope


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


@dataclass(frozen=True, slots=True)
class PersonRow:
    id: UUID
    display_name: str
    email: str
    language: str
    is_active: bool
    roles: tuple[RoleRow, ...]


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
        found.setdefault(row.person_id, []).append(RoleRow(row.pk, row.role, team, row.since, row.until))
    return [
        PersonRow(each.pk, each.display_name, each.email, each.language, each.is_active, tuple(found[key]))
        for key, each in persons.items()
    ]


def case_workers(actor: Actor) -> list[PersonRow]:
    """Whom a child may be assigned to: case workers of the teams, or organisations, in which the actor assigns."""
    reach = Q(pk__in=[])
    for grant, scope in actor.grants_for("children.assign"):
        here = Q(organisation_id=grant.organisation_id) & running_on(today_in(actor, grant.organisation_id))
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
    )


def cast() -> list[CastMember]:
    """Who may be signed in by one tap. Empty outside the demo profile."""
    if not settings.HOMEWARD_ONE_TAP or settings.HOMEWARD_PROFILE != "demo":
        return []
    today = timezone.now().date()
    rows = (
        Membership.objects.filter(Q(until__isnull=True) | Q(until__gte=today), person__is_active=True)
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
