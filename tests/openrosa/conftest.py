"""Phones of the cast, and a running server that they can be held against."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.databases import PostgreSQL
from tests.openrosa.phone import Phone, in_process
from tests.openrosa.server import Door, phone_of
from tests.world import World


@pytest.fixture
def phone(world: World) -> Phone:
    """Carries the case worker's caseload."""
    return Phone(f"/key/{world.amani.devices['enumerator'].token}", in_process())


@pytest.fixture
def monitor(world: World) -> Phone:
    """The community monitor's own phone, with another caseload."""
    return Phone(f"/key/{world.amani.devices['community_monitor'].token}", in_process())


@dataclass(frozen=True)
class Running:
    door: Door
    token: str
    code: str  # of the child in this phone's caseload

    def phone(self, *, chunked: bool = False) -> Phone:
        return phone_of(self.door, self.token, chunked=chunked)


@pytest.fixture(scope="session")
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """On SQLite or, with HOMEWARD_TEST_DATABASE=postgres, on PostgreSQL."""
    database = ""
    if os.environ.get("HOMEWARD_TEST_DATABASE", "sqlite") == "postgres":
        cluster: PostgreSQL = request.getfixturevalue("postgresql")
        database = cluster.create(f"openrosa_{os.getpid()}")
    door = Door(tmp_path_factory.mktemp("door"), database)
    try:
        found: dict[str, Any] = door.prepare()
        door.start()
        yield Running(door, found["enumerator"]["token"], found["code"])
    finally:
        door.stop()
