"""An exported Excel workbook, streamed: the main sheet row by row, the sheets of repeats only counted."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from homeward.domain.problems import Problem, ProblemError, Where
from homeward.formats.exports.model import MAX_COLUMNS, REPEAT_MARKS, Export, RawRow, notice, refuse, unique_columns
from homeward.formats.tables.last_row import last_row
from homeward.formats.tables.workbook_reading import cell_text

LEGACY_MARK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # .xls, and .xlsx under a password
MAX_ENTRIES = 5_000
MAX_INFLATED = 8_000_000_000  # a full sheet of a million rows; it is streamed
MAX_SHARED = 100_000_000  # texts that the sheets share, which have to be kept in memory
MAX_SHARED_RATIO = 40  # each text stands there once, so they inflate 3 to 8 times
MAX_RATIO = 150  # honest sheets inflate 5 to 30 times
RATIO_FROM = 5_000_000
HEAD = 1 << 16
MAX_EMPTY_RUN = 1_000  # rows; from then on it is asked whether there is anything below
DICTIONARY = "dictionary"  # what the columns mean, in a table of answers that was taken from Homeward


def open_workbook(path: Path, file: str) -> Export:
    where = Where(file=file)
    _guard(path, where)
    with _Reading(where):
        # a file and not a path, because the library looks at the ending of a path
        book = load_workbook(path.open("rb"), read_only=True, data_only=True, keep_links=False)
    pages = [book[title] for title in book.sheetnames if hasattr(book[title], "iter_rows")]
    headers = {page.title: _header(page, Where(file, page.title)) for page in pages}
    mains = [each for each in pages if headers[each.title] and not REPEAT_MARKS.intersection(headers[each.title])]
    mains.sort(key=lambda page: page.sheet_state != "visible")  # what somebody hid is not meant
    if not mains:
        refuse("empty", "No sheet has a row of headers.", "Export the data again, with the row of headers.", where)
    main = mains[0]
    place = Where(file, main.title)
    columns = unique_columns(headers[main.title], place)
    ignored = [page.title for page in mains[1:] if page.title != DICTIONARY]
    export = Export(
        file=f"{file}/{main.title}",
        columns=columns,
        rows=lambda: _rows(main, columns, place),
        problems=[_ignored(place, main.title, ignored)] if ignored else [],
    )
    for page in pages:
        if page not in mains and headers[page.title]:
            export.repeats[page.title] = sum(1 for _ in _lines(page, Where(file, page.title)))
    return export


def _ignored(where: Where, title: str, titles: list[str]) -> Problem:
    return notice(
        "sheets_ignored",
        "Only the sheet “{sheet}” was read; these were not: {names}.",
        "Move the sheet that holds the interviews to the front, and show it, if another one is meant.",
        where,
        sheet=title,
        names=", ".join(titles[:20]),
    )


def _guard(path: Path, where: Where) -> None:
    """Look at the parts before any spreadsheet code does. zipfile never inflates more than a part declares."""
    with path.open("rb") as file:
        if file.read(len(LEGACY_MARK)) == LEGACY_MARK:
            refuse(
                "workbook_legacy",
                "This is an old Excel file (.xls) or a workbook protected by a password.",
                "Open it and save it as .xlsx without a password.",
                where,
            )
    with _Reading(where), zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        texts = [entry for entry in entries if entry.filename.lower().endswith("sharedstrings.xml")]
        shared = sum(entry.file_size for entry in texts)
        inflated = sum(entry.file_size for entry in entries)
        if (
            len(entries) > MAX_ENTRIES
            or inflated > MAX_INFLATED
            or shared > MAX_SHARED
            or any(map(_suspicious, entries))
            or any(_suspicious(entry, MAX_SHARED_RATIO) for entry in texts)
        ):
            refuse(
                "workbook_too_large",
                "The workbook inflates to far more than its size, or to more than can be read.",
                "Export the data as CSV.",
                where,
            )
        for entry in entries:
            if entry.filename.lower().endswith((".xml", ".rels")):
                with archive.open(entry) as part:
                    _refuse_entities(part.read(HEAD), where)


def _suspicious(entry: zipfile.ZipInfo, ratio: int = MAX_RATIO) -> bool:
    return entry.file_size > RATIO_FROM and entry.file_size > ratio * max(entry.compress_size, 1)


def _refuse_entities(head: bytes, where: Where) -> None:
    """A DOCTYPE stands before the root element, so the root must begin within the head."""
    flat = head.replace(b"\x00", b"")
    rest = flat[3:] if flat.startswith(b"\xef\xbb\xbf") else flat
    begun = any(rest[at + 1 : at + 2].isalpha() for at in range(len(rest)) if rest[at : at + 1] == b"<")
    if b"<!DOCTYPE" in flat or b"<!ENTITY" in flat or not begun:
        refuse(
            "workbook_unreadable",
            "A part of the workbook is not what a spreadsheet program writes.",
            "Open it in a spreadsheet program and save it again.",
            where,
        )


class _Reading:
    """Turns whatever the libraries trip over in a damaged workbook into one problem."""

    def __init__(self, where: Where) -> None:
        self.where = where

    def __enter__(self) -> None:
        warnings.filterwarnings("ignore", module=r"openpyxl\.")  # of styles and extensions that do not concern us

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Exception) and not isinstance(error, ProblemError):
            refuse(
                "workbook_unreadable",
                "The workbook is damaged, cut off or protected ({reason}).",
                "Open it in a spreadsheet program and save it again as .xlsx.",
                self.where,
                reason=type(error).__name__,
            )


def _header(page: Any, where: Where) -> list[str]:
    with _Reading(where):
        page.reset_dimensions()  # the declared size of a sheet is often wrong
        first = next(page.iter_rows(max_row=1, max_col=MAX_COLUMNS + 1, values_only=True), ())
    header = [cell_text(value).strip() for value in first]
    while header and not header[-1]:
        header.pop()
    return header


def _lines(page: Any, where: Where) -> Iterator[tuple[int, tuple[object, ...]]]:
    width = len(_header(page, where))
    lines = iter(page.iter_rows(min_row=2, max_col=width, values_only=True))
    number, empty, last = 1, 0, 0
    while True:
        with _Reading(where):
            line = next(lines, None)
        number += 1
        if line is None or (last and number > last):
            return
        if all(value is None for value in line):
            empty += 1
            if empty == MAX_EMPTY_RUN:
                with _Reading(where):
                    last = last_row(page)
            continue
        empty = 0
        yield number, line


def _rows(page: Any, columns: tuple[str, ...], where: Where) -> Iterator[RawRow]:
    for number, line in _lines(page, where):
        texts = [value if value.__class__ is str else cell_text(value) for value in line]
        yield RawRow(number, dict(zip(columns, texts, strict=False)))
