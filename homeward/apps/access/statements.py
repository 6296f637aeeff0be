"""Running compiled statements on the driver itself, for the few that every incoming interview needs.

On SQLite this saves turning the placeholders of a long statement over again each time. PostgreSQL plans each statement
once a connection, which Django's cursors, with their values written into the text, cannot let it do; and it takes
several insertions as one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import count
from typing import Any

from django.db import InterfaceError, OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import Binary, Connection, RawCursor
from psycopg import OperationalError as OperationalErrorBelow
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, DiagnosticField, ExecStatus
from psycopg.pq.abc import PGresult

Run = Callable[[str, Sequence[Any]], Any]
Statement = tuple[str, Sequence[Any]]
PLAN_GONE = b"26000"  # psycopg lets all plans of a connection go after a rollback, ours among them; nothing was run
NUMBERS = count(1)
BYTES = (bytes, bytearray, memoryview, Binary)


@contextmanager
def statements(connection: BaseDatabaseWrapper) -> Iterator[Run]:
    """What runs a statement with Django's placeholders and gives its cursor. Errors are Django's."""
    if _watched(connection):
        with connection.cursor() as cursor:
            yield lambda sql, values: (cursor.execute(sql, values), cursor)[1]
        return
    connection.validate_no_broken_transaction()
    connection.ensure_connection()
    driver = connection.connection
    if connection.vendor == "sqlite":
        with connection.wrap_database_errors:
            yield lambda sql, values: driver.execute(_in_question_marks(sql), values)
    else:
        with connection.wrap_database_errors:
            yield lambda sql, values: _planned(driver, _in_numbers(sql), values)


def fetch_one(connection: BaseDatabaseWrapper, statement: Statement) -> tuple[Any, ...] | None:
    """A look at one row. A connection that broke since the last request shows it here and is opened anew: to ask it
    beforehand, as Django does, costs every request a journey to the database.
    """
    to_ask: bool = getattr(connection, "health_check_enabled", False) and not getattr(
        connection, "health_check_done", 0
    )
    unsure = to_ask and not connection.in_atomic_block
    try:
        found = first_row(connection, statement)
    except (OperationalError, InterfaceError):
        if not unsure:
            raise
        connection.close()
        found = first_row(connection, statement)
    connection.health_check_done = True  # type: ignore[attr-defined]  # the stubs do not know it
    return found


def first_row(connection: BaseDatabaseWrapper, statement: Statement) -> tuple[Any, ...] | None:
    with statements(connection) as run:
        row: tuple[Any, ...] | None = run(*statement).fetchone()
    return row


def as_one(several: Sequence[Statement]) -> Statement:
    """Several insertions, perhaps with a look at the end that does not see them, as one statement of PostgreSQL."""
    *others, (last, _) = several
    parts = [f"part{number} AS ({sql})" for number, (sql, _) in enumerate(others)]
    sql = f"WITH {', '.join(parts)} {last}" if parts else last
    return sql, [value for _, values in several for value in values]


class _Answer:
    """Of a statement that gives one row at most."""

    __slots__ = ("row",)

    def __init__(self, row: tuple[Any, ...] | None) -> None:
        self.row = row

    def fetchone(self) -> tuple[Any, ...] | None:
        return self.row


def _planned(driver: Connection[Any], sql: str, values: Sequence[Any]) -> Any:
    return _at_once(driver, sql, values) if driver.autocommit else _within_transaction(driver, sql, values)


def _at_once(driver: Connection[Any], sql: str, values: Sequence[Any]) -> _Answer:
    """One call of the library below psycopg, which waits without holding up other threads. A cursor, made to wait in
    any kind of program, takes longer over its own steps than over a small statement. Values travel as text, bytes as
    they are, so that PostgreSQL gives each the type of its column.
    """
    adapting = Transformer(driver)
    formats = [PyFormat.BINARY if isinstance(value, BYTES) else PyFormat.TEXT for value in values]
    sent: Sequence[Any] = adapting.dump_sequence(values, formats)
    kinds = list(adapting.formats or ())
    result = driver.pgconn.exec_prepared(_plan(driver, sql), sent, kinds)
    if result.error_field(DiagnosticField.SQLSTATE) == PLAN_GONE:
        vars(driver)["homeward_plans"].pop(sql, None)  # the others are asked when their turn comes
        result = driver.pgconn.exec_prepared(_plan(driver, sql), sent, kinds)
    if result.status == ExecStatus.TUPLES_OK:
        adapting.set_pgresult(result)
        return _Answer(adapting.load_row(0, tuple) if result.ntuples else None)
    if result.status == ExecStatus.COMMAND_OK:
        return _Answer(None)
    raise _error(driver, result)


def _plan(driver: Connection[Any], sql: str) -> bytes:
    """Its name on this connection; a plan lives as long as the connection does."""
    plans: dict[str, bytes] | None = getattr(driver, "homeward_plans", None)
    if plans is None:
        plans = driver.homeward_plans = {}  # type: ignore[attr-defined]  # each connection keeps its own
    name = plans.get(sql)
    if name is None:
        name = f"homeward_{next(NUMBERS)}".encode()  # never twice: of plans let go at once, some were made anew since
        result = driver.pgconn.prepare(name, sql.encode())
        if result.status != ExecStatus.COMMAND_OK:
            raise _error(driver, result)
        plans[sql] = name
    return name


def _error(driver: Connection[Any], result: PGresult) -> Exception:
    if driver.pgconn.status != ConnStatus.OK:
        return OperationalErrorBelow("the connection to the database is lost")
    return error_from_result(result)


def _within_transaction(driver: Connection[Any], sql: str, values: Sequence[Any]) -> Any:
    """Plans are kept for this statement only. While the setting stands psycopg also remembers the texts of the last
    hundred statements that it does not plan, and Django's have values in them: a hundred megabytes of a recording.
    """
    driver.prepare_threshold = 0
    try:
        return RawCursor(driver).execute(sql, values, prepare=True)
    finally:
        driver.prepare_threshold = None


def _watched(connection: BaseDatabaseWrapper) -> bool:
    """Somebody wants to see every statement as Django runs it."""
    return bool(connection.queries_logged or connection.execute_wrappers)


@lru_cache(maxsize=512)
def _in_numbers(sql: str) -> str:
    """`$1`, `$2`, as PostgreSQL itself has them."""
    first, *others = sql.split("%s")
    return (first + "".join(f"${number}{part}" for number, part in enumerate(others, start=1))).replace("%%", "%")


@lru_cache(maxsize=512)
def _in_question_marks(sql: str) -> str:
    return sql.replace("%s", "?").replace("%%", "%")
