"""What the app sends beside interviews: who was not asked, and why."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from homeward.apps.access import vault
from homeward.apps.access.intake_keys import public_key
from homeward.apps.access.keys import custody
from homeward.apps.access.models import Membership
from homeward.apps.audit.models import Event
from homeward.apps.cases.models import Assignment, Child
from homeward.apps.surveys.models import SealedArrival, Submission
from homeward.apps.visits.arriving import open_sealed
from homeward.apps.visits.clock_models import Missed
from tests.envelopes_of_transport import note
from tests.web.conftest import Interviewed, Reader
from tests.web.test_field_payload import fetched
from tests.web.test_field_sending import Given, post
from tests.world import World, day_of

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("opened_again")]


def of_the_child(world: World, client: Client, **more: str) -> dict[str, Any]:
    assert world.amani.child is not None
    (due, *_rest) = fetched(client)["children"][0]["due"]
    day = day_of(world.amani.organisation_id).isoformat()
    said = {"child": world.amani.child.code, "point": due["point"], "respondent": "child", "reason": "not_here"}
    return {**said, "day": day, **more}


def state_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["status"]


def test_it_stands_with_the_round_with_its_day_and_who_said_it(reader: Reader, world: World, given: Given) -> None:
    worker = reader("case_worker")
    said = of_the_child(world, worker)
    body = note(public_key(), "not_asked", said)
    assert [state_of(post(given["token"], "/app/sealed", body)) for _ in range(2)] == [(201, "stored")] * 2
    row = Missed.objects.get()
    assert (row.respondent, row.reason, row.said_by_id) == ("child", "not_here", world.amani.people["case_worker"])
    (written,) = Event.objects.filter(verb="say_missed", allowed=True)
    assert (written.actor_id, written.detail["respondent"]) == (world.amani.people["case_worker"], "child")
    code = said["child"]
    for address in (f"/children/{code}", f"/children/{code}/follow-up"):
        page = worker.get(address).content.decode()
        assert "Child, not asked: Was not there" in page
        assert "Case Worker" in page.partition("not asked: Was not there")[2][:400]
        assert "child not yet asked" not in page
        assert reader("outsider").get(address).status_code in (403, 404)
    assert "Not asked: Child" in worker.get(f"/children/{code}/journey").content.decode()
    assert fetched(worker)["children"][0]["due"][0]["respondents"] == ["child", "caregiver"], "not there today"


@pytest.mark.parametrize("days", [-4000, 900])
def test_a_word_of_a_phone_whose_clock_is_wrong_stands_with_its_round(
    reader: Reader, world: World, given: Given, days: int
) -> None:
    worker = reader("case_worker")
    day = (day_of(world.amani.organisation_id) + timedelta(days=days)).isoformat()
    said = of_the_child(world, worker, day=day)
    assert state_of(post(given["token"], "/app/sealed", note(public_key(), "not_asked", said))) == (201, "stored")
    assert "Child, not asked: Was not there" in worker.get(f"/children/{said['child']}").content.decode()


def test_a_no_is_an_answer_and_can_be_taken_back(reader: Reader, world: World, given: Given) -> None:
    worker = reader("case_worker")
    said = of_the_child(world, worker, reason="refused")
    post(given["token"], "/app/sealed", note(public_key(), "not_asked", said))
    assert fetched(worker)["children"][0]["due"][0]["respondents"] == ["caregiver"]
    taken_back = {"step": "missed", "point": said["point"], "reason": "taken_back"}
    assert worker.post(f"/children/{said['child']}/follow-up", taken_back).status_code == 302
    assert fetched(worker)["children"][0]["due"][0]["respondents"] == ["child", "caregiver"]


def test_an_interview_outdoes_it(reader: Reader, world: World, given: Given, interviewed: Interviewed) -> None:
    worker = reader("case_worker")
    said = of_the_child(world, worker, respondent="caregiver", reason="not_alone")
    post(given["token"], "/app/sealed", note(public_key(), "not_asked", said))
    interviewed("caregiver", 0, respondent="caregiver")
    assert "not asked: Could not" not in worker.get(f"/children/{said['child']}").content.decode()


def test_while_locked_it_is_kept_and_taken_later(reader: Reader, world: World, given: Given) -> None:
    body = note(public_key(), "not_asked", of_the_child(world, reader("case_worker")))
    vault.lock()
    assert [state_of(post(given["token"], "/app/sealed", body)) for _ in range(2)] == [(202, "sealed")] * 2
    custody.let_go(locked=False)
    assert open_sealed() == 1
    assert Missed.objects.count() == 1
    assert state_of(post(given["token"], "/app/sealed", body)) == (201, "stored")
    assert (Missed.objects.count(), Submission.objects.count(), open_sealed()) == (1, 0, 0)


def test_of_a_child_whose_case_was_closed_meanwhile_it_is_kept(reader: Reader, world: World, given: Given) -> None:
    body = note(public_key(), "not_asked", of_the_child(world, reader("case_worker")))
    vault.lock()
    post(given["token"], "/app/sealed", body)
    custody.let_go(locked=False)
    day = day_of(world.amani.organisation_id)
    Child.objects.filter(pk=world.amani.child.id).update(status="closed", ended_on=day)  # type: ignore[union-attr]
    assert (open_sealed(), Missed.objects.count()) == (0, 0)
    assert [(row.state, bool(row.envelope)) for row in SealedArrival.objects.all()] == [("refused", True)]


def wrong_one(world: World, said: dict[str, Any], name: str) -> bytes:
    made_wrong: dict[str, Any] = {
        "another kind": ("surprise", said),
        "no JSON": ("not_asked", b"<xml/>"),
        "a list": ("not_asked", [1]),
        "no day": ("not_asked", {**said, "day": "soon"}),
        "no such round": ("not_asked", {**said, "point": "w99"}),
        "no such reason": ("not_asked", {**said, "reason": "moved"}),
        "another's child": ("not_asked", {**said, "child": world.baraka.child.code}),  # type: ignore[union-attr]
    }
    kind, content = made_wrong[name]
    return note(public_key(), kind, content)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        *(("another kind", "note.unknown"), ("no JSON", "note.unreadable"), ("a list", "note.unreadable")),
        *(("no day", "note.unreadable"), ("no such round", "note.fits_nothing")),
        *(("no such reason", "note.fits_nothing"), ("another's child", "child.not_found")),
    ],
)
def test_what_cannot_be_taken_is_kept_with_the_reason(
    reader: Reader, world: World, given: Given, name: str, why: str
) -> None:
    body = wrong_one(world, of_the_child(world, reader("case_worker")), name)
    answers = [state_of(post(given["token"], "/app/sealed", body)) for _ in range(2)]
    assert answers == [(202, "waiting")] * 2
    row = SealedArrival.objects.get()
    assert (row.state, row.problem, bytes(row.envelope)) == ("refused", why, body[153:])
    assert Missed.objects.count() == 0


def test_nobody_says_it_who_has_no_caseload_any_more(reader: Reader, world: World, given: Given) -> None:
    """Nor of a child that is another's by now; both wait, and are taken once that is so no more."""
    house = world.amani
    body = note(public_key(), "not_asked", of_the_child(world, reader("case_worker")), delivery=uuid4())
    before = day_of(house.organisation_id) - timedelta(days=1)
    Membership.objects.filter(person=house.people["case_worker"]).update(until=before)
    assert state_of(post(given["token"], "/app/sealed", body)) == (202, "waiting")
    Membership.objects.filter(person=house.people["case_worker"]).update(until=None)
    Assignment.objects.filter(child_id=house.child.id).update(until=before)  # type: ignore[union-attr]
    SealedArrival.objects.update(settled_at=SealedArrival.objects.get().received_at - timedelta(hours=2))
    assert (open_sealed(), Missed.objects.count()) == (0, 0)
    Assignment.objects.update(until=None)
    SealedArrival.objects.update(settled_at=SealedArrival.objects.get().received_at - timedelta(hours=2))
    assert (open_sealed(), Missed.objects.count()) == (1, 1)
