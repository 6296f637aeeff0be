"""Which questions an interview was asked, by the form's own skip logic over the values of its row."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from homeward.domain.instruments import Instrument, Question
from homeward.domain.problems import Problem, ProblemError, Where
from homeward.formats.exports.model import notice
from homeward.formats.xform.expressions import (
    PATHS,
    compile_relevant,
    functions_of,
    knowable,
    names_in,
    references,
    unsupported_functions,
)

_CLOCK = re.compile(r"\b(?:today|now)\s*\(")
MOST_REMEMBERED = 50_000


@dataclass(eq=False)
class _Condition:
    """One `relevant`. Its result depends on the values it names, and perhaps the date; it is remembered by them."""

    names: tuple[str, ...]
    holds: Callable[..., bool]
    dated: bool
    remembered: dict[tuple[object, ...], bool]

    def of(self, values: Mapping[str, str], today: date | None) -> bool:
        key = (today if self.dated else None, *map(values.__getitem__, self.names))
        found = self.remembered.get(key)
        if found is None:
            found = self.holds(values, today)
            if len(self.remembered) < MOST_REMEMBERED:
                self.remembered[key] = found
        return found


class SkipLogic:
    """`present` names the questions that have a column. What a condition says of any other is unknown, and only the
    rest of it can hide a question: refused assent hides what follows, whichever other columns are there.
    """

    def __init__(self, instrument: Instrument, present: Iterable[str], wanted: Iterable[str]) -> None:
        self.problems: list[Problem] = []
        self.conditions: dict[str, _Condition] = {}
        self.chains: dict[str, tuple[str, ...]] = {}
        known = frozenset(present)
        rows = instrument.by_name
        for name in wanted:
            self.chains[name] = self._chain(rows[name], rows, known)
        self.order = tuple(
            (question.name, tuple(self.conditions[text] for text in self.chains[question.name]))
            for question in instrument.questions
            if self.chains.get(question.name)
        )
        self.names = frozenset(name for condition in self.conditions.values() for name in condition.names)

    def _chain(self, question: Question, rows: Mapping[str, Question], known: frozenset[str]) -> tuple[str, ...]:
        """The conditions that stand before a question: its own and those of the groups around it."""
        around = [rows[name] for name in question.path if name in rows]
        return tuple(row.relevant for row in (*around, question) if row.relevant.strip() and self._compiled(row, known))

    def _compiled(self, row: Question, known: frozenset[str]) -> bool:
        if row.relevant in self.conditions:
            return True
        try:
            unknown = [name for name in references(row.relevant) if name not in known]
            names = names_in(knowable(row.relevant, unknown))
            condition = _Condition(
                names, compile_relevant(row.relevant, unknown), bool(_CLOCK.search(row.relevant)), {}
            )
            strange = bool(set(functions_of(row.relevant)) & PATHS or unsupported_functions(row.relevant))
        except ProblemError:
            unknown, names, strange = [], (), True
        if unknown:
            message = "The skip logic of {name} names {other}, which has no column in this file."
            self._not_tested(row, "skip_logic_not_tested", message, unknown[0], in_part=bool(names))
        elif strange:
            message = "The skip logic of {name} uses a function that is not known here."
            self._not_tested(row, "skip_logic_unknown", message, in_part=bool(names))
        if names or not (unknown or strange):
            self.conditions[row.relevant] = condition
        return row.relevant in self.conditions

    def _not_tested(self, row: Question, code: str, message: str, other: str = "", *, in_part: bool) -> None:
        if any(problem.where.field == row.name for problem in self.problems):
            return
        action = (
            "Only the rest of its skip logic was used. Export all columns to have all of it tested."
            if in_part
            else "Its answers are taken as they are. Export all columns to have it tested."
        )
        self.problems.append(notice(code, message, action, Where(field=row.name), name=row.name, other=other))

    def hidden(self, values: dict[str, str], today: date | None) -> list[str]:
        """Questions that were not asked. `values` loses their answers on the way: what is hidden counts as empty."""
        found: list[str] = []
        known: dict[tuple[_Condition, ...], bool] = {}  # neighbours in a group share their conditions
        for name, conditions in self.order:
            asked = known.get(conditions)
            if asked is None:
                asked = known[conditions] = all(condition.of(values, today) for condition in conditions)
            if not asked:
                found.append(name)
                if values.get(name):
                    values[name] = ""
                    known.clear()
        return found
