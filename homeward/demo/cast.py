"""The people of one programme: enough case workers for its children, and one of each office."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date
from random import Random
from uuid import UUID

from homeward.apps.access.actors import Actor, system_actor
from homeward.apps.access.roles import grant_role
from homeward.apps.access.services import create_team, found_organisation, register_person
from homeward.apps.communities.services import add_place
from homeward.demo.receiving import give_keys
from homeward.demo.tables import Programme, names, places
from homeward.domain.permissions import Role

CHILDREN_PER_CASE_WORKER = 25
OFFICES = (
    Role.FOCAL_POINT,
    Role.ME_OFFICER,
    Role.PROGRAMME_MANAGER,
    Role.INDEPENDENT_MONITOR,
    Role.ORGANISATION_ADMIN,
)


@dataclass(frozen=True, slots=True)
class Team:
    id: UUID
    case_workers: tuple[UUID, ...]
    supervisor: UUID | None = None  # none in a world that an earlier version made


@dataclass(frozen=True, slots=True)
class House:
    """An organisation with its people and places, before any child."""

    organisation_id: UUID
    teams: tuple[Team, ...]
    me_officer: UUID
    manager: UUID
    place_ids: tuple[UUID, ...]  # districts
    focal_points: tuple[UUID, ...] = ()
    staff_channel: tuple[UUID, ...] = ()


def set_up_house(programme: Programme, today: date) -> House:
    random = Random(f"cast {programme.country}")  # noqa: S311 - a synthetic world is repeatable, not secret
    founder = system_actor()
    organisation_id = found_organisation(
        founder, programme.organisation, programme.time_zone, _languages(programme.language)
    )
    hire = _Hiring(founder, organisation_id, programme, random, today)
    teams = tuple(hire.team(number) for number in (1, 2))
    offices = {role: hire.person(role) for role in OFFICES}
    focal_points = (offices[Role.FOCAL_POINT], hire.person(Role.FOCAL_POINT))
    staff_channel = (hire.person(Role.STAFF_CHANNEL), hire.person(Role.STAFF_CHANNEL))
    give_keys(focal_points, staff_channel)
    return House(
        organisation_id,
        teams,
        offices[Role.ME_OFFICER],
        offices[Role.PROGRAMME_MANAGER],
        _add_places(programme, organisation_id),
        focal_points,
        staff_channel,
    )


def _languages(first: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((first, "en")))


class _Hiring:
    def __init__(self, actor: Actor, organisation_id: UUID, programme: Programme, random: Random, today: date) -> None:
        self.actor, self.organisation_id, self.programme, self.random = actor, organisation_id, programme, random
        self.since = today.replace(year=today.year - 3, day=1)
        self.number = 0

    def team(self, number: int) -> Team:
        team_id = create_team(self.actor, f"{self.programme.organisation} {number}", self.organisation_id)
        size = max(1, -(-self.programme.children // (2 * CHILDREN_PER_CASE_WORKER)))
        workers = tuple(self.person(Role.CASE_WORKER, team_id) for _ in range(size))
        return Team(team_id, workers, self.person(Role.SUPERVISOR, team_id))

    def person(self, role: Role, team_id: UUID | None = None) -> UUID:
        self.number += 1
        country = self.programme.country
        given = (*names(country, "girl"), *names(country, "boy"))[(self.number * 7) % 24]  # nobody has another's name
        person_id = register_person(
            self.actor,
            f"{role.value.replace('_', '-')}-{self.number}@{country.lower()}.demo.example",
            f"{given} {self.random.choice(names(country, 'family'))}",
            secrets.token_urlsafe(24),  # nobody knows it: the demo signs in by one tap
            language=self.programme.language,
            time_zone=self.programme.time_zone,
            organisation_id=self.organisation_id,
        )
        grant_role(
            self.actor,
            person_id,
            role,
            organisation_id=self.organisation_id,
            team_id=team_id,
            since=self.since,
        )
        return person_id


def _add_places(programme: Programme, organisation_id: UUID) -> tuple[UUID, ...]:
    """The country for everybody, its districts for the programme."""
    actor, ids = system_actor(organisation_id), dict[str, UUID]()
    for line in places(programme.country):
        ids[line.key] = add_place(actor, line.level, line.name, line.country, line.time_zone, ids.get(line.parent))
    return tuple(ids[line.key] for line in places(programme.country) if line.parent)
