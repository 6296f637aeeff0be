"""Dates and ages, and the impossible ones. The age at interview is computed from dates where both are there."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from homeward.domain.instruments import About
from homeward.domain.problems import Problem, Where
from homeward.formats.exports.model import notice
from homeward.formats.numbers import bounded_decimal

AGE_NAMES = (
    "child_age_years",  # the name in our own library
    "child_age",
    "age_child",
    "age_at_interview",
    "age_years",
    "age_in_years",
    "age",
)  # the first that is there
BIRTH_NAMES = ("child_birth_date", "child_dob", "birth_date", "date_of_birth", "birthdate", "dob")
EARLIEST_BIRTH = date(1900, 1, 1)
EARLIEST_INTERVIEW = date(2000, 1, 1)
OLDEST = 120
_ONE_DAY = timedelta(days=1)


class Timing(NamedTuple):
    interview: date | None
    age: int | None
    problems: tuple[Problem, ...]


@lru_cache(maxsize=100_000)
def read_date(text: str) -> date | None:
    """ISO 8601, with or without a time. 03/04/2024 is read by nobody with certainty, so it is not read here."""
    text = text.strip()
    try:
        return date.fromisoformat(text[:10]) if len(text) >= 10 else None
    except ValueError:
        return None


def completed_years(born: date, at: date) -> int:
    return at.year - born.year - ((at.month, at.day) < (born.month, born.day))


def timing(interview: str, born: str, age: str, about: About, today: date | None) -> Timing:
    """Cells of one row; empty where there is no such column. `today` finds dates in the future."""
    problems: list[Problem] = []
    interview_day = _day(interview, about.date_question, EARLIEST_INTERVIEW, today, problems)
    birth_day = _day(born, "birth_date", EARLIEST_BIRTH, today, problems)
    stated = _stated(age, problems)
    computed = completed_years(birth_day, interview_day) if birth_day and interview_day else None
    if computed is not None and not 0 <= computed <= OLDEST:
        problems.append(
            _problem("impossible_age", "birth_date", "The birth date does not go with the date of the interview.")
        )
        computed = None
    if computed is not None and stated is not None and abs(computed - stated) > 1:
        problems.append(
            _problem("age_differs", "age", "The age differs from the one that the dates give; the dates were used.")
        )
    years = stated if computed is None else computed
    if years is not None and not _within(years, about):
        problems.append(
            _problem("age_outside_instrument", "age", "The instrument is not meant for a person of this age.")
        )
    return Timing(interview_day, years, tuple(problems))


def _within(years: int, about: About) -> bool:
    if about.subject != "child":
        return True
    return (about.min_age is None or about.min_age <= years) and (about.max_age is None or years <= about.max_age)


def _day(text: str, field: str, earliest: date, today: date | None, problems: list[Problem]) -> date | None:
    if not text.strip():
        return None
    day = read_date(text)
    if day is None:
        problems.append(
            _problem(
                "date_unreadable",
                field,
                "The date cannot be read with certainty.",
                "Write it as year-month-day, like 2024-05-31.",
            )
        )
    elif day < earliest or (today is not None and day > today + _ONE_DAY):  # a day's grace for time zones
        problems.append(_problem("impossible_date", field, "The date is in the future or long past; it was not used."))
        day = None
    return day


def _stated(text: str, problems: list[Problem]) -> int | None:
    if not text.strip():
        return None
    number = bounded_decimal(text)
    if number is not None and 0 <= number <= OLDEST:
        return int(number)
    problems.append(
        _problem("impossible_age", "age", "The age is not a number of years from 0 to 120; it was not used.")
    )
    return None


def _problem(code: str, field: str, message: str, action: str = "Correct it from the record.") -> Problem:
    return notice(code, message, action, Where(field=field))
