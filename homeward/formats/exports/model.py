"""A table of interviews as it lies in a file: read once, from top to bottom, in constant memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, NoReturn

from homeward.domain.problems import Problem, ProblemError, Where

TWICE = "\x00"  # stands between a header and its number of occurrence, from the second on
MAX_COLUMNS = 10_000
REPEAT_MARKS = frozenset({"PARENT_KEY", "_parent_index", "_parent_table_name", "__Submissions-id"})


class RawRow(NamedTuple):
    number: int  # as a spreadsheet shows it: the header is row 1; records of JSON count from 1
    cells: dict[str, str]
    problem: Problem | None = None  # of the row as a whole


@dataclass
class Export:
    """`columns` is None where each record names its own (JSON). `repeats` and `seen_bytes` fill while rows are read."""

    file: str
    columns: tuple[str, ...] | None
    rows: Callable[[], Iterator[RawRow]]
    size: int = 0  # bytes; 0 when unknown
    seen_bytes: Callable[[], int] = lambda: 0
    repeats: Counter[str] = field(default_factory=Counter)  # rows of repeats, which are not scored
    problems: list[Problem] = field(default_factory=list)
    decimal_comma: bool = False

    def at(self, row: int | None = None, column: str = "") -> Where:
        return Where(file=self.file, row=row, field=column)


def refuse(code: str, message: str, action: str, where: Where, **params: str | int) -> NoReturn:
    raise ProblemError(Problem(f"exports.{code}", message, action, where, params))


def notice(code: str, message: str, action: str, where: Where, **params: str | int) -> Problem:
    return Problem(f"exports.{code}", message, action, where, params, severity="warning")


def refuse_too_wide(columns: int, where: Where) -> None:
    if columns > MAX_COLUMNS:
        refuse(
            "too_many_columns",
            "The file has more than {limit} columns.",
            "Export the form again.",
            where,
            limit=MAX_COLUMNS,
        )


def unique_columns(header: list[str], where: Where) -> tuple[str, ...]:
    """Every column gets a key of its own, also where the file names two alike. Columns without name get none."""
    refuse_too_wide(len(header), where)
    seen: Counter[str] = Counter()
    keys = []
    for text in header:
        name = text.strip().lstrip("\ufeff")
        seen[name] += 1
        keys.append(name if seen[name] == 1 or not name else f"{name}{TWICE}{seen[name]}")
    return tuple(keys)


def column_name(key: str) -> str:
    return key.partition(TWICE)[0]
