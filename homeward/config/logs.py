"""What must not stand in a log: tokens of devices and calendars, which are in addresses; and lines of somebody else."""

from __future__ import annotations

import logging
import re
import traceback

TOKEN = re.compile(r"(/key/|/calendar/)[^/\s'\"?#]+")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def without_tokens(text: str) -> str:
    return TOKEN.sub(r"\1…", text)


def one_line(text: str) -> str:
    """Whoever puts an end of line into an address does not write a line of the log."""
    return CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


class WithoutTokens(logging.Filter):
    """Changes every record before it is written, its traceback included."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = one_line(without_tokens(record.getMessage())), ()
        if record.exc_info and record.exc_info[0] is not None:
            record.exc_text = without_tokens("".join(traceback.format_exception(*record.exc_info)).rstrip("\n"))
        return True
