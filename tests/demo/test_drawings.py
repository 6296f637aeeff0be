"""The demo shows a drawing with words and scope, and one that nobody is shown."""

from __future__ import annotations

import pytest

from homeward.apps.access.actors import actor_of_person_id
from homeward.apps.access.models import Membership
from homeward.apps.surveys.answers import answers_behind
from homeward.apps.surveys.models import Submission
from homeward.demo.drawings import FORM, STORIES, picture, plant_drawings
from homeward.domain.drawings import Why
from tests.demo.small import small_programme
from tests.demo.test_building import TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.database, pytest.mark.slow]


def test_each_kind_stands_there_and_a_second_run_adds_none() -> None:
    _house, builder = small_programme(16)
    for _ in range(2):
        plant_drawings(builder, TODAY)
    rows = Submission.objects.filter(form_version__instrument_id=FORM).select_related("child__team").order_by("pk")
    assert len(rows) == len(STORIES)
    assert {row.state for row in rows} == {"accepted"}
    why = []
    for row in rows:
        assert row.child is not None
        role = Membership.objects.get(team_id=row.child.team_id, role="supervisor")
        (drawing,) = answers_behind(actor_of_person_id(role.person_id), row.pk).drawings
        why.append(drawing.why)
    assert why == [Why.SHOWN, Why.SHOWN, Why.NOT_ALLOWED, Why.NO_WORDS]


def test_they_are_pictures_of_their_own() -> None:
    assert len({picture(story.draw) for story in STORIES}) == 3
