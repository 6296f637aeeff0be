"""What looks small and is not: numbers with a billion digits, lines that take a minute to read."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest

from homeward.domain.instruments import Question
from homeward.formats.exports.cells import CellReader
from homeward.formats.numbers import bounded_decimal
from homeward.formats.xform.rules import FITS


@pytest.mark.parametrize("text", ["1e-999999999", "1e999999999", "0e-999999999", "9" * 65, "nan", "inf", "", "x"])
def test_no_number_is_longer_than_anybody_counts(text: str) -> None:
    assert bounded_decimal(text) is None


def test_numbers_that_people_write_are_numbers() -> None:
    for text in ("0", "-1.50", " 12 ", "1E3", "0.000001"):
        assert bounded_decimal(text) == Decimal(text.strip())


def test_a_cell_with_a_giant_number_stays_a_text() -> None:
    reader = CellReader(Question("n", "integer"), None)
    assert reader.read("1e999999999") == "1e999999999"
    assert reader.read("12") == Decimal(12)


def test_a_line_of_places_is_read_in_no_time() -> None:
    fits = FITS["geotrace"]
    assert fits("1 2;3 4")
    assert fits(" 1.5 -2.25 0 0 ; 3 4 0 5 ; ")
    for wrong in ("", ";", "1 2;;3 4", "1 2;x", "1;2", "1 2;;"):
        assert not fits(wrong), wrong
    start = time.perf_counter()
    assert not fits("1 1" + " " * 65_000 + "x")
    assert not fits("1 1" + " ;" * 30_000 + "x")
    assert time.perf_counter() - start < 0.5
