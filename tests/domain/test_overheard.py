"""A round at which the child answered while others listened is held, and says so."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from homeward.domain.protocol import Answered, Facts, Point, State, follow_up
from homeward.domain.rounds import rounds_of
from homeward.formats.protocols import default_schedule

SCHEDULE, START = default_schedule(), date(2026, 1, 15)
ROUND = next(each for each in rounds_of(SCHEDULE, START) if each.code == "m6")


def stands(*answered: Answered, day: date = ROUND.due + timedelta(days=4)) -> Point:
    found = follow_up(SCHEDULE, Facts(START, "12-14", answered=answered), day)
    return next(each for each in found.points if each.round.code == "m6")


def said(days: int, who: str = "child", *, overheard: bool = False) -> Answered:
    return Answered(ROUND.due + timedelta(days=days), who, "survey", overheard)


@pytest.mark.parametrize("state", [State.DONE, State.TOLERATED])
def test_where_others_listened_each_time_the_round_says_so_and_is_as_due_as_before(state: State) -> None:
    both = [said(1, "caregiver")] if state is State.DONE else []
    apart, listened = stands(said(0), *both), stands(said(0, overheard=True), *both)
    assert (apart.overheard, listened.overheard) == ((), ("child",))
    assert apart.state == listened.state == state
    assert apart.answered == listened.answered


def test_one_interview_with_nobody_listening_is_enough_in_whichever_order() -> None:
    assert stands(said(0, overheard=True), said(3)).overheard == ()
    assert stands(said(0), said(3, overheard=True)).overheard == ()
    assert stands(said(0, overheard=True), said(3, overheard=True)).overheard == ("child",)


def test_what_was_asked_apart_at_another_round_or_of_somebody_else_does_not_count() -> None:
    before = (ROUND.opens - ROUND.due).days - 1
    found = stands(said(before), said(0, overheard=True), said(1, "caregiver"))
    assert found.overheard == ("child",)
    assert stands(said(0, overheard=True), said(5)).overheard == ("child",)  # five days on is still to come
