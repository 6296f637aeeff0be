"""Workbooks that are made to hurt: refused in time and memory that nobody notices."""

from __future__ import annotations

import io
import random
import resource
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from homeward.domain.problems import ProblemError
from homeward.formats.tables import last_row
from homeward.formats.tables.workbook_reading import read_workbook
from homeward.formats.xlsform.loading import load

SECONDS = 5.0  # far above what is needed here; a bomb that works takes minutes
MEGABYTES = 400


def parts(change: Callable[[dict[str, bytes]], None] | None = None, *, level: int = 9) -> bytes:
    """A sound workbook as a zip file, changed part by part."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    page = book.add_worksheet("survey")
    for column, title in enumerate(("type", "name", "label")):
        page.write(0, column, title)
        page.write(1, column, "text" if not column else "a")
    book.close()
    with zipfile.ZipFile(buffer) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    if change is not None:
        change(files)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
OPENING = (
    b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
)
CLOSING = b"</sheetData></worksheet>"


def sheet_of(rows: bytes) -> Callable[[dict[str, bytes]], None]:
    def change(files: dict[str, bytes]) -> None:
        files[SHEET] = OPENING + rows + CLOSING

    return change


def set_part(name: str, data: bytes) -> Callable[[dict[str, bytes]], None]:
    def change(files: dict[str, bytes]) -> None:
        files[name] = data

    return change


def many_entries(files: dict[str, bytes]) -> None:
    files.update({f"xl/media/{number}.bin": b"" for number in range(3_000)})


BOMB, BROKEN = "workbook.too_large", "workbook.unreadable"
CODES = {
    "a bomb in one part": BOMB,
    "a bomb in a part that is never read": BOMB,
    "thousands of entries": BOMB,
    "millions of shared texts": BOMB,
    "macros": "workbook.macros",
    "old macro sheets": "workbook.macros",
    "an outside entity": "workbook.entities",
    "entities in UTF-16": "workbook.entities",
    "a header without end": "table.too_large",
    "a header cell of a megabyte": "table.cell_too_long",
    "a header in the last column": "instrument.no_survey",
    "a broken list of sheets": "instrument.no_survey",
    "a sheet that is not there": "instrument.no_survey",
    "a password": "workbook.legacy",
    "nothing": "instrument.wrong_kind",
}


def with_a_lie() -> bytes:
    """The directory declares one byte for a part that inflates to 80 MB."""
    data = bytearray(parts(set_part("xl/comments1.xml", b"a" * 80_000_000)))
    for mark, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        start = 0
        while (start := data.find(mark, start)) >= 0:
            size = int.from_bytes(data[start + offset : start + offset + 4], "little")
            if size == 80_000_000:
                data[start + offset : start + offset + 4] = (1).to_bytes(4, "little")
            start += 4
    return bytes(data)


def inline(text: bytes, cell: bytes = b"A1", row: bytes = b"1") -> bytes:
    return b'<row r="%s"><c r="%s" t="inlineStr"><is><t>%s</t></is></c></row>' % (row, cell, text)


NOISE = b"<sst><!--" + random.Random(1).randbytes(300_000).hex().encode() + b"-->"
WIDE = b"".join(b'<c r="%s1" t="inlineStr"><is><t>h</t></is></c>' % name for name in (b"A", b"XFD"))
BAD: dict[str, bytes] = {
    "a bomb in one part": parts(set_part(SHEET, OPENING + b" " * 100_000_000 + CLOSING)),
    "a bomb in a part that is never read": parts(set_part("xl/media/image1.png", b"\0" * 100_000_000)),
    "a directory that lies": with_a_lie(),
    "thousands of entries": parts(many_entries),
    "millions of shared texts": parts(set_part("xl/sharedStrings.xml", NOISE + b"<si><t>a</t></si>" * 2_000_000)),
    "cut short": parts()[:-200],
    "cut to its head": parts()[:40],
    "one byte turned": bytes(byte ^ (0xFF if place == 200 else 0) for place, byte in enumerate(parts())),
    "an empty archive": b"PK\x05\x06" + b"\0" * 18,
    "another archive": parts(lambda files: files.clear() or files.update({"readme.txt": b"hello"})),  # type: ignore[func-returns-value]
    "a text document": parts(lambda files: files.pop("xl/workbook.xml") and None),
    "macros": parts(set_part("xl/vbaProject.bin", b"\xd0\xcf")),
    "old macro sheets": parts(set_part("xl/macrosheets/sheet1.xml", b"<x/>")),
    "an outside entity": parts(
        set_part(
            SHEET, b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>' + OPENING + inline(b"&e;") + CLOSING
        )
    ),
    "entities in UTF-16": parts(
        set_part(
            SHEET, ('<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x [<!ENTITY e "e">]><x>&e;</x>').encode("utf-16")
        )
    ),
    "markup that is not well formed": parts(set_part(SHEET, OPENING + b"<row><c")),
    "a broken list of sheets": parts(set_part("xl/workbook.xml", b"<workbook/>")),
    "a sheet that is not there": parts(lambda files: files.pop(SHEET) and None),
    "a header without end": parts(
        sheet_of(b'<row r="1">' + b'<c t="inlineStr"><is><t>h</t></is></c>' * 9_000 + b"</row>")
    ),
    "a header in the last column": parts(sheet_of(b'<row r="1">' + WIDE + b"</row>")),
    "a header cell of a megabyte": parts(sheet_of(inline(b"abcdefgh" * 125_000)), level=0),
    "a cell beyond all columns": parts(sheet_of(inline(b"x", cell=b"ZZZZZZ1"))),
    "a negative row": parts(sheet_of(inline(b"x", cell=b"A-1", row=b"-1"))),
    "a password": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2_000,
    "not a zip file": b"PK and nothing else",
    "nothing": b"",
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_workbook_is_refused_quickly_with_what_to_do(name: str) -> None:
    start = time.process_time()
    with pytest.raises(ProblemError) as caught:
        load(BAD[name], name="upload.xlsx")
    assert caught.value.first.code == CODES.get(name, BROKEN)
    assert caught.value.first.where.file == "upload.xlsx"
    assert str(caught.value.first)
    assert time.process_time() - start < SECONDS


def test_a_sheet_formatted_to_its_last_row_is_read_to_its_last_content() -> None:
    rows = inline(b"type") + inline(b"text", cell=b"A2", row=b"2") + inline(b"", cell=b"A1048576", row=b"1048576")
    sheet = read_workbook(parts(sheet_of(rows))).sheets["survey"]
    assert [row.number for row in sheet] == [2]


def test_rows_below_a_long_gap_are_read_or_refused_but_never_lost() -> None:
    def sheet(row: bytes) -> bytes:
        return parts(
            sheet_of(inline(b"type") + inline(b"text", cell=b"A2", row=b"2") + inline(b"note", b"A" + row, row))
        )

    assert [row.number for row in read_workbook(sheet(b"1200")).sheets["survey"]] == [2, 1200]
    for below, code in ((b"900000", "table.too_large"), (b"99999999999", "workbook.unreadable")):
        with pytest.raises(ProblemError) as caught:
            read_workbook(sheet(below))
        assert caught.value.first.code == code


@pytest.mark.parametrize("size", [1, 7, 50, 1 << 20])
def test_the_last_row_with_a_value_is_found_wherever_the_pieces_are_cut(
    monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(last_row, "CHUNK", size)
    rows = b'<row><c><v>1</v></c></row><row spans="1:2" r="7"><c s="1"/></row><row r="9"><c t="s"><v>3</v></c></row>'
    empty = b'<row r="12"/><row r="13"><c t="inlineStr"><is><t></t></is></c></row>'
    book = openpyxl.load_workbook(io.BytesIO(parts(sheet_of(rows + empty))), read_only=True)
    assert last_row.last_row(book.worksheets[0]) == 9


def test_a_declared_size_that_is_wrong_hides_no_rows() -> None:
    def shrink(files: dict[str, bytes]) -> None:
        files[SHEET] = files[SHEET].replace(b'<dimension ref="A1:C2"/>', b'<dimension ref="A1"/>')

    assert read_workbook(parts(shrink)).sheets["survey"].rows[0].get("label") == "a"


def test_the_bombs_stay_within_little_memory(tmp_path: Path) -> None:
    for number, data in enumerate(BAD.values()):
        (tmp_path / f"{number}.xlsx").write_bytes(data)
    program = (
        "import sys, pathlib\n"
        "from homeward.domain.problems import ProblemError\n"
        "from homeward.formats.xlsform.loading import load\n"
        "for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):\n"
        "    try: load(path.read_bytes(), name=path.name)\n"
        "    except ProblemError: continue\n"
        "    sys.exit(f'{path.name} was read')\n"
        "peak = next(line for line in open('/proc/self/status') if line.startswith('VmHWM'))\n"
        "print(int(peak.split()[1]) // 1024)\n"
    )
    limit = MEGABYTES * 1024 * 1024
    run = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (limit, limit)),
    )
    assert run.returncode == 0, run.stderr
    assert int(run.stdout) < MEGABYTES
