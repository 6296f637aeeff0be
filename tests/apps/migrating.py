"""Steps of migration on a database of their own, with the tables as they were before."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from homeward.config import env

ALIAS = "migrating"


@contextmanager
def a_database(request: pytest.FixtureRequest, folder: Path, blocker: Any) -> Iterator[None]:
    """Empty, under ALIAS, of the kind that the tests run on; thrown away."""
    url = f"sqlite:{folder / 'old.sqlite3'}"
    if os.environ.get("HOMEWARD_TEST_DATABASE", "sqlite") == "postgres":
        url = request.getfixturevalue("postgresql").create(ALIAS)
    both = {"default": settings.DATABASES["default"], ALIAS: env.database(url, folder)}
    with blocker.unblock():
        connections.settings[ALIAS] = connections.configure_settings(both)[ALIAS]
        try:
            yield
        finally:
            connections[ALIAS].close()
            del connections[ALIAS]
            del connections.settings[ALIAS]
            if url.startswith("postgresql"):
                request.getfixturevalue("postgresql").drop(ALIAS)


def migrated(targets: list[tuple[str, str]]) -> Any:
    """The models as they are then."""
    executor = MigrationExecutor(connections[ALIAS])
    return executor.migrate(targets).apps


def rows(apps: Any, model: str) -> Any:
    return apps.get_model(*model.split(".")).objects.using(ALIAS)
