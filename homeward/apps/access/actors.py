"""Who acts, and with which rights. Rights are read from the database for each request, never from a session."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils import timezone

from homeward.apps.access.models import Conflict, Device, EmergencyAccess, Membership, Organisation, Person
from homeward.domain.permissions import DEVICE_ROLES, Scope, scope_of
from homeward.domain.problems import Decision, Problem


@dataclass(frozen=True, slots=True)
class Grant:
    role: str
    organisation_id: UUID
    team_id: UUID | None = None
    time_zone: str = ""  # of the organisation: its day opens and ends rights


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, a device or the system. `organisation_id` is where new records go and where lists start."""

    kind: Literal["person", "device", "system"]
    id: UUID | None
    label: str
    organisation_id: UUID | None
    grants: tuple[Grant, ...] = ()
    language: str = "en"
    time_zone: str = "UTC"
    works_as: UUID | None = None  # the person whose caseload a device carries
    forms_retired: int | None = None  # how often its organisation did so; None where nobody asked
    opened: frozenset[UUID] = frozenset()  # children whose records are open to it in an emergency, to be read
    conflicts: frozenset[UUID] = frozenset()  # children that do not exist for it: it has a tie that was declared

    @property
    def person_id(self) -> UUID | None:
        return self.id if self.kind == "person" else None

    @property
    def device_id(self) -> UUID | None:
        return self.id if self.kind == "device" else None

    @property
    def roles(self) -> frozenset[str]:
        return frozenset(grant.role for grant in self.grants)

    def grants_for(self, permission: str) -> Iterable[tuple[Grant, Scope]]:
        for grant in self.grants:
            scope = scope_of(grant.role, permission)
            if scope is not Scope.NONE:
                yield grant, scope

    def today(self) -> date:
        """The day on the actor's own clock, for pages and forms. What a right depends on asks `today_in`."""
        return day_in_zone(self.time_zone)


def day_in_zone(time_zone: str, moment: datetime | None = None) -> date:
    return (moment or timezone.now()).astimezone(ZoneInfo(time_zone)).date()


def today_in(actor: Actor, organisation_id: UUID | None) -> date:
    """The organisation's day, by which memberships and assignments begin and end: nobody moves it for themselves."""
    if organisation_id is None:
        return actor.today()
    known = (grant.time_zone for grant in actor.grants if grant.organisation_id == organisation_id and grant.time_zone)
    return day_in_zone(next(known, "") or zone_of(organisation_id))


def zone_of(organisation_id: UUID) -> str:
    return Organisation.objects.values_list("time_zone", flat=True).get(pk=organisation_id)


def running_on(day: date) -> Q:
    """Rows with a first and a last day: memberships, assignments."""
    return Q(since__lte=day) & (Q(until__isnull=True) | Q(until__gte=day))


def in_force_on(day: date) -> Q:
    """Memberships that give rights on this day: one that waits for a second person gives none."""
    return running_on(day) & Q(waits=False)


def actor_of_person(person: Person) -> Actor:
    """Memberships that hold today, each by its organisation's day. A person without any signs in and sees nothing."""
    rows = Membership.objects.filter(person=person).select_related("organisation").order_by("since", "id")
    grants = tuple(
        Grant(row.role, row.organisation_id, row.team_id, row.organisation.time_zone)
        for row in rows
        if person.is_active and row.role not in DEVICE_ROLES and row.runs_on(day_in_zone(row.organisation.time_zone))
    )
    organisation_id = grants[0].organisation_id if grants else None
    return Actor(
        "person",
        person.pk,
        person.display_name,
        organisation_id,
        grants,
        person.language,
        person.time_zone,
        opened=_opened_in_emergency(person, grants),
        conflicts=_conflicts_of(person) if grants else frozenset(),
    )


def _conflicts_of(person: Person) -> frozenset[UUID]:
    """Whatever the role and the organisation: the tie is the person's."""
    return frozenset(Conflict.objects.filter(person=person, ended_at=None).values_list("child_id", flat=True))


def _opened_in_emergency(person: Person, grants: tuple[Grant, ...]) -> frozenset[UUID]:
    """What runs out runs out by the server's clock, and with the role that allowed it."""
    places = {each.organisation_id for each in grants if scope_of(each.role, "children.emergency") is not Scope.NONE}
    if not places:
        return frozenset()
    rows = EmergencyAccess.objects.filter(person=person, ends_at__gt=timezone.now(), organisation_id__in=places)
    return frozenset(rows.values_list("child_id", flat=True))


def actor_of_device(device: Device) -> Actor:
    zone = getattr(device, "organisation_zone", "") or device.organisation.time_zone
    grant = Grant(device.role, device.organisation_id, device.team_id, zone)
    return Actor(
        "device",
        device.pk,
        device.label,
        device.organisation_id,
        (grant,),
        time_zone=zone,
        works_as=device.person_id,
        forms_retired=getattr(device, "forms_retired", None),
    )


def actor_of_person_id(person_id: UUID) -> Actor:
    return actor_of_person(Person.objects.get(pk=person_id))


def actor_of_device_id(device_id: UUID) -> Actor:
    return actor_of_device(Device.objects.select_related("organisation").get(pk=device_id))


def system_actor(organisation_id: UUID | None = None) -> Actor:
    """For background work that nobody asked for. It has no grants: what it may do is what its own service does."""
    return Actor("system", None, "system", organisation_id)


def teams_within(actor: Actor, permission: str, organisation_id: UUID) -> frozenset[UUID] | None:
    """The teams there in which the actor may do this; None for the whole organisation."""
    grants = [entry for entry in actor.grants_for(permission) if entry[0].organisation_id == organisation_id]
    if actor.kind == "system" or any(scope is Scope.ORGANISATION for _grant, scope in grants):
        return None
    return frozenset(grant.team_id for grant, _scope in grants if grant.team_id is not None)


def refusal(permission: str) -> Problem:
    return Problem(
        "access.refused",
        "Your role does not include this: {permission}.",
        "Ask your organisation's administrator if you need it.",
        params={"permission": permission},
        status=403,
    )


def permit(
    actor: Actor,
    permission: str,
    *,
    organisation_id: UUID | None = None,
    team_id: UUID | None = None,
    own: bool | None = None,
) -> Decision:
    """May this actor do this there? Without a place: anywhere at all, as a page asks before it shows a button.

    `own` says whether the record is in the actor's caseload; left out, an own-scope right is taken to hold, and the
    caller has found the record through a scoped query.
    """
    for grant, scope in actor.grants_for(permission):
        if organisation_id is not None and grant.organisation_id != organisation_id:
            continue
        if scope is Scope.ORGANISATION or organisation_id is None:
            return Decision.yes()
        if scope is Scope.TEAM and (team_id is None or grant.team_id == team_id):
            return Decision.yes()
        if scope is Scope.OWN and own is not False:
            return Decision.yes()
    return Decision.no(refusal(permission))
