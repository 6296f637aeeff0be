"""Folder <-> workbook, without loss. The folder's bytes are always the same for the same sheets, so git can compare.

These are an author's source files, not exports: cells are kept as they are. In the workbook every cell is text and
marked as such, so nothing is computed; the checker reports cells that a spreadsheet would take for a formula.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path

import xlsxwriter

from homeward.domain.problems import Problem, ProblemError, Where
from homeward.formats.tables.sheets import Row, Sheet
from homeward.formats.tables.workbook_writing import MAX_EXCEL_CELL
from homeward.formats.xlsform.columns import ABOUT, SCORING, SHEETS
from homeward.formats.xlsform.loading import MEDIA_FOLDER, Loaded

WIDTHS = {ABOUT: (24, 60), SCORING: (22, 12)}
DEFAULT_WIDTHS = (22, 34)


def sheet_bytes(sheet: Sheet) -> bytes:
    """The one canonical CSV of a sheet: UTF-8, commas, line feeds, quotes only where needed."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(sheet.header)
    for line, row in _lines(sheet):
        writer.writerows([""] * len(sheet.header) for _ in range(line))
        writer.writerow([row.get(header) for header in sheet.header])
    return buffer.getvalue().encode()


def _lines(sheet: Sheet) -> Iterator[tuple[int, Row]]:
    """Each row, and how many empty ones stand before it: unnamed notes are called by the number of their row."""
    before = 1
    for row in sheet:
        yield max(row.number - before - 1, 0), row
        before = max(row.number, before + 1)


def folder_files(loaded: Loaded) -> Mapping[str, bytes]:
    """Relative path -> content, in the order of the sheets."""
    sheets = {f"{name}.csv": sheet_bytes(loaded.sheets[name]) for name in SHEETS if name in loaded.sheets}
    return {**sheets, **{f"{MEDIA_FOLDER}/{name}": data for name, data in sorted(loaded.media.items())}}


def unpack(loaded: Loaded, folder: Path, *, keep: bool = False) -> tuple[Path, ...]:
    """Write the folder of CSV sheets. Refuses a folder that already holds something else; with `keep` also one whose
    files somebody has changed.
    """
    files = folder_files(loaded)
    if keep:
        _require_unchanged(files, folder)
    if folder.exists() and any(entry.name not in {*files, MEDIA_FOLDER} for entry in folder.iterdir()):
        raise ProblemError(
            Problem(
                "instrument.folder_not_empty",
                "The folder holds other files.",
                "Choose a new or empty folder.",
                Where(file=str(folder)),
                status=409,
            )
        )
    written = []
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        written.append(path)
    return tuple(written)


def _require_unchanged(files: Mapping[str, bytes], folder: Path) -> None:
    changed = [
        name for name, data in files.items() if (folder / name).is_file() and (folder / name).read_bytes() != data
    ]
    if changed:
        raise ProblemError(
            Problem(
                "instrument.files_changed",
                "The folder holds files that were edited: {names}. Nothing was written.",
                "Go on with them, or choose another folder; to start anew, move them away first.",
                Where(file=str(folder)),
                {"names": ", ".join(changed)},
                status=409,
            )
        )


def workbook_bytes(loaded: Loaded) -> bytes:
    """The same sheets as .xlsx, for people who write instruments in a spreadsheet. Media stay in the folder."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer, {"in_memory": True, "strings_to_numbers": False, "strings_to_formulas": False, "strings_to_urls": False}
    )
    head = book.add_format({"bold": True, "bg_color": "#DCE6F1", "num_format": "@"})
    body = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top", "quote_prefix": True})
    for name in SHEETS:
        if name in loaded.sheets:
            _write_sheet(book.add_worksheet(name), loaded.sheets[name], head, body, loaded.file)
    book.close()
    return buffer.getvalue()


def _write_sheet(page: xlsxwriter.worksheet.Worksheet, sheet: Sheet, head: object, body: object, file: str) -> None:
    first, others = WIDTHS.get(sheet.name, DEFAULT_WIDTHS)
    page.set_column(0, 0, first)
    page.set_column(1, max(len(sheet.header) - 1, 1), others)
    page.freeze_panes(1, 2)
    for column, header in enumerate(sheet.header):
        page.write_string(0, column, header, head)
    line = 0
    for empty, row in _lines(sheet):
        line += empty + 1
        for column, header in enumerate(sheet.header):
            text = row.get(header)
            if len(text) > MAX_EXCEL_CELL:
                where = Where(file, sheet.name, row.number, header)
                raise ProblemError(
                    Problem(
                        "table.cell_too_long",
                        "A cell holds more than {limit} characters, which no Excel file can.",
                        "Shorten the text.",
                        where,
                        {"limit": MAX_EXCEL_CELL},
                    )
                )
            if text:
                page.write_string(line, column, text, body)
