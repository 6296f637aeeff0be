"""The last row of a sheet that holds anything. Spreadsheet programs write formatted empty rows down to the millionth,
and reading them one by one takes minutes; looking for the last value in the text of the sheet takes a moment.
"""

from __future__ import annotations

import re
from typing import Any

CHUNK = 1 << 20
LONGEST_TEXT = 4_000_000  # bytes without a tag that are kept
MAX_EXCEL_ROWS = 1_048_576
_ROW = re.compile(rb"<(?:\w{1,20}:)?row(?=[\s>/])(?:[^>]*?\sr=[\"'](\d{1,12})[\"'])?")
_VALUE = re.compile(rb"<(?:\w{1,20}:)?[vt](?:\s[^<>]{0,100})?>[^<]")


def last_row(page: Any) -> int:
    """Of a sheet that openpyxl reads piece by piece. Raises ValueError where it lies below where sheets end."""
    number = last = 0
    rest = b""
    with page.parent._archive.open(page._worksheet_path) as part:
        while chunk := part.read(CHUNK):
            text = rest + chunk
            end = text.rfind(b"<")  # no tag is cut
            if end <= 0:
                end = len(text) if len(text) > LONGEST_TEXT else 0
            number, last = _through(text[:end], number, last)
            rest = text[end:]
    number, last = _through(rest, number, last)
    if last > MAX_EXCEL_ROWS:
        raise ValueError("a row below the last one")
    return last


def _through(text: bytes, number: int, last: int) -> tuple[int, int]:
    """The number of the last row so far, and of the last one with a value."""
    rows = list(_ROW.finditer(text))
    if not rows:
        return number, number if _VALUE.search(text) else last
    if _VALUE.search(text, 0, rows[0].start()):
        last = number
    ends = [row.start() for row in rows[1:]] + [len(text)]
    for row, end in zip(rows, ends, strict=True):
        number = int(row[1]) if row[1] else number + 1
        if _VALUE.search(text, row.end(), end):
            last = number
    return number, last
