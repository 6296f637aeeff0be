"""The adult survey's golden vectors, and its display rules, met by the scorer."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import pytest

from homeward.domain.instruments import Missing
from homeward.domain.scoring import Result, Scorer, compile_instrument
from homeward.formats.xlsform.library import Library
from tests.spec.rss_table import make_rss

GOLDEN = Path(__file__).parent / "golden" / "rss_adult.csv"
DIMENSIONS = ("economic", "social", "psychosocial")


def golden_rows() -> list[dict[str, str]]:
    with GOLDEN.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module", params=["from the table", "from the library"])
def scorer(request: pytest.FixtureRequest) -> Scorer:
    """Two sources that nobody copied from each other: weights typed in a test, and the sheets that ship."""
    instrument = make_rss() if request.param == "from the table" else Library().load("rss-adult").instrument
    return compile_instrument(instrument)


def score(scorer: Scorer, row: dict[str, str]) -> Result:
    values: dict[str, Decimal | Missing] = {}
    for asked in scorer.plan.asked:
        if asked.name.startswith("rss") and asked.name[3:5].isdigit():
            cell = row[f"item_{int(asked.name[3:5])}"]
            not_given = Missing.REFUSED if cell == "missing" else Missing.NOT_ASKED
            values[asked.name] = not_given if cell in ("", "missing") else Decimal(cell)
    assert len(values) == 29
    return scorer.score_values(values)


@pytest.mark.parametrize("row", golden_rows(), ids=lambda row: row["case"])
def test_golden_vectors_are_met_to_six_decimals(scorer: Scorer, row: dict[str, str]) -> None:
    result = score(scorer, row)
    for name in DIMENSIONS:
        assert result.dimensions[name].value == Decimal(row[f"expected_{name}"]), name
    assert result.composite is not None
    assert result.composite.value == Decimal(row["expected_composite"])


def test_all_golden_vectors_are_there() -> None:
    assert len(golden_rows()) == 16


def test_the_composite_is_not_the_mean_of_the_dimensions(scorer: Scorer) -> None:
    result = score(scorer, next(row for row in golden_rows() if row["case"] == "mixed"))
    mean = sum(score.value or 0 for score in result.dimensions.values()) / 3
    assert round(mean, 4) == Decimal("0.5269")
    assert result.composite is not None
    assert round(result.composite.value or 0, 4) == Decimal("0.5767")


def test_the_answered_share_counts_29_and_30_once_and_leaves_the_construct_out(scorer: Scorer) -> None:
    result = score(scorer, next(row for row in golden_rows() if row["case"] == "all_best"))
    assert (result.answered, result.applicable) == (28, 28)
    assert result.dimensions["social"].applicable == 10
    assert result.dimensions["psychosocial"].applicable == 9


def test_below_the_minimum_the_number_stands_and_is_marked(scorer: Scorer) -> None:
    result = score(scorer, next(row for row in golden_rows() if row["case"] == "all_missing"))
    economic = result.dimensions["economic"]
    assert economic.value == Decimal("0.500000")
    assert economic.share == 0
    assert not economic.enough
