"""A server whose passphrase somebody has to give, and a look into the memory of its processes."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

import httpx

from tests.durability.servers import ROOT, Server

PASSPHRASE = "rivers lantern copper meadow thirteen willow"
KEK = """
import sys
from homeward.cli.serve import start_django
start_django()
from homeward.apps.access.keys import custody
sys.stdout.write(custody.key_from(custody.current(), sys.argv[1]).hex())
"""
CAST = """
import runpy
from homeward.cli.serve import start_django
start_django()
from homeward.cli.unlocking import bring_up_to_date, unlock
bring_up_to_date(); unlock()
runpy.run_module("tests.durability.prepare", run_name="__main__")
"""


class Office(Server):
    locks_after = "0"

    @property
    def environment(self) -> dict[str, str]:
        found = super().environment
        return {
            **found,
            "HOMEWARD_PROFILE": "office",
            "HOMEWARD_BEHIND_PROXY": "1",
            "HOMEWARD_ISOLATION": "limits",
            "HOMEWARD_LOCK_WORDS": "Call 555.",
            "HOMEWARD_LOCK_AFTER": self.locks_after,
        }

    def command(self, *words: str, said: str = "") -> subprocess.CompletedProcess[str]:
        return self.program("-m", "homeward.cli.main", *words, said=said)

    def program(self, *words: str, said: str = "") -> subprocess.CompletedProcess[str]:
        called = [sys.executable, *words]
        return subprocess.run(
            called, cwd=ROOT, env=self.environment, input=said, capture_output=True, text=True, timeout=300
        )

    def settle(self) -> dict[str, str]:
        """The cast, under a passphrase."""
        assert self.command("keys", "create", said=f"{PASSPHRASE}\n").returncode == 0
        done = self.program("-c", CAST, said=f"{PASSPHRASE}\n")
        assert done.returncode == 0, done.stderr
        found: dict[str, str] = json.loads(done.stdout)
        return found

    def key(self) -> bytes:
        return bytes.fromhex(self.program("-c", KEK, PASSPHRASE).stdout)

    def serve(self, said: str) -> None:
        called = [sys.executable, "-m", "homeward.cli.main", "serve", "--port", str(self.port), "--processes", "2"]
        self.process = subprocess.Popen(
            called, cwd=ROOT, env=self.environment, start_new_session=True, stdin=subprocess.PIPE
        )
        assert self.process.stdin
        self.process.stdin.write(said.encode())
        self.process.stdin.close()

    def until(self, status: int, path: str = "/sign-in", method: str = "GET") -> httpx.Response:
        end, seen = time.monotonic() + 60, ""
        while time.monotonic() < end:
            try:
                answer = httpx.request(method, f"{self.url}{path}", headers={"X-Forwarded-Proto": "https"}, timeout=10)
                if answer.status_code == status:
                    return answer
                seen = str(answer.status_code)
            except httpx.TransportError as error:
                seen = str(error)
            time.sleep(0.1)
        raise AssertionError(f"{path}: {seen}")

    def pids(self) -> list[int]:
        assert self.process is not None
        return [self.process.pid, *below(self.process.pid)]


def below(pid: int) -> list[int]:
    found = []
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            for each in (task / "children").read_text().split():
                found += [int(each), *below(int(each))]
    except OSError:
        return found
    return found


def in_memory_of(pid: int, key: bytes) -> bool:
    """Looks through everything that a process has mapped for writing. One that has gone has nothing."""
    with ExitStack() as files:
        try:
            maps = files.enter_context(open(f"/proc/{pid}/maps", encoding="ascii"))
            memory = files.enter_context(open(f"/proc/{pid}/mem", "rb", buffering=0))
        except OSError:
            return False
        for line in _lines(maps):
            place, rights = line.split()[:2]
            if "w" not in rights:
                continue
            start, end = (int(part, 16) for part in place.split("-"))
            try:
                memory.seek(start)
                if key in memory.read(end - start):
                    return True
            except (OSError, ValueError, OverflowError):
                continue
    return False


def _lines(maps: Iterable[str]) -> list[str]:
    try:
        return list(maps)
    except OSError:
        return []
