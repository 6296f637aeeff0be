"""Adding components up to a score: the weighted sum, the answered share, and the reason when there is no number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from math import gcd
from typing import NamedTuple

from homeward.domain.instruments import About, Missing, MissingRule
from homeward.domain.scoring.combining import ANSWERED, LEFT_OUT, UNANSWERED
from homeward.domain.scoring.exact import rounded
from homeward.domain.scoring.plan import Alternative
from homeward.domain.scoring.result import NoScore, Score, Value


class Item(NamedTuple):
    """A step with one row that always holds and reads one question, under the weight sets of this scorer."""

    name: str
    leaf: int
    position: int
    weight: int
    composite_weight: int
    row: Alternative


class Tally:
    """Sums of one dimension, under its own weights and under those of the composite."""

    __slots__ = (
        "answered",
        "applicable",
        "components",
        "composite",
        "composite_needed",
        "composite_weight",
        "needed",
        "numerator",
        "weight",
    )

    def __init__(self, components: dict[str, Value]) -> None:
        self.components = components
        self.numerator = self.weight = self.answered = self.applicable = 0
        self.composite = self.composite_weight = 0
        self.needed = self.composite_needed = False  # a component that must not be missing is missing

    @classmethod
    def over(cls, dimensions: list[Tally]) -> Tally:
        """The composite: all components at once, not a mean of the dimensions."""
        whole = cls({})
        for part in dimensions:
            whole.components |= part.components
            whole.numerator += part.composite
            whole.weight += part.composite_weight
            whole.answered += part.answered
            whole.applicable += part.applicable
            whole.needed |= part.composite_needed
        return whole

    def add_answered(
        self, items: Iterable[Item], values: list[int | Missing], shown: Mapping[int, Decimal]
    ) -> list[Item]:
        """What `add` does for items with an answer, most of any interview, in one go; returns the items without."""
        missing: list[Item] = []
        components = self.components
        answered = numerator = weights = composite = composite_weights = 0
        for item in items:
            name, leaf, position, weight, composite_weight, _ = item
            value = values[leaf]
            if not isinstance(value, int):
                missing.append(item)
                continue
            components[name] = shown[value]
            values[position] = value
            answered += 1
            numerator += weight * value
            weights += weight
            composite += composite_weight * value
            composite_weights += composite_weight
        self.answered += answered
        self.applicable += answered
        self.numerator += numerator
        self.weight += weights
        self.composite += composite
        self.composite_weight += composite_weights
        return missing

    def add(
        self, name: str, shown: Value, value: int | Missing, state: int, row: Alternative, weight: int, composite: int
    ) -> None:
        self.components[name] = shown
        if state != LEFT_OUT and not row.construct:
            self.applicable += 1
            self.answered += state == ANSWERED
        if isinstance(value, int):
            self.numerator += weight * value
            self.weight += weight
            self.composite += composite * value
            self.composite_weight += composite
        elif state == UNANSWERED and row.rule is MissingRule.NONE:
            self.needed |= weight > 0
            self.composite_needed |= composite > 0

    def score(self, scale: int, about: About, weight_set: str) -> Score:
        enough = self.applicable > 0 and 100 * self.answered >= about.minimum_share * self.applicable
        reason = self._reason(enough, about.below_minimum == "mark")
        exact = None
        if reason is None:
            denominator = self.weight * scale
            common = gcd(self.numerator, denominator)
            exact = self.numerator // common, denominator // common
        return Score(
            value=rounded(*exact) if exact else None,
            exact=exact,
            answered=self.answered,
            applicable=self.applicable,
            enough=enough,
            reason=reason,
            weight_set=weight_set,
            components=self.components,
        )

    def _reason(self, enough: bool, mark: bool) -> NoScore | None:
        if self.needed:
            return NoScore.NEEDED_ANSWER_MISSING
        if self.applicable and not enough and not (mark and self.weight):
            return NoScore.NOT_ENOUGH_ANSWERS
        return None if self.weight else NoScore.NOTHING_TO_SCORE
