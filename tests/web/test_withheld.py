"""Answers of level L2 on the pages of who may see names, and of who may not."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from homeward.apps.surveys.attachments import Upload
from homeward.apps.surveys.corrections import correct_answers
from homeward.apps.surveys.models import Submission
from homeward.apps.surveys.sealing import texts_of
from homeward.domain.problems import ProblemError
from tests.apps.test_sealing import BORN, PHONE, loaded_form, personal_form, sent
from tests.web.conftest import Reader
from tests.world import World

pytestmark = pytest.mark.database
SHOWN = "not shown to your role"


@pytest.fixture
def interview_id(world: World) -> str:
    _, form = loaded_form(world, personal_form())
    return str(sent(world, form, Upload("face.png", "image/png", b"x")).submission_id)


@pytest.mark.goal("S-3")
def test_the_answers_are_shown_to_some_and_withheld_from_others(reader: Reader, interview_id: str) -> None:
    address = f"/submissions/{interview_id}"
    for role in ("case_worker", "supervisor", "focal_point"):
        html = reader(role).get(address).content.decode()
        assert PHONE in html
        assert "face.png" in html
        assert SHOWN not in html
    html = reader("me_officer").get(address).content.decode()
    assert SHOWN in html
    assert not [text for text in (PHONE, BORN, "face.png", "254799999999") if text in html]
    assert reader("outsider").get(address).status_code in (403, 404)


def test_a_correction_neither_shows_nor_touches_what_is_withheld(reader: Reader, interview_id: str) -> None:
    address = f"/submissions/{interview_id}/correct"
    assert "q_born" in reader("supervisor").get(address).context["correction"].fields
    page = reader("me_officer").get(address)
    assert {"q_born", "q_phone", "q_called", "q_lives"}.isdisjoint(page.context["correction"].fields)
    given = {"q_friends": "never", "q_worried": "never", "q_interview_date": date.today().isoformat()}
    given |= {"q_respondent": "child", "q_child_assent": "yes", "q_home": "", "reason_code": "other", "reason": "x"}
    answer = reader("me_officer").post(address, {**given, "q_phone": "1"})
    assert answer.status_code == 302, answer.context["correction"].errors
    new = Submission.objects.get(supersedes_id=UUID(interview_id))
    assert new.coded["answers"]["friends"] == "never"
    assert texts_of(new)["sealed"]["phone"] == {"number": PHONE}
    assert (texts_of(new)["sealed"]["born"], texts_of(new)["texts"]["called"]) == (BORN, "Wanjiru")


def test_the_service_refuses_to_change_what_it_does_not_show(world: World, interview_id: str) -> None:
    row = Submission.objects.get(pk=interview_id)
    with pytest.raises(ProblemError) as caught:
        correct_answers(world.amani.actor("me_officer"), row.pk, {"friends": "never", "phone": "1"}, "other", "x")
    assert [(each.code, each.where.field, each.status) for each in caught.value.problems] == [
        ("correction.not_shown", "phone", 403)
    ]
