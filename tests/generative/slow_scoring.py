"""A second scorer, written from the text of the method alone: recursive, in fractions, slow, without a common scale."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from homeward.domain.instruments import Answer, Band, Component, Condition, How, Instrument, Missing, MissingRule

GONE = {Missing.NOT_ASKED, Missing.NOT_APPLICABLE}


class Part(NamedTuple):
    value: Fraction | Missing
    applicable: bool
    answered: bool


class Expected(NamedTuple):
    value: Fraction | None
    answered: int
    applicable: int
    enough: bool


class SlowScorer:
    def __init__(self, instrument: Instrument, answers: Mapping[str, Answer], age: int | None) -> None:
        self.instrument, self.answers, self.age = instrument, answers, age
        self.rows: dict[str, list[Component]] = {}
        for component in instrument.components:
            self.rows.setdefault(component.name, []).append(component)

    def clean(self, name: str) -> Answer:
        """What the respondent said, or why nothing usable was said."""
        question = self.instrument.by_name[name]
        answer = self.answers.get(name, Missing.NO_ANSWER)
        if isinstance(answer, (Missing, Decimal)):
            return answer
        choices = self.instrument.choices_of(question)
        assert choices is not None
        if question.type == "select_one":
            return answer if any(choice.code == answer for choice in choices.choices) else Missing.NO_ANSWER
        known = {choice.code: choice for choice in choices.choices}
        if not answer or any(code not in known for code in answer):
            return Missing.NO_ANSWER
        alone = len(answer) == 1 or not any(known[code].exclusive for code in answer)
        return answer if alone else Missing.NO_ANSWER

    def leaf(self, component: Component, name: str) -> Part:
        value = self.leaf_value(component, name)
        gone = isinstance(value, Missing) and value in GONE
        return Part(value, not gone, not isinstance(value, Missing))

    def leaf_value(self, component: Component, name: str) -> Fraction | Missing:
        question, answer = self.instrument.by_name[name], self.clean(name)
        if isinstance(answer, Missing):
            return answer
        if isinstance(answer, Decimal):
            return band(component.bands, answer)
        choices = self.instrument.choices_of(question)
        assert choices is not None
        ticked = [choices.get(code) for code in ([answer] if isinstance(answer, str) else answer)]
        real = [choice for choice in ticked if choice and choice.missing is None]
        if not real:
            first = ticked[0]
            assert first is not None
            assert first.missing is not None
            return first.missing
        if component.how is How.COUNT:
            return band(component.bands, Decimal(sum(not choice.exclusive for choice in real)))
        scores = [Fraction(choice.score or 0) for choice in real]
        return max(1 - score if question.reverse else score for score in scores)

    def part(self, name: str) -> tuple[Component, Part]:
        ageless = False
        for row in self.rows[name]:
            if not all(self.holds(condition) for condition in row.when):
                continue
            if row.min_age is None and row.max_age is None:
                return row, self.combined(row)
            if self.age is None:
                ageless = True
            elif (row.min_age or 0) <= self.age <= (200 if row.max_age is None else row.max_age):
                return row, self.combined(row)
        missing = Missing.NO_ANSWER if ageless else Missing.NOT_ASKED
        return self.rows[name][0], Part(missing, ageless, False)

    def holds(self, condition: Condition) -> bool:
        answer = self.clean(condition.question)
        if isinstance(answer, Missing):
            same = False
        elif isinstance(answer, Decimal):
            same = str(answer) == condition.code
        else:
            same = condition.code == answer or (isinstance(answer, tuple) and condition.code in answer)
        return same != condition.negated

    def combined(self, row: Component) -> Part:
        parts = [self.part(n)[1] if n in self.rows and n != row.name else self.leaf(row, n) for n in row.of]
        applicable, answered = [p for p in parts if p.applicable], [p for p in parts if p.answered]
        if row.minimum_share and len(answered) * 100 < row.minimum_share * len(applicable):
            return Part(Missing.NO_ANSWER, True, False)
        lost = [p.value for p in parts if isinstance(p.value, Missing)]
        values = [p.value for p in parts if isinstance(p.value, Fraction)]
        if row.missing_rule is MissingRule.VALUE:
            values += [Fraction(row.missing_value or 0) for kind in lost if kind is not Missing.NOT_ASKED]
        needed = [kind for kind in lost if kind not in GONE]
        spoiled = row.missing_rule is MissingRule.NONE and needed and not (row.how is How.WORST_OF and 0 in values)
        if spoiled or not values:
            if needed:
                return Part(needed[0], True, False)
            return Part(Missing.NOT_APPLICABLE if Missing.NOT_APPLICABLE in lost else Missing.NOT_ASKED, False, False)
        calculate = {How.MEAN: lambda v: sum(v) / len(v), How.WORST_OF: min}
        return Part(calculate.get(row.how, max)(values), bool(applicable), bool(answered))

    def counts(self, name: str) -> bool:
        """Whether the component, or one it reads, stands in a dimension."""
        reads = [n for row in self.rows[name] for n in row.of if n in self.rows and n != name]
        return bool(self.rows[name][0].dimension) or any(self.counts(n) for n in reads)

    def expected(self, dimensions: tuple[str, ...], weight_set: str) -> Expected:
        about = self.instrument.about
        answered = applicable = 0
        above = below = Fraction(0)
        needed = False
        for name, rows in self.rows.items():
            if rows[0].dimension not in dimensions:
                continue
            row, part = self.part(name)
            if not any(self.counts(n) for n in row.of if n in self.rows and n != name):
                answered, applicable = answered + part.answered, applicable + part.applicable
            weight = Fraction(row.weights.get(weight_set, Decimal(weight_set == "equal")))
            if isinstance(part.value, Fraction):
                above, below = above + weight * part.value, below + weight
            elif row.missing_rule is MissingRule.NONE and part.applicable and weight:
                needed = True
        enough = applicable > 0 and Fraction(answered, applicable) >= Fraction(about.minimum_share, 100)
        held_back = bool(applicable) and not enough and about.below_minimum == "no_score"
        value = None if needed or held_back or not below else above / below
        return Expected(value, answered, applicable, enough)


def band(bands: tuple[Band, ...], number: Decimal) -> Fraction | Missing:
    for one in bands:
        if (one.low is None or one.low <= number) and (one.high is None or number <= one.high):
            return Fraction(one.value)
    return Missing.NO_ANSWER
