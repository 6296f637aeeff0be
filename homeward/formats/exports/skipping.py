"""Which questions an interview was asked, by the form's own skip logic over the values of its row."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from homeward.domain.instruments import Instrument, Question
from homeward.domain.problems import Problem, ProblemError, Where
from homeward.formats.exports.model import notice
from homeward.formats.xform.expressions import compile_relevant, references

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
    """`present` names the questions that have a column. A condition on any other cannot be tested and hides nothing."""

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
            names = references(row.relevant)
            condition = _Condition(names, compile_relevant(row.relevant), bool(_CLOCK.search(row.relevant)), {})
        except ProblemError:
            self._not_tested(
                row, "skip_logic_unknown", "The skip logic of {name} uses a function that is not known here."
            )
            return False
        unknown = [name for name in names if name not in known]
        if unknown:
            message = "The skip logic of {name} names {other}, which has no column in this file."
            self._not_tested(row, "skip_logic_not_tested", message, unknown[0])
            return False
        self.conditions[row.relevant] = condition
        return True

    def _not_tested(self, row: Question, code: str, message: str, other: str = "") -> None:
        if all(problem.where.field != row.name for problem in self.problems):
            action = "Its answers are taken as they are. Export all columns to have it tested."
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
