"""The scorer against a second one written from the text, on random instruments and interviews."""

from __future__ import annotations

import os
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from homeward.domain.scoring import Result, Score, compile_instrument
from tests.generative.scoring_worlds import DIMENSIONS, instruments, interviews
from tests.generative.slow_scoring import Expected, SlowScorer

TRIALS = max(1, round(float(os.environ.get("HOMEWARD_TRIALS", "0.02")) * 20_000))
trials = settings(max_examples=TRIALS, deadline=None, suppress_health_check=[HealthCheck.too_slow])
ages = st.one_of(st.none(), st.integers(0, 20))


def agree(score: Score, expected: Expected) -> None:
    assert (score.answered, score.applicable, score.enough) == expected[1:]
    if expected.value is None:
        assert score.value is None
        assert score.exact is None
        assert score.reason is not None
        return
    assert score.exact == (expected.value.numerator, expected.value.denominator)
    assert score.value == six_decimals(expected.value)


def six_decimals(number: Fraction) -> Decimal:
    exact = Context(prec=200).divide(Decimal(number.numerator), Decimal(number.denominator))
    return exact.quantize(Decimal("0.000001"), ROUND_HALF_EVEN, Context(prec=200))


@trials
@given(st.data())
def test_both_scorers_agree_exactly(data: st.DataObject) -> None:
    instrument = data.draw(instruments())
    answers, age = data.draw(interviews(instrument)), data.draw(ages)
    result = compile_instrument(instrument).score(answers, age)
    slow = SlowScorer(instrument, answers, age)
    for name in DIMENSIONS:
        agree(result.dimensions[name], slow.expected((name,), instrument.about.dimension_weights))
    if instrument.about.composite_weights:
        assert result.composite is not None
        agree(result.composite, slow.expected(DIMENSIONS, instrument.about.composite_weights))
    else:
        assert result.composite is None


@trials
@given(st.data())
def test_scores_and_shares_stay_between_zero_and_one(data: st.DataObject) -> None:
    instrument = data.draw(instruments())
    result = compile_instrument(instrument).score(data.draw(interviews(instrument)), data.draw(ages))
    for score in (*result.dimensions.values(), result.composite):
        if score is not None:
            assert score.value is None or 0 <= score.value <= 1
            assert 0 <= score.answered <= score.applicable
            assert score.share is None or 0 <= score.share <= 1
    assert all(isinstance(value, str) or 0 <= value <= 1 for value in result.components.values())
    assert result.answered == sum(score.answered for score in result.dimensions.values())
    assert result.applicable == sum(score.applicable for score in result.dimensions.values())


@trials
@given(st.data())
def test_neither_the_order_of_answers_nor_that_of_interviews_matters(data: st.DataObject) -> None:
    instrument = data.draw(instruments())
    first, second = data.draw(interviews(instrument)), data.draw(interviews(instrument))
    age = data.draw(ages)
    scorer = compile_instrument(instrument)
    expected: Result = scorer.score(first, age)
    scorer.score(second, age)
    assert scorer.score(dict(reversed(first.items())), age) == expected


@trials
@given(st.data())
def test_naming_a_weight_set_changes_only_what_it_weighs(data: st.DataObject) -> None:
    instrument = data.draw(instruments())
    answers, age = data.draw(interviews(instrument)), data.draw(ages)
    plain = compile_instrument(instrument)
    other = plain.with_weights("equal", "equal").score(answers, age)
    assert other.components == plain.score(answers, age).components
    assert (other.dimension_weights, other.composite_weights) == ("equal", "equal")
    slow = SlowScorer(instrument, answers, age)
    agree(other.dimensions["social"], slow.expected(("social",), "equal"))
