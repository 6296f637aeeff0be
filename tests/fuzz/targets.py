"""What is fuzzed: each takes any bytes and may end in a ProblemError, and in nothing else."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import islice
from pathlib import Path

from django.http import HttpRequest
from django.test import RequestFactory

from homeward.apps.surveys.body import read_body
from homeward.domain.problems import ProblemError
from homeward.formats import pictures
from homeward.formats.exports.opening import open_export
from homeward.formats.primero import read_cases
from homeward.formats.safe_xml import parse
from homeward.formats.tables.csv_reading import read_csv
from homeward.formats.tables.workbook_guard import MAX_FILE
from homeward.formats.tables.workbook_reading import read_workbook
from homeward.formats.tables.writing import csv_cell, safe_text
from homeward.formats.xform.compiler import compile_text
from homeward.formats.xform.expressions import compile_calculation, compile_relevant, functions_of, references
from homeward.formats.xform.reading import read_form
from homeward.formats.xform.submission import read_meta
from homeward.formats.xlsform.library import Library
from homeward.formats.xlsform.xform_building import to_xform
from tests.formats.malformed import bodies, documents, uploads

Target = Callable[[bytes], object]
KEPT = Path(__file__).parent / "kept"
MOST_ROWS = 200


def xml(data: bytes) -> None:
    with suppress(ProblemError):
        root = parse(data)
        with suppress(ProblemError):
            read_form(data)
        read_meta(root)


def expressions(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    for work in (compile_text, compile_relevant, compile_calculation, functions_of, references):
        with suppress(ProblemError):
            work(text)


def workbook(data: bytes) -> None:
    """The bytes as a whole file, where they begin like one; else as the sheet of a sound one."""
    content = data if data.startswith(b"PK") else uploads.packed({**uploads.SOUND, uploads.SHEET: data}, 0)
    if len(content) < MAX_FILE:
        with suppress(ProblemError):
            read_workbook(content, file="a.xlsx", most_rows=MOST_ROWS)


def table(data: bytes) -> None:
    with suppress(ProblemError):
        read_csv(data, "a")
    with os.fdopen(os.memfd_create("a"), "w+b") as file:
        file.write(data)
        file.flush()
        if not data.startswith((b"PK", b"PAR1", b"\xd0\xcf")):  # those have their own, and the latter their own process
            with suppress(ProblemError):
                for row in islice(open_export(Path(f"/proc/self/fd/{file.fileno()}"), "a").rows(), MOST_ROWS):
                    assert row.number


def file_names(data: bytes) -> None:
    """Of a part, in each spelling; what comes out has no folder and nothing unseen."""
    for way in (b'filename="%s"', b"filename=%s", b"filename*=UTF-8''%s"):
        head = b'Content-Disposition: form-data; name="f"; ' + way % data
        for part in taken(bodies.assembled([(bodies.PART, bodies.XML), (head.decode("latin-1"), b"x")])):
            assert part not in ("", ".", "..")
            assert not {"/", "\\", "\0", "\n"} & set(part)


def multipart(data: bytes) -> None:
    taken(data)


def taken(body: bytes) -> list[str]:
    request: HttpRequest = RequestFactory().generic("POST", "/", body, content_type=bodies.MULTIPART)
    try:
        return [file.name for file in read_body(request).files]
    except ProblemError:
        return []


def kinds(data: bytes) -> None:
    assert pictures.kind_of(data) in {*pictures.PICTURES, *(kind for _, kind in pictures.MARKS), ""}


def cells(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    written = safe_text(text)
    assert written == safe_text(text)
    assert not written.startswith(("\t", "\r", "\0")), ascii(text)
    assert not written.lstrip(" \t\r\n\u200b\ufeff\u00ad").startswith(("=", "+", "-", "@")), ascii(text)
    assert "\0" not in written
    assert csv_cell(text) == written


def cases(data: bytes) -> None:
    with suppress(ProblemError):
        found = read_cases(io.BytesIO(data), "a.json", str(MOST_ROWS))
        for row in found["rows"]:
            assert all(isinstance(value, str) and value for value in row.values())
            json.dumps(row, ensure_ascii=False).encode()


TARGETS: dict[str, Target] = {
    "cases": cases,
    "xml": xml,
    "expressions": expressions,
    "workbook": workbook,
    "table": table,
    "names": file_names,
    "multipart": multipart,
    "kinds": kinds,
    "cells": cells,
}


def seeds(name: str) -> Iterable[bytes]:
    """Sound ones, and what was found before."""
    yield from (path.read_bytes() for path in sorted((KEPT / name).glob("*")))
    if name == "xml":
        yield bodies.XML
        yield to_xform(Library().load("visit-reflection")).xml
        yield from (document for _, document in documents.meta_blocks())
    elif name == "expressions":
        loaded = Library().load("child-12-14")
        found = {
            row.get(column) for row in loaded.sheets["survey"] for column in ("relevant", "constraint", "calculation")
        }
        yield from (text.encode() for text in sorted(found - {""}))
    elif name == "workbook":
        yield uploads.WORKBOOK
        yield from (uploads.SOUND[part] for part in (uploads.SHEET, uploads.STRINGS))
        yield from (data for _, data in uploads.workbook_directory())
    elif name == "table":
        yield from (
            data for make in (uploads.table_formulas, uploads.json_numbers) for _, data in make() if len(data) < 900
        )
        yield b'sep=;\n_id;"a ""b"""\n1;"2\n3"\n'
        yield b'[{"_id": 1, "a/b": ["x", {"c": null}]}]'
    elif name == "cases":
        yield b'{"data": [{"id": "5f0c", "name_first": "\\u1230\\ud800", "age": 9, "sex": "male", "language": ["am"]}]}'
        yield b'[{"id": 1, "date_of_birth": "2014/05/17", "protection_status": "separated", "x": [{"y": null}]}]'
    elif name == "multipart":
        yield bodies.around(bodies.XML)[0]
        yield from (body for _, body, _ in bodies.file_names())
    else:
        yield from (b"photo.jpg", "=1+1 \u200b".encode(), picture_head())


def picture_head() -> bytes:
    return io.BytesIO(uploads.picture()).read(40)
