"""Rules that call for a review meeting: each kind by a case worked by hand, then what must hold of any history."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeward.domain.succeeding import (
    Answered,
    Facts,
    Happened,
    Kept,
    Kind,
    Review,
    Rule,
    Scored,
    review_called,
    signals,
)

START = date(2026, 1, 1)
LATER = date(2027, 1, 1)
FELL = Rule("fell", Kind.SCORE_FELL, "*", (), Decimal("0.20"), 21)
MISSED = Rule("missed", Kind.MISSED_IN_A_ROW, "", (), Decimal(3), 14)
SAYS = Rule("says", Kind.ANSWER_IS, "child_feel", ("bad",), Decimal(0), 7)
LOST = Rule("lost", Kind.ANSWER_TURNED, "school_attending", ("out_of_school",), Decimal(0), 14)
CONCERN = Rule("concern", Kind.HAPPENED, "concern", (), Decimal(0), 7)
RULES = (FELL, MISSED, SAYS, LOST, CONCERN)


def day(number: int) -> date:
    return START + timedelta(days=number)


def scored(
    at: int, value: str | None, *, who: str = "child", comparable: bool = True, known: int | None = None
) -> Scored:
    number = None if value is None else Decimal(value)
    return Scored(day(at), day(at if known is None else known), who, "social", number, comparable)


def school(at: int, *values: str, who: str = "child") -> Answered:
    return Answered(day(at), day(at), who, "school_attending", values)


@pytest.mark.parametrize(
    ("points", "fell_on"),
    [
        ([scored(0, "0.80"), scored(90, "0.60")], [90]),
        ([scored(0, "0.80"), scored(90, "0.6001")], []),
        ([scored(0, "0.60"), scored(90, "0.80")], []),
        ([scored(0, "0.80"), scored(90, "0.70"), scored(180, "0.60")], []),  # each step by itself
        ([scored(0, "0.80"), scored(90, None), scored(180, "0.55")], [180]),
        ([scored(0, "0.80"), scored(90, "0.50", comparable=False)], []),  # another instrument or age band
        ([scored(0, "0.80"), scored(90, None, comparable=False), scored(180, "0.50")], []),
        ([scored(0, "0.80"), scored(90, "0.50", who="caregiver")], []),  # two voices are never one
        ([scored(0, "0.80"), scored(90, "0.50"), scored(180, "0.20")], [90, 180]),
    ],
)
def test_a_score_falls_from_one_interview_to_the_next(points: list[Scored], fell_on: list[int]) -> None:
    found = signals([FELL], Facts(scored=points), LATER)
    assert [each.day for each in found] == [day(at) for at in fell_on]
    assert all(each.detail == "social child" for each in found)


def test_a_rule_for_one_dimension_does_not_look_at_others() -> None:
    rule = Rule("fell", Kind.SCORE_FELL, "economic", (), Decimal("0.20"), 21)
    assert signals([rule], Facts(scored=[scored(0, "0.9"), scored(9, "0.1")]), LATER) == ()


@pytest.mark.parametrize(
    ("held", "said"),
    [
        ([False, False], []),
        ([False, False, False], [2]),
        ([False, False, False, False], [2]),  # once a row
        ([False, False, True, False, False], []),
        ([False, False, False, True, False, False, False], [2, 6]),
    ],
)
def test_three_rounds_in_a_row_are_missed(held: list[bool], said: list[int]) -> None:
    kept = [Kept(day(30 * number), each) for number, each in enumerate(held)]
    assert [each.day for each in signals([MISSED], Facts(kept=kept), LATER)] == [day(30 * number) for number in said]


@pytest.mark.parametrize(
    ("answers", "turned_on"),
    [
        ([school(0, "every_day"), school(90, "out_of_school")], [90]),
        ([school(0, "out_of_school"), school(90, "out_of_school")], []),  # never had a place
        ([school(0, "every_day"), school(90, "out_of_school"), school(180, "out_of_school")], [90]),
        ([school(0, "every_day"), school(90), school(180, "out_of_school")], [180]),  # not answered is no change
        ([school(0, "every_day"), school(90, "out_of_school", who="caregiver")], []),
    ],
)
def test_a_school_place_is_lost_when_the_answer_turns(answers: list[Answered], turned_on: list[int]) -> None:
    assert [each.day for each in signals([LOST], Facts(answered=answers), LATER)] == [day(at) for at in turned_on]


def test_the_child_says_so() -> None:
    said = [
        Answered(day(5), day(6), "child", "child_feel", ("bad",)),
        Answered(day(9), day(9), "child", "mood", ("bad",)),
    ]
    assert [(each.day, each.known, each.review_by) for each in signals([SAYS], Facts(answered=said), LATER)] == [
        (day(5), day(6), day(13))
    ]


class TestReview:
    def test_the_first_term_decides(self) -> None:
        facts = Facts(scored=[scored(0, "0.9"), scored(10, "0.5")], happened=[Happened(day(20), day(20), "concern")])
        called = review_called(RULES, facts, [], day(20))
        assert called is not None
        assert [each.rule for each in called.signals] == ["fell", "concern"]
        assert called.by == day(27)
        assert not called.overdue_on(day(27))
        assert called.overdue_on(day(28))

    def test_a_meeting_looks_at_all_that_was_known(self) -> None:
        facts = Facts(happened=[Happened(day(20), day(20), "concern")])
        assert review_called(RULES, facts, [day(20)], LATER) is None
        assert review_called(RULES, facts, [day(19)], LATER) is not None

    def test_a_form_that_comes_late_is_not_covered_by_a_meeting_before_it_came(self) -> None:
        facts = Facts(scored=[scored(0, "0.9"), scored(10, "0.5", known=60)])
        assert review_called(RULES, facts, [day(30)], day(59)) is None
        called = review_called(RULES, facts, [day(30)], day(60))
        assert called is not None
        assert (called.signals[0].day, called.by) == (day(10), day(81))

    def test_a_late_visit_takes_a_row_of_missed_ones_back(self) -> None:
        missed = [Kept(day(30), False), Kept(day(60), False), Kept(day(90), False)]
        assert review_called(RULES, Facts(kept=missed), [], LATER) is not None
        came = [Kept(day(30), False), Kept(day(60), True), Kept(day(90), False)]
        assert review_called(RULES, Facts(kept=came), [], LATER) is None

    def test_what_happened_before_the_rules_held_here_calls_for_none(self) -> None:
        facts = Facts(happened=[Happened(day(20), day(20), "concern")])
        assert review_called(RULES, facts, [], LATER, since=day(21)) is None
        assert review_called(RULES, facts, [], LATER, since=day(20)) is not None


DAYS = st.integers(0, 700).map(day)
EVENTS = st.lists(st.tuples(DAYS, st.integers(0, 60)), max_size=8)


def facts_of(falls: list[tuple[date, int]], happened: list[tuple[date, int]]) -> Facts:
    points = [
        Scored(on, on + timedelta(days=late), "child", "social", Decimal("0.9") - Decimal("0.3") * (at % 3), True)
        for at, (on, late) in enumerate(sorted(falls))
    ]
    return Facts(
        scored=points,
        happened=[Happened(on, on + timedelta(days=late), "concern") for on, late in sorted(happened)],
    )


@given(EVENTS, EVENTS, st.lists(DAYS, max_size=4), DAYS)
def test_every_signal_is_looked_at_by_a_meeting_or_stands_in_a_review(
    falls: list[tuple[date, int]], happened: list[tuple[date, int]], held: list[date], today: date
) -> None:
    facts = facts_of(falls, happened)
    called = review_called(RULES, facts, held, today)
    left = set(called.signals if called else ())
    for each in signals(RULES, facts, today):
        assert (each in left) != any(each.known <= meeting <= today for meeting in held)
        assert each.day <= each.known <= today
    assert called is None or isinstance(called, Review) and called.by == min(each.review_by for each in left)


@given(EVENTS, EVENTS, DAYS, st.integers(1, 300))
def test_what_became_known_never_goes_away_by_waiting(
    falls: list[tuple[date, int]], happened: list[tuple[date, int]], today: date, days: int
) -> None:
    facts = facts_of(falls, happened)
    assert set(signals(RULES, facts, today)) <= set(signals(RULES, facts, today + timedelta(days=days)))
