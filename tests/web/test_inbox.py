from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.formats import date_format
from django.utils.translation import override

from homeward.apps.access.models import Person
from homeward.apps.cases.facts import ChildFacts
from homeward.apps.cases.models import Child
from homeward.apps.cases.services import register_child
from homeward.apps.surveys.attachments import Upload
from homeward.apps.surveys.deliveries import Delivery
from homeward.apps.surveys.intake import receive
from homeward.apps.surveys.models import Submission
from homeward.domain.codes import with_check_digits
from tests.interviews import interview
from tests.pictures import picture
from tests.web.conftest import Interviewed, Reader
from tests.world import World

NOBODY = with_check_digits(1_234_567)


@pytest.fixture
def lost(interviewed: Interviewed) -> UUID:
    return interviewed(code=NOBODY, listed=False)


class TestTheInbox:
    def test_an_interview_of_no_known_child_waits_with_its_cause(self, reader: Reader, lost: UUID) -> None:
        html = reader("supervisor").get("/inbox").content.decode()
        assert "child_code" not in html + reader("supervisor").get(f"/inbox/{lost}").content.decode()
        assert f"/inbox/{lost}" in html
        assert "The code names no child" in html

    def test_the_other_team_and_the_other_organisation_see_nothing_of_it(
        self, reader: Reader, world: World, lost: UUID
    ) -> None:
        for client in (reader("other_supervisor"), reader("supervisor", world.baraka)):
            assert str(lost) not in client.get("/inbox").content.decode()
            assert client.get(f"/inbox/{lost}").status_code == 404
            assert client.post(f"/inbox/{lost}", {"step": "set_aside", "reason": "x"}).status_code == 404

    def test_questions_are_named_as_people_read_them(self, reader: Reader, interviewed: Interviewed) -> None:
        """Also those of a question that was not asked, and without what a form computes for itself."""
        odd = {"mood": "purple", "work_hours": "0", "dangerous_work": "dangerous", "hw_flag_high": "7"}
        submission_id, client = interviewed(changes=odd), reader("supervisor")
        for page in (f"/inbox/{submission_id}", f"/submissions/{submission_id}"):
            answer = client.get(page)
            said = {each.name: each for each in answer.context["said"]}
            assert said["mood"].where == "How do you feel on most days?"
            assert "“How dangerous is your work?”" in said["dangerous_work"].message
            assert "hw_flag" not in answer.content.decode()
            assert "/data/" not in answer.content.decode()
        assert "How do you feel on most days?</bdi>: The answer is not one of" in client.get("/inbox").content.decode()

    def test_roles_without_an_inbox_are_refused(self, reader: Reader, lost: UUID) -> None:
        for name in ("outsider", "case_worker", "programme_manager", "organisation_admin"):
            assert reader(name).get("/inbox").status_code in (403, 404)
            assert reader(name).get(f"/inbox/{lost}").status_code in (403, 404)

    def test_linked_to_its_child_it_is_scored(self, reader: Reader, world: World, lost: UUID) -> None:
        client = reader("supervisor")
        given = {"step": "link", "child": world.amani.child.code, "reason": "The code was misread"}
        answer = client.post(f"/inbox/{lost}", given, follow=True)
        assert b"Linked and scored." in answer.content
        assert Submission.objects.get(pk=lost).child_id == world.amani.child.id
        assert client.get(f"/children/{world.amani.child.code}").context["panels"]

    def test_a_child_of_another_age_than_the_forms_is_linked_only_when_said_twice(
        self, reader: Reader, world: World, lost: UUID
    ) -> None:
        facts = ChildFacts(population="host_peer", sex="male", name="Otieno", age=7, team_id=world.amani.teams[0])
        young = register_child(world.amani.system(), facts)
        given = {"step": "link", "child": young.code, "reason": "She says so"}
        client = reader("supervisor")
        html = client.get(f"/inbox/{lost}").content.decode()
        assert "Link all the same" not in html
        answer = client.post(f"/inbox/{lost}", given)
        assert answer.status_code == 422
        assert "Link all the same" in answer.content.decode()
        assert "this form is for other ages" in str(answer.context["settle"].errors["child"])
        assert Submission.objects.get(pk=lost).child_id is None
        assert client.post(f"/inbox/{lost}", {**given, "step": "link_all_the_same"}).status_code == 302
        row = Submission.objects.get(pk=lost)
        assert row.child_id == young.id
        assert "age.outside_instrument" in {each["code"] for each in row.problems}

    def test_a_duplicate_takes_no_interview_and_another_step_is_not_offered(
        self, reader: Reader, world: World, lost: UUID
    ) -> None:
        Child.objects.filter(pk=world.amani.child.id).update(status="duplicate")
        given = {"step": "link", "child": world.amani.child.code, "reason": "Hers"}
        answer = reader("supervisor").post(f"/inbox/{lost}", given)
        assert answer.status_code == 422
        assert "Link the interview to the record that goes on" in str(answer.context["settle"].errors["child"])
        assert "Link all the same" not in answer.content.decode()

    def test_a_code_that_names_nobody_is_said_at_its_field(self, reader: Reader, lost: UUID) -> None:
        answer = reader("supervisor").post(f"/inbox/{lost}", {"step": "link", "child": "1", "reason": "Try"})
        assert answer.status_code == 422
        assert 'value="1"' in answer.content.decode()
        assert answer.context["settle"].errors["child"]

    def test_a_child_of_another_organisation_cannot_be_linked(self, reader: Reader, world: World, lost: UUID) -> None:
        given = {"step": "link", "child": world.baraka.child.code, "reason": "Try"}
        assert reader("supervisor").post(f"/inbox/{lost}", given).status_code == 422

    def test_every_step_needs_a_reason(self, reader: Reader, lost: UUID) -> None:
        answer = reader("supervisor").post(f"/inbox/{lost}", {"step": "set_aside", "reason": " "})
        assert answer.status_code == 422
        assert Submission.objects.get(pk=lost).state == "unmatched"

    def test_set_aside_and_taken_back(self, reader: Reader, lost: UUID) -> None:
        client = reader("supervisor")
        client.post(f"/inbox/{lost}", {"step": "set_aside", "reason": "A test"})
        assert Submission.objects.get(pk=lost).state == "set_aside"
        client.post(f"/inbox/{lost}", {"step": "take_back", "reason": "It was real"})
        assert Submission.objects.get(pk=lost).state == "unmatched"

    def test_bytes_kept_apart_are_listed_until_somebody_has_looked(
        self, reader: Reader, world: World, interviewed: Interviewed
    ) -> None:
        interviewed(instance_id="uuid:same")
        with pytest.raises(Exception, match="Another interview"):
            interviewed(instance_id="uuid:same", example=1)
        client = reader("supervisor")
        listed = client.get("/inbox")
        (row, words), *_ = listed.context["kept"]
        assert "same id" in str(words)
        page = client.get(f"/inbox/kept/{row.id}")
        for html in (listed.content.decode(), page.content.decode()):
            assert "Child survey, 12 to 14 years" in html
            assert "child-12-14" not in html
        assert "(required)" in page.content.decode()
        assert 'aria-required="true"' in page.content.decode()
        labels = [each.label for each in page.context["found"].compared.differences]
        assert "How do you feel on most days?" in labels
        assert "How do you feel on most days?" in page.content.decode()
        for other in (reader("supervisor", world.baraka), reader("other_supervisor")):
            assert other.get(f"/inbox/kept/{row.id}").status_code == 404
            assert other.post(f"/inbox/kept/{row.id}", {"step": "keep", "reason": "x"}).status_code == 404
        for name in ("case_worker", "organisation_admin", "outsider"):
            assert reader(name).get(f"/inbox/kept/{row.id}").status_code in (403, 404)
        assert client.post(f"/inbox/kept/{row.id}", {"step": "keep", "reason": " "}).status_code == 422
        given = {"step": "keep", "reason": "The first is right"}
        assert client.post(f"/inbox/kept/{row.id}", given, follow=True).context["kept"] == []
        assert client.post(f"/inbox/kept/{row.id}", given).status_code == 422

    def test_a_file_kept_apart_opens_beside_the_first(
        self, reader: Reader, world: World, interviewed: Interviewed
    ) -> None:
        sender, xml = world.amani.actor("enumerator"), interview("child-12-14", world.amani.child.code)
        receive(sender, Delivery(xml, [Upload("a.png", "image/png", picture(colour="red"))]))
        with pytest.raises(Exception, match="A file of this name"):
            receive(sender, Delivery(xml, [Upload("a.png", "image/png", b"\0 two")]))
        client = reader("supervisor")
        (row, _words), *_ = client.get("/inbox").context["kept"]
        html = client.get(f"/inbox/kept/{row.id}").content.decode()
        assert "Take this one instead, as a correction" in html
        shown = client.get(f"/inbox/kept/{row.id}/file")
        assert (shown.content, shown["Content-Type"]) == (b"\0 two", "application/octet-stream")  # no picture at all
        assert shown["Content-Disposition"].startswith("attachment")
        assert "sandbox" in shown["Content-Security-Policy"]
        for other in (reader("supervisor", world.baraka), reader("other_supervisor")):
            assert other.get(f"/inbox/kept/{row.id}/file").status_code == 404

    def test_a_version_nobody_knows_is_shown_as_it_came(self, reader: Reader, world: World) -> None:
        xml = interview("child-12-14", world.amani.child.code).replace(b'version="1.0"', b'version="9.9"')
        receive(world.amani.actor("enumerator"), Delivery(xml))
        client = reader("supervisor")
        (row, _words), *_ = client.get("/inbox").context["kept"]
        html = client.get(f"/inbox/kept/{row.id}").content.decode()
        assert "very_good" in html
        assert "Child survey, 12 to 14 years" in html  # as the version that is known calls it
        assert "9.9" in html
        assert "Set it aside" in html
        assert "Take it in as an interview of its own" not in html

    def test_a_waiting_edit_stands_beside_what_it_corrects(self, reader: Reader, world: World) -> None:
        child = world.amani.child
        receive(world.amani.actor("case_worker"), Delivery(interview("child-12-14", child.code, instance_id="uuid:a")))
        edit = interview("child-12-14", child.code, deprecated_id="uuid:a", changes={"mood": "bad"})
        receipt = receive(world.amani.actor("enumerator"), Delivery(edit))
        page = reader("supervisor").get(f"/inbox/{receipt.submission_id}")
        (row,) = page.context["beside"].differences
        assert (row.here.codes, row.other.codes) == (("very_good",), ("bad",))
        assert "The interview that it corrects" in page.content.decode()
        assert page.context["state"] == "Waits for a person"

    def test_wherever_a_time_of_day_is_shown_its_zone_is_named(
        self, reader: Reader, world: World, interviewed: Interviewed, lost: UUID
    ) -> None:
        interviewed(instance_id="uuid:same")
        with pytest.raises(Exception, match="Another interview"):
            interviewed(instance_id="uuid:same", example=1)
        Person.objects.filter(pk=world.amani.people["supervisor"]).update(time_zone="Asia/Tbilisi")
        client = reader("supervisor")
        (row, _words), *_ = client.get("/inbox").context["kept"]
        for page in ("/inbox", f"/inbox/kept/{row.id}", "/devices"):
            assert client.get(page).content.decode().count("Asia/Tbilisi") == 1, page

    def test_the_list_costs_the_same_number_of_queries_at_ten_and_twenty_rows(
        self, reader: Reader, world: World
    ) -> None:
        client, actor = reader("supervisor"), world.amani.actor("case_worker")
        counts = []
        for _ in range(2):
            for _ in range(10):
                receive(actor, Delivery(interview("child-12-14", NOBODY, listed=False)))
            client.get("/inbox")
            with CaptureQueriesContext(connection) as found:
                client.get("/inbox")
            counts.append(len(found))
        assert counts[0] == counts[1]


@pytest.mark.parametrize("language", ["en", "fr", "es", "ar"])
def test_a_short_day_is_written_as_every_other_day(language: str) -> None:
    with override(language):
        day = date(2026, 11, 30)
        assert date_format(day, "SHORT_DATE_FORMAT") == date_format(day, "DATE_FORMAT")
        assert "/" not in date_format(day, "SHORT_DATE_FORMAT")
