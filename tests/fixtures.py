"""One world for all tests that need a database, on SQLite or, with HOMEWARD_TEST_DATABASE=postgres, on PostgreSQL."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.hashers import get_hashers, get_hashers_by_algorithm
from django.db import connections
from django.db.backends.postgresql.operations import DatabaseOperations as PostgreSQLOperations
from django.db.backends.sqlite3.operations import DatabaseOperations as SQLiteOperations

from homeward.apps.access.keys import custody, store
from homeward.apps.access.models import Organisation
from homeward.apps.audit.append_only import refusals, removals
from homeward.apps.cases import ledgers
from homeward.apps.surveys.intake import known_in_use
from homeward.config import env
from tests.databases import PostgreSQL
from tests.world import World, build


def pytest_configure(config: pytest.Config) -> None:
    """Cheap password hashes, except where the hash is the subject; static files straight from the package."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]
    get_hashers.cache_clear()
    get_hashers_by_algorithm.cache_clear()
    settings.WHITENOISE_USE_FINDERS = True
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }

    for operations in (PostgreSQLOperations, SQLiteOperations):
        operations.sql_flush = _with_the_audit(operations.sql_flush)  # type: ignore[method-assign]


def _with_the_audit(sql_flush: Callable[..., list[str]]) -> Callable[..., list[str]]:
    """Tests that commit empty every table afterwards, the append-only ones included."""

    def run(self: Any, *args: Any, **options: Any) -> list[str]:
        vendor, found = self.connection.vendor, sql_flush(self, *args, **options)
        here = found and self.connection.alias == "default"  # the key store has none
        before, after = [*removals(vendor), *ledgers.removals(vendor)], [*refusals(vendor), *ledgers.refusals(vendor)]
        return [*before, *found, *after] if here else found

    return run


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever may use the database may use the key store too: it is the second half of it."""
    for item in items:
        marker = item.get_closest_marker("django_db")
        if marker is not None or {"db", "transactional_db"} & set(getattr(item, "fixturenames", ())):
            named = {**(marker.kwargs if marker else {}), "databases": ["default", custody.KEYS]}
            item.add_marker(pytest.mark.django_db(**named), append=False)


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    """Keys that another test made went with its transaction."""
    custody.let_go(locked=False)
    store.forget()


def pytest_report_header() -> str:
    return f"database: {os.environ.get('HOMEWARD_TEST_DATABASE', 'sqlite')}, trials: {env.read('HOMEWARD_TRIALS')}"


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """A server from the wheel, in a folder of its own, reached through a socket; gone at the end."""
    with PostgreSQL() as server:
        yield server


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    request: pytest.FixtureRequest, django_db_modify_db_settings_parallel_suffix: None
) -> None:
    """Put the test server in the place of the configured database before anything connects."""
    if os.environ.get("HOMEWARD_TEST_DATABASE", "sqlite") == "postgres":
        server: PostgreSQL = request.getfixturevalue("postgresql")
        configured = {**env.database(server.url("postgres"), settings.HOMEWARD_DATA), "ATOMIC_REQUESTS": False}
        settings.DATABASES["default"] = configured
        connections._settings = None  # type: ignore[attr-defined]
        connections.__dict__.pop("settings", None)
        connections["default"].close()
        del connections["default"]


@pytest.fixture(scope="session")
def built(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> World:
    """The cast, once a session; each test changes it inside a transaction that is rolled back."""
    custody.let_go(locked=False)  # the keys of a test that came first went with its transaction
    store.forget()
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        return build()


@pytest.fixture
def world(built: World, db: None) -> World:
    """A copy: what one test adds to the cast is gone with its transaction, and so must be what intake remembers. After
    a test that commits, which come last, all is gone, and the cast is made anew.
    """
    known_in_use.cache_clear()
    return deepcopy(built) if Organisation.objects.exists() else build()
