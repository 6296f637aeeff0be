"""What a database must answer about itself, so that what was acknowledged survives a power cut. Asked of the running
database, not of the settings: by the start check, and again by whoever looks at the health of the house.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from django.db import DatabaseError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from homeward.apps.access.keys.custody import KEYS
from homeward.apps.audit.append_only import missing_refusals
from homeward.apps.operations.findings import Finding, alarm, well

SQLITE = {
    "PRAGMA journal_mode": ("wal", "SQLite's journal is not WAL."),
    "PRAGMA synchronous": ("2", "SQLite's synchronous mode is not FULL: a power cut could lose what was acknowledged."),
    "PRAGMA secure_delete": ("1", "SQLite does not overwrite deleted content."),
    "PRAGMA foreign_keys": ("1", "SQLite does not check foreign keys."),
}
POSTGRESQL = {
    "SHOW fsync": ("on", "PostgreSQL runs with fsync off: a power cut would lose what was acknowledged."),
    "SHOW full_page_writes": ("on", "PostgreSQL runs with full_page_writes off: a power cut could corrupt it."),
    "SHOW synchronous_commit": ("on", "PostgreSQL acknowledges commits before they are on disk."),
}
ALIASES = ("default", KEYS)


def in_memory(connection: BaseDatabaseWrapper) -> bool:
    return connection.vendor == "sqlite" and "mode=memory" in str(connection.settings_dict["NAME"])


def wrong_answers(connection: BaseDatabaseWrapper) -> Iterator[tuple[str, str]]:
    """What is wrong, and what must be answered to what."""
    wanted = SQLITE if connection.vendor == "sqlite" else POSTGRESQL
    with connection.cursor() as cursor:
        for question, (answer, message) in wanted.items():
            cursor.execute(question)
            row = cursor.fetchone()
            if row is None or str(row[0]) != answer:
                yield message, f"{question} must answer {answer}."


def database_findings() -> Iterator[Finding]:
    for alias in ALIASES:
        connection = connections[alias]
        if in_memory(connection):
            continue
        try:
            wrong = list(wrong_answers(connection))
        except DatabaseError as error:
            message = "The database {database} does not answer ({reason})."
            action = "Start it. Until then nothing is taken in and nothing is shown; phones keep what they have."
            yield alarm("database", message, action, database=alias, reason=type(error).__name__)
            continue
        for what, _answer in wrong:
            action = "Stop the server, set it back as the guide to running a server says, and start again."
            yield alarm("database", what, action)
        if not wrong:
            yield well("database", "What is acknowledged is on the disk ({database}).", database=alias)
    if open_tables := missing_refusals(connections["default"]):
        message = "The record of who did what can be changed: the database does not refuse it for {tables}."
        action = "Find out who took the refusal away, then run the last migration of the audit again."
        yield alarm("chain", message, action, tables=", ".join(open_tables))


def database_files() -> list[Path]:
    """Files of SQLite on this machine, logs included; none of a server."""
    found: list[Path] = []
    for alias in ALIASES:
        connection = connections[alias]
        if connection.vendor == "sqlite" and not in_memory(connection):
            name = Path(str(connection.settings_dict["NAME"]))
            found += [path for path in (name, name.with_name(f"{name.name}-wal")) if path.exists()]
    return found


def database_size() -> int:
    """In bytes, wherever it lies."""
    size = sum(path.stat().st_size for path in database_files())
    connection = connections["default"]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_database_size(current_database())")
            size += int(cursor.fetchone()[0])
    return size
