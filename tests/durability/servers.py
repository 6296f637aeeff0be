"""The real server, four processes of it, on a database of its own; and a look into that database from outside."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg

from homeward.config import env
from tests.environment import without_settings

ROOT = Path(__file__).resolve().parents[2]
PROCESSES = 4
START_WITHIN = 90.0


def trials(full: int, least: int) -> int:
    """Full counts belong to `make test-deep`; a share of them, and never fewer than `least`, to every run."""
    return max(least, round(full * float(env.read("HOMEWARD_TRIALS"))))


def free_port() -> int:
    with closing(socket.socket()) as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


@dataclass
class Server:
    """`database` is a value for HOMEWARD_DATABASE, empty for SQLite in the folder."""

    folder: Path
    database: str
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        return {
            **without_settings(),
            "HOMEWARD_DATA": str(self.folder),
            "HOMEWARD_DATABASE": self.database,
            "DJANGO_SETTINGS_MODULE": "homeward.config.settings",
        }

    def prepare(self) -> dict[str, str]:
        command = [sys.executable, "-m", "tests.durability.prepare"]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        found: dict[str, str] = json.loads(done.stdout)
        return found

    def start(self) -> None:
        """In a process group of its own, so that the whole of it can be killed at one moment."""
        command = [sys.executable, "-m", "homeward.cli.main", "serve", "--port", str(self.port)]
        command += ["--processes", str(PROCESSES), "--threads", "16"]
        self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment, start_new_session=True)
        self.wait()

    def wait(self) -> None:
        until = time.monotonic() + START_WITHIN
        while time.monotonic() < until:
            assert self.process is not None
            assert self.process.poll() is None, "the server ended"
            with suppress(httpx.TransportError):
                if httpx.get(f"{self.url}/openrosa/formList", timeout=5).status_code == 400:
                    return
            time.sleep(0.1)
        raise AssertionError("the server did not start")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def kill(self) -> None:
        """SIGKILL for every process of the group at once."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None
            time.sleep(0.2)

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.kill()
            self.process = None

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Read past the product, straight from the tables."""
        if self.database.startswith("postgres"):
            config = env.database(self.database, self.folder)
            connection = psycopg.connect(host=config["HOST"], user=config["USER"], dbname=config["NAME"])
            with closing(connection):
                return connection.execute(sql).fetchall()
        with closing(sqlite3.connect(self.folder / "homeward.sqlite3", timeout=30)) as database:
            return database.execute(sql).fetchall()

    def number(self, sql: str) -> int:
        return int(self.rows(sql)[0][0])


def post(client: httpx.Client, server: Server, token: str, xml: bytes, files: dict[str, bytes] | None = None) -> int:
    parts = {"xml_submission_file": ("submission.xml", xml, "text/xml")}
    parts |= {name: (name, content, "application/octet-stream") for name, content in (files or {}).items()}
    headers = {"X-OpenRosa-Version": "1.0"}
    return client.post(f"{server.url}/key/{token}/submission", files=parts, headers=headers, timeout=60).status_code
