"""Compiled statements run on the driver: a broken connection heals itself, a failed transaction leaves nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DEFAULT_DB_ALIAS, IntegrityError, OperationalError, connections, transaction

from homeward.apps.access import statements
from homeward.apps.access.statements import commit_and_fetch, fetch_one, takes_one

pytestmark = pytest.mark.database
connection: Any = connections[DEFAULT_DB_ALIAS]  # the stubs do not know its health check
INSERT = "INSERT INTO things (id) VALUES (%s)"
COUNT = ("SELECT count(*) FROM things WHERE id <> %s", [0])


@pytest.fixture
def things(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """A table outside the transaction that other tests are wrapped in."""
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE things (id integer PRIMARY KEY)")
        try:
            yield
        finally:
            connection.close()
            with connection.cursor() as cursor:
                cursor.execute("DROP TABLE things")
            connection.close()


def test_changes_and_a_look_after_them(things: None) -> None:
    if connection.vendor != "postgresql":
        assert not takes_one(connection)
        return
    assert takes_one(connection)
    assert commit_and_fetch(connection, [(INSERT, [1]), (INSERT, [2])], COUNT) == (2,)
    with pytest.raises(IntegrityError):
        commit_and_fetch(connection, [(INSERT, [3]), (INSERT, [1])], COUNT)
    assert fetch_one(connection, COUNT) == (2,), "nothing of a transaction that failed is kept"
    assert commit_and_fetch(connection, [(INSERT, [3])], COUNT) == (3,), "and the connection goes on"
    with transaction.atomic():
        assert not takes_one(connection), "inside somebody's transaction nothing commits"


def test_a_connection_that_broke_meanwhile_is_opened_anew(things: None) -> None:
    assert fetch_one(connection, COUNT) == (0,)
    _break()
    connection.health_check_enabled, connection.health_check_done = True, False
    if connection.vendor == "postgresql":
        assert fetch_one(connection, COUNT) == (0,)
        assert connection.health_check_done


def test_a_connection_that_was_sound_a_moment_ago_is_no_reason_to_try_again(
    things: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert fetch_one(connection, COUNT) == (0,)
    connection.health_check_enabled, connection.health_check_done = True, True
    tried = []

    def fail(_connection: Any, statement: statements.Statement) -> None:
        tried.append(statement)
        raise OperationalError

    monkeypatch.setattr(statements, "_first_row", fail)
    with pytest.raises(OperationalError):
        fetch_one(connection, COUNT)
    assert len(tried) == 1


def _break() -> None:
    """The server drops the connection behind Django's back."""
    if connection.vendor == "postgresql":
        import psycopg

        own = connection.connection.info.backend_pid
        with psycopg.connect(connection.connection.info.dsn, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s)", [own])
