"""What `homeward serve` becomes once everything is prepared: a small program that starts and watches the others.

It takes the place of the process that asked for the passphrase, so that nothing of it stays in memory, and loads
neither Django nor any key. Of the key it has a descriptor: a piece of memory that its children read.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import socket
import struct
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from homeward.apps.access.keys.locking import (
    LONGEST,
    confirm,
    confirmed_at,
    listening,
    lock_of,
    remove_lock,
    write_lock,
)
from homeward.cli.supervisor import Child, Supervisor

KEY_LENGTH = 32
GONE_WITHIN = 10.0  # seconds that killed processes may take
EMPTY_LOOKS = 3
PEER = struct.Struct("3i")
LOCKED = "locked"
PR_SET_CHILD_SUBREAPER = 36


@dataclass
class House:
    """`descriptor`: of the memory with the key; None while locked. `hours` 0: no timer."""

    folder: Path
    children: list[Child]
    descriptor: int | None
    hours: float = 0.0
    confirmed: float | None = field(default=None, init=False)
    since: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        self.control = listening(self.folder)
        self.confirmed = confirmed_at(self.folder)
        self.since = time.monotonic() - max(0.0, time.time() - (self.confirmed or time.time()))
        self.hand_down()

    def hand_down(self) -> None:
        for child in self.children:
            child.environment = {**child.environment, "HOMEWARD_VAULT_FD": str(self.descriptor or LOCKED)}
            child.inherited = (self.descriptor,) if self.descriptor is not None else ()

    def look(self) -> None:
        """Between two looks at the children."""
        self._answer()
        if self.descriptor is None:
            return
        if self._nobody_confirmed():
            write_lock(self.folder, "timer")
        if lock_of(self.folder) is not None:
            self.lock()

    def _nobody_confirmed(self) -> bool:
        """By a clock that nobody can set; the other counts across restarts."""
        if not self.hours:
            return False
        seen, now = confirmed_at(self.folder), time.monotonic()
        if seen != self.confirmed:
            self.confirmed, self.since = seen, now
        return max(now - self.since, time.time() - (seen or time.time())) > self.hours * 3600

    def lock(self) -> None:
        """Nobody who could have read the key is alive when it returns."""
        if self.descriptor is not None:
            wipe(self.descriptor)
        self.descriptor = None
        self._anew()
        print("Locked. `homeward unlock` opens it again.", file=sys.stderr, flush=True)

    def unlock(self, descriptor: int) -> None:
        self.descriptor = descriptor
        confirm(self.folder)
        remove_lock(self.folder)
        self._anew()
        print("Unlocked.", file=sys.stderr, flush=True)

    def _anew(self) -> None:
        kill_all()
        for child in self.children:
            child.process, child.due, child.pause = None, 0.0, 0.0
        self.hand_down()

    def _answer(self) -> None:
        with suppress(BlockingIOError):
            while True:
                calling, _ = self.control.accept()
                with calling, suppress(OSError):
                    calling.settimeout(1.0)
                    self._say(calling)

    def _say(self, calling: socket.socket) -> None:
        _pid, user, _group = PEER.unpack(calling.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, PEER.size))
        if user not in (os.getuid(), 0):
            return
        said, descriptors, _flags, _from = socket.recv_fds(calling, LONGEST, 4)
        taken = self._take(said, descriptors)
        for each in descriptors:
            if each != taken:
                os.close(each)
        calling.send(b"open" if self.descriptor is not None else LOCKED.encode())

    def _take(self, said: bytes, descriptors: list[int]) -> int | None:
        if said != b"unlock" or self.descriptor is not None or len(descriptors) != 1:
            return None
        if os.fstat(descriptors[0]).st_size != KEY_LENGTH:
            return None
        self.unlock(descriptors[0])
        return descriptors[0]


def wipe(descriptor: int) -> None:
    """The memory is one, however many processes have it: all of them read nothing from now on."""
    os.pwrite(descriptor, bytes(KEY_LENGTH), 0)
    os.ftruncate(descriptor, 0)
    os.close(descriptor)


def kill_all() -> None:
    """Every process below this one, parents before their children, so that none is started anew meanwhile. Looked for
    until three looks find none: one whose parent is just dying is nobody's child for a moment, and then ours.
    """
    until, empty = time.monotonic() + GONE_WITHIN, 0
    while empty < EMPTY_LOOKS and time.monotonic() < until:
        alive = _below(os.getpid())
        for pid in alive:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        empty = 0 if alive else empty + 1
        time.sleep(0.02)
        _collect()


def _below(pid: int) -> list[int]:
    found: list[int] = []
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for each in (task / "children").read_text().split():
                found += [int(each), *_below(int(each))]
    return [each for each in found if not _is_dead(each)]


def adopt() -> None:
    """Processes whose parent died become ours, so that a lock finds them."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _is_dead(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in ("Z", "X")
    except OSError:
        return True


def _collect() -> None:
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            continue


class Watching(Supervisor):
    """A supervisor that looks at the lock between two looks at its children."""

    house: House

    def between(self) -> None:
        self.house.look()


def main(said: str) -> int:
    given: dict[str, Any] = json.loads(said)
    adopt()
    children = [Child(each["name"], each["command"], {}) for each in given["children"]]
    supervisor = Watching(children)
    supervisor.house = House(Path(given["folder"]), children, given["descriptor"], given["hours"])
    supervisor.run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
