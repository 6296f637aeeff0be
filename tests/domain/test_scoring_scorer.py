"""What the tables of tests/spec cannot show: entry points, alternative weights, exact scale, results that say how."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal, localcontext
from fractions import Fraction

import pytest

from homeward.domain.instruments import (
    About,
    Answer,
    Choice,
    ChoiceList,
    Component,
    FlagMark,
    How,
    Instrument,
    Missing,
    Question,
)
from homeward.domain.scoring import SCORER_VERSION, Flag, NoScore, Scorer, compile_instrument

LIST = ChoiceList(
    "list",
    (
        Choice("good", {}, score=Decimal(1)),
        Choice("half", {}, score=Decimal("0.5")),
        Choice("bad", {}, score=Decimal(0), flag=FlagMark("harm", "high")),
        Choice("refused", {}, missing=Missing.REFUSED),
    ),
)
NAMES = tuple(f"q{number}" for number in range(1, 8))


def scorer(*components: Component, **about: object) -> Scorer:
    rows = components or tuple(Component(name, How.ITEM, (name,), dimension="social") for name in NAMES)
    base = replace(About("test", "2", {}, dimensions=("social",)), **about)  # type: ignore[arg-type]
    questions = tuple(Question(name, "select_one", "list") for name in NAMES)
    return compile_instrument(Instrument(base, questions, {"list": LIST}, rows))


def test_a_result_says_how_it_was_made() -> None:
    result = scorer().score(dict.fromkeys(NAMES, "good"), 13, language="fr")
    assert (result.instrument, result.version, result.scorer_version) == ("test", "2", SCORER_VERSION)
    assert (result.language, result.dimension_weights, result.composite_weights) == ("fr", "equal", "")
    assert result.dimensions["social"].components == dict.fromkeys(NAMES, Decimal("1.000000"))
    assert result.composite is None


def test_a_code_that_reads_like_a_kind_of_missing_is_an_ordinary_code() -> None:
    result = scorer().score({**dict.fromkeys(NAMES, "good"), "q1": "refused"})
    assert result.components["q1"] is Missing.REFUSED
    assert result.warnings == ()


def test_an_answer_that_is_not_in_the_list_is_reported_and_never_guessed() -> None:
    given: list[Answer] = ["Good", "GOOD", " good", "1", ("good", "bad"), Decimal(1)]
    for answer in given:
        result = scorer().score({**dict.fromkeys(NAMES, "good"), "q1": answer})
        assert [str(problem.where) for problem in result.warnings] == ["q1"], answer
        assert result.components["q1"] is Missing.NO_ANSWER
        assert "good" not in str(result.warnings[0]).lower()


def test_flags_of_hidden_answers_can_be_asked_for_apart() -> None:
    one = scorer()
    assert one.score({"q1": Missing.NOT_ASKED}).flags == ()
    assert one.flags_of({"q1": "bad", "q2": Missing.REFUSED}) == (Flag("q1", "bad", "harm", "high"),)


def test_other_weight_sets_on_request() -> None:
    light = Component("q1", How.ITEM, ("q1",), dimension="social", weights={"other": Decimal("0.25")})
    heavy = Component("q2", How.ITEM, ("q2",), dimension="social", weights={"other": Decimal("0.75")})
    plain = scorer(light, heavy)
    answers: dict[str, Answer] = {"q1": "good", "q2": "bad"}
    assert plain.score(answers).dimensions["social"].value == Decimal("0.500000")
    other = plain.with_weights("other", "equal").score(answers)
    assert other.dimensions["social"].value == Decimal("0.250000")
    assert other.dimensions["social"].weight_set == "other"
    assert other.composite is not None
    assert other.composite.value == Decimal("0.500000")
    assert plain.score(answers).composite is None


def test_a_mean_of_means_stays_exact() -> None:
    first = Component("first", How.MEAN, NAMES[:3])
    second = Component("second", How.MEAN, NAMES[3:])
    both = Component("both", How.MEAN, ("first", "second"), dimension="social")
    result = scorer(first, second, both).score({**dict.fromkeys(NAMES, "bad"), "q1": "good", "q4": "half"})
    exact = result.dimensions["social"].exact
    assert exact is not None
    assert Fraction(*exact) == (Fraction(1, 3) + Fraction(1, 8)) / 2


def test_rounding_is_half_to_even_at_six_decimals() -> None:
    parts = tuple(
        Component(name, How.ITEM, (name,), dimension="social", weights={"equal": Decimal(weight)})
        for name, weight in (("q1", "0.0000005"), ("q2", "0.9999995"))
    )
    even = scorer(*parts).score({"q1": "good", "q2": "bad"}).dimensions["social"]
    assert even.exact == (1, 2_000_000)
    assert even.value == Decimal("0.000000")
    odd = scorer(*parts).score({"q1": "bad", "q2": "good"}).dimensions["social"]
    assert odd.value == Decimal("1.000000")


def test_the_precision_of_the_caller_does_not_matter() -> None:
    with localcontext() as context:
        context.prec = 2
        assert scorer().score(dict.fromkeys(NAMES, "half")).dimensions["social"].value == Decimal("0.500000")
        third = scorer(*(Component(n, How.ITEM, (n,), dimension="social") for n in NAMES[:3]))
        value = third.score({"q1": "good", "q2": "bad", "q3": "bad"}).dimensions["social"].value
    assert value == Decimal("0.333333")


def test_values_can_be_fed_directly_and_must_fit_the_scale() -> None:
    values: dict[str, Decimal | Missing] = dict.fromkeys(NAMES, Decimal("0.1234"))
    assert scorer().score_values({**values, "q1": Missing.NOT_ASKED}).dimensions["social"].value == Decimal("0.123400")
    with pytest.raises(ValueError, match="more decimals"):
        scorer().score_values({**values, "q1": Decimal("0.12345")})


def test_an_instrument_without_components_has_no_scores() -> None:
    about = About("test", "1", {}, dimensions=("social",))
    result = compile_instrument(Instrument(about, (), {})).score({})
    assert result.dimensions["social"].reason is NoScore.NOTHING_TO_SCORE
    assert result.share is None


def test_unlisted_answers_and_other_names_are_ignored() -> None:
    result = scorer().score({**dict.fromkeys(NAMES, "good"), "elsewhere": "x", "number": Decimal(3)})
    assert result.answered == len(NAMES)
