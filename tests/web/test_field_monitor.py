"""The app of a community monitor: code, initials, a day and the one form. It opens with a code, and that is all."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import pytest
import segno
from django.test import Client
from django.utils import timezone

from homeward.apps.access import vault
from homeward.apps.access.devices import device_by_password, device_by_token
from homeward.apps.access.intake_keys import public_key
from homeward.apps.access.keys import custody
from homeward.apps.access.models import Device
from homeward.apps.access.services import EnrolledDevice, enrol_device, revoke_device
from homeward.apps.audit.models import Event
from homeward.apps.cases.consenting import Asked, record_agreement
from homeward.apps.cases.models import Assignment, Child, Status
from homeward.apps.cases.risk import set_risk
from homeward.apps.cases.services import assign_child
from homeward.apps.monitoring.turns import record_death
from homeward.apps.surveys.forms import load_from_library, propose_publication, publish
from homeward.apps.surveys.models import FormMedia, SealedArrival, Submission
from homeward.apps.visits.arriving import open_sealed
from homeward.apps.visits.clock import follow_up_of
from homeward.apps.visits.clock_models import Missed
from homeward.domain.consent import MONITORING
from homeward.domain.instruments import COMMUNITY_OBSERVATION
from homeward.domain.permissions import Role
from tests.envelopes import enrolled
from tests.envelopes_of_transport import letter, note
from tests.interviews import fill, interview, library_form
from tests.openrosa.phone import Phone, in_process
from tests.pictures import picture
from tests.ties import declared
from tests.web.conftest import Reader
from tests.web.test_field_payload import FORM, beyond, one_more
from tests.world import House, World, day_of

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("opened_again")]
LIST, CODE = "/app/monitor.json", "/app/monitor/code"
CHILD = {"code", "initials", "due"}
PERMITTED: dict[str, Any] = {
    **dict.fromkeys(("made_at", "server_time", "idle_minutes", "intake_key", "most_bytes", "recipients", "words")),
    "forms": FORM,
    "children": CHILD,
}
SEEN = {"respondent": "observer", "caregiver_consent": "yes", "seen_since": "yes", "like_others": "yes"}
SEEN |= {"well_cared_for": "yes", "changes": "none"}
OFFICE = ("field.json", "register.json", "session.json", "children/{code}/history.json", "forms/{form}/form.xml")


@pytest.fixture
def form(world: World) -> UUID:
    house = world.amani
    key = load_from_library(house.system(), COMMUNITY_OBSERVATION)
    propose_publication(house.actor("me_officer"), key)
    publish(house.actor("programme_manager"), key)
    house.forms[COMMUNITY_OBSERVATION] = key
    return key


@pytest.fixture
def token(world: World, form: UUID) -> str:
    return world.amani.devices["community_monitor"].token


def own_token() -> str:
    return (uuid4().hex + uuid4().hex)[:43]


def asked(token: str, path: str = LIST, **headers: str) -> Any:
    return Client().get(path, headers={"Authorization": f"Bearer {token}", **headers})


def post(token: str, path: str, body: bytes) -> Any:
    headers = {"Authorization": f"Bearer {token}"}
    return Client().post(path, body, content_type="application/octet-stream", headers=headers)


def begun(token: str, own: str) -> Any:
    return post(token, CODE, json.dumps({"token": own}).encode())


def fetched(token: str) -> dict[str, Any]:
    answer = asked(token)
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def in_collect(token: str) -> set[str]:
    """Whom ODK Collect would list on the same phone."""
    phone = Phone(f"/key/{token}", in_process())
    _md5, address = phone.media(phone.form(COMMUNITY_OBSERVATION))["children.csv"]
    rows = csv.DictReader(io.StringIO(phone.fetch(address).body.decode()))
    return {row["name"] for row in rows}


def observed(world: World, form: UUID, code: str = "", **changes: str) -> bytes:
    assert world.amani.peer is not None
    code = code or world.amani.peer.code
    answers = {"child_listed": code, "child_code": code, "interview_date": date.today().isoformat(), **SEEN}
    xml = fill(library_form(COMMUNITY_OBSERVATION)[1], {**answers, **changes}, f"uuid:{uuid4()}")
    return letter(public_key(), xml, channel="browser", form=str(form), child=code)


class TestWhatIsInIt:
    def test_exactly_the_permitted_keys(self, world: World, token: str, form: UUID) -> None:
        for name in ("focal_point", "second_focal_point"):
            enrolled(world.amani.actor(name))
        FormMedia.objects.create(
            form_version_id=form, name="a b.jpg", content_type="image/jpeg", content=picture("JPEG"), md5="0" * 32
        )
        found = fetched(token)
        assert list(beyond(found, PERMITTED)) == []
        assert [each["instrument"] for each in found["forms"]] == [COMMUNITY_OBSERVATION]
        assert len(found["recipients"]) == 2
        assert found["children"] == [{"code": world.amani.peer.code, "initials": "J", "due": None}]  # type: ignore[union-attr]
        told = json.dumps(found)
        for word in ("Juma", "North", "Riverside", "Amani", "Phone 2"):
            assert word not in told, word

    def test_the_children_are_those_of_the_list_in_collect(self, world: World, token: str) -> None:
        house = world.amani
        device, today = house.devices["community_monitor"].device_id, day_of(house.organisation_id)
        shown, closed, died, no, ended, other = (one_more(house, number) for number in range(6))
        for each in (shown, closed, died, no, ended):
            assign_child(house.system(), each.id, device_id=device, since=today - timedelta(days=50))
        Child.objects.filter(pk=closed.id).update(status=Status.CLOSED, ended_on=today)
        record_death(house.actor("case_worker"), died.code, today)
        record_agreement(house.actor("case_worker"), no.code, Asked("child", {MONITORING: "refuses"}, limits_told=True))
        Assignment.objects.filter(child_id=ended.id).update(until=today - timedelta(days=1))
        found = {each["code"] for each in fetched(token)["children"]}
        assert found == {house.peer.code, shown.code} == in_collect(token)  # type: ignore[union-attr]
        assert other.code not in found

    def test_a_phone_with_somebodys_caseload_loses_what_that_person_loses(self, world: World, form: UUID) -> None:
        house = world.amani
        worker = house.people["case_worker"]
        phone = enrol_device(house.system(), "Phone 3", Role.COMMUNITY_MONITOR, person_id=worker)
        kept, tied = one_more(house, 1), one_more(house, 2)
        declared(house, "case_worker", tied.code)
        found = {each["code"] for each in fetched(phone.token)["children"]}
        assert found == {house.child.code, kept.code} == in_collect(phone.token)  # type: ignore[union-attr]

    def test_the_day_is_that_of_the_round_and_after_an_observation_of_the_next(
        self, world: World, token: str, form: UUID
    ) -> None:
        house = world.amani
        child = one_more(house, 1)
        assign_child(
            house.system(), child.id, device_id=house.devices["community_monitor"].device_id,
            since=day_of(house.organisation_id) - timedelta(days=50),
        )  # fmt: skip
        now = follow_up_of(house.actor("case_worker"), child.id)
        assert now.current is not None
        following = [each.due for each in now.points if each.round.opens > now.current.round.opens]

        def due() -> str:
            return next(each["due"] for each in fetched(token)["children"] if each["code"] == child.code)

        assert due() == str(now.current.due)
        set_risk(house.actor("case_worker"), child.code, "high", "visit")
        assert due() == str(now.current.due)  # the level of risk cannot be told from it
        assert post(token, "/app/sealed", observed(world, form, child.code)).status_code == 201
        assert due() == str(following[0])

    def test_the_blank_form_is_fetched_with_the_token_and_no_other_is_there(
        self, world: World, token: str, form: UUID
    ) -> None:
        FormMedia.objects.create(
            form_version_id=form, name="a b.jpg", content_type="image/jpeg", content=picture("JPEG"), md5="0" * 32
        )
        (told,) = fetched(token)["forms"]
        for each in (told, *told["media"]):
            answer = asked(token, each["url"])
            assert (answer.status_code, sha256(answer.content).hexdigest()) == (200, each["sha256"])
            assert asked(token, each["url"][:-1] + "x").status_code == 404
            assert asked("", each["url"]).status_code == 401
        other = world.amani.forms["child-12-14"]
        for key in (str(other), str(uuid4()), "x", "", str(world.baraka.forms["child-12-14"])):
            assert asked(token, f"/app/monitor/form.xml?form={key}").status_code == 404
            assert asked(token, f"/app/monitor/media?form={key}&name=children.csv").status_code == 404
        for name in ("children.csv", "", "a%00b"):
            assert asked(token, f"/app/monitor/media?form={form}&name={name}").status_code == 404

    def test_where_the_form_is_not_published_there_is_none(self, world: World) -> None:
        assert fetched(world.amani.devices["community_monitor"].token)["forms"] == []


class TestWho:
    def test_no_cookie_is_read_or_set_and_nothing_is_kept_on_the_way(self, reader: Reader, token: str) -> None:
        client = reader("case_worker")
        for path in (LIST, "/app/monitor/form.xml", "/app/monitor/media"):
            assert client.get(path).status_code == 401  # signed in or not
            answer = client.get(path, headers={"Authorization": f"Bearer {token}"})
            assert not answer.cookies
            assert "no-store" in answer["Cache-Control"]

    def test_one_look_with_the_number_of_children_and_each_refusal(self, world: World, token: str) -> None:
        fetched(token)
        look = Event.objects.latest("at")
        device = world.amani.devices["community_monitor"].device_id
        assert (look.verb, look.object_kind, look.detail) == ("caseload.fetch", "children", {"rows": 1})
        assert (look.actor_id, look.organisation_id) == (device, world.amani.organisation_id)
        assert asked(token + "x").json()["wipe"] is True
        look = Event.objects.latest("at")
        assert (look.verb, look.allowed) == ("refuse_call", False)

    def test_tokens_of_others_open_nothing(self, reader: Reader, world: World, token: str) -> None:
        app = reader("case_worker").post("/app/devices", {"label": "Blue"}, content_type="application/json").json()
        strangers = (app["token"], world.amani.devices["enumerator"].token, "", token[:-1])
        for each in strangers:
            for path in (LIST, "/app/monitor/form.xml", "/app/monitor/media"):
                assert asked(each, path).status_code == 401
            assert begun(each, own_token()).status_code == 401
        assert asked(app["token"]).json()["problems"][0]["code"] == "app.unknown"
        assert post(app["token"], "/app/contact", b"{}").status_code == 200  # where it belongs
        assert post(world.amani.devices["enumerator"].token, "/app/contact", b"{}").status_code == 401
        assert Client().get(LIST, headers={"Authorization": f"Basic {token}"}).status_code == 401

    def test_the_addresses_of_a_case_worker_are_shut(self, world: World, token: str) -> None:
        house = world.amani
        assert house.peer is not None
        for path in OFFICE:
            asked_for = "/app/" + path.format(code=house.peer.code, form=house.forms["child-12-14"])
            answer = asked(token, asked_for)
            assert (answer.status_code, answer.json()["status"]) == (401, "refused"), path
        assert post(token, "/app/devices", b'{"label": "x"}').status_code in (401, 403)

    def test_it_is_known_until_it_is_cut_off_or_over(self, world: World, token: str) -> None:
        house = world.amani
        device = house.devices["community_monitor"].device_id
        assert post(token, "/app/contact", b"{}").json()["known"] is True
        Device.objects.filter(pk=device).update(expires_at=timezone.now())
        self.is_over(token)
        Device.objects.filter(pk=device).update(expires_at=timezone.now() + timedelta(days=1))
        assert post(token, "/app/contact", b"{}").json()["known"] is True
        revoke_device(house.system(), device)
        self.is_over(token)

    def is_over(self, token: str) -> None:
        answers = [asked(token), post(token, "/app/contact", b"{}"), post(token, "/app/sealed", b"x")]
        answers.append(begun(token, own_token()))
        assert {(each.status_code, each.json()["wipe"]) for each in answers} == {(401, True)}


class TestTheCode:
    def test_the_page_shows_it_once_and_for_monitors_alone(
        self, reader: Reader, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        drawn: list[str] = []
        real = segno.make
        monkeypatch.setattr(segno, "make", lambda text, **options: (drawn.append(text), real(text, **options))[1])
        given = {"label": "Phone 9", "days": "30", "team": str(world.amani.teams[0])}
        client = reader("supervisor")
        page = client.post("/devices/new", {**given, "role": "community_monitor"}).content.decode()
        (link,) = [each for each in drawn if "/app/#" in each]
        address, _sign, token = link.partition("#")
        assert address == "http://testserver/app/"
        assert link in page
        assert "Code for the app of Homeward" in page
        device = device_by_token(token)
        assert device is not None
        assert token not in client.get(f"/devices/{device.pk}").content.decode()
        assert fetched(token)["children"] == []
        drawn.clear()
        page = client.post("/devices/new", {**given, "role": "enumerator"}).content.decode()
        assert ("/app/#" in page, len(drawn)) == (False, 1)

    def test_it_is_used_up_and_opens_nothing_any_more(self, world: World, token: str) -> None:
        given, own = world.amani.devices["community_monitor"], own_token()
        assert device_by_password(given.user_name, given.password) is not None
        answer = begun(token, own)
        assert (answer.status_code, answer.json()) == (200, {"known": True})
        assert not answer.cookies
        look = Event.objects.latest("at")
        assert (look.verb, look.actor_id, look.detail) == ("begin_app", given.device_id, {})
        assert len(fetched(own)["children"]) == 1
        assert [asked(token).status_code, begun(token, own_token()).status_code] == [401, 401]
        assert (device_by_token(token), device_by_password(given.user_name, given.password)) == (None, None)
        assert own.encode() not in bytes(Device.objects.get(pk=given.device_id).token_hash)

    def test_whom_collect_has_it_is_not_given(self, world: World, token: str) -> None:
        Phone(f"/key/{token}", in_process()).get("/formList?deviceID=collect:1")
        answer = begun(token, own_token())
        assert (answer.status_code, answer.json()["problems"][0]["code"]) == (409, "app.used")

    @pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"token": "short"}', b'{"token": 5}', b"\xff"])
    def test_a_token_that_is_none_is_refused(self, token: str, body: bytes) -> None:
        assert post(token, CODE, body).status_code == 400
        assert asked(token).status_code == 200

    def test_nor_one_that_is_anothers(self, world: World, token: str) -> None:
        assert begun(token, world.amani.devices["enumerator"].token).status_code == 409
        assert asked(token).status_code == 200


class TestWhatItSends:
    def test_an_observation_arrives_once_as_of_the_app(self, world: World, token: str, form: UUID) -> None:
        body = observed(world, form)
        assert [post(token, "/app/sealed", body).status_code for _ in range(2)] == [201, 201]
        row = Submission.objects.get(form_version=form)
        assert (row.channel, row.child_id) == ("browser", world.amani.peer.id)  # type: ignore[union-attr]
        assert row.device_id == world.amani.devices["community_monitor"].device_id

    def test_while_the_server_is_locked_it_is_kept_sealed(self, world: World, token: str, form: UUID) -> None:
        body = observed(world, form)
        vault.lock()
        assert post(token, "/app/sealed", body).status_code == 202
        custody.let_go(locked=False)
        assert open_sealed() == 1
        assert Submission.objects.filter(form_version=form).count() == 1

    def test_no_other_form_whatever_it_says_of_itself(self, world: World, token: str) -> None:
        house = world.amani
        assert house.peer is not None
        xml = interview("child-12-14", house.peer.code)
        for channel in ("browser", "collect", "paper"):
            head = {"channel": channel, "form": str(house.forms["child-12-14"]), "child": house.peer.code}
            body = letter(public_key(), xml, **head)
            answer = post(token, "/app/sealed", body)
            assert (answer.status_code, answer.json()["problems"][0]["code"]) == (404, "form.not_found")
        vault.lock()
        assert post(token, "/app/sealed", body).status_code == 202
        custody.let_go(locked=False)
        assert (open_sealed(), Submission.objects.count()) == (0, 0)
        assert SealedArrival.objects.get().problem == "form.not_found"

    @pytest.mark.parametrize("kind", ["new_child", "not_asked"])
    def test_no_note_even_with_somebodys_caseload(self, world: World, form: UUID, kind: str) -> None:
        house = world.amani
        phone = self.with_a_caseload(house)
        before = Child.objects.count()
        said = {"child": house.child.code, "point": "m6", "day": str(day_of(house.organisation_id))}  # type: ignore[union-attr]
        body = note(public_key(), kind, {**said, "respondent": "child", "reason": "not_here"})
        answer = post(phone.token, "/app/sealed", body)
        assert (answer.status_code, answer.json()["problems"][0]["code"]) == (403, "note.not_of_this_phone")
        assert SealedArrival.objects.count() == 0
        vault.lock()
        assert post(phone.token, "/app/sealed", body).status_code == 202
        custody.let_go(locked=False)
        for _ in range(2):
            assert open_sealed() == 0
            SealedArrival.objects.update(settled_at=timezone.now() - timedelta(hours=2))
        assert SealedArrival.objects.get().problem == "note.not_of_this_phone"
        assert (Child.objects.count(), Missed.objects.count()) == (before, 0)

    def with_a_caseload(self, house: House) -> EnrolledDevice:
        return enrol_device(house.system(), "P", Role.COMMUNITY_MONITOR, person_id=house.people["case_worker"])
