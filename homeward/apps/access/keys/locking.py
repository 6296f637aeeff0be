"""The lock: one file in the data folder. While it is there, no process of the server holds a key.

`homeward serve` looks at it five times a second. It overwrites the memory in which the key was handed down and kills
every process that could have read it: what a program forgets may stay in its memory, what ends does not. The file
outlives a restart. Unlocking hands a new piece of such memory to `homeward serve`, through a socket in the same folder
that only the same user reaches; nobody reads the key there but the processes that open with it.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from homeward.formats.on_disk import sync_file, sync_folder

LOCK, CONFIRMED, CONTROL = "locked", "confirmed", "control"
LOOK = 0.25  # seconds between two looks of a process at the file
PATIENCE = 10.0  # for an answer
LONGEST = 4096


@dataclass(frozen=True, slots=True)
class Lock:
    at: datetime
    why: str  # command, page, timer


def lock_of(folder: Path) -> Lock | None:
    """A file that cannot be read is a lock all the same."""
    path = folder / LOCK
    try:
        said = json.loads(path.read_text(encoding="ascii"))
        return Lock(datetime.fromisoformat(said["at"]), str(said["why"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        return Lock(datetime.now(UTC), "")


def write_lock(folder: Path, why: str) -> None:
    """On the disk when it returns, so that a power cut does not open. A lock that is there keeps its time."""
    if lock_of(folder) is None:
        said = json.dumps({"at": datetime.now(UTC).isoformat(), "why": why})
        _write(folder, LOCK, said)


def remove_lock(folder: Path) -> None:
    (folder / LOCK).unlink(missing_ok=True)
    sync_folder(folder)


def confirm(folder: Path) -> None:
    """Somebody is there: the time after which the server locks itself begins anew."""
    _write(folder, CONFIRMED, datetime.now(UTC).isoformat())


def confirmed_at(folder: Path) -> float | None:
    """As the file system says it; it also changes where the clock was put back meanwhile."""
    with suppress(OSError):
        return (folder / CONFIRMED).stat().st_mtime
    return None


def end_when_locked(folder: Path, end: Callable[[], None] | None = None) -> threading.Thread:
    """For a process that holds the key: it ends at once, whatever it is doing, when somebody locks."""

    def watch() -> None:
        while lock_of(folder) is None:
            time.sleep(LOOK)
        (end or _end)()

    thread = threading.Thread(target=watch, name="lock", daemon=True)
    thread.start()
    return thread


def _end() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def ask(folder: Path, what: str, descriptor: int | None = None) -> str:
    """`state` or `unlock`, of the `homeward serve` at work in this folder: open, locked, or empty where none is."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as calling:
        calling.settimeout(PATIENCE)
        try:
            with _reachable(folder) as place:
                calling.connect(place)
            socket.send_fds(calling, [what.encode()], [descriptor] if descriptor is not None else [])
            return calling.recv(LONGEST).decode("ascii")
        except (OSError, UnicodeDecodeError):
            return ""


class _reachable:  # noqa: N801 - used as a function is
    """The address of the socket, however deep the folder lies: addresses of sockets are short."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __enter__(self) -> str:
        self.handle = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        return f"/proc/self/fd/{self.handle}/{CONTROL}"

    def __exit__(self, *_: object) -> None:
        os.close(self.handle)


def listening(folder: Path) -> socket.socket:
    """For `homeward serve`, which holds the place of this folder alone."""
    (folder / CONTROL).unlink(missing_ok=True)
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        with _reachable(folder) as place:
            made.bind(place)
    finally:
        os.umask(before)
    made.listen(8)
    made.setblocking(False)
    return made


def _write(folder: Path, name: str, text: str) -> None:
    draft = folder / f".{name}.{os.getpid()}.part"
    with open(draft, "w", encoding="ascii", opener=lambda path, flags: os.open(path, flags, 0o600)) as out:
        out.write(text)
        sync_file(out)
    draft.replace(folder / name)
    sync_folder(folder)
