"""The stated model behind the demo world: what is true for each child, before anybody answers a question.

Each child has, in each dimension, a latent level between 0 and 1 that moves over the months after return along one of
six paths. Answers are drawn from the level with noise; the caregiver sees the same child with a small bias of its own,
and in a stated share of families tells a clearly better story than the child. Because the truth is known, figures made
from the answers can be checked against it. docs/demo-world.md tells the model in words.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Literal

DIMENSIONS = ("economic", "social", "psychosocial")
MONTHS = (0.5, 1, 3, 6, 9, 12, 18, 24)

Path = Literal["recovering", "plateau", "relapse", "decline", "steady", "noisy"]
PATH_SHARES: dict[Path, float] = {
    "recovering": 0.42,
    "plateau": 0.16,
    "relapse": 0.14,
    "decline": 0.08,
    "steady": 0.14,
    "noisy": 0.06,
}
START = {"economic": 0.38, "social": 0.45, "psychosocial": 0.42}
SPREAD = 0.13  # between children at the start
ANSWER_NOISE = 0.17  # within a child, between questions
CAREGIVER_BIAS = 0.05  # caregivers see things slightly better
CONTRADICTION_SHARE = 0.08  # families in which the caregiver tells a clearly better psychosocial story
CONTRADICTION_SIZE = 0.38
REFUSAL_RATE, DONT_KNOW_RATE = 0.02, 0.04
FLAG_RESERVE = 0.9  # share of answers at the bad end that stop short of what raises a flag
MISSED_ROUND_RATE = 0.07
DROPOUT_PER_MONTH = 0.008


@dataclass(frozen=True, slots=True)
class Truth:
    """One child's hidden story. `shift` is the family's starting point in each dimension."""

    path: Path
    shift: dict[str, float]
    turning_month: float
    contradiction: bool
    last_month: float  # contact is lost after it

    def level(self, dimension: str, month: float) -> float:
        """Latent level between 0.03 and 0.97 at a month after return."""
        start = START[dimension] + self.shift[dimension]
        return min(0.97, max(0.03, start + self._movement(month, dimension)))

    def _movement(self, month: float, dimension: str) -> float:
        pace = 0.8 if dimension == "psychosocial" else 1.0  # psychosocial gains come more slowly
        rise = 0.40 * pace * min(1.0, month / 14)
        if self.path == "plateau":
            return min(rise, 0.14)
        if self.path == "relapse" and month > self.turning_month:
            return rise - 0.06 * (month - self.turning_month)
        if self.path == "decline":
            return -0.012 * month
        if self.path == "steady":
            return 0.25
        return rise


def draw_truth(random: Random) -> Truth:
    path = random.choices(list(PATH_SHARES), weights=list(PATH_SHARES.values()))[0]
    family = random.gauss(0, SPREAD * 0.7)
    shift = {dimension: family + random.gauss(0, SPREAD * 0.7) for dimension in DIMENSIONS}
    last = 99.0
    for month in range(1, 25):
        if random.random() < DROPOUT_PER_MONTH:
            last = float(month)
            break
    return Truth(path, shift, random.uniform(7, 15), random.random() < CONTRADICTION_SHARE, last)


def host_peer_truth(random: Random) -> Truth:
    """Host peers start higher and hardly move."""
    truth = draw_truth(random)
    shift = {dimension: value + 0.08 for dimension, value in truth.shift.items()}
    return Truth("steady", shift, truth.turning_month, False, truth.last_month)


def seen_level(truth: Truth, dimension: str, month: float, respondent: str) -> float:
    """The level as this respondent experiences it, before the noise of a single answer."""
    level = truth.level(dimension, month)
    if respondent == "caregiver":
        level += CAREGIVER_BIAS
        if truth.contradiction and dimension == "psychosocial":
            level += CONTRADICTION_SIZE
    return level


def answer_level(random: Random, truth: Truth, dimension: str, month: float, respondent: str) -> float:
    noise = ANSWER_NOISE * (1.8 if truth.path == "noisy" else 1.0)
    return seen_level(truth, dimension, month, respondent) + random.gauss(0, noise)


def took_place(random: Random, truth: Truth, month: float) -> bool:
    return month <= truth.last_month and random.random() >= MISSED_ROUND_RATE
