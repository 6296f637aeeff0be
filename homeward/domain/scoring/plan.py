"""A scoring sheet as integer operations, in the order of evaluation. Plain data: no function hides in it.

All values are whole numbers at `scale`, all weights whole numbers at a scale of their own set (which cancels out).
A position is an index into one list that holds the leaves first and the components' results after them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from homeward.domain.instruments import FlagMark, How, Missing, MissingRule

Kind = Literal["one", "many", "number", "text"]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question the scorer looks at: to score it, test a condition, raise a flag or find an unknown option."""

    name: str
    kind: Kind
    codes: frozenset[str]
    missing: Mapping[str, Missing]  # codes that stand for a kind of missing
    exclusive: frozenset[str]
    flags: Mapping[str, FlagMark]


@dataclass(frozen=True, slots=True)
class WholeBand:
    low: Decimal | None
    high: Decimal | None
    value: int


@dataclass(frozen=True, slots=True)
class Leaf:
    """One way of turning the answer to a question into a value: by its option, the number of ticks, or its bands."""

    question: int  # index of the Asked
    table: Mapping[str, int | Missing]
    bands: tuple[WholeBand, ...]  # with `counts`: over the number of ticked options, else over the number itself
    counts: frozenset[str] | None = None  # the codes that count; None: do not count


@dataclass(frozen=True, slots=True)
class Test:
    """A condition on an answer."""

    question: int
    code: str
    number: Decimal | None
    negated: bool


@dataclass(frozen=True, slots=True)
class Alternative:
    how: How
    sources: tuple[int, ...]
    rule: MissingRule
    missing_value: int
    minimum_share: int
    tests: tuple[Test, ...]
    min_age: int | None
    max_age: int | None
    construct: bool  # made of components that count by themselves; left out of the answered share
    weights: Mapping[str, int]

    @property
    def needs_age(self) -> bool:
        return self.min_age is not None or self.max_age is not None


@dataclass(frozen=True, slots=True)
class Step:
    name: str
    dimension: int  # index into the dimensions; -1: serves other components only
    alternatives: tuple[Alternative, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    scale: int
    asked: tuple[Asked, ...]
    leaves: tuple[Leaf, ...]
    steps: tuple[Step, ...]
    dimensions: tuple[str, ...]
    weight_sets: frozenset[str]
