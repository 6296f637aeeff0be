from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import PostgreSQL
from tests.durability.servers import Server


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Not started yet. On SQLite or, with HOMEWARD_TEST_DATABASE=postgres, on PostgreSQL."""
    folder: Path = tmp_path_factory.mktemp("server")
    database = ""
    if os.environ.get("HOMEWARD_TEST_DATABASE", "sqlite") == "postgres":
        cluster: PostgreSQL = request.getfixturevalue("postgresql")
        database = cluster.create(f"durability_{os.getpid()}_{request.module.__name__.rpartition('.')[2]}")
    made = Server(folder, database)
    try:
        yield made
    finally:
        made.stop()
