"""Malformed workbooks, tables and pictures at the doors through which people's files come: each refused in words, at
little cost, with nothing left behind and nobody called. `make test-deep` runs every file; the faster tiers some of each
class. Submissions of phones have their own test at their own door.
"""

from __future__ import annotations

import os
import resource
import socket
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from homeward.domain.problems import ProblemError
from homeward.formats import pictures
from homeward.formats.exports import apart as exports
from homeward.formats.exports.interviews import Interviews
from homeward.formats.exports.opening import open_export
from homeward.formats.tables.isolation import first_sheet
from homeward.formats.xlsform import isolation
from homeward.formats.xlsform.library import Library
from homeward.formats.xlsform.packing import workbook_bytes
from tests.formats.malformed import uploads
from tests.formats.malformed.sampling import of_classes
from tests.openrosa.server import Process
from tests.pictures import NOTE, with_place

pytestmark = pytest.mark.slow
MOST_SECONDS, MOST_MEGABYTES = 1.0, 200
Door = Callable[[bytes], Any]
# What is odd and no fault: it is read as it stands, and says nothing that it should not.
READ = {
    "workbook with links",
    "workbook numbers",
    "workbook wide",
    "workbook directory",
    "workbook with programs",
    "workbook with other bits",
    "workbook cut",
    "workbook numbers, as a table",
    "table with formulas",
    "table of quotes",
    "table with long lines",
    "table of odd letters",
    "table with odd names",
    "JSON deep",
    "JSON numbers",
    "JSON keys",
    "JSON broken",
    "Parquet with other bits",
    "Parquet cut",
    "Parquet heavy",
    "zip of tables",
    "no table",
    "picture with other bits",
    "picture and something else",
}


@pytest.fixture(autouse=True)
def nobody_is_called(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    def call(*_: object) -> None:
        raise AssertionError("a connection")

    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    monkeypatch.setattr(socket.socket, "connect", call)
    yield
    assert list((tmp_path / "tmp").iterdir()) == []


@contextmanager
def counted() -> Iterator[list[float]]:
    """Seconds of processor time, in children that have ended."""
    found: list[float] = []
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    yield found
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    found.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def tried(door: Door, content: bytes) -> tuple[str, Any]:
    try:
        return "read", door(content)
    except ProblemError as error:
        refusal = error.first
    assert 400 <= refusal.status < 500, refusal
    assert refusal.message
    return refusal.code, None


def walked(door: Door, classes: Any, good: bytes) -> tuple[Counter[str], dict[str, str]]:
    """What became of each, and what is wrong. A sound file costs what starting costs."""
    with counted() as starting:
        assert tried(door, good)[0] == "read"
    became: Counter[str] = Counter()
    wrong: dict[str, str] = {}
    for kind, (name, content) in of_classes(classes):
        with counted() as cost:
            code, _ = tried(door, content)
        became[code] += 1
        if code == "read" and kind not in READ:
            wrong[f"{kind}: {name}"] = "was read"
        if cost[0] - starting[0] > MOST_SECONDS:
            wrong[f"{kind}: {name}"] = f"{cost[0] - starting[0]:.2f} s"
    return became, wrong


def test_there_are_enough() -> None:
    assert len({*uploads.FORMS, *uploads.TABLES, *uploads.PICTURES}) == 37


@pytest.mark.goal("S-4")
def test_forms(monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]) -> None:
    monkeypatch.setattr(isolation, "LIMITS", replace(isolation.LIMITS, memory=MOST_MEGABYTES * 1_000_000))
    good = workbook_bytes(Library().load("visit-reflection"))
    became, wrong = walked(lambda content: isolation.convert_upload(content, "a.xlsx"), uploads.FORMS, good)
    record_property("ran", f"{became.total()} workbooks: {dict(became)}")
    assert wrong == {}


@pytest.mark.goal("S-4")
def test_lists_of_children(record_property: Callable[[str, object], None]) -> None:
    some = {kind: make for kind, make in uploads.TABLES.items() if not kind.startswith(("Parquet", "JSON", "zip"))}
    became, wrong = walked(lambda content: first_sheet(content, "a.csv", 1_000), some, b"external_id\n1\n")
    record_property("ran", f"{became.total()} lists: {dict(became)}")
    assert wrong == {}


@pytest.mark.goal("S-4")
def test_imports(monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]) -> None:
    monkeypatch.setattr(exports, "LIMITS", replace(exports.LIMITS, memory=MOST_MEGABYTES * 1_000_000))
    instrument = Library().load("child-12-14").instrument

    def door(content: bytes) -> int:
        with os.fdopen(os.memfd_create("import"), "w+b") as file:
            file.write(content)
            file.flush()
            return sum(1 for _ in Interviews(exports.open_apart(file, "a.csv"), instrument))

    became, wrong = walked(door, uploads.TABLES, b"_id,child_code,mood\n1,2,good\n")
    record_property("ran", f"{became.total()} tables: {dict(became)}")
    assert wrong == {}


@pytest.mark.goal("S-4")
def test_files_scored_at_the_command_line(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    """In the process of whoever owns the file; Parquet alone is tried in another first."""
    instrument = Library().load("child-12-14").instrument
    process, became = Process(os.getpid()), Counter[str]()
    wrong: dict[str, str] = {}

    def door(content: bytes) -> int:
        (tmp_path / "file").write_bytes(content)
        return sum(1 for _ in Interviews(open_export(tmp_path / "file"), instrument))

    for kind, (name, content) in of_classes(uploads.TABLES):
        with process.watched() as cost:
            code, _ = tried(door, content)
        became[code] += 1
        if cost[0].seconds > MOST_SECONDS or cost[0].megabytes > MOST_MEGABYTES:
            wrong[f"{kind}: {name}"] = str(cost[0])
    record_property("ran", f"{became.total()} files: {dict(became)}")
    assert wrong == {}


@pytest.mark.goal("S-4")
def test_pictures(monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]) -> None:
    monkeypatch.setattr(pictures, "LIMITS", replace(pictures.LIMITS, memory=MOST_MEGABYTES * 1_000_000))

    def door(content: bytes) -> None:
        shown = pictures.to_show(content)
        for left in (NOTE.encode(), b"<script", b"%PDF", b"PK\x03\x04"):
            assert left not in shown.content

    became, wrong = walked(door, uploads.PICTURES, with_place())
    record_property("ran", f"{became.total()} pictures: {dict(became)}")
    assert wrong == {}
