"""An .xlsx workbook -> sheets, behind the guard. Formulas are never computed: the stored result is taken, and said."""

from __future__ import annotations

import datetime
import io
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from openpyxl import load_workbook

from homeward.domain.problems import Problem, ProblemError, Where
from homeward.formats.tables.last_row import last_row
from homeward.formats.tables.sheets import MAX_COLUMNS, MAX_ROWS, Sheet, make_sheet
from homeward.formats.tables.workbook_guard import guard_workbook

MAX_EMPTY_RUN = 500  # rows; from then on a sheet formatted to its last row is read to its last content


@dataclass(frozen=True, slots=True)
class Workbook:
    sheets: dict[str, Sheet]
    skipped: tuple[str, ...]
    problems: tuple[Problem, ...]
    hidden: frozenset[str] = frozenset()  # names of sheets that nobody sees


def read_workbook(
    data: bytes, *, file: str = "", wanted: Callable[[str], bool] = lambda name: True, most_rows: int = MAX_ROWS
) -> Workbook:
    """Read the sheets whose lower-case name is wanted."""
    guard_workbook(data, file=file)
    formulas: list[Where] = []
    asked = _Asked(file, wanted, most_rows)
    book = _read(data, asked, formulas, stored_results=False)
    if not formulas:
        return book
    found = tuple(_formula(where) for where in formulas)
    return replace(_read(data, asked, [], stored_results=True), problems=found)


@dataclass(frozen=True, slots=True)
class _Asked:
    file: str
    wanted: Callable[[str], bool]
    most_rows: int


def _read(data: bytes, asked: _Asked, formulas: list[Where], *, stored_results: bool) -> Workbook:
    file, wanted = asked.file, asked.wanted
    sheets: dict[str, Sheet] = {}
    skipped: list[str] = []
    hidden: set[str] = set()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns about styles and extensions that do not concern us
            book = load_workbook(io.BytesIO(data), read_only=True, data_only=stored_results, keep_links=False)
            for title in book.sheetnames:
                name = title.strip().lower()
                page = book[title]
                if not wanted(name) or name in sheets or not hasattr(page, "iter_rows"):
                    skipped.append(title)
                    continue
                where = Where(file=file, sheet=title)
                sheets[name] = make_sheet(name, _lines(page, where, formulas), where, asked.most_rows)
                if page.sheet_state != "visible":
                    hidden.add(name)
            book.close()
    except ProblemError:
        raise
    except Exception as error:  # the library raises whatever a hostile part makes it trip over
        raise ProblemError(
            Problem(
                "workbook.unreadable",
                "The workbook cannot be read ({reason}).",
                "Open it in a spreadsheet program and save it again as .xlsx.",
                Where(file=file),
                {"reason": type(error).__name__},
            )
        ) from error
    return Workbook(sheets, tuple(skipped), (), frozenset(hidden))


def _lines(page: Any, where: Where, formulas: list[Where]) -> Iterator[list[str]]:
    page.reset_dimensions()  # the declared size of a sheet is often wrong
    header: list[str] = []
    for cells in page.iter_rows(max_row=1, max_col=MAX_COLUMNS + 1):
        header = [cell_text(cell.value) for cell in cells]
    while header and not header[-1].strip():
        header.pop()
    yield header
    empty = last = 0
    for number, cells in enumerate(page.iter_rows(min_row=2, max_col=max(len(header), 1)), start=2):
        line = []
        for cell in cells:
            if cell.data_type == "f":
                formulas.append(Where(where.file, where.sheet, number, cell.coordinate))
            line.append(cell_text(cell.value))
        empty = 0 if any(line) else empty + 1
        if empty == MAX_EMPTY_RUN:
            last = last_row(page)
        if last and number > last:
            return
        yield line


def cell_text(value: object) -> str:
    """The text that a person sees: 1 and not 1.0, dates as 2024-05-31."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    return str(value)


def _formula(where: Where) -> Problem:
    return Problem(
        "workbook.formula",
        "The cell holds a formula; its last stored result is used.",
        "Replace the formula by its value.",
        where,
        severity="warning",
    )
