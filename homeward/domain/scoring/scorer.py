"""The referee: one interview at a time, in whole numbers, as obvious as speed allows."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from homeward.domain.instruments import About, Answer, FlagMark, Missing
from homeward.domain.problems import Problem, ProblemError, Where
from homeward.domain.scoring.combining import (
    ANSWERED,
    LEFT_OUT,
    NONE_HOLDS,
    UNANSWERED,
    choose,
    combine,
    impute,
)
from homeward.domain.scoring.exact import rounded, scaled
from homeward.domain.scoring.plan import Alternative, Plan
from homeward.domain.scoring.reading import read, value_of, warning
from homeward.domain.scoring.result import SCORER_VERSION, Flag, Result, Value
from homeward.domain.scoring.tally import Item, Tally

_NO_COMPOSITE = ""
_MOST_SHOWN = 10_000


class _Quick(NamedTuple):
    """A question with options that one leaf reads, or none, and no condition: most of any instrument."""

    name: str
    table: dict[Answer, int | Missing]
    asked: int
    leaf: int  # -1: a spare place that nobody reads


class _Given(NamedTuple):
    """What one interview brings. `values` has a place for each leaf, each step, and a spare one."""

    values: list[int | Missing]
    states: list[int]  # of the steps
    taken: Mapping[int, Answer]
    age: int | None
    warnings: list[Problem]

    def warn_of_age(self) -> None:
        if all(problem.code != "scoring.age_unknown" for problem in self.warnings):
            self.warnings.append(warning("age_unknown"))


class _Shown(dict[int, Decimal]):
    """Whole-number values as decimals, made once; there are few, and the table stops growing when there are not."""

    def __init__(self, scale: int) -> None:
        super().__init__()
        self.scale = scale

    def __missing__(self, value: int) -> Decimal:
        decimal = rounded(value, self.scale)
        if len(self) < _MOST_SHOWN:
            self[value] = decimal
        return decimal


class Scorer:
    """Made by `compile_instrument`. Holds no state of an interview; safe to share between threads."""

    def __init__(
        self, about: About, plan: Plan, dimension_weights: str = "", composite_weights: str | None = None
    ) -> None:
        self.about = about
        self.plan = plan
        self.dimension_weights = self._known(dimension_weights or about.dimension_weights)
        self.composite_weights = self._known(
            about.composite_weights if composite_weights is None else composite_weights
        )
        self._shown = _Shown(plan.scale)
        self._leaves_of = tuple(
            tuple(at for at, leaf in enumerate(plan.leaves) if leaf.question == index)
            for index in range(len(plan.asked))
        )
        self._tested = {test.question for step in plan.steps for alt in step.alternatives for test in alt.tests}
        self._quick, self._slow = self._split()
        self._items: tuple[tuple[Item, ...], ...] = tuple(
            tuple(self._item(at) for at in self._direct() if plan.steps[at].dimension == dimension)
            for dimension in (*range(len(plan.dimensions)), -1)
        )
        direct = set(self._direct())
        self._others = tuple(at for at in range(len(plan.steps)) if at not in direct)
        self._blank: tuple[dict[str, Value], ...] = tuple(
            {step.name: Missing.NOT_ASKED for step in plan.steps if step.dimension == at}
            for at in (*range(len(plan.dimensions)), -1)
        )

    def with_weights(self, dimension: str = "", composite: str | None = None) -> Scorer:
        """The same instrument under other weight sets of its scoring sheet."""
        return Scorer(self.about, self.plan, dimension, composite)

    def score(self, answers: Mapping[str, Answer], age: int | None = None, language: str = "") -> Result:
        """`age` in completed years at the interview. A question absent from `answers` was asked and not answered."""
        warnings: list[Problem] = []
        taken: dict[int, Answer] = {}
        values = self._places()
        slow = self._slow
        for name, table, asked_at, leaf in self._quick:
            try:
                values[leaf] = table[answers[name]]
            except KeyError:
                slow = (*slow, asked_at)
        for index in slow:
            asked = self.plan.asked[index]
            answer = read(asked, answers.get(asked.name, Missing.NO_ANSWER), warnings)
            taken[index] = answer
            for place in self._leaves_of[index]:
                values[place] = value_of(self.plan.leaves[place], asked, answer, warnings)
        given = _Given(values, [ANSWERED] * len(self.plan.steps), taken, age, warnings)
        return self._finish(given, language, self.flags_of(answers))

    def score_values(
        self,
        values: Mapping[str, Decimal | Missing],
        age: int | None = None,
        answers: Mapping[str, Answer] | None = None,
    ) -> Result:
        """Score from the values of questions, with at most four decimals; `answers` then serve conditions only."""
        start = self._places()
        for at, leaf in enumerate(self.plan.leaves):
            value = values.get(self.plan.asked[leaf.question].name, Missing.NO_ANSWER)
            start[at] = value if isinstance(value, Missing) else scaled(value, self.plan.scale)
        warnings: list[Problem] = []
        tested = {at: self.plan.asked[at] for at in sorted(self._tested)}
        given = answers or {}
        taken = {at: read(asked, given.get(asked.name, Missing.NO_ANSWER), warnings) for at, asked in tested.items()}
        return self._finish(_Given(start, [ANSWERED] * len(self.plan.steps), taken, age, warnings), "", ())

    def flags_of(self, answers: Mapping[str, Answer]) -> tuple[Flag, ...]:
        """Every ticked option that raises a flag, also where the answer itself cannot be scored."""
        found: list[Flag] = []
        for name, marks in self._flagged:
            answer = answers.get(name, Missing.NO_ANSWER)
            if isinstance(answer, (Missing, Decimal)):
                continue
            ticked = answer if isinstance(answer, tuple) else answer.split()
            found += [Flag(name, code, marks[code].kind, marks[code].severity) for code in ticked if code in marks]
        return tuple(found)

    def _known(self, weight_set: str) -> str:
        if weight_set != _NO_COMPOSITE and weight_set not in self.plan.weight_sets:
            raise ProblemError(
                Problem(
                    "scoring.weight_set_unknown",
                    "The weight set {name} is not in the scoring sheet.",
                    "Use one of: {known}.",
                    Where(sheet="scoring"),
                    {"name": weight_set, "known": ", ".join(sorted(self.plan.weight_sets))},
                )
            )
        return weight_set

    def _split(self) -> tuple[tuple[_Quick, ...], tuple[int, ...]]:
        quick: list[_Quick] = []
        slow: list[int] = []
        for index, asked in enumerate(self.plan.asked):
            leaves = self._leaves_of[index]
            if asked.kind == "one" and len(leaves) <= 1 and index not in self._tested:
                table: dict[Answer, int | Missing] = dict.fromkeys(asked.codes, 0)
                table.update(self.plan.leaves[leaves[0]].table if leaves else {})
                quick.append(_Quick(asked.name, table, index, leaves[0] if leaves else -1))
            else:
                slow.append(index)
        self._flagged: tuple[tuple[str, Mapping[str, FlagMark]], ...] = tuple(
            (asked.name, asked.flags) for asked in self.plan.asked if asked.flags
        )
        return tuple(quick), tuple(slow)

    def _places(self) -> list[int | Missing]:
        return [Missing.NO_ANSWER] * (len(self.plan.leaves) + len(self.plan.steps) + 1)

    def _direct(self) -> tuple[int, ...]:
        """Steps that read one question and have no condition: they need no other step, and go first."""
        found = []
        for at, step in enumerate(self.plan.steps):
            first = step.alternatives[0]
            simple = len(step.alternatives) == 1 and not (first.tests or first.needs_age or first.minimum_share)
            if simple and len(first.sources) == 1 and first.sources[0] < len(self.plan.leaves):
                found.append(at)
        return tuple(found)

    def _item(self, at: int) -> Item:
        step = self.plan.steps[at]
        row = step.alternatives[0]
        return Item(step.name, row.sources[0], len(self.plan.leaves) + at, *self._weights(row), row)

    def _weights(self, row: Alternative) -> tuple[int, int]:
        composite = self.composite_weights
        return row.weights[self.dimension_weights], row.weights[composite] if composite else 0

    def _finish(self, given: _Given, language: str, flags: tuple[Flag, ...]) -> Result:
        tallies = [Tally(blank.copy()) for blank in self._blank]
        for tally, items in zip(tallies, self._items, strict=True):
            for item in tally.add_answered(items, given.values, self._shown):
                value, state = impute(item.row, given.values[item.leaf])
                self._keep(item.name, item.position, value, state, item.row, given, tally)
        for at in self._others:
            self._evaluate(at, given, tallies)
        return self._result(tallies[:-1], tallies[-1], given, language, flags)

    def _evaluate(self, at: int, given: _Given, tallies: list[Tally]) -> None:
        """Any component: choose its row, combine what it reads, add it up."""
        step, leaves = self.plan.steps[at], len(self.plan.leaves)
        chosen = choose(step, given.taken, given.age)
        row = step.alternatives[max(chosen, 0)]
        if chosen >= 0:
            value, state = combine(row, given.values, given.states, leaves)
        elif chosen == NONE_HOLDS:
            value, state = Missing.NOT_ASKED, LEFT_OUT
        else:
            value, state = Missing.NO_ANSWER, UNANSWERED
            given.warn_of_age()
        self._keep(step.name, leaves + at, value, state, row, given, tallies[step.dimension])

    def _keep(
        self, name: str, position: int, value: int | Missing, state: int, row: Alternative, given: _Given, tally: Tally
    ) -> None:
        given.values[position] = value
        given.states[position - len(self.plan.leaves)] = state
        shown = self._shown[value] if isinstance(value, int) else value
        tally.add(name, shown, value, state, row, *self._weights(row))

    def _result(
        self, tallies: list[Tally], serving: Tally, given: _Given, language: str, flags: tuple[Flag, ...]
    ) -> Result:
        """`serving` holds the components that belong to no dimension."""
        about, scale = self.about, self.plan.scale
        whole = Tally.over(tallies)
        return Result(
            instrument=about.id,
            version=about.version,
            scorer_version=SCORER_VERSION,
            language=language,
            dimension_weights=self.dimension_weights,
            composite_weights=self.composite_weights,
            dimensions={
                name: tally.score(scale, about, self.dimension_weights)
                for name, tally in zip(self.plan.dimensions, tallies, strict=True)
            },
            composite=whole.score(scale, about, self.composite_weights) if self.composite_weights else None,
            components={**whole.components, **serving.components},
            answered=whole.answered,
            applicable=whole.applicable,
            flags=flags,
            warnings=tuple(given.warnings),
        )
