"""Rounds are anchored on the return date; ages and bands are computed from dates."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from homeward.domain.ages import band_at, band_changes_on, birth_from_age, completed_years
from homeward.domain.rounds import add_months, round_answered, round_asked, rounds_of
from homeward.formats.protocols import default_schedule

RETURN = date(2024, 1, 31)
SCHEDULE = default_schedule()


def test_eight_rounds_from_two_weeks_to_two_years() -> None:
    rounds = rounds_of(SCHEDULE, RETURN)
    assert [(each.number, str(each.months), each.due.isoformat()) for each in rounds] == [
        (1, "0.5", "2024-02-14"),
        (2, "1", "2024-02-29"),
        (3, "3", "2024-04-30"),
        (4, "6", "2024-07-31"),
        (5, "9", "2024-10-31"),
        (6, "12", "2025-01-31"),
        (7, "18", "2025-07-31"),
        (8, "24", "2026-01-31"),
    ]


@pytest.mark.parametrize(
    ("day", "months", "days_off"),
    [
        (date(2024, 1, 31), "0.5", -14),
        (date(2024, 2, 14), "0.5", 0),
        (date(2024, 2, 15), "1", -14),
        (date(2024, 2, 22), "1", -7),
        (date(2024, 12, 17), "9", 47),
        (date(2025, 1, 16), "9", 77),
        (date(2025, 1, 17), "12", -14),
        (date(2027, 5, 1), "24", 455),
    ],
)
def test_an_interview_belongs_to_the_round_that_was_to_be_done(day: date, months: str, days_off: int) -> None:
    found = round_answered(SCHEDULE, RETURN, day)
    assert found is not None
    assert (found.round.months, found.days_off) == (Decimal(months), days_off)


def test_before_the_return_there_is_no_round() -> None:
    assert round_answered(SCHEDULE, RETURN, date(2024, 1, 30)) is None
    assert round_asked(SCHEDULE, RETURN, date(2024, 1, 30)) is None


def test_an_interview_today_answers_the_round_that_is_asked_today() -> None:
    for days in range(900):
        day = RETURN + timedelta(days=days)
        found = round_answered(SCHEDULE, RETURN, day)
        assert found is not None
        assert found.round == round_asked(SCHEDULE, RETURN, day)


def test_months_end_on_the_last_day_of_a_shorter_month() -> None:
    assert add_months(date(2023, 8, 31), 6) == date(2024, 2, 29)
    assert add_months(date(2023, 11, 30), 3) == date(2024, 2, 29)


@pytest.mark.parametrize(
    ("birth", "day", "years"),
    [
        (date(2012, 2, 29), date(2025, 2, 28), 12),
        (date(2012, 2, 29), date(2025, 3, 1), 13),
        (date(2012, 6, 1), date(2024, 5, 31), 11),
        (date(2012, 6, 1), date(2024, 6, 1), 12),
    ],
)
def test_completed_years(birth: date, day: date, years: int) -> None:
    assert completed_years(birth, day) == years


def test_a_band_changes_in_the_month_of_a_birthday_and_does_not_tell_the_day() -> None:
    birth = date(2012, 6, 17)
    assert band_at(birth, date(2024, 6, 16)).code == "6-11"
    assert band_at(birth, date(2024, 6, 17)).code == "12-14"
    assert band_changes_on(birth, date(2024, 6, 16)) == date(2024, 6, 1)
    assert band_changes_on(date(2000, 1, 1), date(2024, 1, 1)) is None


@pytest.mark.parametrize("age", [0, 5, 11, 17])
def test_an_estimated_birth_date_gives_back_the_age_it_came_from(age: int) -> None:
    for day in (date(2024, 2, 29), date(2025, 1, 1), date(2025, 7, 3), date(2025, 12, 31)):
        assert completed_years(birth_from_age(age, day), day) == age
