"""What stands in each table, as one hash: SHA-256 over canonical rows in the order of their keys.

Read past Django, from a connection of the driver, so that nothing on the way changes what is compared.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg

Raw = Any  # sqlite3.Connection or psycopg.Connection
AT_ONCE = 1_000
MIGRATIONS = "django_migrations"


@dataclass(frozen=True, slots=True)
class TableState:
    rows: int
    sha256: str

    def listed(self) -> dict[str, int | str]:
        return {"rows": self.rows, "sha256": self.sha256}


def table_states(raw: Raw, without: Collection[str] = ()) -> dict[str, TableState]:
    """Every table by its name. On PostgreSQL within the transaction that the connection is in."""
    if isinstance(raw, sqlite3.Connection):
        return {name: _of_sqlite(raw, name) for name in _names_in_sqlite(raw) if name not in without}
    _plain_session(raw)
    return {name: _of_postgresql(raw, name) for name in _names_in_postgresql(raw) if name not in without}


def states_listed(listed: Mapping[str, Mapping[str, Any]]) -> dict[str, TableState]:
    return {name: TableState(int(each["rows"]), str(each["sha256"])) for name, each in listed.items()}


def applied(raw: Raw) -> list[str]:
    """The migrations that these tables have been through."""
    rows = raw.execute(f"SELECT app, name FROM {MIGRATIONS}").fetchall()  # noqa: S608 - a name of ours # nosec B608
    return sorted(f"{app}.{name}" for app, name in rows)


def columns_of(raw: Raw) -> dict[str, list[tuple[str, str]]]:
    """Names and types of the columns, by table."""
    if isinstance(raw, sqlite3.Connection):
        return {
            name: sorted((row[1], row[2]) for row in raw.execute(f"PRAGMA table_info({_quoted(name)})"))
            for name in _names_in_sqlite(raw)
        }
    sql = "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = current_schema()"
    return {
        name: sorted(raw.execute(f"{sql} AND table_name = %s", (name,)).fetchall())
        for name in _names_in_postgresql(raw)
    }


def _names_in_sqlite(raw: sqlite3.Connection) -> list[str]:
    found = raw.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    )
    return sorted(row[0] for row in found)


def _of_sqlite(raw: sqlite3.Connection, name: str) -> TableState:
    columns = list(raw.execute(f"PRAGMA table_info({_quoted(name)})"))
    keys = [_quoted(row[1]) for row in sorted(columns, key=lambda row: row[5]) if row[5]] or ["rowid"]
    wanted = ", ".join(sorted(_quoted(row[1]) for row in columns))
    sql = f"SELECT {wanted} FROM {_quoted(name)} ORDER BY {', '.join(keys)}"  # noqa: S608 - names of tables # nosec B608
    digest, rows = hashlib.sha256(wanted.encode()), 0
    for row in _rows(raw.execute(sql)):
        digest.update(ascii(row).encode())  # ascii: the same whatever Python holds for printable
        rows += 1
    return TableState(rows, digest.hexdigest())


def _rows(cursor: sqlite3.Cursor) -> Iterator[tuple[Any, ...]]:
    while some := cursor.fetchmany(AT_ONCE):
        yield from some


def _plain_session(raw: psycopg.Connection[Any]) -> None:
    """The same text for the same value, whatever the server or the role has as its usual."""
    raw.execute("SET LOCAL TIME ZONE 'UTC'")
    for name, value in (("datestyle", "ISO"), ("bytea_output", "hex"), ("extra_float_digits", "1")):
        raw.execute(f"SET LOCAL {name} TO '{value}'")
    raw.execute("SET LOCAL intervalstyle TO 'postgres'")


def _names_in_postgresql(raw: psycopg.Connection[Any]) -> list[str]:
    sql = (
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname = current_schema()"
    )
    return sorted(row[0] for row in raw.execute(sql).fetchall())


def _of_postgresql(raw: psycopg.Connection[Any], name: str) -> TableState:
    sql = "SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = %s"
    columns = sorted(_quoted(row[0]) for row in raw.execute(sql, (name,)).fetchall())
    wanted = ", ".join(columns)
    order = ", ".join(_key_in_postgresql(raw, name)) or wanted
    digest, rows = hashlib.sha256(wanted.encode()), 0
    query = f"COPY (SELECT {wanted} FROM {_quoted(name)} ORDER BY {order}) TO STDOUT"  # noqa: S608 # nosec B608
    with raw.cursor() as cursor, cursor.copy(query.encode()) as copy:
        for piece in copy:
            digest.update(piece)
            rows += bytes(piece).count(b"\n")  # within values they are escaped
    return TableState(rows, digest.hexdigest())


def _key_in_postgresql(raw: psycopg.Connection[Any], name: str) -> list[str]:
    sql = (
        "SELECT a.attname, a.attcollation <> 0 FROM pg_index i, unnest(i.indkey) WITH ORDINALITY AS k(number, place)"
        " JOIN pg_attribute a ON a.attnum = k.number WHERE i.indrelid = %s::regclass AND a.attrelid = i.indrelid"
        " AND i.indisprimary ORDER BY k.place"
    )
    found = raw.execute(sql, (_quoted(name),)).fetchall()
    return [f'{_quoted(column)} COLLATE "C"' if text else _quoted(column) for column, text in found]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
