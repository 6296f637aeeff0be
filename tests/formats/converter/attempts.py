"""What a program tries that has taken over the process which opens files. Run in the child by the tests."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO


def tried(attempt: Callable[[], Any]) -> str:
    try:
        return f"done: {attempt()!r}"
    except OSError as error:
        return type(error).__name__


def everything(source: BinaryIO, port: str, secret: str, parent: str) -> dict[str, str]:
    return {
        "own input": tried(source.read),
        "internet socket": tried(lambda: socket.socket(socket.AF_INET)),
        "connection": tried(lambda: socket.create_connection(("127.0.0.1", int(port)), 2)),
        "unix socket": tried(lambda: socket.socket(socket.AF_UNIX)),
        "file with keys": tried(lambda: Path(secret).read_text()),
        "folder with keys": tried(lambda: os.listdir(Path(secret).parent)),
        "accounts": tried(lambda: Path("/etc/passwd").read_text()),
        "environment of the parent": tried(lambda: Path(f"/proc/{parent}/environ").read_bytes()),
        "memory of the parent": tried(lambda: Path(f"/proc/{parent}/mem").open("rb")),
        "descriptors of the parent": tried(lambda: os.listdir(f"/proc/{parent}/fd")),
        "signal to the parent": tried(lambda: os.kill(int(parent), 0)),
        "file in its folder": tried(lambda: Path("left").write_text("x")),
        "file beside the keys": tried(lambda: Path(secret).with_name("left").write_text("x")),
        "keys cut to nothing": tried(lambda: os.truncate(secret, 0)),
        "another process": tried(os.fork),
        "another program": tried(lambda: os.execv("/bin/sh", ["sh", "-c", "exit 0"])),
        "program of its own": tried(lambda: os.posix_spawn("/bin/sh", ["sh", "-c", "exit 0"], {})),
    }


def environment(source: BinaryIO) -> dict[str, Any]:
    return {"environment": dict(os.environ)}


def open_descriptors(source: BinaryIO) -> dict[str, Any]:
    found = []
    for number in range(64):
        try:
            os.fstat(number)
        except OSError:
            continue
        found.append(number)
    return {"open": found}


def reads(source: BinaryIO) -> dict[str, Any]:
    return {"read": source.read().decode()}


def endless(source: BinaryIO) -> dict[str, Any]:
    while True:
        pass


def asleep(source: BinaryIO) -> dict[str, Any]:
    time.sleep(600)
    return {}


def hungry(source: BinaryIO) -> dict[str, Any]:
    return {"size": len(bytearray(900_000_000))}


def talkative(source: BinaryIO) -> dict[str, Any]:
    return {"words": "x" * 2_000_000}


def dying(source: BinaryIO) -> dict[str, Any]:
    os.abort()


def half(source: BinaryIO) -> Any:
    yield {"number": 1}
    os.abort()


def writing(source: BinaryIO) -> dict[str, Any]:
    Path("left").write_text("x" * 100_000)
    return {}


def threads(source: BinaryIO) -> dict[str, Any]:
    found: list[int] = []
    some = [threading.Thread(target=found.append, args=(number,)) for number in range(3)]
    for each in some:
        each.start()
    for each in some:
        each.join()
    return {"found": sorted(found)}


def own_folder(source: BinaryIO, secret: str) -> dict[str, str]:
    """Of one that may write."""
    folder = Path(os.environ["TMPDIR"])
    return {
        "written": tried(lambda: (folder / "a").write_text("x" * 1_000)),
        "too much": tried(lambda: (folder / "b").write_text("x" * 1_000_000)),
        "link": tried(lambda: (folder / "c").symlink_to(secret)),
        "hard link": tried(lambda: os.link(secret, folder / "d")),
        "elsewhere": tried(lambda: Path(secret).with_name("left").write_text("x")),
    }
