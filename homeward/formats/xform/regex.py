"""A form author's patterns, matched in linear time by RE2, which has no backtracking to explode."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import re2

from homeward.domain.problems import Problem, ProblemError

MAX_LENGTH = 1_000
_OPTIONS = re2.Options()
_OPTIONS.log_errors = False
_OPTIONS.max_mem = 8 << 20


@lru_cache(maxsize=512)
def compiled(pattern: str) -> Any:
    """Raises a ProblemError `xform.regex` for a pattern that RE2 refuses."""
    if len(pattern) > MAX_LENGTH:
        raise _refusal(pattern, "The pattern {pattern} is longer than {limit} letters.", limit=MAX_LENGTH)
    try:
        return re2.compile(pattern, _OPTIONS)
    except re2.error as error:
        reason = error.args[0] if error.args else ""
        shown = reason.decode() if isinstance(reason, bytes) else str(reason)
        raise _refusal(pattern, "The pattern {pattern} cannot be used: {reason}.", reason=shown) from None


def matches(pattern: str, text: str) -> bool:
    """Whether the whole text matches, as in ODK Collect."""
    return compiled(pattern).fullmatch(text) is not None


def is_anchored(pattern: str) -> bool:
    """Collect matches the whole answer; the engine in the browser looks for the pattern anywhere unless anchored."""
    return pattern.startswith("^") and pattern.endswith("$")


def _refusal(pattern: str, message: str, **params: str | int) -> ProblemError:
    shown = pattern if len(pattern) <= 80 else pattern[:77] + "..."
    return ProblemError(
        Problem(
            "xform.regex",
            message,
            "Write it without looking ahead or behind, without back references, and with repeats up to 1,000.",
            params={"pattern": shown, **params},
        )
    )
