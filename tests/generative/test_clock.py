"""The due list equals the referee's for made-up histories: leap days, ends of months, pauses, levels of risk, changed
days of return, another protocol from a day on.
"""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from homeward.domain.protocol import Answered, Facts, Missed, due_now, follow_up
from homeward.domain.rounds import RISK_LEVELS, ContactRule, Protocol, RoundRule, Schedule, Voice
from homeward.formats.protocols import default_schedule
from tests.generative import slow_clock as referee

TRIALS = max(1, round(float(os.environ.get("HOMEWARD_TRIALS", "0.02")) * 2_500))
trials = settings(max_examples=TRIALS, deadline=None, suppress_health_check=[HealthCheck.too_slow])
FIRST, SPAN = date(2023, 11, 20), 900
DEFAULT = default_schedule().steps[0][1]
OTHER = Protocol(
    "other",
    "1",
    (
        RoundRule("w2", 0, 2, 14, 5),
        RoundRule("m2", 2, 0, 10, 0, (("high", 3),)),
        RoundRule("m5", 4, 4, 30, 9),
        RoundRule("m12", 12, 0, 7, 20),
        RoundRule("m15", 15, 1, 40, 20),
    ),
    {"high": ContactRule(1, 3, 0), "low": ContactRule(20, 20, 5)},
    {**DEFAULT.voices, ("m2", "12-14"): (Voice("child", "survey"), Voice("observer", "visit", required=False))},
)
DAYS = st.integers(0, SPAN).map(lambda days: FIRST + timedelta(days=days))
ODD_DAYS = st.sampled_from([date(2024, 2, 29), date(2023, 12, 31), date(2024, 1, 31), date(2024, 8, 31), FIRST])
STARTS = st.one_of(ODD_DAYS, DAYS)
REASONS = st.sampled_from(["moved", "refused", "taken_back"])


@st.composite
def pauses(draw: Any) -> tuple[date, date | None]:
    since = draw(DAYS)
    return since, draw(st.one_of(st.none(), st.integers(0, 200).map(lambda days: since + timedelta(days=days))))


@st.composite
def histories(draw: Any) -> Facts:
    start = draw(STARTS)
    near = st.one_of(DAYS, st.integers(0, 400).map(lambda days: start + timedelta(days=days)))
    answered = st.builds(
        Answered, near, st.sampled_from(["child", "caregiver", "adult"]), st.sampled_from(["survey", "survey", "visit"])
    )
    codes = st.sampled_from(["w2", "m1", "m3", "m2", "m6", "m12", "contact"])
    said = draw(st.lists(st.builds(Missed, codes, near, REASONS), max_size=4))
    band = draw(st.sampled_from(["0-5", "6-11", "12-14", "15-17", "18+"]))
    changes = st.integers(2024, 2027).flatmap(lambda year: st.integers(1, 12).map(lambda month: date(year, month, 1)))
    return Facts(
        start,
        band,
        None if band == "18+" else draw(changes),
        tuple(
            draw(st.lists(st.tuples(near, st.sampled_from(RISK_LEVELS)), max_size=4, unique_by=lambda each: each[0]))
        ),
        tuple(draw(st.lists(pauses(), max_size=3))),
        tuple(draw(st.lists(answered, max_size=8))),
        tuple(sorted(said, key=lambda each: each.on)),
        draw(st.one_of(st.none(), st.none(), DAYS)),
    )


SCHEDULES = st.one_of(
    st.just(default_schedule()),
    st.just(Schedule(((date.min, OTHER),))),
    DAYS.map(lambda day: Schedule(((date.min, DEFAULT), (day, OTHER)))),
    DAYS.map(lambda day: Schedule(((date.min, OTHER), (day, DEFAULT)))),
)


@trials
@given(SCHEDULES, histories(), DAYS)
def test_every_round_stands_where_the_referee_says(schedule: Schedule, facts: Facts, day: date) -> None:
    ours = [(each.round.code, str(each.state), each.missing, each.days_late) for each in _points(schedule, facts, day)]
    assert ours == referee.states(schedule, facts, day)


def _points(schedule: Schedule, facts: Facts, day: date) -> Any:
    return follow_up(schedule, facts, day).points


@trials
@given(SCHEDULES, histories(), DAYS)
def test_the_contact_is_due_when_the_referee_says(schedule: Schedule, facts: Facts, day: date) -> None:
    found = follow_up(schedule, facts, day).contact
    ours = (str(found.state), found.days_late) if found else None
    assert ours == referee.contact(schedule, facts, day)


@trials
@given(SCHEDULES, histories(), DAYS)
def test_the_short_way_says_the_same_with_the_last_days_alone(schedule: Schedule, facts: Facts, day: date) -> None:
    """As lists ask: of each respondent and family the newest day up to this one."""
    newest: dict[tuple[str, str], Answered] = {}
    for each in sorted((each for each in facts.answered if each.day <= day), key=lambda each: each.day):
        newest[each.respondent, each.family] = each
    point, contact = due_now(schedule, replace(facts, answered=tuple(newest.values())), day)
    whole = follow_up(schedule, facts, day)
    assert contact == whole.contact
    assert (point is None) == (whole.current is None)
    if point is not None and whole.current is not None:
        same = ("round", "state", "due", "missing", "optional", "days_late", "reason")
        assert [getattr(point, name) for name in same] == [getattr(whole.current, name) for name in same]


@trials
@given(SCHEDULES, histories(), DAYS, STARTS)
def test_another_day_of_return_counts_at_once_as_if_it_had_always_been_so(
    schedule: Schedule, facts: Facts, day: date, returned: date
) -> None:
    changed = replace(facts, start=returned)
    ours = [(each.round.code, str(each.state)) for each in _points(schedule, changed, day)]
    assert ours == [each[:2] for each in referee.states(schedule, changed, day)]
    assert _points(schedule, replace(facts, start=None), day) == ()


@trials
@given(SCHEDULES, histories(), DAYS)
def test_what_is_said_later_changes_no_day_before(schedule: Schedule, facts: Facts, day: date) -> None:
    later = day + timedelta(days=1)
    more = replace(
        facts,
        risks=(*facts.risks, (later, "high")),
        pauses=(*facts.pauses, (later, None)),
        answered=(*facts.answered, Answered(later, "child", "survey")),
        missed=(*facts.missed, Missed("m3", later, "moved")),
        ended=facts.ended or later,
    )
    assert _points(schedule, more, day) == _points(schedule, facts, day)
