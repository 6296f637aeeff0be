"""The child's side: limits first, then the program that reads, then the barriers, then the stranger's bytes."""

from __future__ import annotations

import gc
import importlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any, BinaryIO

from homeward.domain.problems import ProblemError
from homeward.formats.converter.confinement import Barriers, Limits, confine, limit

NOT_ISOLATED = 77  # exit status
OUT_OF_MEMORY = 78

_inside = False


def inside() -> bool:
    """Whether this process is such a child already: then nothing needs another one."""
    return _inside


def main(module: str, name: str, limits: Mapping[str, Any], readable: list[str], *, required: bool) -> None:
    """Calls `name(source, *words)` of `module` and writes what it gives, one JSON a line. `required`: with the barriers
    or not at all.
    """
    global _inside
    allowed = Limits(**limits)
    limit(allowed)
    reader = getattr(importlib.import_module(module), name)
    out = _own_output()
    barriers = confine(readable, tempfile.gettempdir() if allowed.written else "")
    _inside = True
    if required and not barriers.hold:
        os._exit(NOT_ISOLATED)
    try:
        for each in _answers(reader, sys.stdin.buffer, barriers):
            out.write(json.dumps(each).encode() + b"\n")
        out.flush()
    except BrokenPipeError:
        os._exit(0)
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    gc.disable()
    os._exit(0)  # at once: nothing of the stranger's is worth tidying up


def _own_output() -> BinaryIO:
    """Libraries that print something print it to nobody."""
    out = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return out


def _answers(reader: Any, source: BinaryIO, barriers: Barriers) -> Iterator[dict[str, Any]]:
    yield {"barriers": asdict(barriers)}
    try:
        found = reader(source, *sys.argv[1:])
        if isinstance(found, dict):
            yield found
        else:
            yield from found
    except ProblemError as error:
        yield {"refused": [asdict(problem) for problem in error.problems]}


def nothing(source: BinaryIO) -> dict[str, Any]:
    """Tries the barriers out."""
    return {}
