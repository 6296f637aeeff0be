"""The whole world: the first programme before the first page opens, the others behind it, each step resumable.

What stands is written in one file of the data folder, so that a second start takes seconds and a broken one goes on.
The file also keeps the token of one phone, which exists nowhere else: the demo shows it at every start.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connections, transaction

from homeward.apps.access.keys.custody import let_go
from homeward.apps.access.keys.store import forget
from homeward.apps.audit.queries import ever
from homeward.demo.alone import answer_alone
from homeward.demo.building import Builder, enrol_phones, publish_library, surveys
from homeward.demo.cast import House, Team, set_up_house
from homeward.demo.confidence import tell_in_confidence
from homeward.demo.consents import agree, plant_consents
from homeward.demo.drawings import plant_drawings
from homeward.demo.field_app import send_from_the_app
from homeward.demo.following import follow
from homeward.demo.helping import help_from_others
from homeward.demo.journeys import travel_on
from homeward.demo.keeping import keep_or_end
from homeward.demo.meetings import hold_meetings
from homeward.demo.monitor_app import observe_from_the_app
from homeward.demo.plans import plan_cases
from homeward.demo.plants import plant
from homeward.demo.records import record_more
from homeward.demo.tables import Programme, programmes
from homeward.demo.visits import plant_visits

Progress = Callable[[Programme, int], None]


@dataclass
class Standing:
    """How far one programme is."""

    country: str
    house: House
    phones: dict[str, str]  # case worker -> device
    token: str  # of the first case worker's phone
    children: int = 0
    planted: bool = False


@dataclass
class World:
    path: Path
    today: date
    standing: dict[str, Standing] = field(default_factory=dict)

    @classmethod
    def opened(cls, folder: Path, today: date) -> World:
        path = folder / "world.json"
        if not path.exists():
            return cls(path, today)
        kept = json.loads(path.read_text(encoding="utf-8"))
        standing = {country: _standing(values) for country, values in kept["standing"].items()}
        return cls(path, date.fromisoformat(kept["today"]), standing)

    def keep(self) -> None:
        values = {"today": self.today, "standing": {key: asdict(each) for key, each in self.standing.items()}}
        draft = self.path.with_suffix(".part")
        draft.write_text(json.dumps(values, default=str, ensure_ascii=False), encoding="utf-8")
        draft.chmod(0o600)
        draft.replace(self.path)

    @property
    def complete(self) -> bool:
        return all(self.is_complete(programme) for programme in programmes())

    @property
    def children(self) -> int:
        return sum(standing.children for standing in self.standing.values())

    def children_of(self, programme: Programme) -> int:
        standing = self.standing.get(programme.country)
        return standing.children if standing is not None else 0

    def is_complete(self, programme: Programme) -> bool:
        standing = self.standing.get(programme.country)
        return standing is not None and standing.planted

    def build_first(self, progress: Progress) -> None:
        self._build(programmes()[0], progress)

    def build_rest(self, progress: Progress) -> None:
        for programme in programmes()[1:]:
            self._build(programme, progress)

    def _build(self, programme: Programme, progress: Progress) -> None:
        if self.is_complete(programme):
            return
        standing = self.standing.get(programme.country) or self._found(programme)
        publish_library(standing.house)
        phones = {UUID(worker): UUID(device) for worker, device in standing.phones.items()}
        builder = Builder(programme, standing.house, phones, surveys(), self.today, agree)

        def note(done: int) -> None:
            standing.children = done
            if done % 10 == 0 or done == programme.children:
                self.keep()
            progress(programme, done)

        builder.build(note, standing.children)
        plant(builder, standing.house, self.today)
        follow(builder, self.today)
        plant_consents(builder, self.today)
        record_more(builder, standing.house, self.today)
        tell_in_confidence(builder, standing.house, self.today)
        plan_cases(builder, standing.house, self.today)
        plant_visits(builder)
        hold_meetings(builder, standing.house, self.today)
        plant_drawings(builder, self.today)
        travel_on(builder, standing.house, self.today)
        keep_or_end(builder, standing.house, self.today)
        help_from_others(builder, standing.house, self.today, self._before(programme))
        answer_alone(builder, self.today)
        send_from_the_app(builder, self.today)
        observe_from_the_app(builder, self.today)
        standing.planted = True
        self.keep()

    def _before(self, programme: Programme) -> House | None:
        """The first organisation, for every other one."""
        first = programmes()[0].country
        return self.standing[first].house if programme.country != first and first in self.standing else None

    def _found(self, programme: Programme) -> Standing:
        with transaction.atomic():  # a start that breaks off here leaves nothing behind
            house = set_up_house(programme, self.today)
            phones = enrol_phones(house)
        first = phones[house.teams[0].case_workers[0]]
        kept = {str(worker): str(phone.device_id) for worker, phone in phones.items()}
        self.standing[programme.country] = standing = Standing(programme.country, house, kept, first.token)
        self.keep()
        return standing


def day_everywhere(now: datetime) -> date:
    """The newest day that has begun in every country of the demo: nothing in it is still to come where it happened."""
    return min(now.astimezone(ZoneInfo(programme.time_zone)).date() for programme in programmes())


def wipe_if_imported(world: World) -> bool:
    """What somebody imported may name a real person, whatever they said: it does not outlive the demo that took it."""
    if not ever("start_import", "import_caseload"):
        return False
    wipe(world)
    return True


def wipe(world: World) -> None:
    """Data, keys and the backups of both: keys of other data would be taken for theirs."""
    connections.close_all()
    for name in ("homeward.sqlite3*", "keys.sqlite3*"):
        for path in world.path.parent.glob(name):
            path.unlink()
    for copies in (settings.HOMEWARD_BACKUPS, settings.HOMEWARD_KEY_BACKUPS):
        if copies is not None and copies.is_relative_to(world.path.parent):
            shutil.rmtree(copies, ignore_errors=True)
    world.path.unlink(missing_ok=True)
    settings.HOMEWARD_AUDIT_WITNESS.unlink(missing_ok=True)  # of a chain that is gone
    let_go(locked=False)
    forget()


def _standing(values: dict[str, object]) -> Standing:
    house = dict(values.pop("house"))  # type: ignore[call-overload]
    teams = tuple(
        Team(
            UUID(team["id"]),
            tuple(UUID(worker) for worker in team["case_workers"]),
            UUID(team["supervisor"]) if team.get("supervisor") else None,
        )
        for team in house["teams"]
    )
    return Standing(
        house=House(
            UUID(house["organisation_id"]),
            teams,
            UUID(house["me_officer"]),
            UUID(house["manager"]),
            tuple(UUID(place) for place in house["place_ids"]),
            tuple(UUID(person) for person in house.get("focal_points", ())),
            tuple(UUID(person) for person in house.get("staff_channel", ())),
        ),
        **values,  # type: ignore[arg-type]
    )
