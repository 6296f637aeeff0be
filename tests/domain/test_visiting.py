"""The two rules of visits against obvious referees."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeward.domain.visiting import (
    NO_VISIT,
    QUESTIONS,
    WEEK,
    Answer,
    Check,
    Mode,
    days_left,
    may_go,
    modes_after_lift,
    next_safe,
    verdict,
    ways_left,
    why_shut,
)

answers = st.sampled_from(Answer)
checks = st.builds(Check, answers, answers, answers, answers, st.sampled_from(("", NO_VISIT, *Mode)))
cards = st.none() | st.frozensets(st.sampled_from(Mode))
NO, PERHAPS, YES = Answer


def referee(check: Check, card: frozenset[Mode] | None, quiet: bool) -> set[Mode]:
    """Way by way, as one would say it."""
    if check.danger is YES or check.asked_for == NO_VISIT or quiet:
        return set()
    found = set()
    for mode in Mode:
        fits = card is None or mode in card
        fits &= check.asked_for in ("", mode)
        if mode is Mode.HOME:
            fits &= check.attention < YES and check.resentment < YES and check.danger is NO
        if mode is Mode.SCHOOL:
            fits &= check.attention < YES and check.undermines < YES and check.danger is NO
        if mode is Mode.GROUP:
            fits &= check.danger is NO
        if fits:
            found.add(mode)
    return found


@given(checks, cards, st.booleans())
def test_the_ways_are_those_of_a_slow_obvious_referee(check: Check, card: frozenset[Mode] | None, quiet: bool) -> None:
    found = verdict(check, card, quiet=quiet)
    assert set(found.modes) == referee(check, card, quiet)
    assert len(found.modes) == len(set(found.modes))
    assert found.blocked is bool(found.reasons)
    assert bool(found.instead) is found.blocked


@given(checks, cards, st.booleans(), st.sampled_from(QUESTIONS))
def test_a_graver_answer_never_opens_a_way(
    check: Check, card: frozenset[Mode] | None, quiet: bool, question: str
) -> None:
    given_ = {name: getattr(check, name) for name in QUESTIONS}
    for graver in (each for each in Answer if each > given_[question]):
        worse = Check(**{**given_, question: graver}, asked_for=check.asked_for)
        before, after = verdict(check, card, quiet=quiet), verdict(worse, card, quiet=quiet)
        assert set(after.modes) <= set(before.modes)
        assert set(before.advice) <= set(after.advice)


@given(checks)
def test_a_supervisor_never_lifts_a_home_visit_into_a_danger(check: Check) -> None:
    left = modes_after_lift(check)
    assert {Mode.NEUTRAL, Mode.PHONE} <= set(left)
    if check.danger > NO:
        assert set(left) == {Mode.NEUTRAL, Mode.PHONE}
    if check.attention is YES:
        assert not {Mode.HOME, Mode.SCHOOL} & set(left)


def test_where_nothing_speaks_against_it_the_child_is_seen_at_home() -> None:
    found = verdict(Check(NO, NO, NO, NO))
    assert found.modes == tuple(Mode)
    assert (found.reasons, found.advice) == ((), ())


@pytest.mark.parametrize(
    ("check", "first", "advice"),
    [
        (Check(PERHAPS, NO, NO, NO), Mode.NEUTRAL, "no_signs"),
        (Check(YES, NO, NO, NO), Mode.NEUTRAL, "no_signs"),
        (Check(NO, YES, NO, NO), Mode.GROUP, "with_others"),
        (Check(NO, NO, PERHAPS, NO), Mode.NEUTRAL, "never_alone"),
        (Check(NO, NO, NO, YES), Mode.HOME, "caregiver_first"),
    ],
)
def test_each_worry_leads_to_another_way_and_says_what_to_heed(check: Check, first: Mode, advice: str) -> None:
    found = verdict(check)
    assert found.modes[0] is first
    assert found.advice == (advice,)


def test_no_visit_has_a_reason_and_says_what_instead() -> None:
    assert verdict(Check(NO, NO, YES, NO)).reasons == ("danger",)
    assert verdict(Check(NO, NO, NO, NO, NO_VISIT)).reasons == ("asked_not_to",)
    assert verdict(Check(NO, NO, NO, NO), quiet=True).instead[0] == "wait_until"
    assert verdict(Check(YES, NO, NO, NO, Mode.HOME)).reasons == ("nothing_fits",)
    assert verdict(Check(NO, NO, NO, NO), frozenset()).reasons == ("nothing_fits",)
    with pytest.raises(ValueError, match="barn"):
        Check(NO, NO, NO, NO, "barn")


def test_every_blocked_check_says_something_to_do() -> None:
    for given_ in itertools.product(Answer, repeat=4):
        for asked in ("", NO_VISIT, *Mode):
            found = verdict(Check(*given_, asked_for=asked))
            assert found.modes or (found.reasons and found.instead)


@given(checks, cards)
def test_a_way_is_open_where_nothing_shuts_it_and_what_shuts_it_is_named(
    check: Check, card: frozenset[Mode] | None
) -> None:
    found = why_shut(check, card)
    assert list(found) == list(Mode)
    named = {mode for mode, why in found.items() if not why}
    if check.danger < YES and check.asked_for != NO_VISIT:
        assert named == set(verdict(check, card).modes)
    for mode, why in found.items():
        if card is not None and mode not in card:
            assert why == "card"
        elif why in QUESTIONS:
            assert getattr(check, why) > NO
        elif why == "asked_for":
            assert check.asked_for not in ("", mode)


@given(checks, cards)
def test_a_supervisor_is_offered_what_may_be_lifted_and_the_card_allows(
    check: Check, card: frozenset[Mode] | None
) -> None:
    open_now = {mode for mode, why in why_shut(check, card, lifted=True).items() if not why}
    assert open_now == {mode for mode in modes_after_lift(check) if card is None or mode in card}


@given(checks)
def test_nobody_goes_in_the_place_of_a_case_worker_where_there_may_be_danger(check: Check) -> None:
    for goes in ("volunteer", "community_monitor"):
        assert may_go(goes, check) is (check.danger is NO)
    assert may_go("staff", check)
    assert may_go("colleague", check)


@given(st.lists(st.lists(st.sampled_from(WEEK), unique=True), max_size=4), st.dates(date(2020, 1, 1), date(2030, 1, 1)))
def test_a_day_is_safe_where_every_card_that_names_days_names_it(cards: list[list[str]], day: date) -> None:
    """And the next safe day is the first that is, of the coming seven."""

    def safe(on: date) -> bool:
        return all(f"{on:%a}".casefold() in card for card in cards if card)

    found = next_safe(day, days_left(cards))
    week = [day + timedelta(days=ahead) for ahead in range(7)]
    assert found == next(filter(safe, week), None)


def test_a_group_is_open_only_where_the_card_names_it() -> None:
    """It meets at a neutral place, and still is another way: others see each other there."""
    calm, left = Check(NO, NO, NO, NO), ways_left([("neutral_place", "phone", "somebody")])
    assert left == {Mode.NEUTRAL, Mode.PHONE}
    assert verdict(calm, left).modes == (Mode.NEUTRAL, Mode.PHONE)
    assert why_shut(calm, left)[Mode.GROUP] == "card"
    assert verdict(Check(NO, YES, NO, NO, Mode.GROUP), left).reasons == ("nothing_fits",)
    assert verdict(calm, ways_left([("group", "neutral_place")])).modes == (Mode.NEUTRAL, Mode.GROUP)


@given(st.lists(st.lists(st.sampled_from((*Mode, "message", "somebody"))), max_size=4))
def test_a_way_is_left_where_every_card_names_it(named: list[list[str]]) -> None:
    left = ways_left(named)
    assert (left is None) is (not named)
    assert left is None or left == {mode for mode in Mode if all(str(mode) in map(str, each) for each in named)}


def test_nobody_is_advised_to_see_several_where_the_card_or_the_family_shuts_a_group() -> None:
    check = Check(NO, YES, NO, NO)
    assert verdict(check, frozenset({Mode.GROUP, Mode.PHONE})).advice == ("with_others",)
    assert verdict(check, frozenset({Mode.NEUTRAL, Mode.PHONE})).advice == ("apart",)
    assert verdict(replace(check, asked_for="phone")).advice == ("apart",)
    assert verdict(replace(check, asked_for="group")).advice == ("with_others",)
