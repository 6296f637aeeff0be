"""Cells of an instrument -> values. What cannot be read becomes a problem with its place, and a harmless value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TypeVar

from homeward.domain.problems import Problem, Severity, Where

MAX_DECIMALS = 4
TRUTHS = frozenset({"yes", "true", "true()", "1", "y"})
FALSEHOODS = frozenset({"", "no", "false", "false()", "0", "n"})
Kind = TypeVar("Kind", bound=StrEnum)


@dataclass
class Report:
    """Collects problems of one file while its sheets are read."""

    file: str
    problems: list[Problem] = field(default_factory=list)

    def add(
        self,
        code: str,
        message: str,
        action: str,
        where: Where,
        params: Mapping[str, str | int] | None = None,
        severity: Severity = "error",
    ) -> None:
        self.problems.append(Problem(f"instrument.{code}", message, action, where, params or {}, severity))

    def where(self, sheet: str, row: int | None = None, column: str = "") -> Where:
        return Where(self.file, sheet, row, column)


def decimal_cell(text: str, report: Report, where: Where, *, decimals: int = MAX_DECIMALS) -> Decimal | None:
    """Empty -> None. A comma as decimal mark is refused, not guessed."""
    if not text:
        return None
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        report.add("bad_number", "“{text}” is not a number.", "Write it like 0.25.", where, {"text": text[:40]})
        return None
    exponent = value.normalize().as_tuple().exponent
    if abs(value) >= 10**9 or not isinstance(exponent, int) or -exponent > decimals:
        report.add(
            "too_many_decimals",
            "{text} has more than {limit} decimals, or is too large.",
            "Round it, so that it can be kept exactly.",
            where,
            {"text": text[:40], "limit": decimals},
        )
        return None
    return value


def integer_cell(text: str, report: Report, where: Where, *, low: int = 0, high: int = 120) -> int | None:
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,9}", text) or not low <= int(text) <= high:
        report.add(
            "bad_number",
            "“{text}” is not a whole number from {low} to {high}.",
            "Correct the number.",
            where,
            {"text": text[:40], "low": low, "high": high},
        )
        return None
    return int(text)


def truth_cell(text: str, report: Report, where: Where) -> bool:
    if text.lower() in TRUTHS:
        return True
    if text.lower() not in FALSEHOODS:
        report.add(
            "bad_value", "“{text}” is neither yes nor no.", "Write yes, or leave it empty.", where, {"text": text[:40]}
        )
    return False


def kind_cell(text: str, kinds: type[Kind], default: Kind, report: Report, where: Where) -> Kind:
    if not text:
        return default
    try:
        return kinds(text.lower())
    except ValueError:
        report_choice(text, tuple(kind.value for kind in kinds), report, where)
        return default


def report_choice(text: str, allowed: tuple[str, ...], report: Report, where: Where) -> None:
    report.add(
        "bad_value",
        "“{text}” is not known here.",
        "Use one of: {allowed}.",
        where,
        {"text": text[:40], "allowed": ", ".join(allowed)},
    )
