"""Compiled statements run on the driver: a broken connection heals itself, a failed transaction leaves nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DEFAULT_DB_ALIAS, IntegrityError, OperationalError, connections

from homeward.apps.access import statements
from homeward.apps.access.statements import as_one, fetch_one, first_row
from homeward.apps.access.writing import wait_for_writers

pytestmark = pytest.mark.database
INSERT = "INSERT INTO things (id) VALUES (%s)"
COUNT = ("SELECT count(*) FROM things WHERE id <> %s", [0])


class _Here:
    """This thread's connection, whatever database the tests were pointed to meanwhile."""

    def __getattr__(self, name: str) -> Any:
        return getattr(connections[DEFAULT_DB_ALIAS], name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(connections[DEFAULT_DB_ALIAS], name, value)


connection: Any = _Here()


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


def test_several_insertions_are_one_statement_and_all_or_nothing(things: None) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no such statement")
    assert first_row(connection, as_one([(INSERT, [1]), (INSERT, [2]), COUNT])) == (0,), "it looks at what was before"
    assert fetch_one(connection, COUNT) == (2,)
    with pytest.raises(IntegrityError):
        first_row(connection, as_one([(INSERT, [3]), (INSERT, [1]), COUNT]))
    assert fetch_one(connection, COUNT) == (2,), "nothing of a statement that failed is kept"
    assert first_row(connection, as_one([(INSERT, [3]), COUNT])) == (2,), "and the connection goes on"


def test_plans_that_the_driver_let_go_are_made_again(things: None) -> None:
    """As psycopg does after a rollback."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite keeps no plans")
    assert fetch_one(connection, COUNT) == (0,)
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    assert fetch_one(connection, COUNT) == (0,)


def test_a_plan_made_after_others_were_let_go_is_not_made_twice(things: None) -> None:
    """An earlier one is found gone only when its turn comes; meanwhile new ones were made."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite keeps no plans")
    several = [(f"SELECT count(*) + {number} FROM things", ()) for number in range(4)]
    for statement in several[:3]:
        fetch_one(connection, statement)
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    assert [fetch_one(connection, several[at]) for at in (3, 0, 1, 2, 3)] == [(3,), (0,), (1,), (2,), (3,)]


def test_whoever_waits_for_writers_sees_what_they_wrote(things: None) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")
    import psycopg

    with psycopg.connect(_address()) as other:
        other.execute("INSERT INTO things (id) VALUES (7)")
        late = threading.Timer(0.5, other.commit)
        late.start()
        assert fetch_one(connection, COUNT) == (0,)
        wait_for_writers("things")
        assert fetch_one(connection, COUNT) == (1,)
        late.join()


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

    monkeypatch.setattr(statements, "first_row", fail)
    with pytest.raises(OperationalError):
        fetch_one(connection, COUNT)
    assert len(tried) == 1


def _address() -> str:
    connection.ensure_connection()
    return str(connection.connection.info.dsn)


def _break() -> None:
    """The server drops the connection behind Django's back."""
    if connection.vendor == "postgresql":
        import psycopg

        own = connection.connection.info.backend_pid
        with psycopg.connect(_address(), autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s)", [own])
