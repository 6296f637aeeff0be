"""Keeps a few child processes running: starts them, starts again what ended, stops all by one signal."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType

STEP = 0.2  # seconds between looks
PATIENCE = 35.0  # seconds that children get to finish what they do
QUICK_END = 5.0  # a child that ends sooner than this is started again more slowly each time
LONGEST_PAUSE = 30.0
PR_SET_PDEATHSIG = 1


@dataclass
class Child:
    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    inherited: tuple[int, ...] = ()  # descriptors
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = 0.0
    due: float = 0.0

    def start(self, now: float) -> None:
        self.process = subprocess.Popen(  # noqa: S603 - our own command, no shell
            self.command,
            env={**os.environ, **self.environment},
            pass_fds=self.inherited,
            preexec_fn=_end_with_parent,
        )
        self.started = now

    def look(self, now: float) -> None:
        """Start what is due; plan a new start for what has ended."""
        if self.process is None:
            if now >= self.due:
                self.start(now)
            return
        status = self.process.poll()
        if status is None:
            return
        quick = now - self.started < QUICK_END
        self.pause = min(max(self.pause * 2, 1.0), LONGEST_PAUSE) if quick else 0.0
        self.due = now + self.pause
        self.process = None
        print(f"{self.name} ended with status {status}; starting it again in {self.pause:.0f} s", file=sys.stderr)

    def signal(self, number: int) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None


@dataclass
class Supervisor:
    children: Sequence[Child]
    stopping: bool = field(default=False, init=False)

    def run(self) -> None:
        """Until SIGTERM or SIGINT. A second signal does not wait."""
        before = {number: signal.signal(number, self._stop) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            while not self.stopping:
                now = time.monotonic()
                for child in self.children:
                    child.look(now)
                self.between()
                time.sleep(STEP)
        finally:
            self.stop()
            for number, handler in before.items():
                signal.signal(number, handler)

    def between(self) -> None:
        """What else is looked at, as often as the children are."""

    def stop(self) -> None:
        for child in self.children:
            child.signal(signal.SIGTERM)
        until = time.monotonic() + PATIENCE
        while any(child.running for child in self.children) and time.monotonic() < until:
            time.sleep(STEP)
        for child in self.children:
            child.signal(signal.SIGKILL)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        if self.stopping:
            for child in self.children:
                child.signal(signal.SIGKILL)
        self.stopping = True


def _end_with_parent() -> None:
    """On Linux a child is told to end when the supervisor is killed, so that no orphan holds the port."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
