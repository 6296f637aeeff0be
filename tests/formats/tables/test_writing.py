from __future__ import annotations

import csv
import datetime
import io
from decimal import Decimal

import openpyxl
import pytest

from homeward.domain.problems import ProblemError
from homeward.formats.tables.csv_reading import read_csv
from homeward.formats.tables.writing import csv_lines, write_csv, write_workbook

DANGEROUS = ["=1+1", "+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\x00=1", "  =1+1", '=HYPERLINK("x")']
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
