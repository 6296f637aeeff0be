"""The last step of a restore: a database that stood every question takes its place, and what was there goes aside."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from django.db import connections

from homeward.apps.backups.places import Settings, connecting, is_postgresql, refused, server_of
from homeward.formats.on_disk import sync_folder

MODE = 0o600


@dataclass(frozen=True, slots=True)
class Placed:
    aside: str  # where what was there before lies; empty where nothing was
    undo: Callable[[], None]


def is_there(database: Settings) -> bool:
    if not is_postgresql(database):
        return Path(database["NAME"]).exists()
    with server_of(database) as server:
        found = server.execute("SELECT 1 FROM pg_database WHERE datname = %s", (database["NAME"],)).fetchone()
    if found is None:
        return False
    with closing(psycopg.connect(**connecting(database))) as inside:
        sql = "SELECT 1 FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace LIMIT 1"
        return inside.execute(sql).fetchone() is not None


def put_in_place(made: Settings, target: Settings) -> Placed:
    """By renaming: at each moment the target is either what it was or what it becomes."""
    connections.close_all()
    return _in_postgresql(made, target) if is_postgresql(made) else _in_files(Path(made["NAME"]), Path(target["NAME"]))


def _in_files(made: Path, target: Path) -> Placed:
    _emptied_log(made)
    made.chmod(MODE)
    with made.open("rb") as file:
        os.fsync(file.fileno())
    aside = ""
    if target.exists():
        _emptied_log(target)  # else its log would be taken for that of the new file
        aside = f"{target}.before-{_now()}"
        _second_name(target, Path(aside))
    try:
        made.replace(target)
    except OSError:
        if aside:
            Path(aside).unlink()  # a second name of what is in use
        raise
    sync_folder(target.parent)

    def undo() -> None:
        Path(aside).replace(target) if aside else target.unlink()

    return Placed(aside, undo)


def _emptied_log(path: Path) -> None:
    with closing(sqlite3.connect(path, timeout=5)) as file:
        busy = file.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    log = Path(f"{path}-wal")
    if busy or (log.exists() and log.stat().st_size):
        raise refused("backup.in_use", "Somebody has the database open.", "Stop the server first.", path)
    for suffix in ("-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)


def _second_name(path: Path, other: Path) -> None:
    try:
        os.link(path, other)
    except OSError:  # a file system without second names
        shutil.copy2(path, other)


def _in_postgresql(made: Settings, target: Settings) -> Placed:
    name, aside = str(target["NAME"]), ""
    with server_of(target) as server:
        try:
            if server.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone():
                aside = f"{name[:40]}_before_{_now()}"
                server.execute(f'ALTER DATABASE "{name}" RENAME TO "{aside}"')
            server.execute(f'ALTER DATABASE "{made["NAME"]}" RENAME TO "{name}"')
        except psycopg.errors.ObjectInUse as error:
            if aside and not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone():
                server.execute(f'ALTER DATABASE "{aside}" RENAME TO "{name}"')
            raise refused("backup.in_use", "Somebody has the database open.", "Stop the server first.") from error

    def undo() -> None:
        with server_of(target) as server:
            server.execute(f'ALTER DATABASE "{name}" RENAME TO "{made["NAME"]}"')
            if aside:
                server.execute(f'ALTER DATABASE "{aside}" RENAME TO "{name}"')

    return Placed(aside, undo)


def _now() -> str:
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
