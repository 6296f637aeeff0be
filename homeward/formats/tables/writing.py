"""Formula-safe writing: text that a spreadsheet might take for a formula gets a quote mark, numbers stay numbers."""

from __future__ import annotations

import csv
import datetime
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import BinaryIO

DANGEROUS = ("\t", "\r", "\x00")
# the signs of a formula, also as Japanese programs read them; in front perhaps blanks, or letters that nobody sees
FORMULA = re.compile(
    r"[\s\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]*[=+\-@＝＋－＠]"
)

Cell = str | int | float | Decimal | bool | datetime.date | datetime.datetime | None


def safe_text(text: str) -> str:
    """Also a cell whose danger hides behind blanks or invisible marks: some programs trim before they look."""
    if text[:1].isalnum():  # nearly every cell there is
        return text.replace("\x00", "")
    if text.startswith(DANGEROUS) or FORMULA.match(text):
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
