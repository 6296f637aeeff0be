"""A stranger's table as plain sheets. Whoever asked never opens the file, and knows that what it does with the values
it gets back ends in time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

from homeward.domain.problems import Problem, ProblemError, Where
from homeward.formats.converter.apart import EndedError, run
from homeward.formats.converter.confinement import Limits
from homeward.formats.tables.csv_reading import read_csv
from homeward.formats.tables.sheets import Row, Sheet
from homeward.formats.tables.workbook_guard import MAX_FILE
from homeward.formats.tables.workbook_reading import read_workbook


def read_apart(
    content: bytes, name: str, reader: Callable[..., dict[str, Any]], *words: str, limits: Limits | None = None
) -> dict[str, Any]:
    """What `reader(file, name, *words)` gives in a child. Raises ProblemError as it does, and where the file is too
    heavy.
    """
    if len(content) > MAX_FILE:
        raise ProblemError(_too_heavy(name))
    try:
        return run(reader, content, name, *words, limits=limits)
    except EndedError as error:
        raise ProblemError(_too_heavy(name)) from error


def values_of(sheet: Sheet) -> dict[str, Any]:
    return {"header": sheet.header, "rows": [[row.number, dict(row.cells)] for row in sheet]}


def sheet_of(title: str, values: Mapping[str, Any]) -> Sheet:
    rows = tuple(Row(number, cells) for number, cells in values["rows"])
    return Sheet(title, tuple(values["header"]), rows)


def first_sheet(content: bytes, name: str, most_rows: int) -> Sheet | None:
    """A CSV file, or the first sheet of a workbook that has rows: one that people see before one that is hidden."""
    values = read_apart(content, name, first_values, str(most_rows))["sheet"]
    return None if values is None else sheet_of("", values)


def first_values(source: BinaryIO, name: str, most_rows: str) -> dict[str, Any]:
    """In the child."""
    content = source.read()
    if not content.startswith(b"PK"):
        return {"sheet": values_of(read_csv(content, "", file=name))}
    book = read_workbook(content, file=name, most_rows=int(most_rows))
    titles = sorted((title for title, sheet in book.sheets.items() if sheet.rows), key=book.hidden.__contains__)
    return {"sheet": values_of(book.sheets[titles[0]]) if titles else None}


def _too_heavy(name: str) -> Problem:
    return Problem(
        "workbook.too_heavy",
        "The file takes more time or memory to read than it may.",
        "Delete unused sheets and formatted empty rows; put very long lists into a CSV file beside the form.",
        Where(file=name),
        status=413,
    )
