"""One interview in every kind of file: the same answers come out."""

from __future__ import annotations

import json
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest
import xlsxwriter

from homeward.domain.instruments import Answer
from tests.formats.exports.samples import HEADER, ROW, changed, csv_bytes, read, reading, scored_answers

EXPECTED: dict[str, Answer] = {
    "meals": "sometimes",
    "owns": ("bed", "coat"),
    "debt_worry": "always",
    "hours": Decimal(12),
}


def save(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def expect_the_sample(path: Path) -> None:
    interviews = read(path)
    assert len(interviews) == 1
    assert scored_answers(interviews[0]) == EXPECTED
    assert interviews[0].age == 13
    assert interviews[0].problems == ()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_csv_in_its_habits(tmp_path: Path, delimiter: str, encoding: str) -> None:
    expect_the_sample(save(tmp_path / "x.csv", csv_bytes([HEADER, ROW], delimiter=delimiter, encoding=encoding)))


def test_csv_with_a_line_that_names_the_separator(tmp_path: Path) -> None:
    expect_the_sample(save(tmp_path / "x.csv", b"sep=;\r\n" + csv_bytes([HEADER, ROW], delimiter=";")))


def test_the_columns_may_come_in_any_order(tmp_path: Path) -> None:
    expect_the_sample(save(tmp_path / "x.csv", csv_bytes([HEADER[::-1], ROW[::-1]])))


def test_headers_as_central_writes_them(tmp_path: Path) -> None:
    header = ["KEY", *(name.replace("/", "-") for name in HEADER[1:])]
    path = save(tmp_path / "x.csv", csv_bytes([header, ("uuid:1", *ROW[1:])]))
    expect_the_sample(path)
    assert read(path)[0].row_id == "uuid:1"


def test_excel_with_a_sheet_of_repeats(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Sample")
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, [int(cell) if cell.isdigit() else cell for cell in ROW])
        repeats = book.add_worksheet("people")
        repeats.write_row(0, 0, ["_index", "_parent_index", "person"])
        repeats.write_row(1, 0, [1, 1, "somebody"])
        repeats.write_row(2, 0, [2, 1, "somebody else"])
    interviews = reading(path)
    assert scored_answers(next(iter(interviews))) == EXPECTED
    remarks = {problem.code: problem.params for problem in interviews.remarks}
    assert remarks["exports.repeat_ignored"] == {"name": "people", "count": 2}


def test_the_kind_is_read_from_the_content_and_not_from_the_name(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "x.xlsx") as book:
        sheet = book.add_worksheet("Sample")
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, ROW)
    for name in ("export", "export.csv"):
        expect_the_sample((tmp_path / "x.xlsx").rename(tmp_path / name))
        (tmp_path / name).rename(tmp_path / "x.xlsx")


def kobo() -> dict[str, Any]:
    record = {name: cell for name, cell in zip(HEADER, ROW, strict=True) if cell}
    return {**record, "_id": 101, "people": [{"people/person": "a"}, {"people/person": "b"}], "_attachments": []}


def central() -> dict[str, Any]:
    record: dict[str, Any] = {
        "__id": "uuid:1",
        "__system": {"formVersion": "0.9", "edits": 0},
        "people@odata.navigationLink": "x",
    }
    for name, cell in zip(HEADER[1:], ROW[1:], strict=True):
        group, _, question = name.rpartition("/")
        (record.setdefault(group, {}) if group else record)[question] = int(cell) if question == "hours" else cell
    return record


def test_json_of_kobos_api(tmp_path: Path) -> None:
    path = save(tmp_path / "x.json", json.dumps({"count": 1, "next": None, "results": [kobo()]}).encode())
    expect_the_sample(path)
    interviews = reading(path)
    assert [interview.row_id for interview in interviews] == ["101"]
    assert [problem.params["count"] for problem in interviews.remarks if problem.code == "exports.repeat_ignored"] == [
        2
    ]


def test_json_as_a_plain_list_with_a_mark(tmp_path: Path) -> None:
    expect_the_sample(save(tmp_path / "x.json", b"\xef\xbb\xbf" + json.dumps([kobo()]).encode()))


def test_json_of_centrals_odata(tmp_path: Path) -> None:
    path = save(tmp_path / "x.json", json.dumps({"@odata.context": "x", "value": [central()]}).encode())
    expect_the_sample(path)
    interviews = reading(path)
    assert [interview.row_id for interview in interviews] == ["uuid:1"]
    assert "exports.other_version" in {problem.code for problem in interviews.remarks}


def test_parquet(tmp_path: Path) -> None:
    record = dict(zip(HEADER, ROW, strict=True)) | {"life/hours": 12.0, "age": 13}
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist([record]), tmp_path / "x.parquet")
    expect_the_sample(tmp_path / "x.parquet")


def test_centrals_zip_with_repeats_and_media(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("sample-people.csv", "person,PARENT_KEY,KEY\na,1,2\nb,1,3\nc,1,4\n")
        archive.writestr("sample.csv", csv_bytes([HEADER, ROW]))
        archive.writestr("media/photo.jpg", b"not a table")
    expect_the_sample(tmp_path / "x.zip")
    remarks = {problem.code: problem.params for problem in reading(tmp_path / "x.zip").remarks}
    assert remarks["exports.repeat_ignored"] == {"name": "sample-people.csv", "count": 3}


def test_western_windows_text_is_read_and_said(tmp_path: Path) -> None:
    header = [
        name.replace("life/meals", "Assez de repas ?").replace("life/debt_worry", "La dette vous inquiète ?")
        for name in HEADER
    ]
    row = [cell.replace("always", "Toujours") for cell in ROW]
    path = save(tmp_path / "x.csv", csv_bytes([header, row], delimiter=";", encoding="cp1252"))
    expect_the_sample(path)
    assert "exports.encoding_guessed" in {problem.code for problem in reading(path).remarks}


def test_rows_below_a_long_gap_are_read(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "x.xlsx") as book:
        sheet = book.add_worksheet("Sample")
        for line, cells in ((0, HEADER), (1, ROW), (2_500, changed(_id="102"))):
            sheet.write_row(line, 0, cells)
        sheet.write_blank(400_000, 0, None, book.add_format({"bold": True}))
    assert [interview.row for interview in read(tmp_path / "x.xlsx")] == [2, 2_501]


def test_a_hidden_sheet_is_not_meant_and_is_named(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "x.xlsx") as book:
        for name, code in (("old", "never"), ("new", "always")):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, HEADER)
            sheet.write_row(1, 0, changed(meals=code))
        book.get_worksheet_by_name("new").activate()
        book.get_worksheet_by_name("old").hide()
    interviews = reading(tmp_path / "x.xlsx")
    assert [interview.answers["meals"] for interview in interviews] == ["always"]
    assert {p.params["names"] for p in interviews.remarks if p.code == "exports.sheets_ignored"} == {"old"}


def test_utf_32(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(csv_bytes([HEADER, ROW], encoding="utf-32"))
    assert read(tmp_path / "x.csv")[0].answers["meals"] == "sometimes"
