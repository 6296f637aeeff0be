"""A whole house on a disk of its own: the server, its data folder, its key store, and PostgreSQL where it has one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.durability.offices import below
from tests.durability.servers import ROOT, Server
from tests.powercut.cluster import Cluster
from tests.powercut.disk import Disk

DATABASE = "house"


@dataclass(frozen=True)
class Manner:
    """How a house is set up. As it is by default, nothing that was acknowledged may be lost."""

    name: str = "durable"
    synchronous: str = ""  # of SQLite
    settings: tuple[str, ...] = ()  # of PostgreSQL
    preloaded: str = ""  # a library in front of the system's

    @property
    def careless(self) -> bool:
        return bool(self.synchronous or self.settings)


@dataclass(frozen=True)
class Prepared:
    """A disk with the tables and the cast on it, as it is before the server first starts."""

    image: Path
    phone: dict[str, str]


@dataclass
class CutServer(Server):
    manner: Manner = Manner()

    @property
    def environment(self) -> dict[str, str]:
        found = super().environment
        if self.manner.careless:
            found["DJANGO_SETTINGS_MODULE"] = "tests.powercut.careless"
            found["CARELESS"] = self.manner.synchronous or "FULL"
        if self.manner.preloaded:
            found["LD_PRELOAD"] = self.manner.preloaded
        return found


class Place:
    """`folder` lies on another disk: what is in it survives."""

    def __init__(self, folder: Path, postgres: bool, manner: Manner) -> None:
        self.folder, self.disk = folder, Disk(folder)
        data = self.disk.root / "postgres"
        log = folder / "postgres.log"
        self.cluster = Cluster(data, log, manner.settings, manner.preloaded) if postgres else None
        url = self.cluster.url(DATABASE) if self.cluster else ""
        self.server = CutServer(self.disk.root / "data", url, manner=manner)

    def start(self) -> None:
        self.start_database()
        self.server.start()

    def start_database(self) -> None:
        if self.cluster and self.cluster.process is None:
            self.cluster.start()

    def cut(self) -> None:
        """The disk first, then every process at once; afterwards the disk is there again, and nothing runs."""
        server = self.server.process
        victims = [server.pid, *below(server.pid)] if server else []
        memory = self.cluster.shared_memory() if self.cluster else []
        victims += self.cluster.pids() if self.cluster else []
        self.disk.cut()
        for pid in victims:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._gone()
        for command in memory:
            subprocess.run(command.split(), capture_output=True, check=False)
        self.disk.unmount()
        self.disk.mount()

    def _gone(self) -> None:
        with suppress(ProcessLookupError):
            self.server.kill()
        if self.cluster:
            self.cluster.forget()

    def stop(self) -> None:
        self.server.stop()
        if self.cluster:
            self.cluster.stop()

    def program(self, *words: str) -> str:
        """Of ours, on these data."""
        command = [sys.executable, "-m", *words]
        done = subprocess.run(
            command, cwd=ROOT, env=self.server.environment, capture_output=True, text=True, timeout=300, check=False
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    def examined(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.program("tests.powercut.examine", str(self.folder / "heads.txt")))
        return found

    def remove(self) -> None:
        """Nothing of it stays, whatever happened."""
        with suppress(ProcessLookupError):
            self.server.kill()
        if self.cluster:
            self.cluster.remove()
        self.disk.remove()


@contextmanager
def place_in(folder: Path, postgres: bool, manner: Manner, image: Path | None = None) -> Iterator[Place]:
    """On an empty disk, or on a copy of one."""
    folder.mkdir(exist_ok=True)
    made = Place(folder, postgres, manner)
    try:
        if image is None:
            made.disk.format()
        else:
            made.disk.copy(image)
        made.disk.mount()
        yield made
    finally:
        made.remove()
