"""What stops a scoring sheet from being compiled. Each case changes one thing in a sheet that is right."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from homeward.domain.instruments import (
    About,
    Band,
    Choice,
    ChoiceList,
    Component,
    Condition,
    How,
    Instrument,
    MissingRule,
    Question,
)
from homeward.domain.problems import ProblemError
from homeward.domain.scoring import check_scoring, compile_instrument

FIVE = ChoiceList("five", tuple(Choice(f"v{step}", {}, score=Decimal(step) / 4) for step in range(5)))
BANDS = (Band(Decimal(0), Decimal(0), Decimal(0)), Band(Decimal(1), None, Decimal(1)))
GOOD = Component("q1", How.ITEM, ("q1",), dimension="social")


def instrument(*components: Component, **about: object) -> Instrument:
    questions = (
        Question("q1", "select_one", "five"),
        Question("q2", "select_one", "five"),
        Question("m", "select_multiple", "five"),
        Question("n", "integer"),
        Question("text", "text"),
        Question("inside", "select_one", "five", repeat="people"),
        Question("lost", "select_one", "no_such_list"),
        Question("bare", "select_one", "bare"),
    )
    bare = ChoiceList("bare", (Choice("x", {}), Choice("y", {}, score=Decimal(2))))
    base = About("test", "1", {}, dimensions=("social", "economic"))
    return Instrument(replace(base, **about), questions, {"five": FIVE, "bare": bare}, components)  # type: ignore[arg-type]


def codes(*components: Component, **about: object) -> set[str]:
    return {problem.code.removeprefix("scoring.") for problem in check_scoring(instrument(*components, **about))}


def changed(**fields: object) -> Component:
    return replace(GOOD, **fields)  # type: ignore[arg-type]


def test_a_sheet_that_is_right_compiles() -> None:
    assert codes(GOOD) == set()
    assert compile_instrument(instrument(GOOD)).plan.scale == 10_000


@pytest.mark.parametrize(
    ("code", "component"),
    [
        ("dimension_unknown", changed(dimension="spiritual")),
        ("missing_value", changed(missing_rule=MissingRule.VALUE)),
        ("missing_value", changed(missing_rule=MissingRule.VALUE, missing_value=Decimal("1.5"))),
        ("weight_negative", changed(weights={"equal": Decimal(-1)})),
        ("minimum_share", changed(minimum_share=101)),
        ("ages", changed(min_age=12, max_age=6)),
        ("bands", changed(bands=BANDS)),
        ("bands", changed(how=How.BANDS, of=("n",))),
        ("band_value", changed(how=How.BANDS, of=("n",), bands=(Band(None, None, Decimal(2)),))),
        ("bands_overlap", changed(how=How.BANDS, of=("n",), bands=(BANDS[1], Band(Decimal(3), None, Decimal(0))))),
        ("bands_overlap", changed(how=How.BANDS, of=("n",), bands=(Band(Decimal(5), Decimal(1), Decimal(0)),))),
        ("sources_count", changed(of=())),
        ("sources_count", changed(of=("q1", "q2"))),
        ("source_unknown", changed(of=("q9",))),
        ("source_repeats", changed(of=("inside",))),
        ("source_type", changed(of=("m",))),
        ("source_type", changed(of=("text",))),
        ("source_type", changed(how=How.COUNT, of=("q1",), bands=BANDS)),
        ("choices_unknown", changed(of=("lost",))),
        ("option_value", changed(of=("bare",))),
        ("condition_unknown", changed(when=(Condition("q9", "v1"),))),
        ("condition_option", changed(when=(Condition("q2", "v9"),))),
    ],
)
def test_what_is_wrong_is_named(code: str, component: Component) -> None:
    assert code in codes(component)


def test_a_count_or_band_over_a_component_is_refused() -> None:
    helper = Component("helper", How.ITEM, ("q2",))
    assert "source_component" in codes(helper, changed(how=How.COUNT, of=("helper",), bands=BANDS))


def test_components_that_feed_each_other_are_refused() -> None:
    first = Component("first", How.MEAN, ("second",), dimension="social")
    assert codes(first, Component("second", How.MEAN, ("first",))) == {"cycle"}


def test_rows_of_one_component_must_share_a_dimension_and_be_reachable() -> None:
    assert codes(changed(min_age=6), changed(dimension="economic")) == {"alternative_dimension"}
    assert codes(GOOD, changed(min_age=6)) == {"alternative_unreachable"}


def test_weight_sets_must_exist() -> None:
    assert codes(GOOD, composite_weights="total") == {"weight_set_unknown"}
    with pytest.raises(ProblemError) as caught:
        compile_instrument(instrument(GOOD)).with_weights("total")
    assert caught.value.first.code == "scoring.weight_set_unknown"


def test_compiling_raises_every_finding_at_once_with_its_place() -> None:
    with pytest.raises(ProblemError) as caught:
        compile_instrument(instrument(changed(dimension="spiritual", of=("q9",))))
    assert {problem.code for problem in caught.value.problems} == {
        "scoring.dimension_unknown",
        "scoring.source_unknown",
    }
    assert str(caught.value.first.where) == "sheet scoring, q1"
    assert all(problem.action for problem in caught.value.problems)
