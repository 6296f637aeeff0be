"""The demo is built at any hour: nothing in it lies in the future of the country where it happened."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
import time_machine

from homeward.apps.cases.models import CaseStep
from homeward.demo.plans import plan_cases
from homeward.demo.tables import programmes
from homeward.demo.world import day_everywhere
from tests.demo.small import small_programme

NIGHT = datetime(2026, 12, 1, 3, 30, tzinfo=UTC)  # in Tegucigalpa it is still yesterday
YESTERDAY = date(2026, 11, 30)


@pytest.mark.parametrize(
    ("now", "day"),
    [(NIGHT, YESTERDAY), (NIGHT.replace(hour=12), date(2026, 12, 1)), (NIGHT.replace(hour=22), date(2026, 12, 1))],
)
def test_the_day_of_the_demo_has_begun_everywhere(now: datetime, day: date) -> None:
    assert day_everywhere(now) == day


@pytest.mark.django_db
@pytest.mark.database
@pytest.mark.slow
def test_plans_can_be_made_at_night_where_it_is_still_yesterday() -> None:
    behind = next(each for each in programmes() if each.time_zone == "America/Tegucigalpa")
    with time_machine.travel(NIGHT, tick=True):
        house, builder = small_programme(60, behind, day_everywhere(NIGHT))
        plan_cases(builder, house, builder.today)
    assert "closure" in CaseStep.objects.values_list("to_step", flat=True)
