"""From a hidden level to the option that a child or caregiver would choose, for any scored instrument."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from random import Random

from homeward.demo.truth import DONT_KNOW_RATE, FLAG_RESERVE, REFUSAL_RATE
from homeward.domain.instruments import Band, Choice, Component, How, Instrument, Missing, Question

Level = Callable[[str], float]  # dimension -> the level as this respondent feels it at this question
AGREEMENTS = frozenset({"caregiver_consent", "child_assent", "limits_explained", "in_private", "participants_consent"})


@dataclass(frozen=True, slots=True)
class Use:
    """How the scoring sheet uses a question."""

    dimension: str
    how: How
    bands: tuple[Band, ...]


def uses_of(instrument: Instrument) -> Mapping[str, Use]:
    """Question -> its first use; a question that only feeds a construct gets the construct's dimension."""
    found: dict[str, Use] = {}
    dimension_of = {c.name: c.dimension for c in instrument.components if c.dimension}
    for component in instrument.components:
        dimension = component.dimension or _dimension_above(component, instrument, dimension_of)
        for name in component.of:
            if name in instrument.by_name and dimension:
                found.setdefault(name, Use(dimension, component.how, component.bands))
    return found


def _dimension_above(component: Component, instrument: Instrument, dimension_of: Mapping[str, str]) -> str:
    above = next((c for c in instrument.components if component.name in c.of), None)
    return dimension_of.get(above.name, "") if above else ""


@dataclass(frozen=True)
class Answerer:
    """Answers one interview. `known` are facts that are not a matter of feeling: date, code, respondent, age."""

    instrument: Instrument
    uses: Mapping[str, Use]
    level: Level
    random: Random
    known: Mapping[str, str]

    def answer(self, question: Question) -> str:
        """The answer as it stands in a submission; empty for none."""
        if question.name in self.known:
            return self.known[question.name]
        if question.type == "select_one":
            return self._one(question)
        if question.type == "select_multiple":
            return self._several(question)
        if question.type in ("integer", "decimal", "range"):
            return self._number(question)
        return self.random.choice(("A", "B")) if question.type == "text" and question.required else ""

    def _choices(self, question: Question) -> tuple[Choice, ...]:
        found = self.instrument.choices_of(question)
        return found.choices if found else ()

    def _one(self, question: Question) -> str:
        choices = self._choices(question)
        if not choices:
            return ""
        if question.name in AGREEMENTS:
            return next((choice.code for choice in choices if choice.code == "yes"), choices[0].code)
        missing = self._missing(choices)
        if missing:
            return missing
        scored = [choice for choice in choices if choice.score is not None]
        use = self.uses.get(question.name)
        if scored and use is not None:
            level = self.level(use.dimension)
            target = 1 - level if question.reverse else level
            return self._nearest(scored, target)
        plain = [choice for choice in choices if choice.missing is None and choice.flag is None] or list(choices)
        return self.random.choice(plain).code

    def _nearest(self, scored: list[Choice], target: float) -> str:
        """A low level is not yet harm: most who would choose an option that raises a flag choose the next to it."""
        ordered = sorted(scored, key=lambda choice: abs(float(choice.score or 0) - target))
        if ordered[0].flag is not None and len(ordered) > 1 and self.random.random() < FLAG_RESERVE:
            ordered = [choice for choice in ordered if choice.flag is None] or ordered
        return ordered[0].code

    def _missing(self, choices: tuple[Choice, ...]) -> str:
        draw = self.random.random()
        kind = (
            Missing.REFUSED
            if draw < REFUSAL_RATE
            else Missing.DONT_KNOW
            if draw < REFUSAL_RATE + DONT_KNOW_RATE
            else None
        )
        return next((choice.code for choice in choices if kind is not None and choice.missing == kind), "")

    def _several(self, question: Question) -> str:
        choices = self._choices(question)
        use = self.uses.get(question.name)
        level = self.level(use.dimension) if use else 0.5
        ticked = [
            choice.code
            for choice in choices
            if not choice.exclusive
            and choice.missing is None
            and self.random.random() < min(0.97, max(0.08, level + 0.2))
        ]
        none = next((choice.code for choice in choices if choice.exclusive and choice.missing is None), "")
        return " ".join(ticked) or none

    def _number(self, question: Question) -> str:
        use = self.uses.get(question.name)
        if use is None or not use.bands:
            return "1"
        level = self.level(use.dimension)
        band = min(use.bands, key=lambda band: abs(float(band.value) - level))
        low = band.low if band.low is not None else Decimal(0)
        high = band.high if band.high is not None else low + 2
        return str(self.random.randint(int(low), max(int(low), int(high))))
