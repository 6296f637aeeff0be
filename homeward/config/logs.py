"""What must not stand in a log: the tokens of devices, which are part of their addresses."""

from __future__ import annotations

import logging
import re
import traceback

TOKEN = re.compile(r"(/key/)[^/\s'\"?#]+")


def without_tokens(text: str) -> str:
    return TOKEN.sub(r"\1…", text)


class WithoutTokens(logging.Filter):
    """Changes every record before it is written, its traceback included."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = without_tokens(record.getMessage()), ()
        if record.exc_info and record.exc_info[0] is not None:
            record.exc_text = without_tokens("".join(traceback.format_exception(*record.exc_info)).rstrip("\n"))
        return True
