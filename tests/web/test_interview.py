"""The page around the interview app, what it may fetch, and the door it sends to."""

from __future__ import annotations

import io
import json
from datetime import date

import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings

from homeward.apps.access.models import Person
from homeward.apps.cases.models import Child
from homeward.apps.surveys.deliveries import Delivery
from homeward.apps.surveys.form_queries import form_xml
from homeward.apps.surveys.forms import load_workbook, propose_publication, publish
from homeward.apps.surveys.intake import receive
from homeward.apps.surveys.models import Submission
from homeward.apps.surveys.sealing import attachment_name_of
from homeward.formats.xform.reading import read_form
from homeward.web.ui.templatetags.ui import MANIFEST, app_chunks
from tests.interviews import fill, interview
from tests.openrosa.phone import file_part, multipart, xml_part
from tests.web.conftest import Reader
from tests.world import World


def base(world: World, form: str = "child-12-14") -> str:
    return f"/interview/{world.amani.forms[form]}"


def sending(xml: bytes, **files: bytes) -> dict[str, SimpleUploadedFile]:
    parts = {name: SimpleUploadedFile(name, content, "image/png") for name, content in files.items()}
    return {"xml_submission_file": SimpleUploadedFile("submission.xml", xml, "text/xml"), **parts}


class TestWhatTheAppFetches:
    def test_the_settings_name_one_child_and_what_is_answered_already(self, reader: Reader, world: World) -> None:
        code = world.amani.child.code
        config = reader("case_worker").get(f"{base(world)}/config.json?child={code}").json()
        assert config["prefill"] == {"child_known": "yes", "child_listed": code}
        assert config["child"]["code"] == code
        assert config["languages"][0] == "en"
        assert config["return_url"] == f"/children/{code}"
        assert "Asha" not in json.dumps(config)

    def test_the_form_holds_no_score(self, reader: Reader, world: World) -> None:
        answer = reader("case_worker").get(f"{base(world)}/form.xml?child={world.amani.child.code}")
        assert answer.headers["Content-Type"].startswith("text/xml")
        assert b"score" not in answer.content

    def test_the_list_holds_this_child_and_no_other(self, reader: Reader, world: World) -> None:
        code = world.amani.child.code
        text = reader("supervisor").get(f"{base(world)}/media/children.csv?child={code}").content.decode()
        assert [line.split(",")[0].strip('"') for line in text.strip().split("\n")] == ["name", code]

    def test_a_file_that_the_form_does_not_have_is_not_found(self, reader: Reader, world: World) -> None:
        answer = reader("case_worker").get(f"{base(world)}/media/secret.png?child={world.amani.child.code}")
        assert answer.status_code == 404

    def test_a_preview_shows_an_invented_child_and_has_no_door(self, reader: Reader, world: World) -> None:
        client = reader("me_officer")
        config = client.get(f"{base(world)}/config.json?mode=preview").json()
        assert (config["submit_url"], config["child"]) == ("", None)
        assert (
            world.amani.child.code not in client.get(f"{base(world)}/media/children.csv?mode=preview").content.decode()
        )
        assert client.post(f"{base(world)}/submit?mode=preview").status_code == 404

    def test_without_a_child_there_is_no_interview_except_for_a_group(self, reader: Reader, world: World) -> None:
        client = reader("case_worker")
        assert client.get(base(world)).status_code == 404
        assert client.get(base(world, "fgd")).status_code == 200

    def test_nobody_interviews_a_child_outside_the_own_reach(self, reader: Reader, world: World) -> None:
        query = f"?child={world.amani.child.code}"
        others = [reader("other_case_worker"), reader("case_worker", world.baraka), reader("outsider")]
        for client in others:
            for part in ("", "/config.json", "/form.xml", "/media/children.csv"):
                assert client.get(f"{base(world)}{part}{query}").status_code == 404
            assert client.post(f"{base(world)}/submit{query}").status_code == 404

    def test_who_sees_the_child_without_interviewing_is_refused(self, reader: Reader, world: World) -> None:
        assert reader("me_officer").get(f"{base(world)}?child={world.amani.child.code}").status_code == 403


class TestThePageAroundTheApp:
    def test_it_brings_the_app_alone_and_says_early_what_it_will_load(self, reader: Reader, world: World) -> None:
        html = reader("case_worker").get(f"{base(world)}?child={world.amani.child.code}").content.decode()
        assert "bootstrap" not in html
        for address in app_chunks():
            assert f'<link rel="modulepreload" href="{address}">' in html
            assert (MANIFEST.parent / address.split("/built/")[1]).exists()
        assert len(app_chunks()) == MANIFEST.exists()

    def test_the_quick_exit_stands_ready_for_the_app(self, reader: Reader, world: World) -> None:
        html = reader("case_worker").get(f"{base(world)}?child={world.amani.child.code}").content.decode()
        assert '<form id="quick-exit" method="post" action="/leave" data-leave="/blank" hidden>' in html


class TestSending:
    def test_an_interview_is_stored_and_scored_at_once(self, reader: Reader, world: World) -> None:
        code = world.amani.child.code
        client = reader("case_worker")
        answer = client.post(f"{base(world)}/submit?child={code}", sending(interview("child-12-14", code)))
        assert (answer.status_code, answer.json()["status"]) == (201, "stored")
        assert answer.json()["next_url"] == f"/children/{code}"
        assert client.get(f"/children/{code}").context["panels"]
        assert Submission.objects.get(child=world.amani.child.id).channel == "browser"

    def test_the_same_interview_twice_is_kept_once(self, reader: Reader, world: World) -> None:
        code, client = world.amani.child.code, reader("case_worker")
        xml = interview("child-12-14", code)
        answers = [client.post(f"{base(world)}/submit?child={code}", sending(xml)) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [201, 201]
        assert Submission.objects.filter(child=world.amani.child.id).count() == 1

    def test_what_was_begun_before_the_record_was_closed_is_taken(self, reader: Reader, world: World) -> None:
        """Somebody else closes it while the child answers: the answers, and what was told, are nowhere else."""
        code, client = world.amani.child.code, reader("case_worker")
        assert client.get(f"{base(world)}?child={code}").status_code == 200
        Child.objects.filter(code=code).update(status="closed", ended_on=date.today())
        answer = client.post(f"{base(world)}/submit?child={code}", sending(interview("child-12-14", code)))
        assert answer.status_code == 201
        assert client.get(f"{base(world)}?child={code}").status_code == 409

    def test_a_paper_form_keyed_in_is_marked_so(self, reader: Reader, world: World) -> None:
        code = world.amani.child.code
        xml = interview("child-12-14", code)
        reader("case_worker").post(f"{base(world)}/submit?child={code}&mode=paper", sending(xml))
        assert Submission.objects.get(child=world.amani.child.id).channel == "paper"

    def test_a_drawing_travels_with_the_interview(self, reader: Reader, world: World) -> None:
        code = world.amani.child.code
        parts = sending(interview("child-12-14", code), **{"drawing.png": b"\x89PNG"})
        assert reader("case_worker").post(f"{base(world)}/submit?child={code}", parts).status_code == 201
        assert Submission.objects.get(child=world.amani.child.id).attachments.count() == 1

    def test_broken_answers_are_refused_with_what_to_do(self, reader: Reader, world: World) -> None:
        address = f"{base(world)}/submit?child={world.amani.child.code}"
        client = reader("case_worker")
        for parts in ({}, sending(b"<broken"), sending(b"<!DOCTYPE x><x/>")):
            answer = client.post(address, parts)
            assert answer.status_code == 400
            assert answer.json()["status"] == "refused"
            assert answer.json()["problems"][0]["message"]

    def test_another_text_under_the_same_id_is_refused_and_kept_apart(self, reader: Reader, world: World) -> None:
        code, client = world.amani.child.code, reader("case_worker")
        address = f"{base(world)}/submit?child={code}"
        client.post(address, sending(interview("child-12-14", code, instance_id="uuid:one")))
        answer = client.post(address, sending(interview("child-12-14", code, example=1, instance_id="uuid:one")))
        assert answer.status_code == 409

    def test_every_file_of_one_field_arrives(self, reader: Reader, world: World) -> None:
        code = world.amani.child.code
        files = [SimpleUploadedFile(name, b"\x89PNG", "image/png") for name in ("one.png", "two.png")]
        parts = {**sending(interview("child-12-14", code)), "files": files}
        assert reader("case_worker").post(f"{base(world)}/submit?child={code}", parts).status_code == 201
        kept = Submission.objects.get(child=world.amani.child.id).attachments.all()
        assert {attachment_name_of(each) for each in kept} == {"one.png", "two.png"}

    @override_settings(HOMEWARD_MAX_UPLOAD=100_000)
    def test_what_is_too_large_is_refused_whole(self, reader: Reader, world: World) -> None:
        code = world.amani.child.code
        parts = sending(interview("child-12-14", code), **{"drawing.png": b"x" * 100_000})
        answer = reader("case_worker").post(f"{base(world)}/submit?child={code}", parts)
        assert (answer.status_code, answer.json()["problems"][0]["code"]) == (413, "body.too_large")
        assert not Submission.objects.filter(child=world.amani.child.id).exists()

    def test_a_body_that_was_cut_off_is_refused(self, reader: Reader, world: World) -> None:
        code = world.amani.child.code
        whole, kind = multipart([xml_part(interview("child-12-14", code)), file_part("a.jpg", b"x" * 999)])
        answer = reader("case_worker").post(f"{base(world)}/submit?child={code}", whole[:-500], content_type=kind)
        assert (answer.status_code, answer.json()["status"]) == (400, "refused")
        assert not Submission.objects.filter(child=world.amani.child.id).exists()

    def test_a_request_needs_the_pages_token_in_its_header(self, world: World) -> None:
        client, code = Client(enforce_csrf_checks=True), world.amani.child.code
        client.force_login(Person.objects.get(pk=world.amani.people["case_worker"]))
        address, xml = f"{base(world)}/submit?child={code}", interview("child-12-14", code)
        token = client.get(f"{base(world)}/config.json?child={code}").json()["csrf_token"]
        for given in ({}, {"X-CSRFToken": "x" * len(token)}):
            assert client.post(address, sending(xml), headers=given).status_code == 403
        assert client.post(address, sending(xml), headers={"X-CSRFToken": token}).status_code == 201


def plain_form(world: World) -> tuple[str, bytes]:
    """A published form of one question, which asks for no child and says no language; and an interview with it."""
    book = io.BytesIO()
    with xlsxwriter.Workbook(book) as workbook:
        sheet = workbook.add_worksheet("survey")
        sheet.write_row(0, 0, ("type", "name", "label"))
        sheet.write_row(1, 0, ("text", "story", "How was the day?"))
        workbook.add_worksheet("settings").write_column(0, 0, ("form_id", "plain"))
    officer = world.amani.actor("me_officer")
    form_id = load_workbook(officer, book.getvalue(), "plain.xlsx")
    propose_publication(officer, form_id)
    publish(world.amani.actor("programme_manager"), form_id)
    return str(form_id), fill(read_form(form_xml(officer, form_id)), {"story": "Good"})


class TestAFormWithoutAQuestionForTheChild:
    def test_what_was_started_for_a_child_stands_with_that_child(self, reader: Reader, world: World) -> None:
        form, xml = plain_form(world)
        code, client = world.amani.child.code, reader("case_worker")
        answer = client.post(f"/interview/{form}/submit?child={code}", sending(xml))
        assert (answer.status_code, answer.json()["message"]) == (201, "Stored.")
        row = Submission.objects.get(form_version=form)
        assert (row.child_id, row.age_years) == (world.amani.child.id, 13)
        assert f"/submissions/{row.pk}" in client.get(f"/children/{code}/interviews").content.decode()
        assert reader("me_officer").get(f"/instruments/{form}").context["sessions"] == []
        outside = reader("other_case_worker").post(f"/interview/{form}/submit?child={code}", sending(xml))
        assert outside.status_code == 404

    def test_what_belongs_to_no_child_stands_with_its_instrument(self, reader: Reader, world: World) -> None:
        form, xml = plain_form(world)
        receipt = receive(world.amani.actor("enumerator"), Delivery(xml))
        assert receipt.status == 201
        link = f"/submissions/{receipt.submission_id}"
        assert link in reader("me_officer").get(f"/instruments/{form}").content.decode()
        for name in ("other_supervisor", "programme_manager"):
            assert link not in reader(name).get(f"/instruments/{form}").content.decode()

    def test_a_form_that_names_another_child_waits_for_a_person(self, reader: Reader, world: World) -> None:
        xml = interview("child-12-14", world.amani.peer.code)
        client = reader("supervisor")
        answer = client.post(f"{base(world)}/submit?child={world.amani.child.code}", sending(xml))
        row = Submission.objects.get(organisation_id=world.amani.organisation_id)
        assert (answer.status_code, row.state, row.child_id) == (202, "unmatched", None)
        assert [each["code"] for each in row.problems if each["severity"] == "error"] == ["child.another"]
        client.post(f"/inbox/{row.pk}", {"step": "link", "child": world.amani.peer.code, "reason": "Seen"})
        assert Submission.objects.get(pk=row.pk).child_id == world.amani.peer.id

    def test_its_pages_say_that_no_language_is_stated(self, reader: Reader, world: World) -> None:
        form, _xml = plain_form(world)
        client = reader("me_officer")
        assert "no language stated" in client.get(f"/instruments/{form}").content.decode()
        for page in (f"/instruments/{form}/dictionary", f"/instruments/{form}/paper"):
            assert "How was the day?" in client.get(page).content.decode()
        assert client.get(f"/instruments/{form}/preview").status_code == 200
        config = client.get(f"/interview/{form}/config.json?mode=preview")
        assert config.json()["labels_language"] == config.json()["languages"][0]
        worker = reader("case_worker").get(f"/children/{world.amani.child.code}/interview")
        assert "no language stated" in worker.content.decode()
