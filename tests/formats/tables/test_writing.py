from __future__ import annotations

import csv
import datetime
import io
import shutil
import subprocess
import tracemalloc
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from homeward.domain.problems import ProblemError
from homeward.formats.tables import workbook_writing
from homeward.formats.tables.csv_reading import read_csv
from homeward.formats.tables.workbook_writing import Table, workbook_pieces, write_workbook, zip_pieces
from homeward.formats.tables.writing import csv_lines, write_csv

DANGEROUS = [
    "=1+1",
    "+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\x00=1",
    "  =1+1",
    "\u202e=1",
    "\u200b \x00@SUM(A1)",
    "\xa0\ufeff+1",
    "＝1+1",
    '=HYPERLINK("x")',
]
HARMLESS = ["a=b", "3-4", "", "مرحبا", "o'clock", "482 193 067"]


def written(rows: list[list[object]]) -> list[list[str]]:
    data = b"".join(csv_lines(["h"] * len(rows[0]), rows))  # type: ignore[arg-type]  # any cell at all
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))[1:]


def in_excel(rows: list[list[object]], header: list[str] | None = None) -> openpyxl.Workbook:
    buffer = io.BytesIO()
    write_workbook(buffer, header or ["h"] * len(rows[0]), rows)  # type: ignore[arg-type]  # any cell at all
    return openpyxl.load_workbook(buffer)


@pytest.mark.parametrize("text", DANGEROUS)
def test_text_that_looks_like_a_formula_gets_a_quote_mark(text: str) -> None:
    for value in (written([[text]])[0][0], in_excel([[text]]).active["A2"].value):
        assert value.startswith("'")
        assert "\x00" not in value


@pytest.mark.parametrize("text", HARMLESS)
def test_other_text_stays_as_it_is(text: str) -> None:
    assert written([["x", text]])[0][1] == text
    assert (in_excel([["x", text]]).active["B2"].value or "") == text


def test_numbers_stay_numbers_even_below_zero() -> None:
    assert written([[-5, Decimal("-0.25"), 1.5]]) == [["-5", "-0.25", "1.5"]]
    page = in_excel([[-5, Decimal("-0.25"), 1.5]]).active
    assert [page[cell].value for cell in ("A2", "B2", "C2")] == [-5, -0.25, 1.5]


def test_no_cell_of_a_workbook_is_a_formula_or_a_link() -> None:
    page = in_excel([[*DANGEROUS, "https://example.org"]]).active
    assert {cell.data_type for cell in page[2]} == {"s"}
    assert all(cell.hyperlink is None for cell in page[2])


def test_dangerous_headers_are_quoted_too() -> None:
    assert b"'=h" in b"".join(csv_lines(["=h"], []))
    assert in_excel([], header=["=h"]).active["A1"].value == "'=h"


def test_numbers_longer_than_a_spreadsheet_keeps_become_text() -> None:
    assert in_excel([[12345678901234567890]]).active["A2"].value == "12345678901234567890"


def test_dates_and_truths_are_written_for_people() -> None:
    assert written([[datetime.date(2024, 5, 31), True, None]]) == [["2024-05-31", "yes", ""]]
    page = in_excel([[datetime.date(2024, 5, 31), False]]).active
    assert page["A2"].value == datetime.datetime(2024, 5, 31)
    assert page["B2"].value == "no"


def test_a_text_too_long_for_excel_is_refused_and_not_cut() -> None:
    with pytest.raises(ProblemError) as caught:
        in_excel([["x" * 40_000]])
    assert caught.value.first.code == "table.cell_too_long"
    assert len(written([["x" * 40_000]])[0][0]) == 40_000


def test_what_is_written_is_read_back() -> None:
    buffer = io.BytesIO()
    assert write_csv(buffer, ["code", "note"], [["482193067", 'a, "b"\nc'], ["1", "é"]]) == 2
    rows = read_csv(buffer.getvalue(), "list").rows
    assert [dict(row.cells) for row in rows] == [{"code": "482193067", "note": 'a, "b"\nc'}, {"code": "1", "note": "é"}]


def test_an_empty_table_still_has_its_header() -> None:
    assert in_excel([], header=["a"]).active["A1"].value == "a"


def wide(count: int) -> Iterator[list[object]]:
    return ([f"uuid:{number}", number, datetime.date(2024, 5, 31), "often", "مرحبا"] for number in range(count))


@pytest.mark.parametrize("pieces", [workbook_pieces, zip_pieces])
def test_a_long_table_leaves_in_pieces_and_needs_no_more_memory_than_a_short_one(pieces: Any) -> None:
    def peak(count: int) -> int:
        tracemalloc.start()
        sizes = [len(piece) for piece in pieces([Table("t", ["h"] * 5, wide(count))])]
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert max(sizes) < 500_000
        return found

    peak(10)
    assert peak(20_000) < peak(200) + 1_000_000


def test_several_tables_are_sheets_and_a_long_one_goes_on_on_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook_writing, "MAX_EXCEL_ROWS", 3)
    pieces = workbook_pieces(
        [Table("a/b" * 20, ["h"], [[1], [2], [3]]), Table("Empty", ["h"], []), Table("empty", ["h"], [])]
    )
    book = openpyxl.load_workbook(io.BytesIO(b"".join(pieces)))
    assert book.sheetnames == ["a_b" * 9 + "a", "a_b" * 8 + " 2", "Empty", "empty 2"]
    assert [[cell.value for cell in line] for line in book.worksheets[1]] == [["h"], [3]]


def test_marks_that_xml_forbids_do_not_break_the_file() -> None:
    assert in_excel([["a\x01b", "<&>\r\nc", "_x0041_"]]).active["B2"].value == "<&>\nc"


def test_more_columns_than_excel_has_are_refused_before_the_first_byte() -> None:
    with pytest.raises(ProblemError) as caught:
        workbook_pieces([Table("t", ["h"] * 16_385, [])])
    assert caught.value.first.code == "table.too_many_columns"


@pytest.mark.skipif(not shutil.which("soffice"), reason="needs LibreOffice")
def test_a_real_spreadsheet_program_reads_it(tmp_path: Path) -> None:
    rows: list[list[Any]] = [["uuid:1", -5, datetime.date(2024, 5, 31), True, "=1+1", "مرحبا | <é>"]]
    (tmp_path / "t.xlsx").write_bytes(b"".join(workbook_pieces([Table("t", list("abcdef"), rows)])))
    home = f"-env:UserInstallation=file://{tmp_path}/home"
    command = ["soffice", home, "--headless", "--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76"]
    subprocess.run([*command, "--outdir", str(tmp_path), str(tmp_path / "t.xlsx")], check=True, capture_output=True)
    found = list(csv.reader(io.StringIO((tmp_path / "t.csv").read_text(encoding="utf-8"))))
    assert found[1] == ["uuid:1", "-5", "2024-05-31", "yes", "'=1+1", "مرحبا | <é>"]
