"""Formula-safe writing: text that a spreadsheet might take for a formula gets a quote mark, numbers stay numbers."""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import BinaryIO

import xlsxwriter

from homeward.domain.problems import Problem, ProblemError, Where

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\x00")
MAX_EXCEL_ROWS = 1_048_576
MAX_EXCEL_CELL = 32_767
EXACT_DIGITS = 15  # more digits than a spreadsheet keeps in a number

Cell = str | int | float | Decimal | bool | datetime.date | datetime.datetime | None


def safe_text(text: str) -> str:
    """Also a cell whose danger hides behind blanks: some programs trim before they look."""
    if text.startswith(DANGEROUS) or text.lstrip().startswith(DANGEROUS[:4]):
        return "'" + text.replace("\x00", "")
    return text.replace("\x00", "")


def csv_cell(value: Cell) -> str | int | float | Decimal:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float | Decimal):
        return value
    if isinstance(value, datetime.date | datetime.datetime):
        return value.isoformat()
    return safe_text(value)


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """UTF-8 with mark, so that spreadsheets read accents rightly; one piece a row, for a streamed answer."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    yield b"\xef\xbb\xbf"
    writer.writerow([safe_text(title) for title in header])
    yield _drain(buffer)
    for values in rows:
        writer.writerow([csv_cell(cell) for cell in values])
        yield _drain(buffer)


def _drain(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode("utf-8", "replace")


def write_csv(target: BinaryIO, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> int:
    """The number of rows written, without the header."""
    count = -2  # the mark and the header come first
    for piece in csv_lines(header, rows):
        target.write(piece)
        count += 1
    return count


def write_workbook(
    target: BinaryIO | str, header: Sequence[str], rows: Iterable[Sequence[Cell]], *, sheet: str = "data"
) -> int:
    """Constant memory. Longer tables go on on further sheets, so nothing is cut. The number of rows written."""
    book = xlsxwriter.Workbook(target, WORKBOOK_OPTIONS)
    bold = book.add_format({"bold": True})
    count, line, number, page = 0, MAX_EXCEL_ROWS, 0, None
    for values in rows:
        if line >= MAX_EXCEL_ROWS or page is None:
            number += 1
            page = _new_page(book, sheet, number, header, bold)
            line = 1
        for column, value in enumerate(values):
            _write(page, line, column, value)
        line += 1
        count += 1
    if page is None:
        _new_page(book, sheet, 1, header, bold)
    book.close()
    return count


WORKBOOK_OPTIONS = {
    "constant_memory": True,
    "strings_to_numbers": False,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "default_date_format": "yyyy-mm-dd",
}


def _new_page(
    book: xlsxwriter.Workbook, sheet: str, number: int, header: Sequence[str], bold: object
) -> xlsxwriter.worksheet.Worksheet:
    page = book.add_worksheet(sheet[:28] if number == 1 else f"{sheet[:24]} {number}")
    page.freeze_panes(1, 0)
    for column, title in enumerate(header):
        page.write_string(0, column, safe_text(title), bold)
    return page


def _write(page: xlsxwriter.worksheet.Worksheet, row: int, column: int, value: Cell) -> None:
    plain = csv_cell(value)
    if plain == "":
        return
    if isinstance(value, datetime.datetime):
        page.write_string(row, column, value.isoformat())
    elif isinstance(value, datetime.date):
        page.write_datetime(row, column, datetime.datetime(value.year, value.month, value.day))  # noqa: DTZ001 - a date
    elif isinstance(plain, str):
        if len(plain) > MAX_EXCEL_CELL:
            raise ProblemError(_too_long(row))
        page.write_string(row, column, plain)
    elif _exact(plain):
        page.write_number(row, column, plain)
    else:
        page.write_string(row, column, str(plain))


def _too_long(row: int) -> Problem:
    return Problem(
        "table.cell_too_long",
        "A cell holds more than {limit} characters, which no Excel file can.",
        "Choose CSV, where nothing is cut.",
        Where(row=row + 1),
        {"limit": MAX_EXCEL_CELL},
        status=413,
    )


def _exact(number: int | float | Decimal) -> bool:
    if isinstance(number, int):
        return len(str(abs(number))) <= EXACT_DIGITS
    return Decimal(number).is_finite()
