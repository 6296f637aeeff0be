"""Who of a round was not asked, and why: what that changes for the round, and what it does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from homeward.domain.protocol import OPEN, Answered, Facts, FollowUp, Missed, Point, State, follow_up
from homeward.formats.protocols import default_schedule

SCHEDULE = default_schedule()
RETURN = date(2026, 1, 10)
FACTS = Facts(RETURN, "12-14")


def stands(day: date, *said: Missed, answered: tuple[Answered, ...] = ()) -> Point:
    found: FollowUp = follow_up(SCHEDULE, replace(FACTS, missed=said, answered=answered), day)
    assert found.current is not None
    return found.current


def first_round() -> tuple[str, date, date]:
    point = follow_up(SCHEDULE, FACTS, RETURN).points[0]
    closes = point.round.closes
    assert closes is not None
    return point.round.code, point.round.due, closes


CODE, DUE, CLOSES = first_round()


def of(respondent: str, reason: str, on: date = DUE) -> Missed:
    return Missed(CODE, on, reason, respondent)


def test_who_was_not_there_is_still_to_be_asked() -> None:
    point = stands(DUE, of("child", "not_here"))
    assert point.state in OPEN
    assert point.missing == ("child", "caregiver")
    assert [(each.respondent, each.reason) for each in point.not_asked] == [("child", "not_here")]
    assert point.not_again == frozenset()


def test_a_no_is_an_answer_and_the_round_waits_for_the_other_alone() -> None:
    point = stands(DUE, of("child", "refused"))
    assert (point.state in OPEN, point.not_again) == (True, {"child"})
    held = stands(DUE, of("child", "refused"), answered=(Answered(DUE, "caregiver", "survey"),))
    assert (held.state, held.reason) == (State.PARTLY, "refused")
    both = stands(DUE, of("child", "refused"), of("caregiver", "refused"))
    assert (both.state, both.reason, both.unexplained) == (State.MISSED, "refused", False)


@pytest.mark.parametrize(("said", "reason"), [((of("child", "not_here"),), ""), ((), "")])
def test_a_round_is_explained_only_where_each_is(said: tuple[Missed, ...], reason: str) -> None:
    after = follow_up(SCHEDULE, replace(FACTS, missed=said), CLOSES + timedelta(days=1)).points[0]
    assert (after.state, after.reason, after.unexplained) == (State.MISSED, reason, True)


def test_when_it_is_over_the_words_explain_it() -> None:
    said = (of("child", "not_here"), of("caregiver", "not_alone"))
    after = follow_up(SCHEDULE, replace(FACTS, missed=said), CLOSES + timedelta(days=1)).points[0]
    assert (after.state, after.reason, after.unexplained) == (State.MISSED, "not_here", False)


def test_an_interview_outdoes_the_word_and_so_does_taking_back() -> None:
    answered = (Answered(DUE, "child", "survey"),)
    assert stands(DUE, of("child", "refused"), answered=answered).not_asked == ()
    assert stands(DUE, of("child", "refused"), Missed(CODE, DUE, "taken_back")).not_asked == ()
    again = stands(DUE, of("child", "refused"), Missed(CODE, DUE, "taken_back"), of("child", "not_here"))
    assert [each.reason for each in again.not_asked] == ["not_here"]
