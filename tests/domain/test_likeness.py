"""Whether two records may be of one child."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from difflib import SequenceMatcher

import pytest

from homeward.domain.child_record import overlap, season_of
from homeward.domain.functioning import FORMS, form_at, overall
from homeward.domain.likeness import LIKELY, POSSIBLE, Likeness, Traits
from homeward.domain.likeness import likeness as likeness_by


def traits(name: str, sounds: str = "", **known: object) -> Traits:
    return Traits(frozenset(name.split()), frozenset((sounds or name).split()), **known)  # type: ignore[arg-type]


def likeness(one: Traits, other: Traits) -> Likeness:
    return likeness_by(one, other, lambda part, each: SequenceMatcher(None, part, each).ratio())


ONE = traits("asha mwangi", "s mnk", sex="female", birth=date(2013, 4, 1), place="1", returned=date(2025, 3, 1))


@pytest.mark.parametrize(
    ("other", "verdict"),
    [
        (ONE, LIKELY),
        (replace(ONE, parts=frozenset({"aisha", "muangi"})), LIKELY),  # it sounds the same
        (traits("asha mwangi", sex="female"), POSSIBLE),  # nothing but the name
        (traits("asha", sex="female"), ""),  # nothing but a given name
        (traits("asha", "s", sex="female", birth=date(2013, 4, 1), place="1"), LIKELY),
        (replace(ONE, sex="male"), LIKELY),  # a slip in one field
        (replace(ONE, sex="male", birth=date(2005, 1, 1)), ""),
        (traits("asha mwangi", sex="male", birth=date(2005, 1, 1)), ""),
        (replace(ONE, parts=frozenset({"juma", "okello"}), sounds=frozenset({"m", "kl"})), ""),
        (replace(ONE, parts=frozenset(), sounds=frozenset()), ""),
    ],
)
def test_a_name_alone_does_not_decide_and_neither_does_all_the_rest(other: Traits, verdict: str) -> None:
    assert likeness(ONE, other).verdict == likeness(other, ONE).verdict == verdict
    assert likeness(ONE, other).reasons == likeness(other, ONE).reasons


def test_an_estimated_birth_speaks_less() -> None:
    guess = replace(ONE, birth=date(2014, 6, 1), birth_estimated=True)
    assert "birth_within_a_year" in likeness(ONE, guess).reasons
    assert "birth_within_a_year" not in likeness(ONE, replace(guess, birth_estimated=False)).reasons


def test_the_form_of_functioning_goes_by_age() -> None:
    assert [form_at(years) for years in (0, 1, 2, 4, 5, 17, 18)] == ["", "", "2-4", "2-4", "5-17", "5-17", ""]
    assert {form: len(domains) for form, domains in FORMS.items()} == {"2-4": 8, "5-17": 13}


def test_one_domain_is_a_difficulty_and_one_not_asked_leaves_it_open() -> None:
    none = dict.fromkeys(FORMS["5-17"], "none")
    assert overall("5-17", none) == "none"
    assert overall("5-17", {**none, "anxiety": "difficulty", "seeing": "not_determined"}) == "difficulty"
    assert overall("5-17", {**none, "seeing": "not_determined"}) == "not_determined"
    assert overall("5-17", dict.fromkeys(FORMS["5-17"][1:], "none")) == "not_determined"


def test_seasons_are_quarters_that_begin_in_december() -> None:
    months = {month: season_of(date(2024, month, 29 if month == 2 else 1)) for month in range(1, 13)}
    assert [months[month] for month in (12, 1, 2, 3, 5, 6, 8, 9, 11)] == [
        *("dec_feb", "dec_feb", "dec_feb", "mar_may", "mar_may", "jun_aug", "jun_aug", "sep_nov", "sep_nov")
    ]


def test_spells_that_meet_on_one_day_overlap() -> None:
    one, two, three = date(2025, 1, 1), date(2025, 1, 2), date(2025, 1, 3)
    assert overlap(one, two, two, None)
    assert overlap(two, None, one, None)
    assert not overlap(one, one, two, three)
    assert not overlap(three, None, one, two)
