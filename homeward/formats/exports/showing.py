"""What a table of scores or a report may repeat of a stranger's cells: they are passed on more easily than the file.

People write names and whole sentences where a code or a number belongs, so the form of a text decides, not its column.
"""

from __future__ import annotations

import re

from homeward.domain.codes import is_valid_code, might_be_code, normalise_code

NOT_SHOWN = "(not shown)"
MOST_DIGITS = 9  # of a token: a telephone number has more
_TOKEN = re.compile(r"[A-Za-z0-9_.-]{1,12}")
_NUMBER = re.compile(rf"[+-]?\d{{1,{MOST_DIGITS}}}(?:[.,]\d{{1,20}})?")
_CLOCK = r"\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)? ?(?:Z|[+-]\d{2}:?\d{2})?"
_DAY = r"(?:\d{4}([-/.])\d{1,2}\1\d{1,2}|\d{1,2}([-/.])\d{1,2}\2(?:\d{4}|\d{2}))"
_MOMENT = re.compile(rf"{_CLOCK}|{_DAY}(?:[T ]{_CLOCK})?")
_ID = re.compile(r"(?=.*[0-9])[A-Za-z0-9_:.-]{1,40}")


def cannot_be_words(text: str) -> bool:
    """A number, a day, a time, or one short token."""
    if _NUMBER.fullmatch(text) or _MOMENT.fullmatch(text):
        return True
    return bool(_TOKEN.fullmatch(text)) and sum(letter.isdigit() for letter in text) <= MOST_DIGITS


def child_as_shown(text: str) -> str:
    """A code, also one with a slip, or an id of another system, as it is written; anything else may be a name."""
    if not text or _ID.fullmatch(text) or might_be_code(text) or is_valid_code(normalise_code(text)):
        return text
    return NOT_SHOWN
