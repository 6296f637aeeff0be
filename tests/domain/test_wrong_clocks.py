"""Leap days, days on which clocks jump, dates that cannot be: order, ages, limits and deadlines stay right (R-8)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from homeward.domain.ages import AGE_BANDS, band_at, band_changes_on, completed_years
from homeward.domain.escalations import ClockRule
from homeward.domain.retention import CLOCKS, NOTICE, Period, ended, latest_prolongation, limit_of, listed
from homeward.domain.rounds import round_answered, round_asked, rounds_of
from homeward.formats.protocols import default_schedule

SCHEDULE = default_schedule()
DAYS = [date(2023, 1, 1) + timedelta(days=number) for number in range(3 * 366)]  # with the leap day of 2024
JUMPS = (  # forward, backward, by half an hour, and a whole day that a country left out
    ("Europe/Berlin", datetime(2026, 3, 28, 23, 30)),
    ("Europe/Berlin", datetime(2026, 10, 25, 0, 30)),
    ("America/New_York", datetime(2026, 3, 8, 0, 30)),
    ("Africa/Casablanca", datetime(2026, 2, 15, 1, 30)),
    ("Australia/Lord_Howe", datetime(2026, 4, 5, 0, 30)),
    ("Pacific/Apia", datetime(2011, 12, 29, 12, 0)),
)

pytestmark = pytest.mark.goal("R-8")


def test_nobody_is_younger_than_nothing_and_nobody_grows_younger() -> None:
    low = {band.code: band.low for band in AGE_BANDS}
    for birth in (date(2024, 2, 29), date(2012, 2, 29), date(2011, 12, 31), date(2030, 1, 1), date(9999, 12, 31)):
        bands = [low[band_at(birth, day).code] for day in DAYS]
        assert min(bands) >= 0
        assert bands == sorted(bands)
        years = [completed_years(birth, day) for day in DAYS if day >= birth]
        assert years == sorted(years)
        assert min(years, default=0) >= 0
        assert all((band_changes_on(birth, day) or date.max) > birth for day in DAYS if birth.year < 9000)


def test_rounds_follow_each_other_from_any_day_of_return(record_property: Callable[[str, object], None]) -> None:
    for back in DAYS:
        dues = [each.due for each in rounds_of(SCHEDULE, back)]
        assert all(earlier < later for earlier, later in pairwise(dues)), back
        assert dues[0] > back
        asked = [round_asked(SCHEDULE, back, back + timedelta(days=number)) for number in range(-2, 760, 7)]
        numbers = [each.number for each in asked if each]
        assert numbers == sorted(numbers)
        assert round_answered(SCHEDULE, back, back - timedelta(days=1)) is None  # a phone that lives before the return
        assert round_answered(SCHEDULE, back, date(9999, 1, 1)).round.number == len(dues)  # type: ignore[union-attr]
    record_property("ran", f"{len(DAYS)} days of return, a leap day among them")


def test_a_limit_is_never_early_and_moves_with_its_start() -> None:
    for clock in CLOCKS.values():
        limits = [limit_of(day, Period(clock.months)) for day in DAYS]
        assert limits == sorted(limits)
        for start, limit in zip(DAYS, limits, strict=True):
            assert (limit.year * 12 + limit.month) - (start.year * 12 + start.month) == clock.months
            assert limit.day == start.day or (limit + timedelta(days=1)).day == 1  # the last of a shorter month
            assert not ended(limit, limit)
            assert ended(limit, limit + timedelta(days=1))
            assert listed(limit, limit - NOTICE)
            assert latest_prolongation(clock, start, limit) >= limit


@pytest.mark.parametrize(("zone", "moment"), JUMPS)
def test_a_deadline_is_so_many_hours_away_whatever_the_clock_on_the_wall_does(zone: str, moment: datetime) -> None:
    rule = ClockRule("*", "high", "focal_point", 4, "programme_manager", 8)
    raised = moment.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)  # as the server writes it down
    for due, hours in ((rule.due(raised), 4), (rule.second_due(raised), 8)):
        assert due.timestamp() - raised.timestamp() == hours * 3600
        shown = due.astimezone(ZoneInfo(zone))
        assert shown.astimezone(UTC) == due  # and it is shown as one moment
