"""Which encoding a text file is in: by its mark, by proof (UTF-8), or by the habits of Windows, and then said."""

from __future__ import annotations

import codecs
import re
from typing import BinaryIO

from homeward.domain.problems import Problem, Where
from homeward.formats.exports.model import notice, refuse

CHUNK = 1 << 20
BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins as the mark of UTF-16 does
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
WINDOWS = "cp1252"
_FOREIGN = re.compile(rb"[\xc0-\xff]{5}")  # no western European word has five such letters in a row; Arabic ones have
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\x0b\x0c\x1a"))


def detect(file: BinaryIO, where: Where) -> tuple[str, Problem | None]:
    """The encoding, and a notice where it is not certain. Reads the whole file, in pieces."""
    head = file.read(CHUNK)
    for mark, name in BOMS:
        if head.startswith(mark):
            return name, None
    wide = _without_mark(head)
    if wide:
        return wide, None
    if b"\x00" in head or len(head[:4096].translate(None, _CONTROLS)) < len(head[:4096]):
        refuse(
            "not_text",
            "The file holds binary data, not a table.",
            "Choose the exported CSV, Excel, JSON or Parquet file.",
            where,
        )
    if _is_utf8(head, file):
        return "utf-8", None
    file.seek(0)
    if _FOREIGN.search(head) or not _is_windows(file):
        refuse(
            "encoding_unknown",
            "The text is neither UTF-8 nor UTF-16, and not western European either.",
            "Export again, or save the table as CSV UTF-8.",
            where,
        )
    return WINDOWS, notice(
        "encoding_guessed",
        "The text is not UTF-8; it was read as Windows-1252 (western European).",
        "Check the accents in the labels; save the table as CSV UTF-8 if they are wrong.",
        where,
    )


def _without_mark(head: bytes) -> str:
    """UTF-16 that lost its mark: in a header of Latin letters every other byte is zero."""
    sample = head[:2000]
    if len(sample) < 8:
        return ""
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if odd > len(sample) * 0.35 and not even:
        return "utf-16-le"
    return "utf-16-be" if even > len(sample) * 0.35 and not odd else ""


def _is_utf8(head: bytes, file: BinaryIO) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    chunk = head
    try:
        while chunk:
            decoder.decode(chunk)
            chunk = file.read(CHUNK)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _is_windows(file: BinaryIO) -> bool:
    try:
        while chunk := file.read(CHUNK):
            chunk.decode(WINDOWS)
    except UnicodeDecodeError:
        return False
    return True
