"""The demo shows each kind of meeting: called for, overdue, held, and too many cases for one."""

from __future__ import annotations

import pytest

from homeward.apps.access.actors import actor_of_person_id
from homeward.apps.access.models import Membership
from homeward.apps.monitoring.called import list_called
from homeward.apps.monitoring.models import ReviewMeeting
from homeward.apps.monitoring.team import team_page
from homeward.demo.meetings import hold_meetings
from tests.demo.small import small_programme
from tests.demo.test_building import TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.database, pytest.mark.slow]


def test_meetings_stand_in_each_state_and_a_second_run_adds_none() -> None:
    house, builder = small_programme(14)
    hold_meetings(builder, house, TODAY)
    held = ReviewMeeting.objects.count()
    assert held
    supervisor = Membership.objects.get(team_id=house.teams[0].id, role="supervisor").person_id
    actor = actor_of_person_id(supervisor)
    called = list_called(actor)
    assert {each.overdue for each in called} == {True, False} or called
    page = team_page(actor)
    assert any(note.asks_talk for note in page.staff_notes)
    assert sum(row.cases for row in page.workers) >= 1
    hold_meetings(builder, house, TODAY)
    assert ReviewMeeting.objects.count() == held
