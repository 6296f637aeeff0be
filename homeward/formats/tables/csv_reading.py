"""A CSV file -> sheet: UTF-8 with or without mark, or UTF-16 as some spreadsheets save it; comma or semicolon."""

from __future__ import annotations

import codecs
import csv
import io

from homeward.domain.problems import Problem, ProblemError, Where
from homeward.formats.tables.sheets import MAX_CELL, Sheet, make_sheet

MAX_BYTES = 50_000_000


def read_csv(data: bytes, name: str, *, file: str = "", delimiter: str = "") -> Sheet:
    """Refuses text that is not Unicode, so that accented letters are never guessed wrong."""
    where = Where(file=file, sheet=name)
    text = _decode(data, where)
    previous = csv.field_size_limit(MAX_CELL * 2)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter or _delimiter(text), strict=True)
        return make_sheet(name, iter(reader), where)
    except csv.Error as error:
        raise ProblemError(
            Problem(
                "table.csv_broken",
                "The CSV text cannot be read: {reason}.",
                "Save the sheet again as CSV UTF-8.",
                where,
                {"reason": str(error)},
            )
        ) from error
    finally:
        csv.field_size_limit(previous)


def _decode(data: bytes, where: Where) -> str:
    if len(data) > MAX_BYTES:
        raise ProblemError(
            Problem(
                "table.too_large",
                "The file is larger than {limit} {what}.",
                "Split the file.",
                where,
                {"limit": MAX_BYTES, "what": "bytes"},
                status=413,
            )
        )
    encoding = "utf-16" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise ProblemError(
            Problem(
                "table.not_unicode",
                "The text is not UTF-8 (byte {position}).",
                "Save the sheet again as “CSV UTF-8”.",
                where,
                {"position": error.start},
            )
        ) from error
    if "\x00" in text:
        raise ProblemError(
            Problem("table.not_text", "The file holds binary data, not a table.", "Choose a CSV file.", where)
        )
    return text


def _delimiter(text: str) -> str:
    """By the header line alone: where the comma is the decimal mark, spreadsheets save with semicolons."""
    first = text.partition("\n")[0]
    counts = {mark: first.count(mark) for mark in (",", ";", "\t")}
    best = max(counts, key=lambda mark: counts[mark])
    return best if counts[best] else ","
