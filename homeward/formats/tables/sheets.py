"""A sheet as people see it: a header row, then rows with the numbers that the spreadsheet shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from homeward.domain.problems import Problem, ProblemError, Where

MAX_COLUMNS = 1_000
MAX_ROWS = 200_000
MAX_CELL = 65_536  # characters
MAX_CELLS = 6_000_000


@dataclass(frozen=True, slots=True)
class Row:
    number: int  # counted from 1, the header is row 1
    cells: Mapping[str, str]  # header -> text without outer blanks; empty cells are left out

    def get(self, header: str) -> str:
        return self.cells.get(header, "")


@dataclass(frozen=True, slots=True)
class Sheet:
    name: str
    header: tuple[str, ...]
    rows: tuple[Row, ...]

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def has(self, header: str) -> bool:
        return header in self.header


def make_sheet(name: str, lines: Iterator[Sequence[str]], where: Where, most_rows: int = MAX_ROWS) -> Sheet:
    """Lines of text -> sheet. Empty rows and unnamed empty columns disappear; a named column twice is refused."""
    header = _clean_header(next(lines, ()), where)
    rows: list[Row] = []
    for number, line in enumerate(lines, start=2):
        if number > most_rows:
            raise ProblemError(_too_much(where, "rows", most_rows))
        if number * len(header) > MAX_CELLS:
            raise ProblemError(_too_much(where, "cells", MAX_CELLS))
        if cells := _clean_cells(header, line, where, number):
            rows.append(Row(number, cells))
    return Sheet(name, tuple(column for column in header if column), tuple(rows))


def _clean_header(line: Sequence[str], where: Where) -> list[str]:
    header = [text.strip() for text in line]
    while header and not header[-1]:
        header.pop()
    if len(header) > MAX_COLUMNS:
        raise ProblemError(_too_much(where, "columns", MAX_COLUMNS))
    seen: set[str] = set()
    for column in header:
        if len(column) > MAX_CELL:
            raise ProblemError(_long_cell(where, 1, ""))
        if column and column in seen:
            raise ProblemError(
                Problem(
                    "table.column_twice",
                    "The column “{column}” stands twice in the header row.",
                    "Keep one of the two columns.",
                    Where(where.file, where.sheet, 1, column),
                    {"column": column},
                )
            )
        seen.add(column)
    return header


def _clean_cells(header: list[str], line: Sequence[str], where: Where, number: int) -> dict[str, str]:
    cells: dict[str, str] = {}
    for column, text in zip(header, line, strict=False):
        value = text.strip()
        if len(value) > MAX_CELL:
            raise ProblemError(_long_cell(where, number, column))
        if value and column:
            cells[column] = value
    return cells


def _too_much(where: Where, what: str, limit: int) -> Problem:
    return Problem(
        "table.too_large",
        "The sheet has more than {limit} {what}.",
        "Split the file, or delete what is not needed.",
        where,
        {"limit": limit, "what": what},
        status=413,
    )


def _long_cell(where: Where, number: int, column: str) -> Problem:
    return Problem(
        "table.cell_too_long",
        "A cell holds more than {limit} characters.",
        "Shorten the text.",
        Where(where.file, where.sheet, number, column),
        {"limit": MAX_CELL},
        status=413,
    )
