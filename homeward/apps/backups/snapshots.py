"""One moment of a database as a file, with what stood in it; and the way back."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from django.db import connections

from homeward.apps.backups.places import (
    Settings,
    connecting,
    is_postgresql,
    raw_connection,
    refused,
    run_tool,
    vendor_of,
)
from homeward.apps.backups.tables import TableState, applied, table_states


@dataclass(frozen=True, slots=True)
class Snapshot:
    payload: Path
    vendor: str
    tables: dict[str, TableState]
    schema: list[str]  # migrations

    def listed(self) -> dict[str, Any]:
        return {
            "vendor": self.vendor,
            "tables": {name: state.listed() for name, state in self.tables.items()},
            "schema": self.schema,
        }


def settings_of(alias: str) -> Settings:
    return dict(connections[alias].settings_dict)


def take(database: Settings, into: Path) -> Snapshot:
    """While people go on working: what is read is of one moment, and nobody waits for it."""
    return _of_postgresql(database, into) if is_postgresql(database) else _of_sqlite(database, into)


def _of_sqlite(database: Settings, into: Path) -> Snapshot:
    """By SQLite's online backup, in one step: readers of a log do not stop whoever writes."""
    os.close(os.open(into, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with raw_connection(database) as source, closing(sqlite3.connect(into)) as copy:
        source.backup(copy)
    with closing(sqlite3.connect(into)) as copy:
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
        found = copy.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if found != "ok":
            action = "Stop the server and look at the disk; keep the backups that there are."
            raise refused("backup.source_damaged", "The database itself is damaged: {found}", action, found=found)
        return Snapshot(into, vendor_of(database), table_states(copy), applied(copy))


def _of_postgresql(database: Settings, into: Path) -> Snapshot:
    """Hashes and dump are of the same moment: the transaction hands its snapshot to pg_dump."""
    with closing(psycopg.connect(**connecting(database))) as server:
        server.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        (moment,) = server.execute("SELECT pg_export_snapshot()").fetchone() or ("",)
        words = ("--format=custom", "--compress=0", "--no-owner", "--no-privileges", f"--snapshot={moment}")
        os.close(os.open(into, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        run_tool("pg_dump", *words, f"--file={into}", database=database)
        tables, schema = table_states(server), applied(server)
        server.rollback()
    return Snapshot(into, vendor_of(database), tables, schema)


def load(payload: Path, database: Settings) -> None:
    """Into an empty place apart. The file of SQLite becomes the database."""
    if is_postgresql(database):
        words = ("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction")
        run_tool("pg_restore", *words, str(payload), database=database)
    else:
        payload.replace(database["NAME"])
