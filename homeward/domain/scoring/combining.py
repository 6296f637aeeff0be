"""From the values a component reads to its own value, and whether that value rests on an answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from homeward.domain.instruments import Answer, How, Missing, MissingRule
from homeward.domain.scoring.plan import Alternative, Step
from homeward.domain.scoring.reading import holds

LEFT_OUT = 0  # not asked or not applicable: leaves the answered share
UNANSWERED = 1  # applicable, without a valid answer; its value, if any, was put in by a missing rule
ANSWERED = 2

LEAVING = (Missing.NOT_ASKED, Missing.NOT_APPLICABLE)
AGE_UNKNOWN = -2
NONE_HOLDS = -1

Outcome = tuple[int | Missing, int]


def state_of(value: int | Missing) -> int:
    """For a leaf: an answer to a question."""
    if isinstance(value, int):
        return ANSWERED
    return LEFT_OUT if value in LEAVING else UNANSWERED


def impute(alternative: Alternative, kind: int | Missing) -> Outcome:
    """One question without a value, under the missing rule. What was not asked adds nothing under any rule."""
    if isinstance(kind, int):
        return kind, ANSWERED
    state = LEFT_OUT if kind in LEAVING else UNANSWERED
    if alternative.rule is MissingRule.VALUE and kind is not Missing.NOT_ASKED:
        return alternative.missing_value, state
    return kind, state


def choose(step: Step, taken: Mapping[int, Answer], age: int | None) -> int:
    """The first row whose ages and conditions hold; AGE_UNKNOWN when only the age was lacking to decide."""
    outcome = NONE_HOLDS
    for at, row in enumerate(step.alternatives):
        if not all(holds(test, taken[test.question]) for test in row.tests):
            continue
        if row.needs_age and age is None:
            outcome = AGE_UNKNOWN
        elif age is None or (
            (row.min_age is None or row.min_age <= age) and (row.max_age is None or age <= row.max_age)
        ):
            return at
    return outcome


def combine(row: Alternative, values: Sequence[int | Missing], states: Sequence[int], leaves: int) -> Outcome:
    """`states` are those of components, whose positions come after the `leaves`."""
    present: list[int] = []
    lacking: list[Missing] = []
    answered = applicable = 0
    for at in row.sources:
        value = values[at]
        state = states[at - leaves] if at >= leaves else state_of(value)
        applicable += state != LEFT_OUT
        if not isinstance(value, int):
            lacking.append(value)
            value, state = impute(row, value)
        if isinstance(value, int):
            present.append(value)
            answered += state == ANSWERED
    if 100 * answered < row.minimum_share * applicable:
        return Missing.NO_ANSWER, UNANSWERED
    if not present or _spoiled(row, present, lacking):
        kind = _kind(lacking)
        return kind, LEFT_OUT if kind in LEAVING else UNANSWERED
    return _value(row.how, present), ANSWERED if answered else min(applicable, UNANSWERED)


def _spoiled(row: Alternative, present: list[int], lacking: list[Missing]) -> bool:
    """Under the rule `none` one missing answer spoils the component, except that the worst stays the worst."""
    if row.rule is not MissingRule.NONE or all(kind in LEAVING for kind in lacking):
        return False
    return row.how is not How.WORST_OF or min(present) > 0


def _kind(lacking: list[Missing]) -> Missing:
    """The first reason that keeps an applicable question without value; else `not applicable`, else `not asked`."""
    return min(lacking, key=lambda kind: (kind is Missing.NOT_ASKED, kind is Missing.NOT_APPLICABLE))


def _value(how: How, present: list[int]) -> int:
    if how is How.MEAN:
        return sum(present) // len(present)  # the scale makes this division exact
    return min(present) if how is How.WORST_OF else max(present)
