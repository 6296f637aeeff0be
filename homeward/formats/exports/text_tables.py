"""CSV in its many habits: comma, semicolon, tab or bar; marks; a `sep=` line; cells with line breaks."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, TextIO

from homeward.domain.problems import Problem, Where
from homeward.formats.exports.encodings import detect
from homeward.formats.exports.model import Export, RawRow, notice, refuse, unique_columns

DELIMITERS = ",;\t|"
MAX_LINE = 4_000_000  # characters
MAX_CELL = 1_000_000
Opener = Callable[[], BinaryIO]


@dataclass(frozen=True, slots=True)
class _Shape:
    encoding: str
    delimiter: str
    skipped: int  # lines before the header


def open_text(opener: Opener, file: str, size: int = 0) -> Export:
    where = Where(file=file)
    with opener() as raw:
        encoding, guessed = detect(raw, where)
    csv.field_size_limit(MAX_CELL)
    shape = _shape(opener, encoding, where)
    with _lines_of(opener(), shape) as text:
        reader = csv.reader(_bounded(text, where), delimiter=shape.delimiter)
        header = _next(reader, where, 1) or []
    if not any(cell.strip() for cell in header):
        refuse(
            "empty", "The file is empty, or its first row is.", "Export the data again, with the row of headers.", where
        )
    columns = unique_columns(header, where)
    position = _Position()
    return Export(
        file=file,
        columns=columns,
        rows=lambda: _rows(opener, shape, columns, where, position),
        size=size,
        seen_bytes=lambda: position.bytes,
        problems=[guessed] if guessed else [],
        decimal_comma=shape.delimiter == ";",
    )


@dataclass
class _Position:
    bytes: int = 0


def _lines_of(raw: BinaryIO, shape: _Shape) -> TextIO:
    text = io.TextIOWrapper(raw, encoding=shape.encoding, newline="")
    for _ in range(shape.skipped):
        text.readline(MAX_LINE)
    return text


def _shape(opener: Opener, encoding: str, where: Where) -> _Shape:
    """The delimiter that cuts the header into most columns, quotes respected."""
    with _lines_of(opener(), _Shape(encoding, ",", 0)) as text:
        lines = _bounded(text, where)
        first = next(lines, "")
        stated = first.strip().strip('"')
        if stated.lower().startswith("sep=") and len(stated) == 5:
            return _Shape(encoding, stated[4], 1)
        sample = [first, *(line for _, line in zip(range(20), lines, strict=False))]
    counts = {mark: len(_first_row(sample, mark)) for mark in DELIMITERS}
    return _Shape(encoding, max(DELIMITERS, key=lambda mark: counts[mark]), 0)


def _first_row(sample: list[str], delimiter: str) -> list[str]:
    try:
        return next(csv.reader(iter(sample), delimiter=delimiter), [])
    except csv.Error:
        return []


def _bounded(text: TextIO, where: Where) -> Iterator[str]:
    """Lines, refusing one that would fill the memory; a byte that does not decode is told with its line."""
    number = 0
    while True:
        try:
            line = text.readline(MAX_LINE)
        except UnicodeDecodeError:
            refuse(
                "damaged_text",
                "The text is damaged after line {line}.",
                "Copy or export the file again.",
                where,
                line=number,
            )
        if not line:
            return
        number += 1
        if len(line) >= MAX_LINE:
            refuse(
                "line_too_long",
                "Line {line} has more than {limit} characters.",
                "Check that this is a table of interviews, and export it again.",
                where,
                line=number,
                limit=MAX_LINE,
            )
        yield line


def _rows(
    opener: Opener, shape: _Shape, columns: tuple[str, ...], where: Where, position: _Position
) -> Iterator[RawRow]:
    raw = opener()
    csv.field_size_limit(MAX_CELL)
    width = len(columns)
    with _lines_of(raw, shape) as text:
        reader = csv.reader(_bounded(text, where), delimiter=shape.delimiter, strict=True)
        _next(reader, where, 1)
        number = 1
        while (line := _next(reader, where, number + 1)) is not None:
            number += 1
            if not number % 1000:
                position.bytes = raw.tell()
            if len(line) == width:
                yield RawRow(number, dict(zip(columns, line, strict=True)))
            elif any(line):
                yield RawRow(number, dict(zip(columns, line, strict=False)), _width(line, width, where, number))


def _next(reader: Iterator[list[str]], where: Where, number: int) -> list[str] | None:
    try:
        return next(reader, None)
    except csv.Error as error:
        refuse(
            "row_broken",
            "Row {row} cannot be read ({reason}): a quote that is opened and not closed, or a file cut off.",
            "Copy or export the file again.",
            Where(where.file, where.sheet, number),
            row=number,
            reason=str(error),
        )


def _width(line: list[str], width: int, where: Where, number: int) -> Problem | None:
    if len(line) > width and not any(line[width:]):
        return None
    few = len(line) < width
    return notice(
        "row_short" if few else "row_long",
        "The row has fewer cells than the header; what is missing counts as empty."
        if few
        else "The row has more cells than the header, so its cells may stand under wrong headers; it is not scored.",
        "Look at the row; if the file was cut off, copy or export it again."
        if few
        else "Look for an unquoted separator inside a text, and export the file again.",
        Where(where.file, where.sheet, number),
    )
