"""The app on the phone of a case worker: it may send and nothing else, and it can send whatever happens meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.utils import timezone

from homeward.apps.access import vault
from homeward.apps.access.actors import actor_of_device_id
from homeward.apps.access.devices import device_by_password, device_by_token
from homeward.apps.access.field_app import MOST
from homeward.apps.access.intake_keys import public_key
from homeward.apps.access.keys import custody
from homeward.apps.access.models import Device, Membership
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.models import Event
from homeward.apps.cases.models import Assignment
from homeward.apps.cases.scope import children_visible_to
from homeward.apps.cases.services import assign_child
from homeward.apps.safeguarding.models import Escalation, SealedNote
from homeward.apps.surveys.forms import load_workbook, propose_publication, publish
from homeward.apps.surveys.models import FormVersion, Quarantined, SealedArrival, Submission
from homeward.apps.surveys.sealing import typed_child_of
from homeward.apps.surveys.transport import open_waiting
from homeward.domain.permissions import Role
from homeward.formats.xform.reading import read_form
from homeward.formats.xlsform.packing import workbook_bytes
from tests.envelopes import enrolled
from tests.envelopes_of_transport import letter
from tests.formats.xlsform.forms import Draft
from tests.interviews import fill, interview
from tests.openrosa.phone import Phone, in_process
from tests.openrosa.test_door import calls
from tests.web.conftest import Given, Reader, made
from tests.web.test_interview import plain_form
from tests.world import World, day_of

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("opened_again")]
FORM = "child-12-14"
Send = Callable[..., Any]


def post(token: str, path: str, body: bytes = b"{}", kind: str = "Bearer") -> Any:
    headers = {"Authorization": f"{kind} {token}"}
    return Client().post(path, body, content_type="application/octet-stream", headers=headers)


def words(world: World, **more: Any) -> tuple[bytes, dict[str, str]]:
    """An interview of the case worker's child, and what the app says of it."""
    assert world.amani.child is not None
    code = world.amani.child.code
    head = {"channel": "browser", "form": str(world.amani.forms[FORM]), "child": code}
    return interview(FORM, code, **more), head


class TestTheDevice:
    def test_it_stands_on_the_pages_as_an_app_and_is_cut_off_there(
        self, reader: Reader, world: World, given: Given
    ) -> None:
        row = Device.objects.get(pk=given["device"])
        house = world.amani
        assert (row.role, row.person_id, row.team_id) == (Role.FIELD_APP, house.people["case_worker"], house.teams[0])
        assert given["token"].encode() not in bytes(row.token_hash)
        look = Event.objects.filter(verb="enrol_device").latest("at")
        assert (look.actor_id, look.detail) == (house.people["case_worker"], {"role": "field_app"})
        client = reader("supervisor")
        page = client.get("/devices").content.decode()
        assert "Blue phone" in page
        assert "Field app" in page
        assert given["token"] not in client.get(f"/devices/{row.pk}").content.decode()
        assert reader("other_supervisor").get(f"/devices/{row.pk}").status_code == 404
        assert post(given["token"], "/app/contact").json()["known"] is True
        client.post(f"/devices/{row.pk}/cut-off")
        assert post(given["token"], "/app/contact").status_code == 401

    def test_it_is_made_by_the_app_alone(self, reader: Reader, world: World) -> None:
        form = {"label": "Phone 9", "role": "field_app", "days": "30"}
        assert reader("supervisor").post("/devices/new", form).status_code == 422
        house, device = world.amani, made(reader("case_worker"))["device"]
        with pytest.raises(NotVisible):
            assign_child(house.system(), house.child.id, device_id=device)  # type: ignore[union-attr]

    def test_a_sixth_is_refused_until_one_is_cut_off(self, reader: Reader) -> None:
        client = reader("case_worker")
        first = [made(client, f"Phone {number}")["device"] for number in range(MOST)][0]
        answer = client.post("/app/devices", {"label": "Phone X"}, content_type="application/json")
        (problem,) = answer.json()["problems"]
        assert (answer.status_code, problem["code"]) == (409, "app.too_many")
        assert "Phone 0" in problem["action"]
        reader("supervisor").post(f"/devices/{first}/cut-off")
        made(client, "Phone X")

    @pytest.mark.parametrize("body", [{}, {"label": ""}, {"label": " "}, {"label": "x" * 81}, [], "x", None])
    def test_what_is_no_label_is_refused(self, reader: Reader, body: object) -> None:
        answer = reader("case_worker").post("/app/devices", body, content_type="application/json")  # type: ignore[arg-type]
        assert (answer.status_code, answer.json()["status"]) == (400, "refused")
        assert Device.objects.filter(role=Role.FIELD_APP).count() == 0

    def test_nobody_makes_one_from_another_page(self, world: World) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(Membership.objects.get(person=world.amani.people["case_worker"]).person)
        assert client.post("/app/devices", {"label": "x"}, content_type="application/json").status_code == 403
        headers = {"X-CSRFToken": client.get("/app/session.json").json()["csrf"]}
        answer = client.post("/app/devices", {"label": "x"}, content_type="application/json", headers=headers)
        assert answer.status_code == 201


class TestOneDoor:
    def test_at_the_door_of_phones_its_token_is_an_unknown_one(self, world: World, given: Given) -> None:
        stranger, app = (Phone(f"/key/{token}", in_process()) for token in ("A" * 43, given["token"]))
        for path in (*calls(world), "/sealed", "/intakeKey"):
            for method in ("GET", "POST"):
                answers = {(each.call(method, path).status, each.call(method, path).body) for each in (stranger, app)}
                assert len(answers) == 1, (method, path)
                assert answers.pop()[0] == 404
        assert app.call("HEAD", "/submission").status == 404
        assert device_by_token(given["token"]) is None
        assert device_by_password(given["device"], given["token"]) is None
        assert Submission.objects.count() == 0

    def test_the_token_of_a_phone_opens_nothing_here(self, world: World) -> None:
        token = world.amani.devices["enumerator"].token
        assert post(token, "/app/contact").status_code == post(token, "/app/sealed", b"x").status_code == 401

    def test_it_sees_nothing(self, world: World, given: Given) -> None:
        headers = {"Authorization": f"Bearer {given['token']}"}
        form = world.amani.forms[FORM]
        for path in ("session.json", "field.json", f"forms/{form}/form.xml"):
            assert Client().get(f"/app/{path}", headers=headers).status_code == 401
        for path in ("/", "/children", f"/devices/{given['device']}"):
            assert Client().get(path, headers=headers).status_code == 302
        actor = actor_of_device_id(UUID(given["device"]))
        assert children_visible_to(actor).count() == children_visible_to(actor, "names.see").count() == 0
        assert children_visible_to(actor, "submissions.send").count() == 1

    def test_unknown_revoked_and_expired_look_alike(self, reader: Reader, world: World) -> None:
        client = reader("case_worker")
        gone, over = made(client), made(client)
        Device.objects.filter(pk=gone["device"]).update(revoked_at=timezone.now())
        Device.objects.filter(pk=over["device"]).update(expires_at=timezone.now() - timedelta(seconds=1))
        body = letter(public_key(), words(world)[0])
        for path in ("/app/contact", "/app/sealed"):
            answers = [post(token, path, body) for token in ("A" * 43, gone["token"], over["token"], "", "ü")]
            answers.append(Client().post(path, body, content_type="application/octet-stream"))
            answers.append(post(made(client)["token"], path, body, "Basic"))
            headers = {str(sorted({**each.headers, "Expires": "now"}.items())) for each in answers}
            assert len(headers) == len({(each.status_code, each.content) for each in answers}) == 1
            assert (answers[0].status_code, answers[0].json()["wipe"]) == (401, True)
        assert Submission.objects.count() == 0
        refused = Event.objects.filter(verb="refuse_call", actor_kind="nobody")
        assert {row.detail["code"] for row in refused} == {"token"}

    def test_whoever_has_no_caseload_any_more_is_told_to_keep_none_and_may_still_send(
        self, world: World, given: Given
    ) -> None:
        assert post(given["token"], "/app/contact").status_code == 200
        Membership.objects.filter(person_id=world.amani.people["case_worker"]).update(
            until=date.today() - timedelta(days=2)
        )
        answer = post(given["token"], "/app/contact")
        assert (answer.status_code, answer.json()["wipe"]) == (401, True)
        body, head = words(world)
        assert post(given["token"], "/app/sealed", letter(public_key(), body, **head)).status_code in (201, 202)

    def test_a_session_beside_it_counts_for_nothing(self, reader: Reader, world: World) -> None:
        client = reader("case_worker")
        answer = client.post("/app/sealed", letter(public_key(), words(world)[0]), content_type="x/y")
        assert answer.status_code == 401
        assert not answer.cookies


class TestSending:
    def test_an_interview_is_stored_once_in_the_name_of_its_person(self, world: World, given: Given) -> None:
        xml, head = words(world)
        body = letter(public_key(), xml, severity=3, files={"a.png": b"picture"}, **head)
        answers = [post(given["token"], "/app/sealed", body) for _ in range(2)]
        assert [(each.status_code, each.json()) for each in answers] == [
            (201, {"status": "stored", "problems": []})
        ] * 2
        row = Submission.objects.get()
        assert (str(row.device_id), row.person_id, row.channel, row.state) == (
            given["device"],
            None,
            "browser",
            "accepted",
        )
        assert row.child_id == world.amani.child.id  # type: ignore[union-attr]
        assert (SealedNote.objects.count(), Escalation.objects.get().severity) == (1, "high")
        assert Device.objects.get(pk=given["device"]).last_seen_at is not None

    def test_other_bytes_under_one_id_are_told_and_both_are_kept(self, world: World, given: Given) -> None:
        xml, head = words(world, instance_id="uuid:one")
        other = words(world, instance_id="uuid:one", changes={"safe_home": "unsafe"})[0]
        assert post(given["token"], "/app/sealed", letter(public_key(), xml, **head)).status_code == 201
        answer = post(given["token"], "/app/sealed", letter(public_key(), other, **head))
        assert (answer.status_code, answer.json()["problems"][0]["code"]) == (409, "submission.other_bytes")
        assert (Submission.objects.count(), Quarantined.objects.count()) == (1, 1)

    def test_what_is_no_envelope_and_what_is_no_form_of_ours(self, world: World, given: Given) -> None:
        xml, head = words(world)
        for body in (b"", b"x", letter(public_key(), xml)[:-1]):
            answer = post(given["token"], "/app/sealed", body)
            assert (answer.status_code, answer.json()["status"]) == (400, "refused")
        for form in (str(uuid4()), str(world.baraka.forms[FORM])):
            answer = post(given["token"], "/app/sealed", letter(public_key(), xml, **{**head, "form": form}))
            assert answer.status_code == 404
        assert Submission.objects.count() == 0

    def test_a_body_that_is_too_large_is_refused(self, given: Given, settings: Any) -> None:
        settings.HOMEWARD_MAX_UPLOAD = 10_000
        assert post(given["token"], "/app/sealed", b"x" * 10_001).status_code == 413

    def test_while_locked_it_is_kept_and_taken_later(self, world: World, given: Given) -> None:
        xml, head = words(world)
        body = letter(public_key(), xml, **head)
        vault.lock()
        answers = [post(given["token"], "/app/sealed", body) for _ in range(2)]
        assert [(each.status_code, each.json()["status"]) for each in answers] == [(202, "sealed")] * 2
        assert post("A" * 43, "/app/sealed", body).status_code == 401
        assert post(given["token"], "/app/contact").status_code == 503
        assert (SealedArrival.objects.count(), Submission.objects.count()) == (1, 0)
        custody.let_go(locked=False)
        assert open_waiting() == 1
        assert Submission.objects.get().state == "accepted"

    @pytest.mark.parametrize("locked", [False, True])
    def test_of_a_child_that_is_carried_no_more_a_person_looks_at_it(
        self, world: World, given: Given, locked: bool
    ) -> None:
        house = world.amani
        xml, head = words(world)
        body = letter(public_key(), xml, **head)
        Assignment.objects.filter(child_id=house.child.id).update(  # type: ignore[union-attr]
            until=day_of(house.organisation_id) - timedelta(days=1)
        )
        if locked:
            vault.lock()
        answer = post(given["token"], "/app/sealed", body)
        assert (answer.status_code, answer.json()["status"]) == (202, "sealed" if locked else "waiting")
        custody.let_go(locked=False)
        assert open_waiting() == locked
        row = Submission.objects.get()
        assert (row.state, row.child_id) == ("unmatched", None)
        assert "child.outside_caseload" in {problem["code"] for problem in row.problems}
        assert typed_child_of(row) == head["child"]

    def test_as_a_phone_of_the_same_person_would_have_it(self, world: World, given: Given) -> None:
        """Whoever is no case worker any more carries no caseload; what was begun waits, by either door."""
        Membership.objects.filter(person=world.amani.people["case_worker"]).update(
            until=day_of(world.amani.organisation_id) - timedelta(days=1)
        )
        phone = Phone(f"/key/{world.amani.devices['enumerator'].token}", in_process())
        by_phone = phone.submit(words(world)[0]).status
        xml, head = words(world)
        assert post(given["token"], "/app/sealed", letter(public_key(), xml, **head)).status_code == by_phone == 202
        states = set(Submission.objects.values_list("state", "child_id"))
        assert states == {("unmatched", None)}


class TestForms:
    def test_one_that_asks_for_no_child_stands_with_the_child_it_was_begun_for(
        self, world: World, given: Given
    ) -> None:
        form, xml = plain_form(world)
        head = {**words(world)[1], "form": form}
        assert post(given["token"], "/app/sealed", letter(public_key(), xml, **head)).status_code == 201
        assert Submission.objects.get().child_id == world.amani.child.id  # type: ignore[union-attr]

    def test_and_waits_with_its_code_once_that_child_is_carried_no_more(self, world: World, given: Given) -> None:
        """The form does not name the child, so what the app says of it is all that anybody will know."""
        form, xml = plain_form(world)
        assert world.amani.other_child is not None
        for code in (world.amani.other_child.code, world.baraka.child.code):  # type: ignore[union-attr]
            head = {"channel": "browser", "form": form, "child": code}
            one = xml.replace(b"</instanceID>", f"{code}</instanceID>".encode())
            answer = post(given["token"], "/app/sealed", letter(public_key(), one, **head))
            assert (answer.status_code, answer.json()["status"]) == (202, "waiting")
            row = Submission.objects.latest("received_at")
            assert (row.state, row.child_id, typed_child_of(row)) == ("unmatched", None, code)
            assert row.problems[-1]["code"] == "child.outside_caseload"

    def test_one_with_answers_that_our_client_seals_is_taken_from_the_app_and_from_no_other_phone(
        self, world: World, given: Given
    ) -> None:
        draft = Draft().question("text", "harmed", privacy="L4").add("about", {"key": "collect", "value": "no"})
        officer = world.amani.actor("me_officer")
        for name in ("focal_point", "second_focal_point"):
            enrolled(world.amani.actor(name))
        form_id = load_workbook(officer, workbook_bytes(draft.load()), "form.xlsx")
        propose_publication(officer, form_id)
        publish(world.amani.actor("programme_manager"), form_id)
        version = FormVersion.objects.get(pk=form_id)
        xml = fill(read_form(bytes(version.xform)), {"interview_date": date.today().isoformat()})
        phone = Phone(f"/key/{world.amani.devices['enumerator'].token}", in_process())
        assert phone.submit(xml).status == 404
        head = {**words(world)[1], "form": str(form_id)}
        assert post(given["token"], "/app/sealed", letter(public_key(), xml, **head)).status_code in (201, 202)
        assert Submission.objects.get().form_version_id == form_id
