"""An outlook says of each of its days what the clock says, and what the slow referee says, who knows of no outlook."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from homeward.domain.outlook import outlook
from homeward.domain.protocol import Facts, State, due_now, follow_up
from homeward.domain.rounds import Schedule
from homeward.formats.protocols import default_schedule
from tests.generative import slow_clock as referee
from tests.generative.test_clock import DAYS, SCHEDULES, histories, trials

FAR = 500  # days: further than the last round of any history here but few
SCHEDULE = default_schedule()


@trials
@given(SCHEDULES, histories(), DAYS)
def test_on_each_of_its_days_an_outlook_is_what_the_clock_says(schedule: Schedule, facts: Facts, day: date) -> None:
    found = outlook(schedule, facts, day)
    assert found.first == day <= found.last
    length = min((found.last - day).days, FAR)
    event("a day" if length == 0 else "a week" if length < 7 else "longer")
    for passed in range(length + 1):
        at = day + timedelta(days=passed)
        assert found.on(at) == due_now(schedule, facts, at)
        whole = follow_up(schedule, facts, at)
        assert found.on(at) == (whole.current, whole.contact)


@trials
@given(SCHEDULES, histories(), DAYS, st.integers(0, FAR))
def test_the_referee_agrees_on_any_day_of_it(schedule: Schedule, facts: Facts, day: date, passed: int) -> None:
    found = outlook(schedule, facts, day)
    at = min(found.last, day + timedelta(days=passed))
    point, contact = found.on(at)
    assert (
        (str(contact.state), contact.days_late) == referee.contact(schedule, facts, at)
        if contact
        else (referee.contact(schedule, facts, at) is None)
    )
    if point is not None:
        states = {code: rest for code, *rest in referee.states(schedule, facts, at)}
        assert [str(point.state), point.missing, point.days_late] == states[point.round.code]


@trials
@given(SCHEDULES, histories(), DAYS)
def test_it_lasts_until_something_changes_at_the_latest(schedule: Schedule, facts: Facts, day: date) -> None:
    """From outlook to outlook: no day between two is left out, and each begins where the one before it ended."""
    at, steps = day, 0
    while at < day + timedelta(days=FAR) and steps < 60:
        found = outlook(schedule, facts, at)
        assert found.last >= at
        if found.last == date.max:
            break
        at, steps = found.last + timedelta(days=1), steps + 1


def test_outside_its_days_it_says_nothing() -> None:
    schedule, facts = SCHEDULE, Facts(date(2026, 1, 1), "12-14")
    found = outlook(schedule, facts, date(2026, 2, 1))
    for day in (found.first - timedelta(days=1), found.last + timedelta(days=1)):
        with pytest.raises(ValueError, match="nothing is known"):
            found.on(day)


def test_a_quiet_child_is_looked_at_a_few_times_a_round_and_not_each_day() -> None:
    """Else the dates kept would save nothing."""
    facts, at, looks = Facts(date(2026, 1, 1), "12-14", risks=((date(2026, 1, 1), "low"),)), date(2026, 1, 1), 0
    while at < date(2027, 1, 1):
        at, looks = outlook(SCHEDULE, facts, at).last + timedelta(days=1), looks + 1
    assert looks < 30


def test_no_day_of_return_means_nothing_is_ever_due() -> None:
    found = outlook(SCHEDULE, Facts(None, "12-14"), date(2026, 1, 1))
    assert (found.point, found.contact, found.last) == (None, None, date.max)


def test_days_late_grow_and_the_state_turns_when_tolerance_is_passed() -> None:
    facts = Facts(date(2026, 1, 1), "12-14")
    first = outlook(SCHEDULE, facts, date(2026, 2, 2))  # a month after the return, and a day
    assert first.point is not None
    assert (first.point.state, first.point.days_late, first.last) == (State.TOLERATED, 1, date(2026, 2, 15))
    assert first.on(date(2026, 2, 15))[0].days_late == 14  # type: ignore[union-attr]
    later = outlook(SCHEDULE, facts, date(2026, 2, 16)).point
    assert later is not None
    assert (later.state, later.days_late) == (State.LATE, 15)
