"""A stranger's workbook is opened in a process of its own: little memory, little time, no files, no network.

Whoever asked never opens the workbook, and knows that what it does with the plain values it gets back ends in time.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from homeward.domain.problems import Problem, ProblemError, Where
from homeward.formats.tables.sheets import Row, Sheet
from homeward.formats.tables.workbook_guard import MAX_FILE
from homeward.formats.tables.workbook_reading import read_workbook

CPU_SECONDS = 30
WALL_SECONDS = 60
MEMORY = 700_000_000
OPEN_FILES = 64
MAX_ANSWER = 80_000_000
NEW_USER_AND_NETWORK = 0x10000000 | 0x40000000  # CLONE_NEWUSER | CLONE_NEWNET
PACKAGES = Path(__file__).resolve().parents[3]


def read_apart(content: bytes, name: str, reader: Callable[..., dict[str, Any]], *words: str) -> dict[str, Any]:
    """What `reader(content, name, *words)` gives in a child; it is a function of a module, and its result is JSON.
    Raises ProblemError as it does, and where the file is too heavy.
    """
    if len(content) > MAX_FILE:
        raise ProblemError(_too_heavy(name))
    try:
        child = subprocess.run(  # noqa: S603 - our own program; the stranger's bytes are only its input
            [sys.executable, "-I", "-c", _program(reader), name, *words],
            input=content,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=WALL_SECONDS,
            check=False,
            env={"PATH": os.defpath, "LANG": "C.UTF-8"},
        )
    except subprocess.TimeoutExpired as error:
        raise ProblemError(_too_heavy(name)) from error
    if child.returncode != 0 or len(child.stdout) > MAX_ANSWER:
        raise ProblemError(_too_heavy(name))
    answer: dict[str, Any] = json.loads(child.stdout)
    if answer["refused"]:
        raise ProblemError(problem_of(values) for values in answer["refused"])
    return answer


def _program(reader: Callable[..., object]) -> str:
    """`-I` keeps the caller's environment and folder out, so the child is told where this package lies."""
    path = [str(PACKAGES), *sys.path]
    names = f"from {__name__} import answer_parent; from {reader.__module__} import {reader.__name__} as reader"
    return f"import sys; sys.path[:0] = {path!r}; {names}; answer_parent(reader)"


def answer_parent(reader: Callable[..., dict[str, Any]]) -> None:
    """The child: limits first, then the input."""
    limit()
    name, *words = sys.argv[1:]
    try:
        answer = {"refused": [], **reader(sys.stdin.buffer.read(MAX_FILE + 1), name, *words)}
    except ProblemError as error:
        answer = {"refused": [asdict(problem) for problem in error.problems]}
    sys.stdout.write(json.dumps(answer))


def limit(seconds: int = CPU_SECONDS, memory: int = MEMORY) -> None:
    wanted = {
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_DATA: memory,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NOFILE: OPEN_FILES,
        resource.RLIMIT_CORE: 0,
    }
    for what, most in wanted.items():
        hard = resource.getrlimit(what)[1]  # whoever started us may have set less, which nobody can raise
        least = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (least, least))
    # where the kernel forbids a network namespace of one's own, nothing here opens a connection all the same
    ctypes.CDLL(None).unshare(NEW_USER_AND_NETWORK)


def values_of(sheet: Sheet) -> dict[str, Any]:
    return {"header": sheet.header, "rows": [[row.number, dict(row.cells)] for row in sheet]}


def sheet_of(title: str, values: Mapping[str, Any]) -> Sheet:
    rows = tuple(Row(number, cells) for number, cells in values["rows"])
    return Sheet(title, tuple(values["header"]), rows)


def problem_of(values: Mapping[str, Any]) -> Problem:
    return Problem(**{**values, "where": Where(**values["where"])})


def first_sheet(content: bytes, name: str, most_rows: int) -> Sheet | None:
    """The first sheet of an uploaded workbook that has rows: one that people see before one that is hidden."""
    values = read_apart(content, name, first_values, str(most_rows))["sheet"]
    return None if values is None else sheet_of("", values)


def first_values(content: bytes, name: str, most_rows: str) -> dict[str, Any]:
    """In the child."""
    book = read_workbook(content, file=name, most_rows=int(most_rows))
    titles = sorted((title for title, sheet in book.sheets.items() if sheet.rows), key=book.hidden.__contains__)
    return {"sheet": values_of(book.sheets[titles[0]]) if titles else None}


def _too_heavy(name: str) -> Problem:
    return Problem(
        "workbook.too_heavy",
        "The file takes more time or memory to read than it may.",
        "Delete unused sheets and formatted empty rows; put very long lists into a CSV file beside the form.",
        Where(file=name),
        status=413,
    )
