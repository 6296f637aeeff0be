from __future__ import annotations

import io

import openpyxl
import pytest
import xlsxwriter

from homeward.domain.problems import ProblemError
from homeward.formats.tables.csv_reading import read_csv
from homeward.formats.tables.workbook_reading import read_workbook


def workbook(cells: list[list[object]], name: str = "data") -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "default_date_format": "yyyy-mm-dd"})
    page = book.add_worksheet(name)
    for row, line in enumerate(cells):
        for column, value in enumerate(line):
            page.write(row, column, value)
    book.close()
    return buffer.getvalue()


class TestACsvFile:
    @pytest.mark.parametrize(
        "data",
        [
            "name,age\nAïsha,12\n".encode(),
            "name,age\nAïsha,12\n".encode("utf-8-sig"),
            "name,age\r\nAïsha,12\r\n".encode("utf-16"),
            "name;age\nAïsha;12\n".encode(),
            "name\tage\nAïsha\t12\n".encode(),
            " name , age ,,\n Aïsha , 12 ,,\n,,,\n".encode(),
        ],
    )
    def test_is_read_as_spreadsheets_save_it(self, data: bytes) -> None:
        sheet = read_csv(data, "data")
        assert sheet.header == ("name", "age")
        assert [dict(row.cells) for row in sheet] == [{"name": "Aïsha", "age": "12"}]

    def test_keeps_the_row_numbers_that_a_spreadsheet_shows(self) -> None:
        sheet = read_csv(b"a\n1\n\n\n4\n", "data")
        assert [(row.number, row.get("a")) for row in sheet] == [(2, "1"), (5, "4")]

    def test_keeps_line_breaks_inside_a_cell(self) -> None:
        assert read_csv(b'a,b\n"one\ntwo",3\n', "data").rows[0].get("a") == "one\ntwo"

    @pytest.mark.parametrize(
        ("data", "code"),
        [
            ("name\nAïsha\n".encode("latin-1"), "table.not_unicode"),
            (b"a,b\n1,\x00\n", "table.not_text"),
            (b'a,b\n"unfinished,2\n', "table.csv_broken"),
            (b"a,b,a\n1,2,3\n", "table.column_twice"),
            (b"a\n" + b"x" * 70_000 + b"\n", "table.cell_too_long"),
            (b"a" + b",b" * 5 + b"\n", "table.column_twice"),
            (b",".join(b"c%d" % n for n in range(1_500)) + b"\n", "table.too_large"),
            (b"x" * 200_000 + b"\n1\n", "table.csv_broken"),
        ],
    )
    def test_that_cannot_be_trusted_is_refused_with_what_to_do(self, data: bytes, code: str) -> None:
        with pytest.raises(ProblemError) as caught:
            read_csv(data, "data", file="upload.csv")
        assert caught.value.first.code == code
        assert caught.value.first.where.file == "upload.csv"
        assert caught.value.first.action

    def test_of_endless_rows_is_refused(self) -> None:
        with pytest.raises(ProblemError) as caught:
            read_csv(b"a\n" + b"1\n" * 200_001, "data")
        assert caught.value.first.code == "table.too_large"
        assert caught.value.first.status == 413


class TestAWorkbook:
    def test_gives_cells_as_a_person_sees_them(self) -> None:
        import datetime

        data = workbook([["n", "x", "when", "yes", "text"], [1.0, 0.25, datetime.date(2024, 5, 31), True, "a\u00a0b"]])
        row = read_workbook(data).sheets["data"].rows[0]
        assert dict(row.cells) == {"n": "1", "x": "0.25", "when": "2024-05-31", "yes": "TRUE", "text": "a\u00a0b"}

    def test_keeps_row_numbers_and_drops_empty_columns(self) -> None:
        sheet = read_workbook(workbook([["a", "", "b", ""], [], ["1", "", "2"]])).sheets["data"]
        assert (sheet.header, sheet.rows[0].number, dict(sheet.rows[0].cells)) == (("a", "b"), 3, {"a": "1", "b": "2"})

    def test_with_a_formula_gives_its_stored_result_and_says_so(self) -> None:
        buffer = io.BytesIO()
        book = xlsxwriter.Workbook(buffer, {"in_memory": True})
        page = book.add_worksheet("settings")
        page.write(0, 0, "version")
        page.write_formula(1, 0, "=1+1", None, 2)
        book.close()
        found = read_workbook(buffer.getvalue())
        assert found.sheets["settings"].rows[0].get("version") == "2"
        assert [(p.code, p.where.row, p.where.field) for p in found.problems] == [("workbook.formula", 2, "A2")]

    def test_leaves_out_sheets_that_nobody_wants(self) -> None:
        found = read_workbook(workbook([["a"], ["1"]], name="Notes"), wanted=lambda name: name == "survey")
        assert (found.sheets, found.skipped) == ({}, ("Notes",))

    def test_of_another_program_is_read_too(self) -> None:
        book = openpyxl.Workbook()
        page = book.active
        assert page is not None
        page.title = "Survey"
        page.append(["type", "name"])
        page.append(["text", "a"])
        buffer = io.BytesIO()
        book.save(buffer)
        assert read_workbook(buffer.getvalue()).sheets["survey"].rows[0].get("name") == "a"
