"""The rules that call for a review meeting: `library/lookups/not-succeeding.csv`, and before it the deployment's own.

A deployment's file has the same columns. A line with the code of a shipped rule replaces it; `review_days` of 0
takes it away. What is wrong in either file keeps the server from starting, and says where and what to do.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path

from django.conf import settings

from homeward.domain.problems import Problem, ProblemError, Where
from homeward.domain.succeeding import ANY, Kind, Rule

SHIPPED = Path(__file__).resolve().parents[2] / "library"
FILE = Path("lookups") / "not-succeeding.csv"
COLUMNS = ("rule", "kind", "of", "values", "number", "review_days")
TITLE = re.compile(r"title::.*\((\w+)\)")
FACTS = ("school_left", "concern")  # names that `of` may have where something happened
LONGEST = 365  # days until a meeting
OFF = 0
NUMBERED = (Kind.SCORE_FELL, Kind.MISSED_IN_A_ROW)
ANSWERED = (Kind.ANSWER_IS, Kind.ANSWER_TURNED)


@dataclass(frozen=True, slots=True)
class StatedRule:
    rule: Rule
    titles: Mapping[str, str]  # by language


@cache
def stated_rules() -> Mapping[str, StatedRule]:
    """By code. Raises with everything that is wrong in the files."""
    found: dict[str, StatedRule] = {}
    problems: list[Problem] = []
    for path in files():
        for each in _read(path):
            if isinstance(each, Problem):
                problems.append(each)
            else:
                found[each.rule.code] = each
    if problems:
        raise ProblemError(problems)
    return {code: each for code, each in found.items() if each.rule.review_days != OFF}


def rules() -> tuple[Rule, ...]:
    return tuple(each.rule for each in stated_rules().values())


def title_of(code: str, language: str) -> str:
    titles = stated_rules()[code].titles
    return titles.get(language) or titles["en"]


def rule_faults() -> tuple[Problem, ...]:
    """For the start check."""
    try:
        stated_rules()
    except ProblemError as error:
        return error.problems
    return ()


def files() -> tuple[Path, ...]:
    return tuple(folder / FILE for folder in (SHIPPED, *settings.HOMEWARD_LIBRARIES) if (folder / FILE).exists())


def _read(path: Path) -> Iterator[StatedRule | Problem]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = csv.DictReader(file)
            names = tuple(lines.fieldnames or ())
            rows = list(lines)
    except (UnicodeDecodeError, csv.Error):
        yield _problem("unreadable", "This file is no table in UTF-8.", "Save it as CSV in UTF-8.", path)
        return
    if missing := [name for name in COLUMNS if name not in names]:
        message, action = "This column is missing.", "Add it; the shipped file has all columns."
        yield from (_problem("column", message, action, path, 1, name) for name in missing)
        return
    seen = set[str]()
    for number, row in enumerate(rows, start=2):
        code = (row["rule"] or "").strip()
        if code in seen:
            yield _problem("twice", "Another line has this rule already.", "Keep one of them.", path, number, "rule")
            continue
        seen.add(code)
        yield from _Line(path, number, row).read()


class _Line:
    """One line of a file: the rule, or everything that is wrong with it."""

    def __init__(self, path: Path, number: int, row: Mapping[str, str | None]) -> None:
        self.path, self.number = path, number
        self.cells = {name: (value or "").strip() for name, value in row.items() if isinstance(name, str)}
        self.problems: list[Problem] = []

    def read(self) -> Iterator[StatedRule | Problem]:
        code, titles, days = self.cells["rule"], self._titles(), self._days()
        if days == OFF and code:
            yield StatedRule(Rule(code, Kind.HAPPENED, "", (), Decimal(0), OFF), titles)
            return
        kind = self._kind()
        if not re.fullmatch(r"[a-z][a-z0-9_]*", code):
            self._wrong("rule", "A rule needs a code of small letters, digits and _.", "Give it one.")
        if "en" not in titles:
            self._wrong("title::English (en)", "The title is missing.", "Say the rule in words, in English at least.")
        values, number = tuple(self.cells["values"].split()), self._number(kind)
        self._check_of(kind, values)
        if self.problems or kind is None or days is None or number is None:
            yield from self.problems
        else:
            yield StatedRule(Rule(code, kind, self.cells["of"], values, number, days), titles)

    def _titles(self) -> dict[str, str]:
        named = ((TITLE.fullmatch(name), text) for name, text in self.cells.items())
        return {match[1]: text for match, text in named if match and text}

    def _kind(self) -> Kind | None:
        text = self.cells["kind"]
        if text in tuple(Kind):
            return Kind(text)
        self._wrong("kind", "This kind of rule is not known.", "Choose one of: {known}.", known=", ".join(Kind))
        return None

    def _days(self) -> int | None:
        text = self.cells["review_days"]
        if text.isascii() and text.isdigit() and int(text) <= LONGEST:
            return int(text)
        action = "Give whole days up to {longest}, or 0 to take the rule away."
        self._wrong("review_days", "It is not said by when the meeting is to be.", action, longest=LONGEST)
        return None

    def _number(self, kind: Kind | None) -> Decimal | None:
        if kind not in NUMBERED:
            return Decimal(0)
        try:
            number = Decimal(self.cells["number"])
        except InvalidOperation:
            number = Decimal(0)
        if kind is Kind.SCORE_FELL and 0 < number <= 1:
            return number
        if kind is Kind.MISSED_IN_A_ROW and number >= 1 and number == number.to_integral_value():
            return number
        action = "Give a number above 0 and up to 1 for a score, a whole number for what was missed."
        self._wrong("number", "This number cannot be.", action)
        return None

    def _check_of(self, kind: Kind | None, values: tuple[str, ...]) -> None:
        of = self.cells["of"]
        if kind is Kind.SCORE_FELL and not of:
            self._wrong("of", "It is not said which score.", "Name a dimension, or {any} for each.", any=ANY)
        if kind in ANSWERED and not of:
            self._wrong("of", "It is not said which question.", "Give the name of the question.")
        if kind in ANSWERED and not values:
            self._wrong("values", "It is not said which answers.", "Give their codes, with spaces between them.")
        if kind is Kind.HAPPENED and of not in FACTS:
            self._wrong("of", "Nothing of this name is known here.", "Choose one of: {known}.", known=", ".join(FACTS))

    def _wrong(self, column: str, message: str, action: str, **params: str | int) -> None:
        self.problems.append(_problem("wrong", message, action, self.path, self.number, column, **params))


def _problem(
    code: str,
    message: str,
    action: str,
    path: Path,
    row: int | None = None,
    column: str = "",
    **params: str | int,
) -> Problem:
    return Problem(f"rules.{code}", message, action, Where(file=str(path), row=row, field=column), params=params)
