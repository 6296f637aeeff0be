"""The worked examples, answered in ODK's own engines: skip logic lets each be given, and it scores as worked out."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

import pytest

from homeward.domain.instruments import Answer, Example, Instrument, Missing
from homeward.domain.scoring import Result
from homeward.domain.scoring.compiling import compile_instrument
from homeward.formats.xform.answers import answers
from homeward.formats.xform.evaluate import evaluate
from homeward.formats.xlsform.loading import load
from tests.engines.engines import Engine, Held, Order
from tests.engines.trial_forms import INSTRUMENTS, LIBRARY, MEDIA, TEXTS, Builder

pytestmark = pytest.mark.engine
AGREED = {"caregiver_consent": "yes", "child_assent": "yes"}
AGE = "child_age_years"
TRIES = 40  # what an example does not say is drawn until the skip logic asks what the example says was asked


@lru_cache
def instrument(name: str) -> Instrument:
    return load(LIBRARY / name).instrument


# About tables from other forms of the same survey, which ask less: our own form asks these questions of everybody.
OF_OTHER_FORMS = {("rss-adult/1.0", "water_and_papers_not_asked"), ("rss-adult/1.0", "discrimination_not_asked")}
CASES = [
    (name, at)
    for name in INSTRUMENTS
    for at, example in enumerate(instrument(name).examples)
    if (name, example.name) not in OF_OTHER_FORMS
]


def told(example: Example) -> dict[str, str]:
    age = {} if example.age is None else {AGE: str(example.age)}
    spoken = {name: _text(answer) for name, answer in example.answers.items() if answer is not Missing.NOT_ASKED}
    return {**AGREED, **age, **spoken}


def _text(answer: Answer) -> str:
    if isinstance(answer, Missing):
        return ""
    return " ".join(answer) if isinstance(answer, tuple) else str(answer)


def as_in(example: Example, found: Mapping[str, Answer]) -> bool:
    hidden = {name for name, answer in example.answers.items() if answer is Missing.NOT_ASKED}
    return hidden == {name for name in example.answers if found[name] is Missing.NOT_ASKED}


def score(name: str, example: Example, held: Held, builder: Builder) -> Result | None:
    form = builder(name).form
    found = answers(form, evaluate(form, held.xml, datetime.datetime.now(datetime.UTC), MEDIA)).coded
    if not as_in(example, found):
        return None
    assert {key: found[key] for key in example.answers} == dict(example.answers)
    return compile_instrument(instrument(name)).score(found, example.age)


def scored(engine: Engine, name: str, example: Example, builder: Builder, media: Path) -> Result:
    for seed in range(1, TRIES + 1):
        held = engine.hold(Order(builder(name).path, media, seed, TEXTS, given=told(example)))
        result = score(name, example, held, builder)
        if result is not None:
            return result
    pytest.fail(f"{name}, {example.name}: no interview asks what this example says was asked")


def check(result: Result, example: Example) -> None:
    got: dict[str, Decimal | None] = {name: one.value for name, one in result.dimensions.items()}
    got["composite"] = result.composite.value if result.composite else None
    assert {name: got[name] for name in example.expected} == dict(example.expected)


@pytest.mark.parametrize(("name", "at"), CASES)
def test_an_example_answered_in_collects_engine_scores_as_worked_out(
    name: str, at: int, built: Builder, javarosa: Engine, media: Path
) -> None:
    example = instrument(name).examples[at]
    check(scored(javarosa, name, example, built, media), example)


@pytest.mark.parametrize(("name", "at"), CASES)
def test_an_example_answered_in_the_browser_engine_scores_as_worked_out(
    name: str, at: int, built: Builder, webforms: Engine, media: Path
) -> None:
    example = instrument(name).examples[at]
    check(scored(webforms, name, example, built, media), example)


@pytest.mark.parametrize(("name", "case"), sorted(OF_OTHER_FORMS))
def test_an_example_of_other_forms_cannot_be_answered_in_ours(
    name: str, case: str, built: Builder, javarosa: Engine, media: Path
) -> None:
    example = next(one for one in instrument(name).examples if one.name == case)
    held = [javarosa.hold(Order(built(name).path, media, seed, TEXTS, given=told(example))) for seed in range(5)]
    assert all(score(name, example, one, built) is None for one in held)
