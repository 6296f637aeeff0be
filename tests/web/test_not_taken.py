"""What the app sent and could not be taken: read by whoever registers children in that team, and settled."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import OperationalError, connection, connections
from django.test import Client
from django.utils import timezone
from django.utils.formats import date_format

from homeward.apps.access import vault
from homeward.apps.access.intake_keys import public_key
from homeward.apps.access.keys import custody
from homeward.apps.access.models import Device, Membership
from homeward.apps.audit.models import Event
from homeward.apps.cases.models import Child
from homeward.apps.surveys.models import SealedArrival, Submission
from homeward.apps.surveys.unopened import RECORDED, settle_unopened
from homeward.apps.visits.arriving import TAKERS, open_sealed
from homeward.apps.visits.not_taken import settle
from homeward.domain.problems import ProblemError
from tests.envelopes_of_transport import letter, note
from tests.ties import declared
from tests.web.conftest import Reader
from tests.web.test_field_newcomers import NAME, newcomer, sent
from tests.web.test_field_payload import fetched
from tests.web.test_field_sending import Given, made, post, words
from tests.world import World, day_of

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("opened_again")]
AWAY = {"step": "not_needed", "why": "mistake"}
BY_HAND = {"step": RECORDED}
STRANGERS = ("outsider", "me_officer", "focal_point", "organisation_admin", "programme_manager")


def waiting(world: World, given: Given, delivery: UUID | None = None, **more: Any) -> tuple[SealedArrival, bytes]:
    """A child whose place is not there any more, and what the phone posted."""
    said = newcomer(world, **{"place": str(uuid4()), **more})
    body = note(public_key(), "new_child", said, delivery=delivery)
    assert post(given["token"], "/app/sealed", body).status_code == 202
    return SealedArrival.objects.latest("id"), body


def address(row: SealedArrival) -> str:
    return f"/inbox/not-taken/{row.pk}"


def text_of(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode().partition("<main")[2]).split())


def later() -> None:
    SealedArrival.objects.update(settled_at=timezone.now() - timedelta(hours=2))


def test_what_was_written_in_the_village_is_read_by_who_registers_children(
    reader: Reader, world: World, given: Given
) -> None:
    row, _ = waiting(world, given, return_date_basis="unknown")
    page = text_of(reader("supervisor").get(address(row)))
    day = date_format(day_of(world.amani.organisation_id) - timedelta(days=2), "DATE_FORMAT")
    for said in (NAME, "Girl", "Age in years 12", "Rehema Bakari", "Mother", "not there any more", "English", day):
        assert said in page
    child, caregiver = page.split("Agreement: ")[1:3]
    assert child.startswith("Child Help and case work agrees Interviews on how the child is agrees")
    assert "A photo or drawing says no" in caregiver
    assert "A photo or drawing" not in child
    assert "with a place that is there" in page
    assert "Not needed any more" in page


def test_a_place_that_is_there_is_named_with_its_path(reader: Reader, world: World, given: Given) -> None:
    row, _ = waiting(world, given, place=str(world.amani.place_id), sex="often")
    page = text_of(reader("supervisor").get(address(row)))
    assert "Sunda / Riverside" in page
    assert "Sex often" in page


def test_the_row_leads_there_only_for_whoever_may_read(reader: Reader, world: World, given: Given) -> None:
    row, _ = waiting(world, given)
    assert address(row) in reader("supervisor").get("/inbox").content.decode()
    officer = reader("me_officer").get("/inbox").content.decode()
    assert "the place is not there any more" in officer
    assert address(row) not in officer


def test_nobody_else_reads_or_settles_it(reader: Reader, world: World, given: Given) -> None:
    row, _ = waiting(world, given)
    others = [reader(name) for name in (*STRANGERS, "other_supervisor", "other_case_worker")]
    others += [reader(name, world.baraka) for name in ("supervisor", "case_worker")]
    for client in others:
        answer = client.get(address(row))
        assert answer.status_code in (403, 404)
        assert NAME not in answer.content.decode()
        for step in (AWAY, BY_HAND):
            assert client.post(address(row), step).status_code in (403, 404)
    assert SealedArrival.objects.get().state == "refused"
    assert Event.objects.filter(object_id=str(row.pk), allowed=False).exists()


def test_who_sent_it_reads_what_came_from_the_own_phone_alone(reader: Reader, world: World, given: Given) -> None:
    row, _ = waiting(world, given)
    worker = reader("case_worker")
    assert NAME in worker.get(address(row)).content.decode()
    house = world.amani
    Device.objects.filter(pk=row.device_id).update(person=house.people["other_case_worker"])
    assert worker.get(address(row)).status_code == 404
    Device.objects.filter(pk=row.device_id).update(person=house.people["case_worker"])
    assert worker.post(address(row), AWAY)["Location"] == "/"
    assert SealedArrival.objects.get().state == "settled"


def test_a_conflict_of_interest_hides_all_of_them(reader: Reader, world: World, given: Given) -> None:
    row, _ = waiting(world, given)
    declared(world.amani, "supervisor")
    assert reader("supervisor").get(address(row)).status_code == 404
    assert reader("supervisor").post(address(row), AWAY).status_code == 404


def test_the_look_is_written_down_or_nothing_is_shown(
    reader: Reader, world: World, given: Given, monkeypatch: pytest.MonkeyPatch
) -> None:
    row, _ = waiting(world, given)
    reader("supervisor").get(address(row))
    look = Event.objects.get(verb="read_not_taken")
    assert (look.object_id, look.actor_id) == (str(row.pk), world.amani.people["supervisor"])

    def fail(*_: object, **__: object) -> None:
        raise OperationalError("disk full")

    client = reader("supervisor")
    monkeypatch.setattr(Event, "save", fail)
    answer = client.get(address(row))
    assert answer.status_code == 503
    assert NAME not in answer.content.decode()


def test_while_locked_nothing_is_shown_and_nothing_settled(reader: Reader, world: World, given: Given) -> None:
    row, _ = waiting(world, given)
    client = reader("supervisor")
    vault.lock()
    for answer in (client.get(address(row)), client.post(address(row), AWAY)):
        assert answer.status_code == 503
        assert NAME not in answer.content.decode()
    assert SealedArrival.objects.get().state == "refused"


@pytest.mark.parametrize(("step", "how"), [(BY_HAND, "recorded"), (AWAY, "mistake")])
def test_settled_it_is_gone_and_what_comes_again_was_taken(
    reader: Reader, world: World, given: Given, step: dict[str, str], how: str
) -> None:
    before = Child.objects.count()
    row, body = waiting(world, given)
    answer = reader("supervisor").post(address(row), step, follow=True)
    assert "Settled" in text_of(answer)
    assert "Sent by the app, not taken" not in text_of(answer)
    row.refresh_from_db()
    assert (row.state, row.problem, bytes(row.envelope), bytes(row.flag)) == ("settled", how, b"", b"")
    event = Event.objects.get(verb="settle_not_taken")
    assert (event.detail, event.actor_id) == ({"kind": "new_child", "how": how}, world.amani.people["supervisor"])
    later()
    assert open_sealed() == 0
    again = note(public_key(), "new_child", newcomer(world), delivery=row.delivery)  # sealed anew, and right by now
    for each in (body, again):
        assert post(given["token"], "/app/sealed", each).json()["status"] == "stored"
    vault.lock()
    for each in (body, again):
        post(given["token"], "/app/sealed", each)
    custody.let_go(locked=False)
    assert open_sealed() == 0
    assert set(SealedArrival.objects.values_list("state", flat=True)) == {"settled"}
    assert Child.objects.count() == before
    assert "Sent by the app, not taken" not in reader("supervisor").get("/inbox").content.decode()


def test_it_is_said_why_and_only_a_reason_of_the_list_counts(reader: Reader, world: World, given: Given) -> None:
    row, _ = waiting(world, given)
    client = reader("supervisor")
    for why in ("", "because"):
        assert client.post(address(row), {**AWAY, "why": why}).status_code == 422
    assert client.post(address(row), {}).status_code == 422
    with pytest.raises(ProblemError) as caught:
        settle(world.amani.actor("supervisor"), row.pk, "because")
    assert caught.value.first.code == "note.why"
    assert SealedArrival.objects.get().state == "refused"


def test_what_was_taken_meanwhile_is_not_settled(reader: Reader, world: World, given: Given) -> None:
    row, _ = waiting(world, given)
    reader("supervisor").post(address(row), AWAY)
    answer = reader("supervisor").post(address(row), BY_HAND, follow=True)
    assert "settled meanwhile" in text_of(answer)
    assert SealedArrival.objects.get().problem == "mistake"
    assert Event.objects.filter(verb="settle_not_taken").count() == 1


def test_each_try_that_is_refused_leaves_its_refusal_in_the_trace(world: World, given: Given) -> None:
    house = world.amani
    Membership.objects.filter(person=house.people["case_worker"]).update(role="supervisor")
    assert sent(given, newcomer(world)) == (202, "waiting")
    refused = Event.objects.filter(actor_id=house.people["case_worker"], allowed=False)
    first = refused.count()
    later()
    assert (open_sealed(), first > 0, refused.count()) == (0, True, 2 * first)


def test_the_phone_says_that_the_office_has_dealt_with_it(reader: Reader, world: World, given: Given) -> None:
    row, _ = waiting(world, given)
    SealedArrival.objects.update(received_at=timezone.now() - timedelta(days=40))
    reader("supervisor").post(address(row), BY_HAND)
    told = {"delivery": str(row.delivery), "code": "", "state": "settled"}
    assert fetched(reader("case_worker"))["newcomers"] == [told]
    SealedArrival.objects.update(settled_at=timezone.now() - timedelta(days=40))
    assert fetched(reader("case_worker"))["newcomers"] == []


class TestOtherNotes:
    def word(self, world: World, given: Given, **more: Any) -> SealedArrival:
        code = world.amani.child.code  # type: ignore[union-attr]
        day = day_of(world.amani.organisation_id).isoformat()
        said = {"child": code, "point": "w99", "respondent": "caregiver", "reason": "not_alone", "day": day, **more}
        assert post(given["token"], "/app/sealed", note(public_key(), "not_asked", said)).status_code == 202
        return SealedArrival.objects.get()

    def test_who_was_not_asked_with_the_code_of_a_child_within_reach(
        self, reader: Reader, world: World, given: Given
    ) -> None:
        row = self.word(world, given)
        page = text_of(reader("supervisor").get(address(row)))
        code = world.amani.child.code  # type: ignore[union-attr]
        for said in (code[:3], "w99", "Caregiver", "Could not be asked apart from others", "fits no round"):
            assert said in page
        reader("supervisor").post(address(row), {"step": "not_needed", "why": "over"})
        assert SealedArrival.objects.get().problem == "over"

    @pytest.mark.parametrize("whose", ["baraka", "other team"])
    def test_and_without_the_code_of_any_other(self, reader: Reader, world: World, given: Given, whose: str) -> None:
        child = world.baraka.child if whose == "baraka" else world.amani.other_child
        row = self.word(world, given, child=child.code, point="")  # type: ignore[union-attr]
        page = reader("supervisor").get(address(row)).content.decode()
        assert "A child that you do not work with" in page
        assert child.code[:3] + " " not in text_of(reader("supervisor").get(address(row)))  # type: ignore[union-attr]

    @pytest.mark.parametrize("content", [b"<xml/>", b"[1]", b'{"name": 5, "asked": [], "day": []}'])
    def test_what_cannot_be_read_is_settled_all_the_same(
        self, reader: Reader, world: World, given: Given, content: bytes
    ) -> None:
        post(given["token"], "/app/sealed", note(public_key(), "new_child", content))
        row = SealedArrival.objects.get()
        assert "The note of the app cannot be read" in text_of(reader("supervisor").get(address(row)))
        reader("supervisor").post(address(row), BY_HAND)
        assert SealedArrival.objects.get().state == "settled"

    def test_what_this_server_does_not_know_stays(self, reader: Reader, world: World, given: Given) -> None:
        post(given["token"], "/app/sealed", note(public_key(), "surprise", {"name": NAME}))
        row = SealedArrival.objects.get()
        page = text_of(reader("supervisor").get(address(row)))
        assert "does not know what this is" in page
        assert NAME not in page
        assert "Not needed any more" not in page
        assert reader("supervisor").post(address(row), AWAY).status_code == 422
        assert SealedArrival.objects.get().envelope

    def test_an_interview_stays_sealed_and_nothing_of_it_is_said(
        self, reader: Reader, world: World, given: Given
    ) -> None:
        xml, head = words(world)
        row = SealedArrival.objects.create(
            organisation_id=world.amani.organisation_id,
            delivery=uuid4(),
            equal=b"1",
            sha256=b"1",
            channel="browser",
            device_id=Device.objects.get(label="Blue phone").pk,
            envelope=letter(public_key(), xml, **head)[153:],
            state="refused",
            problem="transport.unreadable",
            received_at=timezone.now(),
        )
        page = text_of(reader("supervisor").get(address(row)))
        assert "This is an interview" in page
        assert world.amani.child.code[:3] + " " not in page  # type: ignore[union-attr]
        assert "Not needed any more" not in page
        for step in (AWAY, BY_HAND):
            assert reader("supervisor").post(address(row), step).status_code == 422
        assert bytes(SealedArrival.objects.get(pk=row.pk).envelope)


class Order:
    """The second begins while the first is in the middle of its step."""

    def __init__(self, first: Callable[[], object], marker: str, second: Callable[[], object]) -> None:
        self.first, self.marker, self.second = first, marker, second
        self.inside, self.done = threading.Event(), threading.Event()

    def run(self) -> None:
        with ThreadPoolExecutor(2) as pool:
            found = [pool.submit(self._one), pool.submit(self._other)]
            for each in found:
                each.result()

    def _one(self) -> None:
        def pause(execute: Any, sql: str, *args: Any) -> Any:
            said = execute(sql, *args)
            if sql.startswith(self.marker) and not self.inside.is_set():
                self.inside.set()
                self.done.wait(2)  # seconds; whoever has to wait for this step is not done within them
            return said

        try:
            with connection.execute_wrapper(pause):
                self.first()
        finally:
            self.inside.set()
            connections.close_all()

    def _other(self) -> None:
        self.inside.wait(30)
        try:
            self.second()
        finally:
            self.done.set()
            connections.close_all()


@pytest.mark.parametrize("first", ["person", "job"])
def test_settled_while_it_is_taken_there_is_one_outcome(
    transactional_db: None, reader: Reader, world: World, first: str
) -> None:
    """A child is registered, or it was settled, and never both."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer")
    given, house, before = made(reader("case_worker")), world.amani, Child.objects.count()
    ended = day_of(house.organisation_id) - timedelta(days=1)
    theirs = Membership.objects.filter(person=house.people["case_worker"])
    theirs.update(until=ended)
    assert sent(given, newcomer(world)) == (202, "waiting")
    theirs.update(until=None)
    later()
    row, supervisor, said = SealedArrival.objects.get(), house.actor("supervisor"), list[str]()

    def by_a_person() -> None:
        try:
            settle_unopened(supervisor, row.pk, RECORDED, TAKERS)
            said.append("settled")
        except ProblemError as error:
            said.append(error.first.code)

    if first == "person":
        Order(by_a_person, 'UPDATE "surveys_sealedarrival"', open_sealed).run()
    else:
        Order(open_sealed, 'INSERT INTO "cases_child"', by_a_person).run()
    row.refresh_from_db()
    taken = (row.state, Child.objects.count() - before, said != ["settled"])
    assert taken == (("settled", 0, False) if first == "person" else ("opened", 1, True))
    assert not bytes(row.envelope)
    assert Submission.objects.count() == 0


def test_a_client_without_an_account_comes_to_the_door(world: World, given: Given) -> None:
    row, _ = waiting(world, given)
    assert Client().get(address(row))["Location"].startswith("/sign-in")
