"""The bytes of a JSON file on their way to the parser, which bounds neither numbers, nor nesting, nor records."""

from __future__ import annotations

from itertools import accumulate
from typing import BinaryIO, NoReturn

from homeward.domain.problems import Where
from homeward.formats.exports.model import refuse

MAX_RECORD = 40_000_000  # bytes between two records
MAX_DEPTH = 40
LONG_NUMBER = 512  # digits in a row that are looked for; the parser breaks down at 4,300
DIGITS = frozenset(b"0123456789")
_NO_MARKS = bytes(set(range(256)) - set(b'"[]{}'))
_STEP = {ord(mark): 1 if mark in "[{" else -1 for mark in "[]{}"}


class GuardedJson:
    """A file that knows how much was read, and refuses what would fill the memory or the stack."""

    def __init__(self, raw: BinaryIO, where: Where) -> None:
        self.raw, self.where = raw, where
        self.total = self.since = 0  # bytes: of the file, and after the last record
        self._depth = 0
        self._in_text = self._escaped = False

    def read(self, size: int = -1) -> bytes:
        piece = self.raw.read(size)
        self.total += len(piece)
        self.since += len(piece)
        if self.since > MAX_RECORD:
            self._refuse("record_too_large", "One record has more than {limit} bytes.", MAX_RECORD)
        if _long_number(piece):
            self._refuse("number_too_long", "A number has more than {limit} digits.", LONG_NUMBER)
        if self._deepest(piece) > MAX_DEPTH:
            self._refuse("too_deep", "The JSON is nested deeper than {limit} levels.", MAX_DEPTH)
        return piece

    def _refuse(self, code: str, message: str, limit: int) -> NoReturn:
        refuse(code, message, "Check that this is an export of interviews.", self.where, limit=limit)

    def _deepest(self, piece: bytes) -> int:
        """Brackets inside texts do not count."""
        if self._escaped:
            piece = piece[1:] if piece else b""
        self._escaped = bool((len(piece) - len(piece.rstrip(b"\\"))) % 2)
        flat = piece.replace(b"\\\\", b"").replace(b'\\"', b"") if b"\\" in piece else piece
        parts = flat.translate(None, _NO_MARKS).split(b'"')
        outside = b"".join(parts[self._in_text :: 2])
        self._in_text ^= len(parts) % 2 == 0
        before = self._depth
        self._depth += outside.count(b"[") + outside.count(b"{") - outside.count(b"]") - outside.count(b"}")
        if before + len(outside) <= MAX_DEPTH:
            return before
        return max(accumulate((_STEP[mark] for mark in outside), initial=before))


def _long_number(piece: bytes) -> bool:
    """A row of twice as many digits holds a whole stretch between two of these places."""
    return any(
        piece[at] in DIGITS and (part := piece[at : at + LONG_NUMBER]).isdigit() and len(part) == LONG_NUMBER
        for at in range(0, len(piece), LONG_NUMBER)
    )
