"""From a scoring sheet to a plan: references become positions, decimals become whole numbers at one common scale."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from math import lcm

from homeward.domain.instruments import (
    Choice,
    Component,
    Condition,
    How,
    Instrument,
    Missing,
    MissingRule,
    Question,
)
from homeward.domain.problems import ProblemError
from homeward.domain.scoring.checks import NUMBER_TYPES, check_scoring, is_component, weight_of, weight_sets_of
from homeward.domain.scoring.exact import LEAST_DECIMALS, decimals_in, divisors_up_to, scaled
from homeward.domain.scoring.plan import Alternative, Asked, Kind, Leaf, Plan, Step, Test, WholeBand
from homeward.domain.scoring.scorer import Scorer


def compile_instrument(instrument: Instrument) -> Scorer:
    """Raises ProblemError with every finding when the sheet cannot be scored."""
    problems = check_scoring(instrument)
    if problems:
        raise ProblemError(problems)
    return Scorer(instrument.about, make_plan(instrument))


def make_plan(instrument: Instrument) -> Plan:
    return _Planner(instrument).plan()


class _Planner:
    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.order = _in_order(instrument)
        self.names = frozenset(self.order)
        self.counting = _counting(self.order)
        self.scale = _scale(instrument, self.order)
        self.weight_sets = weight_sets_of(instrument)
        self.weight_scale = 10 ** decimals_in(w for c in instrument.components for w in c.weights.values())
        self.banded = {c.of[0] for c in instrument.components if c.how is How.BANDS}
        self.asked: dict[str, int] = {}
        self.asked_rows: list[Asked] = []
        self.leaves: list[Leaf] = []
        self.leaf_at: dict[tuple[object, ...], int] = {}

    def plan(self) -> Plan:
        for question in self.instrument.questions:
            if not question.repeat and self.instrument.choices_of(question) is not None:
                self._ask(question)
        keys = {name: [self._leaf_keys(row) for row in rows] for name, rows in self.order.items()}
        position = {name: len(self.leaves) + place for place, name in enumerate(self.order)}
        steps = []
        for name, rows in self.order.items():
            alternatives = [
                self._alternative(row, tuple(position[key] if isinstance(key, str) else key for key in sources))
                for row, sources in zip(rows, keys[name], strict=True)
            ]
            steps.append(Step(name, self._dimension(rows[0]), tuple(alternatives)))
        return Plan(
            scale=self.scale,
            asked=tuple(self.asked_rows),
            leaves=tuple(self.leaves),
            steps=tuple(steps),
            dimensions=self.instrument.about.dimensions,
            weight_sets=self.weight_sets,
        )

    def _dimension(self, component: Component) -> int:
        return self.instrument.about.dimensions.index(component.dimension) if component.dimension else -1

    def _leaf_keys(self, component: Component) -> list[int | str]:
        """Positions of leaves, names of components (their positions are known once all leaves are)."""
        return [
            name if is_component(name, component, self.names) else self._leaf(component, self.instrument.by_name[name])
            for name in component.of
        ]

    def _leaf(self, component: Component, question: Question) -> int:
        counting = component.how is How.COUNT
        key = (question.name, counting, component.bands)
        if key not in self.leaf_at:
            choices = self.instrument.choices_of(question)
            options = choices.choices if choices else ()
            self.leaf_at[key] = len(self.leaves)
            self.leaves.append(
                Leaf(
                    question=self._ask(question),
                    table={} if counting else {o.code: self._option_value(o, question.reverse) for o in options},
                    bands=tuple(WholeBand(b.low, b.high, scaled(b.value, self.scale)) for b in component.bands),
                    counts=frozenset(o.code for o in options if not (o.exclusive or o.missing)) if counting else None,
                )
            )
        return self.leaf_at[key]

    def _option_value(self, option: Choice, reverse: bool) -> int | Missing:
        if option.missing is not None or option.score is None:
            return option.missing or Missing.NO_ANSWER
        value = scaled(option.score, self.scale)
        return self.scale - value if reverse else value

    def _ask(self, question: Question) -> int:
        if question.name not in self.asked:
            choices = self.instrument.choices_of(question)
            options = choices.choices if choices else ()
            self.asked[question.name] = len(self.asked_rows)
            self.asked_rows.append(
                Asked(
                    name=question.name,
                    kind=self._kind(question),
                    codes=frozenset(option.code for option in options),
                    missing={option.code: option.missing for option in options if option.missing},
                    exclusive=frozenset(option.code for option in options if option.exclusive),
                    flags={option.code: option.flag for option in options if option.flag},
                )
            )
        return self.asked[question.name]

    def _kind(self, question: Question) -> Kind:
        if question.type in NUMBER_TYPES or question.name in self.banded:
            return "number"
        if self.instrument.choices_of(question) is None:
            return "text"
        return "many" if question.type == "select_multiple" else "one"

    def _alternative(self, component: Component, sources: tuple[int, ...]) -> Alternative:
        imputes = component.missing_rule is MissingRule.VALUE and component.missing_value is not None
        return Alternative(
            how=component.how,
            sources=sources,
            rule=component.missing_rule,
            missing_value=scaled(component.missing_value or Decimal(0), self.scale) if imputes else 0,
            minimum_share=component.minimum_share or 0,
            tests=tuple(self._test(condition) for condition in component.when),
            min_age=component.min_age,
            max_age=component.max_age,
            construct=any(name in self.counting for name in component.of if name != component.name),
            weights={name: scaled(weight_of(component, name), self.weight_scale) for name in self.weight_sets},
        )

    def _test(self, condition: Condition) -> Test:
        asked = self._ask(self.instrument.by_name[condition.question])
        return Test(asked, condition.code, _number(condition.code), condition.negated)


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _in_order(instrument: Instrument) -> dict[str, list[Component]]:
    """Components by name, each after those it reads; otherwise in the order of the sheet."""
    rows: dict[str, list[Component]] = {}
    for component in instrument.components:
        rows.setdefault(component.name, []).append(component)
    ordered: dict[str, list[Component]] = {}
    while len(ordered) < len(rows):
        for name, alternatives in rows.items():
            inputs = {source for row in alternatives for source in row.of if source in rows and source != name}
            if name not in ordered and inputs <= ordered.keys():
                ordered[name] = alternatives
    return ordered


def _counting(order: dict[str, list[Component]]) -> frozenset[str]:
    """Components that count in an answered share, and those that read one of them: what reads these is a construct.

    A component over helpers without a dimension is none: nothing else stands for its questions in the share.
    """
    counting: set[str] = set()
    for name, rows in order.items():
        if any(row.dimension or not counting.isdisjoint(set(row.of) - {name}) for row in rows):
            counting.add(name)
    return frozenset(counting)


def _scale(instrument: Instrument, order: dict[str, list[Component]]) -> int:
    """A power of ten for the values, times what the means divide by; a mean of means needs both of their divisors."""
    decimals = max(LEAST_DECIMALS, decimals_in(_leaf_values(instrument)))
    divisors: dict[str, int] = {}
    for name, rows in order.items():
        divisors[name] = lcm(*(_divisor(row, divisors) for row in rows))
    return int(10**decimals * lcm(*divisors.values()))


def _divisor(component: Component, divisors: dict[str, int]) -> int:
    inner = lcm(*(divisors[name] for name in component.of if name != component.name and name in divisors))
    return inner * (divisors_up_to(len(component.of)) if component.how is How.MEAN else 1)


def _leaf_values(instrument: Instrument) -> Iterable[Decimal]:
    for choices in instrument.choice_lists.values():
        yield from (choice.score for choice in choices.choices if choice.score is not None)
    for component in instrument.components:
        yield from (band.value for band in component.bands)
        if component.missing_value is not None:
            yield component.missing_value
