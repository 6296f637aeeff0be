"""The cast: two organisations, their teams, one person in each role, an outsider, phones and children.

Everything is made through the services, as the product makes it. Amani is the organisation that tests act in; Baraka
is the other one. Tests name people by what they may do.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from homeward.apps.access.actors import Actor, actor_of_device, actor_of_person, system_actor, today_in
from homeward.apps.access.models import Device, Organisation, Person
from homeward.apps.access.roles import grant_role
from homeward.apps.access.services import EnrolledDevice, create_team, enrol_device, found_organisation, register_person
from homeward.apps.cases.consenting import Asked, record_agreement
from homeward.apps.cases.facts import ChildFacts
from homeward.apps.cases.services import Registered, add_relation, assign_child, register_child
from homeward.apps.communities.services import add_place
from homeward.apps.surveys.forms import load_from_library, propose_publication, publish
from homeward.domain.consent import MONITORING, REPORTING, SERVICE, Reply, Who
from homeward.domain.permissions import DEVICE_ROLES, Role
from tests.environment import PASSWORD as PASSWORD

# Tests count days by the clock of this process, where none says otherwise: in the evening it is tomorrow in Nairobi.
HOME = "Africa/Nairobi" if datetime.now(UTC).hour < 19 else "Africa/Abidjan"
INSTRUMENTS = ("child-12-14", "caregiver", "fgd")
RECEIVING_ROLES = (Role.FOCAL_POINT, Role.STAFF_CHANNEL)  # what is sealed needs two of each
TEAM_ROLES = (Role.CASE_WORKER, Role.SUPERVISOR)


@dataclass
class House:
    """One organisation with its people by role; `other_*` belong to its second team."""

    organisation_id: UUID
    teams: tuple[UUID, UUID]
    place_id: UUID  # Riverside; each organisation has its own
    people: dict[str, UUID] = field(default_factory=dict)
    devices: dict[str, EnrolledDevice] = field(default_factory=dict)
    forms: dict[str, UUID] = field(default_factory=dict)
    child: Registered | None = None  # of the case worker, first team
    peer: Registered | None = None  # assigned to the monitor's phone, first team
    other_child: Registered | None = None  # of the other case worker, second team

    def actor(self, name: str) -> Actor:
        """By role, or `other_case_worker`, `other_supervisor`; the roles of devices give the phone's actor."""
        if name in self.devices:
            device = Device.objects.select_related("organisation").get(pk=self.devices[name].device_id)
            return actor_of_device(device)
        return actor_of_person(Person.objects.get(pk=self.people[name]))

    def system(self) -> Actor:
        return system_actor(self.organisation_id)


@dataclass
class World:
    amani: House
    baraka: House
    outsider: UUID  # an account without any role

    def nobody(self) -> Actor:
        return actor_of_person(Person.objects.get(pk=self.outsider))


def day_of(organisation_id: UUID) -> date:
    """Of the house: that of the machine is another one for some hours of each day."""
    return today_in(system_actor(organisation_id), organisation_id)


def build() -> World:
    system = system_actor()
    country = add_place(system, "country", "Sunda", "SU", HOME)
    amani = _house("Amani", HOME, country)
    baraka = _house("Baraka", "America/Tegucigalpa", country)
    outsider = register_person(amani.system(), "outsider@example.org", "Outsider", PASSWORD)
    return World(amani, baraka, outsider)


def _house(name: str, time_zone: str, country: UUID) -> House:
    system = system_actor()
    organisation_id = found_organisation(system, name, time_zone, ("en", "fr"))
    system = system_actor(organisation_id)
    place = add_place(system, "community", "Riverside", "SU", HOME, country)
    house = House(organisation_id, (UUID(int=0), UUID(int=0)), place)
    house.teams = (create_team(system, "North"), create_team(system, "South"))
    for role in Role:
        if role not in DEVICE_ROLES:
            house.people[role] = _person(house, role, role, house.teams[0])
    for role in RECEIVING_ROLES:
        house.people[f"second_{role}"] = _person(house, f"second_{role}", role, house.teams[0])
    for role in TEAM_ROLES:
        house.people[f"other_{role}"] = _person(house, f"other_{role}", role, house.teams[1])
    house.devices["enumerator"] = enrol_device(
        system, "Phone 1", Role.ENUMERATOR, team_id=house.teams[0], person_id=house.people["case_worker"]
    )
    house.devices["community_monitor"] = enrol_device(system, "Phone 2", Role.COMMUNITY_MONITOR, team_id=house.teams[0])
    _children(house)
    _forms(house)
    return house


def _person(house: House, name: str, role: Role, team_id: UUID) -> UUID:
    organisation = Organisation.objects.get(pk=house.organisation_id)
    email = f"{name}@{organisation.name.lower()}.example.org"
    system = house.system()
    person_id = register_person(system, email, f"{name.replace('_', ' ').title()} {organisation.name}", PASSWORD)
    team = team_id if role in TEAM_ROLES else None
    grant_role(system, person_id, role, team_id=team, since=date.today() - timedelta(days=900))
    return person_id


def _children(house: House) -> None:
    system, today = house.system(), date.today()
    returned = today - timedelta(days=200)
    twelve = ChildFacts(
        sex="female",
        name="Asha Mwangi",
        birth_date=today.replace(day=1) - timedelta(days=13 * 365 + 100),
        return_date=returned,
        external_id="CASE-1",
        place_id=house.place_id,
        team_id=house.teams[0],
    )
    house.child = register_child(system, twelve)
    assign_child(system, house.child.id, person_id=house.people["case_worker"], since=returned)
    add_relation(
        system, house.child.id, "mother", "Neema Mwangi", is_caregiver=True, since=day_of(house.organisation_id)
    )
    peer = ChildFacts(population="host_peer", sex="male", name="Juma", age=13, team_id=house.teams[0])
    house.peer = register_child(system, peer)
    assign_child(system, house.peer.id, device_id=house.devices["community_monitor"].device_id, since=returned)
    other = ChildFacts(
        sex="male", name="Tesfaye", age=13, return_date=returned, external_id="CASE-2", team_id=house.teams[1]
    )
    house.other_child = register_child(system, other)
    assign_child(system, house.other_child.id, person_id=house.people["other_case_worker"], since=returned)
    for child in (house.child, house.peer, house.other_child):
        agree(house, child, returned)


def agree(house: House, child: Registered, day: date, *purposes: str) -> None:
    """Child and caregiver, apart, as when a child is registered."""
    answers = dict.fromkeys(purposes or (SERVICE, MONITORING, REPORTING), Reply.AGREES.value)
    for who in (Who.CHILD, Who.CAREGIVER):
        asked = Asked(
            who, answers, day, limits_told=True, teach_back="understood", reason="Written in the file of registration."
        )
        record_agreement(house.system(), child.code, asked)


def _forms(house: House) -> None:
    for reference in INSTRUMENTS:
        form_id = load_from_library(house.system(), reference)
        propose_publication(house.actor("me_officer"), form_id)
        publish(house.actor("programme_manager"), form_id)
        house.forms[reference] = form_id
