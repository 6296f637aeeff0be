"""Files that cannot be read: one clear problem with an action, never a traceback, never much memory."""

from __future__ import annotations

import gzip
import json
import random
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest
import xlsxwriter

from homeward.domain.problems import ProblemError
from homeward.formats.exports.opening import open_export
from tests.formats.exports.samples import HEADER, ROW, csv_bytes, read

GOOD = csv_bytes([HEADER, *[ROW] * 200])
ARABIC = csv_bytes([("_id", "هل الطعام كاف؟", "البداية"), ("1", "دائما", "")], encoding="cp1256")


def workbook(path: Path) -> bytes:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Sample")
        sheet.write_row(0, 0, HEADER)
        for number in range(1, 500):
            sheet.write_row(number, 0, ROW)
    return path.read_bytes()


def repacked(path: Path, change: Callable[[bytes], bytes]) -> bytes:
    workbook(path)
    target = path.with_suffix(".new")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            data = old.read(entry)
            new.writestr(entry.filename, change(data) if entry.filename.endswith("sheet1.xml") else data)
    return target.read_bytes()


def bomb(path: Path) -> bytes:
    cell = b'<row r="900"><c r="A900" t="inlineStr"><is><t>' + b"A" * 50_000_000 + b"</t></is></c></row></sheetData>"
    return repacked(path, lambda data: data.replace(b"</sheetData>", cell))


def parquet(path: Path) -> bytes:
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist([dict(zip(HEADER, ROW, strict=True))]), path)
    return path.read_bytes()


def zipped(path: Path, *names: str) -> bytes:
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, GOOD)
    return path.read_bytes()


FAR = b'<row r="99999999999"><c t="inlineStr"><is><t>x</t></is></c></row>'


def shared_bomb(path: Path) -> bytes:
    """Packed like honest texts, as far as the other limits look."""
    workbook(path)
    noise = random.Random(1).randbytes(300_000).hex().encode()
    texts = b"<sst><si><t>" + noise + b"</t></si>" + b"<si><t>a</t></si>" * 2_000_000 + b"</sst>"
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/more/sharedStrings.xml", texts)
    return path.read_bytes()


def repeating(path: Path, letters: int, rows: int = 1_000) -> bytes:
    """A short file: the text stands in it once."""
    texts = pyarrow.DictionaryArray.from_arrays(pyarrow.array([0] * rows, pyarrow.int32()), ["x" * letters])
    table = pyarrow.table({"_id": [str(number) for number in range(rows)], "life/meals": texts})
    pyarrow.parquet.write_table(table, path, compression="zstd", store_schema=False)
    return path.read_bytes()


CASES: dict[str, tuple[str, Callable[[Path], bytes]]] = {
    "nothing in it": ("empty", lambda path: b""),
    "only blanks": ("empty", lambda path: b"\r\n \r\n"),
    "a zero byte": ("not_text", lambda path: GOOD[:900] + b"\0" + GOOD[900:]),
    "Arabic in a Windows code page": ("encoding_unknown", lambda path: ARABIC),
    "a web page": ("wrong_kind", lambda path: b"<!DOCTYPE html><html>Sign in</html>"),
    "an XML form": ("wrong_kind", lambda path: b"\xef\xbb\xbf<?xml version='1.0'?><h:html/>"),
    "a PDF": ("wrong_kind", lambda path: b"%PDF-1.7"),
    "another form": ("wrong_instrument", lambda path: b"a,b\n1,2\n"),
    "a form that begins alike": ("wrong_instrument", lambda path: csv_bytes([HEADER[:5], ROW[:5]])),
    "a quote never closed": ("row_broken", lambda path: GOOD + b'"101,"482193067,2026'),
    "a line without end": ("line_too_long", lambda path: GOOD + b"x" * 5_000_000),
    "UTF-8 cut inside a letter of UTF-16": ("damaged_text", lambda path: GOOD.decode().encode("utf-16")[:-1]),
    "workbook cut off": ("workbook_unreadable", lambda path: workbook(path)[:4000]),
    "workbook under a password": ("workbook_legacy", lambda path: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4000)),
    "workbook that inflates": ("workbook_too_large", bomb),
    "workbook with entities": (
        "workbook_unreadable",
        lambda path: repacked(path, lambda data: data.replace(b"?>", b'?><!DOCTYPE x [<!ENTITY a "b">]>', 1)),
    ),
    "workbook with a broken sheet": (
        "workbook_unreadable",
        lambda path: repacked(path, lambda data: data[: len(data) // 2]),
    ),
    "gzip": ("packed", lambda path: gzip.compress(GOOD)),
    "UTF-16 JSON": ("json_not_utf8", lambda path: json.dumps([{"life/meals": "always"}] * 9).encode("utf-16")),
    "JSON lines": ("json_lines", lambda path: b'{"life/meals": "always"}\n' * 3),
    "JSON with a number of a million digits": ("number_too_long", lambda path: b'[{"_id": ' + b"9" * 1_000_000 + b"}]"),
    "JSON with a power beyond counting": ("json_broken", lambda path: b'[{"life/meals": 1e99999999999999999999}]'),
    "JSON nested without end": ("too_deep", lambda path: b'[{"life/meals": ' + b"[" * 100_000),
    "JSON nested behind texts with brackets": ("too_deep", lambda path: b'[{"a": 1}, ' + b'{"]}]\\"]": ' * 100_000),
    "Parquet that repeats one long text": ("cell_too_long", lambda path: repeating(path, 8_000_000)),
    "workbook with a value below the last row": (
        "workbook_unreadable",
        lambda path: repacked(path, lambda data: data.replace(b"</sheetData>", FAR + b"</sheetData>")),
    ),
    "workbook of a million shared texts": ("workbook_too_large", shared_bomb),
    "JSON cut off": (
        "json_broken",
        lambda path: json.dumps({"results": [{"life/meals": "always"}] * 9}).encode()[:-30],
    ),
    "JSON of a form": ("json_without_list", lambda path: b'{"survey": [1, 2], "content": {"results": []}}'),
    "JSON of numbers": ("json_not_records", lambda path: b"[1, 2]"),
    "Parquet cut off": ("parquet_broken", lambda path: parquet(path)[:-20]),
    "zip cut off": ("zip_unreadable", lambda path: zipped(path, "a.csv")[:300]),
    "zip of photos": ("zip_without_table", lambda path: zipped(path, "media/a.jpg")),
    "zip of two forms": ("zip_main_unclear", lambda path: zipped(path, "a.csv", "b.csv")),
}
SUFFIX = {"workbook": ".xlsx", "JSON": ".json", "Parquet": ".parquet", "zip": ".zip"}


@pytest.mark.parametrize("case", CASES)
def test_a_file_that_cannot_be_read_says_why_and_what_to_do(tmp_path: Path, case: str) -> None:
    code, make = CASES[case]
    path = tmp_path / f"export{SUFFIX.get(case.split()[0], '.csv')}"
    path.write_bytes(make(path))
    with pytest.raises(ProblemError) as caught:
        read(path)
    problem = caught.value.first
    assert problem.code == f"exports.{code}"
    assert problem.where.file
    assert problem.action
    assert "{" not in str(problem)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ProblemError) as caught:
        read(tmp_path / "nowhere.csv")
    assert caught.value.first.code == "exports.cannot_open"


def test_a_very_long_line_takes_little_memory(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(GOOD + b"x" * 60_000_000)
    tracemalloc.start()
    with pytest.raises(ProblemError):
        read(tmp_path / "x.csv")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 40_000_000


def test_a_number_beyond_counting_stays_as_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_bytes(
        b'[{"_id": 1e99999999, "life/meals": "always", "life/hours": 1e99999999}, {"_id": 2}]'
    )
    first, _ = read(tmp_path / "x.json")
    assert (first.row_id, first.answers["hours"]) == ("1E+99999999", "1E+99999999")


def test_long_texts_of_parquet_are_written_out_a_few_rows_at_a_time(tmp_path: Path) -> None:
    (tmp_path / "x.parquet").write_bytes(repeating(tmp_path / "x.parquet", 900_000))
    tracemalloc.start()
    assert sum(1 for _ in open_export(tmp_path / "x.parquet").rows()) == 1_000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 150_000_000
