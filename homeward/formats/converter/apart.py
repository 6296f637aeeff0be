"""The parent's side: gives a file to a child and takes plain values back. It never opens the file itself."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

from homeward.domain.problems import Problem, ProblemError, Where
from homeward.formats.converter import child
from homeward.formats.converter.confinement import Barriers, Limits

logger = logging.getLogger("homeward")
PACKAGES = Path(__file__).resolve().parents[3]
Reader = Callable[..., Any]

_required = False
_told = threading.Event()


class EndedError(Exception):
    """The child was ended at a limit, or died of the file."""


def require_isolation(required: bool) -> None:
    """Whether a file is refused where the machine cannot isolate; else limits alone suffice, and a warning says so."""
    global _required
    _required = required


@cache
def barriers() -> Barriers:
    """What this machine can do, tried once."""
    try:
        with _started(child.nothing, b"", (), Limits(), (), required=False) as process:
            return _barriers(next(_lines(process, Limits())))
    except (EndedError, OSError, StopIteration):
        return Barriers(network=False, files=False)


def run(
    reader: Reader, source: bytes | BinaryIO, *words: str, limits: Limits | None = None, readable: Iterable[str] = ()
) -> dict[str, Any]:
    """What `reader(file, *words)` gives in a child; it is a function of a module, and its result is JSON. Raises
    ProblemError as it does, and EndedError where the child was ended.
    """
    found: dict[str, Any] = {}
    for found in stream(reader, source, *words, limits=limits, readable=readable):  # noqa: B007 - the last one
        pass
    return found


def stream(
    reader: Reader, source: bytes | BinaryIO, *words: str, limits: Limits | None = None, readable: Iterable[str] = ()
) -> Iterator[dict[str, Any]]:
    """Like `run`, for a reader that gives its values one by one, however many."""
    limits = limits or Limits()
    with _started(reader, source, words, limits, readable, required=_required) as process:
        lines = _lines(process, limits)
        for line in lines:
            if "barriers" in line:
                _warn(_barriers(line))
                continue
            if "refused" in line:
                raise ProblemError(problem_of(values) for values in line["refused"])
            yield line
        _ended(process)


def problem_of(values: Mapping[str, Any]) -> Problem:
    return Problem(**{**values, "where": Where(**values["where"])})


def not_isolated() -> Problem:
    return Problem(
        "converter.not_isolated",
        "This server has no safe place to open files from outside, so it takes none.",
        "Tell whoever runs the server; the page on running a server says what the machine must allow.",
        status=503,
    )


@contextmanager
def _started(
    reader: Reader,
    source: bytes | BinaryIO,
    words: Iterable[str],
    limits: Limits,
    readable: Iterable[str],
    *,
    required: bool,
) -> Iterator[subprocess.Popen[bytes]]:
    """With an environment that names no key and no database, and a folder that is gone afterwards. It keeps no compiled
    modules (-B): under its limits it would cut them off, and everybody would read them.
    """
    with tempfile.TemporaryDirectory(prefix="homeward-") as folder, _input(source) as given:
        process = subprocess.Popen(  # noqa: S603 - our own program; the stranger's bytes are only its input
            [sys.executable, "-I", "-B", "-c", _program(reader, limits, readable, required=required), *words],
            stdin=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            env={"PATH": os.defpath, "LANG": "C.UTF-8", "TMPDIR": folder, "ARROW_DEFAULT_MEMORY_POOL": "system"},
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()
            if process.stdout is not None:
                process.stdout.close()


@contextmanager
def _input(source: bytes | BinaryIO) -> Iterator[BinaryIO]:
    """Bytes go over as a file in memory, which can be read in any order and lies on no disk."""
    if not isinstance(source, bytes):
        source.seek(0)
        yield source
        return
    with os.fdopen(os.memfd_create("upload"), "w+b") as file:
        file.write(source)
        file.flush()
        file.seek(0)
        yield file


def _program(reader: Reader, limits: Limits, readable: Iterable[str], *, required: bool) -> str:
    """`-I` keeps the caller's environment and folder out, so the child is told where this package lies."""
    path = [str(PACKAGES), *sys.path]
    called = (reader.__module__, reader.__name__, asdict(limits), list(readable))
    return f"import sys; sys.path[:0] = {path!r}; from {child.__name__} import main; main(*{called!r}, {required=})"


def _lines(process: subprocess.Popen[bytes], limits: Limits) -> Iterator[dict[str, Any]]:
    assert process.stdout is not None  # noqa: S101 - opened as a pipe above
    left = limits.answer
    while True:
        watch = threading.Timer(limits.wall, process.kill)
        watch.daemon = True
        watch.start()
        try:
            line = process.stdout.readline(limits.line + 1)
        finally:
            watch.cancel()
        left -= len(line)
        if not line:
            return
        if len(line) > limits.line or left < 0 or not line.endswith(b"\n"):
            raise EndedError
        yield _values(line)


def _values(line: bytes) -> dict[str, Any]:
    try:
        values = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise EndedError from error
    if not isinstance(values, dict):
        raise EndedError
    return values


def _barriers(line: Mapping[str, Any]) -> Barriers:
    return Barriers(**line["barriers"])


def _ended(process: subprocess.Popen[bytes]) -> None:
    """After its last line: only one that ended of itself has said everything."""
    status = process.wait()
    if status == child.NOT_ISOLATED:
        raise ProblemError(not_isolated())
    if status:
        raise EndedError


def _warn(held: Barriers) -> None:
    if not held.hold and not _told.is_set():
        _told.set()
        logger.warning(
            "this machine cannot shut off the process that opens files from outside (network %s, files %s): "
            "only its time and memory are limited",
            "shut off" if held.network else "open",
            "shut off" if held.files else "open",
        )
