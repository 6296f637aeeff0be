"""Pages of those who receive, and of those who pass on: with the outsider at each, and nothing to be seen by others."""

from __future__ import annotations

import base64
import json
import re
from datetime import date
from uuid import UUID, uuid4

import pytest
from django.conf import LazySettings
from django.test import Client

from homeward.apps.access.visibility import NotVisible
from homeward.apps.safeguarding.models import Escalation, LogEntry, Opening, Recipient, SealedNote, Violation
from homeward.apps.surveys.deliveries import Delivery
from homeward.apps.surveys.form_queries import form_xml, published_forms
from homeward.apps.surveys.forms import load_workbook, propose_publication, publish
from homeward.apps.surveys.intake import receive
from homeward.apps.surveys.models import FormVersion, Submission
from homeward.domain.envelope import ENVELOPE, Kind
from homeward.domain.problems import ProblemError
from homeward.formats.xlsform.packing import workbook_bytes
from tests.envelopes import Key, enrolled, key, opened, sealed_to
from tests.formats.xlsform.forms import Draft
from tests.interviews import interview
from tests.web.conftest import Reader
from tests.world import World

pytestmark = [pytest.mark.database, pytest.mark.django_db]
OTHERS = ("case_worker", "supervisor", "me_officer", "organisation_admin", "independent_monitor", "outsider")


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def flag(grade: int) -> str:
    return b64(bytes((grade,)) + b"\x07" * 31)


@pytest.fixture
def focal(world: World) -> list[Key]:
    return [enrolled(world.amani.actor(name)) for name in ("focal_point", "second_focal_point")]


@pytest.fixture
def told(world: World, reader: Reader, focal: list[Key]) -> Escalation:
    """Through the child's page, as a case worker does."""
    assert world.amani.child
    given = {"sealed": b64(sealed_to(focal, '{"text": "he beats me"}')), "sealed_flag": flag(3)}
    answer = reader("case_worker").post(f"/children/{world.amani.child.code}/pass-on", given)
    assert (answer.status_code, answer["Location"]) == (302, f"/children/{world.amani.child.code}")
    return Escalation.objects.get()


def test_a_focal_point_makes_a_key_and_the_third_waits_for_both(world: World, reader: Reader) -> None:
    for name in ("focal_point", "second_focal_point"):
        made = key()
        page = reader(name)
        assert b"data-make-key" in page.get("/protection/keys").content
        given = {"group": "focal", "public_key": b64(made.public), "wrapped": b64(made.wrapped)}
        assert page.post("/protection/keys", given).status_code == 302
    assert Recipient.objects.filter(since__isnull=False).count() == 2
    shown = reader("focal_point").get("/protection/keys").content.decode()
    assert Recipient.objects.first().fingerprint[:4] in shown  # type: ignore[union-attr]
    assert "make a new key" in shown


def test_without_the_script_nothing_is_stored_and_the_page_says_so(
    world: World, reader: Reader, focal: list[Key]
) -> None:
    assert world.amani.child
    page = reader("case_worker")
    address = f"/children/{world.amani.child.code}/pass-on"
    assert b"<noscript>" in page.get(address).content
    answer = page.post(address, {"sealed": "", "sealed_flag": ""})
    assert answer.status_code == 422
    assert "script did not run" in answer.content.decode()
    assert SealedNote.objects.count() == 0


def test_the_page_of_the_child_looks_the_same_before_and_after(
    world: World, reader: Reader, focal: list[Key], request: pytest.FixtureRequest
) -> None:
    assert world.amani.child
    watchers = [reader(name) for name in ("case_worker", "supervisor")]
    pages = ("/", f"/children/{world.amani.child.code}", f"/children/{world.amani.child.code}/interviews", "/children")
    before = [without_tokens(watcher, page) for watcher in watchers for page in pages]
    request.getfixturevalue("told")
    for watcher in watchers:
        watcher.get(f"/children/{world.amani.child.code}")  # the message of the moment is shown once
    assert [without_tokens(watcher, page) for watcher in watchers for page in pages] == before


def without_tokens(client: Client, page: str) -> str:
    text = client.get(page).content.decode()
    return re.sub(r'(value|nonce|id|aria-describedby|href)="[A-Za-z0-9_+/=-]{8,}"', "", text)


@pytest.mark.parametrize("name", OTHERS)
def test_others_find_no_page_of_it(world: World, reader: Reader, told: Escalation, name: str) -> None:
    page = reader(name)
    for address in (f"/protection/{told.pk}", "/protection", "/protection/keys"):
        assert page.get(address).status_code in (403, 404), address
    for address in (f"/protection/{told.pk}/open", f"/protection/{told.pk}/step", f"/protection/{told.pk}/take-over"):
        assert page.post(address, {"reason": "act", "step": "start"}).status_code in (403, 404), address
    assert str(told.pk) not in page.get("/").content.decode()
    assert Opening.objects.count() == 0


def test_a_focal_point_of_another_organisation_gets_404(world: World, reader: Reader, told: Escalation) -> None:
    page = reader("focal_point", world.baraka)
    assert page.get(f"/protection/{told.pk}").status_code == 404
    assert page.post(f"/protection/{told.pk}/open", {"reason": "act"}).status_code == 404


def test_a_focal_point_is_told_on_today_opens_with_a_reason_and_closes_with_a_colleague(
    world: World, reader: Reader, focal: list[Key], told: Escalation
) -> None:
    one, two = reader("focal_point"), reader("second_focal_point")
    assert f"/protection/{told.pk}" in one.get("/").content.decode()
    shown = one.get(f"/protection/{told.pk}").content.decode()
    assert b64(focal[0].wrapped) in shown
    assert b64(focal[1].wrapped) not in shown
    assert one.post(f"/protection/{told.pk}/open", {"reason": ""}).status_code == 400
    answer = one.post(f"/protection/{told.pk}/open", {"reason": "act"})
    (note,) = json.loads(answer.content)["notes"]
    assert note["kind"] == "disclosure"
    assert opened(base64.b64decode(note["sealed"]), focal[0]) == '{"text": "he beats me"}'
    assert answer["Cache-Control"] == "no-store"
    because = b64(sealed_to(focal, "{}", Kind.REASONING))
    for step, extra in (("start", {}), ("propose", {"outcome": "support"})):
        given = {"step": step, "sealed": because, **extra}
        assert one.post(f"/protection/{told.pk}/step", given).status_code == 302, step
    assert one.post(f"/protection/{told.pk}/step", {"step": "close", "sealed": because}).status_code == 422
    assert two.post(f"/protection/{told.pk}/step", {"step": "close", "sealed": because}).status_code == 302
    told.refresh_from_db()
    assert (told.state, LogEntry.objects.count()) == ("closed", 3)
    assert f"/protection/{told.pk}" in two.get("/protection?closed=1").content.decode()


def test_the_browser_interview_brings_a_sealed_value_each_time(world: World, reader: Reader, focal: list[Key]) -> None:
    assert world.amani.child
    page, code = reader("case_worker"), world.amani.child.code
    form = world.amani.forms["child-12-14"]
    config = page.get(f"/interview/{form}/config.json?child={code}").json()
    assert sorted(config["recipients"]) == sorted(b64(each.public) for each in focal)
    assert config["sealed_questions"] == []
    answers = []
    for grade, text in ((0, ""), (3, '{"text": "told"}')):
        given = {"sealed": b64(sealed_to(focal, text)), "sealed_flag": flag(grade)}
        xml = interview("child-12-14", code, instance_id=f"uuid:{uuid4()}").decode()
        answer = page.post(f"/interview/{form}/submit?child={code}", {"xml_submission_file": xml, **given})
        answers.append((answer.status_code, answer.content, sorted(answer.headers)))
    assert answers[0] == answers[1]
    assert answers[0][0] == 201
    plain = interview("child-12-14", code).decode()
    assert page.post(f"/interview/{form}/submit?child={code}", {"xml_submission_file": plain}).status_code == 201
    assert {len(bytes(note.envelope)) for note in SealedNote.objects.all()} == {ENVELOPE + 31}
    assert SealedNote.objects.count() == 3
    assert Escalation.objects.get().kinds == ["disclosure"]


@pytest.mark.goal("P-3")
def test_an_envelope_of_another_size_is_refused(world: World, reader: Reader, focal: list[Key]) -> None:
    assert world.amani.child
    form, code = world.amani.forms["child-12-14"], world.amani.child.code
    xml = interview("child-12-14", code).decode()
    given = {"xml_submission_file": xml, "sealed": b64(b"HWS"), "sealed_flag": flag(0)}
    assert reader("case_worker").post(f"/interview/{form}/submit?child={code}", given).status_code == 400
    assert SealedNote.objects.count() == 0


class TestTelling:
    def test_the_page_needs_no_account_and_names_nobody(self, world: World) -> None:
        keys = [enrolled(world.amani.actor(name), "staff") for name in ("staff_channel", "second_staff_channel")]
        page, address = Client(), f"/tell/{world.amani.organisation_id}"
        shown = page.get(address).content.decode().partition("<main")[2].lower()  # below the notice of the demo
        for word in ("amani", "staff", "abuse", "child", "protection"):
            assert word not in shown, word
        answer = page.post(address, {"sealed": b64(sealed_to(keys, "{}", Kind.STAFF_REPORT))})
        assert answer.status_code == 200
        assert Escalation.objects.get().group == "staff"
        assert "sessionid" not in page.cookies
        for _ in range(4):
            page.post(address, {"sealed": b64(sealed_to(keys, "{}", Kind.STAFF_REPORT))})
        assert page.post(address, {"sealed": b64(sealed_to(keys, "{}", Kind.STAFF_REPORT))}).status_code == 422
        assert Escalation.objects.count() == 5

    def test_where_nobody_receives_it_says_how_else(self, world: World, reader: Reader) -> None:
        reader("staff_channel").post("/protection/keys/contact", {"contact": "Room 4, Tuesdays"})
        assert "Room 4, Tuesdays" in Client().get(f"/tell/{world.amani.organisation_id}").content.decode()
        assert Client().get(f"/tell/{uuid4()}").status_code == 404

    def test_its_address_stands_whole_with_what_is_missing_to_print_it(
        self, reader: Reader, world: World, settings: LazySettings
    ) -> None:
        path = f"/tell/{world.amani.organisation_id}"
        html = reader("staff_channel").get("/protection/keys").content.decode()
        assert f"http://testserver{path}" in html
        assert "HOMEWARD_BASE_URL" in html
        settings.HOMEWARD_BASE_URL = "https://homeward.example.org"
        html = reader("staff_channel").get("/protection/keys").content.decode()
        assert f"https://homeward.example.org{path}" in html
        assert "HOMEWARD_BASE_URL" not in html
        assert "/tell/" not in reader("focal_point").get("/protection/keys").content.decode()
        assert reader("outsider").get("/protection/keys").status_code in (403, 404)

    def test_the_recipients_of_reports_see_no_child_and_focal_points_no_report(
        self, world: World, reader: Reader
    ) -> None:
        keys = [enrolled(world.amani.actor(name), "staff") for name in ("staff_channel", "second_staff_channel")]
        Client().post(f"/tell/{world.amani.organisation_id}", {"sealed": b64(sealed_to(keys, "{}", Kind.STAFF_REPORT))})
        row = Escalation.objects.get()
        assert world.amani.child
        staff, focal = reader("staff_channel"), reader("focal_point")
        assert staff.get(f"/protection/{row.pk}").status_code == 200
        assert staff.get(f"/children/{world.amani.child.code}").status_code in (403, 404)
        assert focal.get(f"/protection/{row.pk}").status_code == 404
        assert str(row.pk) not in focal.get("/").content.decode() + focal.get("/protection").content.decode()


class TestViolations:
    def record(self, reader: Reader, focal: list[Key], name: str = "focal_point", **changes: str) -> int:
        given = {"kind": "detained", "happened_on": "2026-02-03", "told_by": "child", "place": "", "child_code": ""}
        sealed = b64(sealed_to(focal, "{}", Kind.VIOLATION))
        return reader(name).post("/violations/new", {**given, "sealed": sealed, **changes}).status_code

    def test_a_violation_is_recorded_and_counted_without_opening_anything(
        self, world: World, reader: Reader, focal: list[Key]
    ) -> None:
        assert world.amani.child
        today = date.today().isoformat()
        for _ in range(4):
            assert self.record(reader, focal, happened_on=today) == 302
        page = reader("me_officer").get("/violations/counts").content.decode()
        assert page.count("fewer than 5") == 12 * 8
        assert self.record(reader, focal, "case_worker", happened_on=today, child_code=world.amani.child.code) == 302
        page = reader("programme_manager").get("/violations/counts").content.decode()
        assert page.count("fewer than 5") == 12 * 8 - 1
        assert "<td>5</td>" in page
        assert Opening.objects.count() == 0

    def test_a_child_out_of_reach_and_a_day_to_come_are_refused(
        self, world: World, reader: Reader, focal: list[Key]
    ) -> None:
        assert world.amani.other_child
        assert self.record(reader, focal, "case_worker", child_code=world.amani.other_child.code) == 404
        assert self.record(reader, focal, happened_on="2199-01-01") == 422
        assert Violation.objects.count() == 0

    def test_only_focal_points_see_the_register(self, world: World, reader: Reader, focal: list[Key]) -> None:
        self.record(reader, focal)
        row = Violation.objects.get()
        assert str(row.pk) in reader("focal_point").get("/violations").content.decode()
        assert reader("focal_point").post(f"/violations/{row.pk}/open", {"reason": "act"}).status_code == 200
        for name in ("case_worker", "supervisor", "me_officer", "programme_manager"):
            assert str(row.pk) not in reader(name).get("/violations").content.decode()
            assert reader(name).get(f"/violations/{row.pk}").status_code in (403, 404)
        for name in ("outsider", "organisation_admin"):
            assert reader(name).get("/violations").status_code == 403
            assert reader(name).get("/violations/counts").status_code == 403
        assert reader("focal_point", world.baraka).get(f"/violations/{row.pk}").status_code == 404
        assert reader("case_worker").get("/violations/counts").status_code == 403


class TestSealedQuestions:
    def published(self, world: World) -> str:
        draft = Draft().question("text", "harmed", privacy="L4").add("about", {"key": "collect", "value": "no"})
        officer = world.amani.actor("me_officer")
        form_id = load_workbook(officer, workbook_bytes(draft.load()), "form.xlsx")
        propose_publication(officer, form_id)
        publish(world.amani.actor("programme_manager"), form_id)
        return str(form_id)

    def test_such_a_form_is_for_the_browser_alone(self, world: World, reader: Reader, focal: list[Key]) -> None:
        form = self.published(world)
        assert world.amani.child
        config = reader("case_worker").get(f"/interview/{form}/config.json?child={world.amani.child.code}").json()
        assert config["sealed_questions"] == ["harmed"]
        phone = world.amani.actor("enumerator")
        assert form not in {str(each.id) for each in published_forms(phone)}
        with pytest.raises(NotVisible):
            form_xml(phone, UUID(form))
        assert form in {str(each.id) for each in published_forms(world.amani.actor("case_worker"))}

    def test_a_phone_that_sends_one_all_the_same_is_told_that_there_is_none(
        self, world: World, focal: list[Key]
    ) -> None:
        version = FormVersion.objects.get(pk=self.published(world))
        xml = (
            f'<data id="{version.instrument_id}" version="{version.version}"><harmed>he does</harmed>'
            "<meta><instanceID>uuid:x</instanceID></meta></data>"
        )
        with pytest.raises(ProblemError) as caught:
            receive(world.amani.actor("enumerator"), Delivery(xml.encode()))
        assert caught.value.first.code == "form.not_found"
        assert not Submission.objects.filter(instance_id="uuid:x").exists()

    def test_it_does_not_open_while_nobody_can_receive(self, world: World, reader: Reader) -> None:
        form = self.published(world)
        assert world.amani.child
        answer = reader("case_worker").get(f"/interview/{form}?child={world.amani.child.code}")
        assert answer.status_code == 409
        assert "Fewer than two" in answer.content.decode()
