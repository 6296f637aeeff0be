"""What the scorer returns. Every score says how it was made and how much of it rests on answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from homeward.domain.instruments import Missing
from homeward.domain.problems import Problem
from homeward.domain.scoring.exact import rounded

SCORER_VERSION = "1.0"

Value = Decimal | Missing


class NoScore(StrEnum):
    """Why a score has no value."""

    NOT_ENOUGH_ANSWERS = "not_enough_answers"
    NEEDED_ANSWER_MISSING = "needed_answer_missing"  # a component whose missing rule is `none`
    NOTHING_TO_SCORE = "nothing_to_score"  # no component applied


@dataclass(frozen=True, slots=True)
class Flag:
    """An answer that somebody must see. Flags leave every score alone."""

    question: str
    code: str
    kind: str
    severity: Literal["low", "medium", "high"]


@dataclass(frozen=True, slots=True)
class Score:
    """A dimension's score, or the composite.

    `value` has six decimals, rounded half to even; `exact` is the same number as a fraction in lowest terms.
    `enough` is false below the minimum answered share; `value` may still be there when the instrument only marks such
    scores, and must then not enter a report without saying so.
    """

    value: Decimal | None
    exact: tuple[int, int] | None
    answered: int
    applicable: int
    enough: bool
    reason: NoScore | None
    weight_set: str
    components: Mapping[str, Value]

    @property
    def share(self) -> Decimal | None:
        return share_of(self.answered, self.applicable)


@dataclass(frozen=True, slots=True)
class Result:
    instrument: str
    version: str
    scorer_version: str
    language: str
    dimension_weights: str
    composite_weights: str
    dimensions: Mapping[str, Score]
    composite: Score | None
    components: Mapping[str, Value]  # every component, those that only serve others included
    answered: int
    applicable: int
    flags: tuple[Flag, ...]
    warnings: tuple[Problem, ...]

    @property
    def share(self) -> Decimal | None:
        return share_of(self.answered, self.applicable)


def share_of(answered: int, applicable: int) -> Decimal | None:
    """For display. The minimum is tested on whole numbers, never on this."""
    return rounded(answered, applicable) if applicable else None
