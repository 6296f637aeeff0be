"""For whom an instrument is meant, and a score told as a third of the scale."""

from __future__ import annotations

from decimal import Decimal

import pytest

from homeward.domain.ages import BAND_CODES
from homeward.domain.fitting import bands_meant, is_asked_with, manner_of
from homeward.domain.instruments import About
from homeward.domain.rounds import Voice
from homeward.domain.thirds import THIRDS, third_of


def about(low: int | None, high: int | None, *respondents: str) -> About:
    return About("x", "1.0", {}, min_age=low, max_age=high, respondents=respondents)


@pytest.mark.parametrize(
    ("low", "high", "bands"),
    [
        (None, None, BAND_CODES),
        (12, 14, ("12-14",)),
        (5, 17, ("0-5", "6-11", "12-14", "15-17")),
        (14, 15, ("12-14", "15-17")),
        (18, None, ("18+",)),
        (None, 11, ("0-5", "6-11")),
    ],
)
def test_an_age_that_is_in_a_band_makes_the_instrument_one_for_it(
    low: int | None, high: int | None, bands: tuple[str, ...]
) -> None:
    assert bands_meant(about(low, high)) == bands


def test_who_is_asked_with_it_is_of_its_family_respondents_and_ages() -> None:
    child = about(12, 14, "child")
    assert is_asked_with(child, Voice("child", "survey"), "12-14")
    assert not is_asked_with(child, Voice("child", "survey"), "15-17")
    assert not is_asked_with(child, Voice("caregiver", "survey"), "12-14")
    assert not is_asked_with(child, Voice("child", "visit"), "12-14")
    assert is_asked_with(child, Voice("child", "survey"), "")  # nobody knows the age


@pytest.mark.parametrize(
    ("low", "high", "respondents", "manner"),
    [
        (6, 11, ("child",), "child"),
        (7, 9, ("child",), "child"),
        (12, 14, ("child",), "private"),
        (15, 17, ("child",), "private"),
        (10, 13, ("child",), "plain"),  # across both: the form has to say which
        (12, None, ("child",), "plain"),
        (None, None, ("child",), "plain"),
        (6, 11, ("caregiver",), "plain"),
        (6, 11, ("child", "caregiver"), "plain"),
    ],
)
def test_how_it_is_put_follows_from_who_alone_is_asked_and_how_old(
    low: int | None, high: int | None, respondents: tuple[str, ...], manner: str
) -> None:
    assert manner_of(about(low, high, *respondents)) == manner


@pytest.mark.parametrize(
    ("value", "third"),
    [
        ("0", "low"),
        ("0.333333", "low"),
        ("0.333334", "middle"),
        ("0.666666", "middle"),
        ("0.666667", "high"),
        ("1", "high"),
    ],
)
def test_thirds(value: str, third: str) -> None:
    assert third_of(Decimal(value)) == third
    assert third in THIRDS
