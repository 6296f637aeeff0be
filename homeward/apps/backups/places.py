"""Places apart: where a copy is made, restored and looked at without touching what people work with.

A folder `apart-...` in the data folder, locked as long as it is used; what a killed process left is cleared away by the
next. On PostgreSQL also a database of its own on the same server, whose name begins with that of the data.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import psycopg
from django.conf import settings
from django.db import connections
from django.db.utils import load_backend

from homeward.domain.problems import Problem, ProblemError, Where

APART = "apart-"
STALE = timedelta(days=1)
Settings = dict[str, Any]  # of one database, as Django has them


@contextmanager
def folder_apart(beside: Path | None = None) -> Iterator[Path]:
    """Empty, for this process alone, and gone afterwards. `beside`: on the disk of that folder."""
    parent = beside or settings.HOMEWARD_DATA
    parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _clear(parent)
    folder = Path(mkdtemp(prefix=APART, dir=parent))
    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(handle)


def _clear(parent: Path) -> None:
    for folder in parent.glob(f"{APART}*"):
        if not folder.is_dir():
            continue
        handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if any(folder.iterdir()):  # one that was made this moment is not locked yet, and empty
                shutil.rmtree(folder, ignore_errors=True)
        except BlockingIOError:
            continue
        finally:
            os.close(handle)


def is_postgresql(database: Mapping[str, Any]) -> bool:
    return "postgresql" in str(database["ENGINE"])


def vendor_of(database: Mapping[str, Any]) -> str:
    return "postgresql" if is_postgresql(database) else "sqlite"


@contextmanager
def database_apart(like: Settings, folder: Path, name: str = "restored.sqlite3") -> Iterator[Settings]:
    """Settings of an empty database of the same kind, dropped afterwards unless it has found another place."""
    if not is_postgresql(like):
        yield {**like, "NAME": str(folder / name)}
        return
    made = f"{like['NAME'][:30]}_{APART[:-1]}_{datetime.now(UTC):%Y%m%d%H%M%S}_{secrets.token_hex(4)}"
    with server_of(like) as server:
        _drop_stale(server, f"{like['NAME'][:30]}_{APART[:-1]}_")
        try:
            server.execute(f'CREATE DATABASE "{made}" TEMPLATE template0')
        except psycopg.errors.InsufficientPrivilege as error:
            action = "Let it: ALTER ROLE ... CREATEDB; a restore is tried in a database apart before it counts."
            raise refused(
                "backup.no_place", "The role may not make a database to try the backup in.", action
            ) from error
    try:
        yield {**like, "NAME": made}
    finally:
        with server_of(like) as server:
            server.execute(f'DROP DATABASE IF EXISTS "{made}" WITH (FORCE)')


def _drop_stale(server: Any, prefix: str) -> None:
    """Left by a process that was killed. The name says when it was made."""
    names = [row[0] for row in server.execute("SELECT datname FROM pg_database").fetchall()]
    for name in names:
        if name.startswith(prefix):
            with suppress(ValueError):
                made = datetime.strptime(name.removeprefix(prefix)[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
                if datetime.now(UTC) - made > STALE:
                    server.execute(f'DROP DATABASE IF EXISTS "{name}"')


@contextmanager
def server_of(database: Settings) -> Iterator[Any]:
    """A connection that is in none of our databases, to make, rename and drop them."""
    for other in ("postgres", "template1"):
        try:
            connection = psycopg.connect(**connecting({**database, "NAME": other}), autocommit=True)
        except psycopg.OperationalError as error:
            failure = error
            continue
        with closing(connection):
            yield connection
        return
    action = "Start it, and check HOMEWARD_DATABASE."
    raise refused("backup.no_server", "The database server does not answer.", action) from failure


@contextmanager
def raw_connection(database: Settings) -> Iterator[Any]:
    """Of the driver, to read. It changes no byte of a file, and on PostgreSQL it is in one transaction."""
    if not is_postgresql(database):
        with closing(sqlite3.connect(f"file:{database['NAME']}?mode=ro", uri=True, timeout=20)) as connection:
            yield connection
        return
    with closing(psycopg.connect(**connecting(database))) as server:
        server.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield server
        server.rollback()


def connecting(database: Settings) -> dict[str, Any]:
    named = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    given = {word: database[key] for word, key in named.items() if database.get(key)}
    options = {key: value for key, value in database.get("OPTIONS", {}).items() if isinstance(value, str)}
    return {**options, **given}


@contextmanager
def in_place_of(databases: Mapping[str, Settings]) -> Iterator[None]:
    """For this thread alone: what asks `default` or `keys` asks these instead."""
    own = {alias: connections[alias] for alias in databases}
    try:
        for alias, database in databases.items():
            connections[alias] = load_backend(database["ENGINE"]).DatabaseWrapper(dict(database), alias)
        yield
    finally:
        for alias, connection in own.items():
            connections[alias].close()
            connections[alias] = connection


def run_tool(name: str, *words: str, database: Settings) -> None:
    """pg_dump or pg_restore. The password goes by its environment, which others cannot read; ours, with keys in it,
    does not go along.
    """
    folder = settings.HOMEWARD_POSTGRESQL_BIN
    program = str(folder / name) if folder else (shutil.which(name) or "")
    if not program or not Path(program).exists():
        action = "Install PostgreSQL's client programs of the server's version, or set HOMEWARD_POSTGRESQL_BIN."
        raise refused("backup.no_tool", "A program of PostgreSQL is missing ({name}).", action, name=name)
    given = connecting(database)
    password = given.pop("password", "")
    environment = {"HOME": str(Path.home()), "LC_ALL": "C", **({"PGPASSWORD": password} if password else {})}
    command = [program, f"--dbname={psycopg.conninfo.make_conninfo(**given)}", "--no-password", *words]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["nothing"])[-1][:200]
        action = "Correct that; nothing was changed."
        raise refused("backup.tool_failed", "{name} said: {said}", action, name=name, said=said)


def refused(code: str, message: str, action: str, path: Path | None = None, **params: str | int) -> ProblemError:
    """Said at the command line alone, which speaks English."""
    return ProblemError(Problem(code, message, action, Where(file=str(path) if path else ""), params))
