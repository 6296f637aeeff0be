"""The demo has a community monitor with the app, and an observation that came from it."""

from __future__ import annotations

import pytest

from homeward.apps.access.actors import actor_of_device_id
from homeward.apps.access.models import Device
from homeward.apps.surveys.models import Submission
from homeward.apps.visits.monitor_children import monitor_list
from homeward.demo.monitor_app import CHILDREN, LABEL, observe_from_the_app
from tests.demo.small import small_programme
from tests.demo.test_building import TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.database, pytest.mark.slow]


def test_one_observation_stands_with_its_child_and_a_second_run_adds_none() -> None:
    _house, builder = small_programme(30)
    for _ in range(2):
        observe_from_the_app(builder, TODAY)
    phone = Device.objects.get(label=LABEL)
    listed = monitor_list(actor_of_device_id(phone.pk)).children
    assert 0 < len(listed) <= CHILDREN
    (row,) = Submission.objects.filter(form_version__instrument_id="community-observation")
    assert (row.channel, row.device_id) == ("browser", phone.pk)
    assert row.child is not None
    assert row.child.code == listed[0].code
