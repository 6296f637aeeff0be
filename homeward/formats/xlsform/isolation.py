"""A stranger's workbook is opened in a process of its own: little memory, little time, no files, no network.

The child reads, checks and converts it once and sends back plain sheets as JSON. Whoever asked never opens the
workbook, and knows that what it does with the sheets ends in time.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from homeward.domain.problems import Problem, ProblemError, Where
from homeward.formats.tables.sheets import Row, Sheet
from homeward.formats.tables.workbook_guard import MAX_FILE
from homeward.formats.xlsform.checking import check
from homeward.formats.xlsform.loading import Loaded, load, load_sheets

CPU_SECONDS = 30
WALL_SECONDS = 60
MEMORY = 700_000_000
OPEN_FILES = 64
MAX_ANSWER = 80_000_000
NEW_USER_AND_NETWORK = 0x10000000 | 0x40000000  # CLONE_NEWUSER | CLONE_NEWNET
PACKAGES = Path(__file__).resolve().parents[3]


def load_upload(content: bytes, name: str) -> Loaded:
    """Like `load`, for bytes that come from outside. Raises ProblemError also where the file is too heavy."""
    if len(content) > MAX_FILE:
        raise ProblemError(_too_heavy(name))
    try:
        child = subprocess.run(  # noqa: S603 - our own program; the stranger's bytes are only its input
            [sys.executable, "-I", "-c", _program(), name],
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
    answer = json.loads(child.stdout)
    if answer["refused"]:
        raise ProblemError(_problem(values) for values in answer["refused"])
    sheets = {title: _sheet(title, values) for title, values in answer["sheets"].items()}
    return load_sheets(sheets, file=name, problems=tuple(_problem(values) for values in answer["found"]))


def _program() -> str:
    """`-I` keeps the caller's environment and folder out, so the child is told where this package lies."""
    path = [str(PACKAGES), *sys.path]
    return f"import sys; sys.path[:0] = {path!r}; from {__name__} import answer_parent; answer_parent()"


def answer_parent() -> None:
    """The child: limits first, then the input."""
    _limit()
    name = sys.argv[1]
    answer: dict[str, Any] = {"refused": [], "found": [], "sheets": {}}
    try:
        loaded = load(sys.stdin.buffer.read(MAX_FILE + 1), name)
        check(loaded)
        again = load_sheets(loaded.sheets, file=name)
        answer["found"] = [asdict(problem) for problem in loaded.problems if problem not in again.problems]
        answer["sheets"] = {title: _values(sheet) for title, sheet in loaded.sheets.items()}
    except ProblemError as error:
        answer["refused"] = [asdict(problem) for problem in error.problems]
    sys.stdout.write(json.dumps(answer))


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # where the kernel forbids a network namespace of one's own, nothing here opens a connection all the same
    ctypes.CDLL(None).unshare(NEW_USER_AND_NETWORK)


def _values(sheet: Sheet) -> dict[str, Any]:
    return {"header": sheet.header, "rows": [[row.number, dict(row.cells)] for row in sheet]}


def _sheet(title: str, values: Mapping[str, Any]) -> Sheet:
    rows = tuple(Row(number, cells) for number, cells in values["rows"])
    return Sheet(title, tuple(values["header"]), rows)


def _problem(values: Mapping[str, Any]) -> Problem:
    return Problem(**{**values, "where": Where(**values["where"])})


def _too_heavy(name: str) -> Problem:
    return Problem(
        "workbook.too_heavy",
        "The file takes more time or memory to read than a form may.",
        "Delete unused sheets and formatted empty rows; put very long lists into a CSV file beside the form.",
        Where(file=name),
        status=413,
    )
