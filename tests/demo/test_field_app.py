"""The demo shows what the app sends beside interviews: new children, one of them not taken, and who was not asked."""

from __future__ import annotations

import pytest

from homeward.apps.access.actors import actor_of_person_id
from homeward.apps.cases.models import Child, ConsentEntry, SaidSame
from homeward.apps.cases.sealing import name_of
from homeward.apps.surveys.unopened import list_unopened
from homeward.apps.visits.clock_models import Missed
from homeward.apps.visits.field_children import field_caseload
from homeward.demo.field_app import NEW, send_from_the_app
from tests.demo.small import small_programme
from tests.demo.test_building import TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.database, pytest.mark.slow]


def test_what_came_from_a_village_stands_where_people_look_and_a_second_run_adds_none() -> None:
    house, builder = small_programme(30)
    before = Child.objects.count()
    for _ in range(2):
        send_from_the_app(builder, TODAY)
    assert Child.objects.count() == before + 2
    (new,) = [child for child in Child.objects.all() if name_of(child) == NEW["name"]]
    assert {row.who for row in ConsentEntry.objects.filter(child=new)} == {"child", "caregiver"}
    assert SaidSame.objects.count() == 1
    worker = actor_of_person_id(house.teams[0].case_workers[0])
    states = [each.state for each in field_caseload(worker).newcomers]
    assert states == ["registered", "perhaps_known", "waits"]
    supervisor = house.teams[0].supervisor
    assert supervisor is not None
    assert [each.reason for each in list_unopened(actor_of_person_id(supervisor))] == ["place.not_found"]
    assert {row.reason for row in Missed.objects.exclude(respondent="")} == {"not_here", "refused"}
