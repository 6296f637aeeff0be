from __future__ import annotations

import pytest

from homeward.apps.cases.consent_models import MARKS, Answer
from homeward.apps.cases.consents import events_of
from homeward.apps.cases.models import ConsentEntry
from homeward.apps.surveys.models import State, Submission
from homeward.web.monitoring.journey_words import ANSWERS
from tests.web.conftest import Interviewed, Reader
from tests.world import World

pytestmark = pytest.mark.database


def test_what_came_twice_and_late_is_said_and_decided_in_the_inbox(reader: Reader, interviewed: Interviewed) -> None:
    first, second = (interviewed(days=54, said="The same") for _ in range(2))
    client = reader("supervisor")
    page = client.get(f"/inbox/{second}").content.decode()
    assert f"/submissions/{first}" in page
    assert 'value="same_twice"' in page
    assert 'value="keep_both"' in page
    assert "arrived 54 days later" in client.get(f"/submissions/{first}").content.decode()
    late = client.get("/inbox?state=late").content.decode()
    assert late.count("arrived 54 days later") == 2
    assert f"/submissions/{first}" in late
    assert f"/inbox/{second}" in late
    answer = client.post(f"/inbox/{second}", {"step": "same_twice", "reason": "One talk, two phones"})
    assert answer.status_code == 302
    assert Submission.objects.get(pk=second).state == State.SET_ASIDE
    assert "It came twice" in client.get(f"/submissions/{second}").content.decode()


def test_the_journey_opens_after_an_interview_was_set_aside_and_taken_up_again(
    reader: Reader, world: World, interviewed: Interviewed
) -> None:
    """The marks are nobody's answers: a yes set aside is gone from the journey, and stands there again afterwards."""
    assert world.amani.child is not None
    worker, child = world.amani.actor("case_worker"), world.amani.child

    def agreed() -> int:
        """A page tells what was said twice on a day once."""
        answer = reader("case_worker").get(f"/children/{child.code}/journey?of=agreement")
        assert answer.status_code == 200
        assert answer.context["months"]
        return len(events_of(worker, child.id))

    _first, second = (interviewed(days=54, said="The same") for _ in range(2))
    before, client = agreed(), reader("supervisor")
    client.post(f"/inbox/{second}", {"step": "same_twice", "reason": "One talk, two phones"})
    assert ConsentEntry.objects.filter(answer=Answer.SET_ASIDE).exists()
    assert agreed() < before, "its yes holds no more"
    client.post(f"/inbox/{second}", {"step": "take_back", "reason": "They are two"})
    assert ConsentEntry.objects.filter(answer=Answer.STANDS).exists()
    assert agreed() == before


def test_every_answer_of_somebody_has_words_in_the_journey() -> None:
    assert set(ANSWERS) == set(Answer) - set(MARKS)
