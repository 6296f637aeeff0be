"""Ages and age bands. A band and the day it changes may lie readable in the database; a birth date never does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class AgeBand:
    code: str
    low: int  # completed years, inclusive
    high: int | None


AGE_BANDS = (
    AgeBand("0-5", 0, 5),
    AgeBand("6-11", 6, 11),
    AgeBand("12-14", 12, 14),
    AgeBand("15-17", 15, 17),
    AgeBand("18+", 18, None),
)
ADULT = 18
BAND_CODES = tuple(band.code for band in AGE_BANDS)
TWO_VOICES = ("6-11", "12-14", "15-17")  # child and caregiver; for younger ones the caregiver alone answers

# From here on a child's own no decides whether a guardian gets more of its file. A band changes on the first of the
# month of birth, so it holds some days before the birthday. National law may set another age.
OWN_NO_DECIDES = ("15-17", "18+")


def completed_years(birth: date, day: date) -> int:
    """Age in completed years; who is born on 29 February turns a year older on 1 March of other years."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def birthday(birth: date, years: int) -> date:
    """On which somebody turns this old."""
    try:
        return birth.replace(year=birth.year + years)
    except ValueError:
        return date(birth.year + years, 3, 1)


def month_of_18(code: str, changes_on: date | None) -> date | None:
    """The first of the month in which whoever was of this band turns 18; None where nothing says so."""
    high = next((band.high for band in AGE_BANDS if band.code == code), None)
    if changes_on is None or high is None:
        return None
    return changes_on.replace(year=changes_on.year + ADULT - 1 - high)


def birth_from_age(age: int, day: date) -> date:
    """An estimate for somebody said to be this old: half a year into the year of age, which errs least."""
    middle = day - timedelta(days=183)
    return date(middle.year - age, middle.month, 1)


def band_at(birth: date, day: date) -> AgeBand:
    return _band(max(completed_years(birth, day), 0))


def band_of_years(years: int) -> str:
    return _band(years).code


def _band(years: int) -> AgeBand:
    return next(band for band in reversed(AGE_BANDS) if years >= band.low)


def band_changes_on(birth: date, day: date) -> date | None:
    """First of the month in which the next band begins, so that it does not tell the birthday; None for the last."""
    high = band_at(birth, day).high
    return None if high is None else date(birth.year + high + 1, birth.month, 1)


def band_on(code: str, changes_on: date | None, day: date) -> str:
    """The band on a day, before or after, by what lies coded: the band of some day, and when the next one begins.

    It changes on the first of a month, some days before the birthday; nothing has to be opened for it. Of the last band
    nobody knows when it began.
    """
    place = BAND_CODES.index(code) if code in BAND_CODES else -1
    if place < 0 or changes_on is None:
        return code
    while day >= changes_on and place + 1 < len(AGE_BANDS):
        place += 1
        high = AGE_BANDS[place].high
        if high is None:
            return AGE_BANDS[place].code
        changes_on = changes_on.replace(year=changes_on.year + high - AGE_BANDS[place].low + 1)
    while place > 0:
        high = AGE_BANDS[place].high or 0
        began = changes_on.replace(year=changes_on.year - (high - AGE_BANDS[place].low + 1))
        if day >= began:
            break
        place, changes_on = place - 1, began
    return AGE_BANDS[place].code
