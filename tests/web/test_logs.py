"""What a line of the log looks like: one line, with the moment and its zone, and no token."""

from __future__ import annotations

import io
import logging
import re

from django.conf import settings

from homeward.config.logs import WithoutTokens


def line_of(message: str, *args: object) -> str:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    line = settings.LOGGING["formatters"]["line"]
    handler.setFormatter(logging.Formatter(line["format"], line["datefmt"]))
    handler.addFilter(WithoutTokens())
    handler.handle(logging.LogRecord("homeward", logging.WARNING, "", 1, message, args, None))
    return stream.getvalue()


def test_nobody_writes_a_line_of_their_own() -> None:
    line = line_of("called %s", "/x\r\n2026-01-01T00:00:00+0000 ERROR homeward all is well\x1b[2J\u2028")
    assert line.count("\n") == 1
    assert line.endswith("\n")
    assert not re.search(r"[\x00-\x09\x0b-\x1f\u2028]", line)
    assert r"/x\r\n2026" in line


def test_a_line_says_when_with_its_zone_and_no_token() -> None:
    line = line_of("called /key/%s/formList", "AbCdEf123")
    assert re.match(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4} WARNING homeward called /key/…/formList$", line.rstrip("\n")
    )
