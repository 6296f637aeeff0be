"""What a phone sends, and the status that it understands for each case."""

from __future__ import annotations

from decimal import Decimal

import pytest

from homeward.apps.surveys.attachments import content_of
from homeward.apps.surveys.forms import retire
from homeward.apps.surveys.models import Attachment, Quarantined, Score, State, Submission
from homeward.apps.surveys.sealing import attachment_name_of, quarantined_of, raw_of
from tests.interviews import fill, interview, library_form
from tests.openrosa.phone import Phone, file_part, in_process, xml_part
from tests.openrosa.publishing import publish_more
from tests.world import World

pytestmark = pytest.mark.database
FORM = "child-12-14"


@pytest.fixture
def code(world: World) -> str:
    assert world.amani.child is not None
    return world.amani.child.code


def stored(instance_id: str) -> Submission:
    return Submission.objects.get(instance_id=instance_id)


def files_of(row: Submission) -> dict[str, bytes]:
    return {attachment_name_of(each): content_of(each) for each in Attachment.objects.filter(submission=row)}


class TestTaken:
    def test_an_interview_of_the_caseload_is_stored_byte_for_byte_and_scored(self, phone: Phone, code: str) -> None:
        xml = interview(FORM, code, instance_id="uuid:a")
        answer = phone.submit(xml)
        assert answer.status == 201
        assert answer.message == "Received."
        row = stored("uuid:a")
        assert raw_of(row) == xml
        assert row.state == State.ACCEPTED
        assert row.channel == "collect"
        expected = library_form(FORM)[0].instrument.examples[0].expected
        scores = dict(Score.objects.filter(submission=row).values_list("dimension", "value"))
        assert {name: scores[name] for name in expected} == dict(expected)
        assert all(isinstance(value, Decimal) for value in scores.values())

    @pytest.mark.goal("R-11")
    def test_the_reply_was_lost_and_the_phone_sends_again(self, phone: Phone, code: str) -> None:
        xml = interview(FORM, code, instance_id="uuid:a")
        photo = file_part("a.jpg", b"photo")
        assert [phone.submit(xml, photo).status for _ in range(4)] == [201] * 4
        assert files_of(stored("uuid:a")) == {"a.jpg": b"photo"}

    def test_a_code_outside_the_caseload_waits_for_a_person(self, world: World, phone: Phone, monitor: Phone) -> None:
        assert world.amani.peer is not None
        theirs = interview(FORM, world.amani.peer.code, listed=False, instance_id="uuid:a")
        answer = phone.submit(theirs)
        assert answer.status == 202
        assert "office" in answer.message
        assert stored("uuid:a").state == State.UNMATCHED
        assert phone.submit(theirs).status == 202
        assert monitor.submit(theirs.replace(b"uuid:a", b"uuid:b")).status == 201

    def test_an_answer_that_cannot_be_right_waits_for_a_person(self, phone: Phone, code: str) -> None:
        assert phone.submit(interview(FORM, code, changes={"mood": "purple"})).status == 202

    def test_a_retired_form_waits_for_a_person(self, world: World, phone: Phone, code: str) -> None:
        assert phone.submit(interview(FORM, code, instance_id="uuid:before")).status == 201
        retire(world.amani.actor("programme_manager"), world.amani.forms[FORM])
        assert phone.submit(interview(FORM, code, instance_id="uuid:a")).status == 202
        assert "form.retired" in {problem["code"] for problem in stored("uuid:a").problems}

    def test_an_unknown_version_is_kept_apart_with_its_files(self, phone: Phone, code: str) -> None:
        xml = interview(FORM, code, instance_id="uuid:a").replace(b'version="1.0"', b'version="7"')
        for _ in range(3):
            assert phone.submit(xml, file_part("a.jpg", b"photo")).status == 202
        kept = Quarantined.objects.filter(instance_id="uuid:a", reason="unknown_version")
        assert {quarantined_of(row) for row in kept} == {xml, b"photo"}
        assert kept.count() == 2

    def test_a_group_session_needs_no_child(self, phone: Phone) -> None:
        xml = fill(library_form("fgd")[1], {"session_place": "School"}, "uuid:a")
        assert phone.submit(xml).status in (201, 202)
        assert stored("uuid:a").child is None


class TestEdits:
    def test_an_edit_takes_the_place_of_what_it_names(self, phone: Phone, code: str) -> None:
        phone.submit(interview(FORM, code, instance_id="uuid:a"))
        edit = interview(FORM, code, instance_id="uuid:b", deprecated_id="uuid:a", changes={"mood": "bad"})
        assert [phone.submit(edit).status for _ in range(2)] == [201, 201]
        assert stored("uuid:a").state == State.SUPERSEDED
        assert stored("uuid:b").supersedes == stored("uuid:a")
        assert phone.submit(interview(FORM, code, instance_id="uuid:a")).status == 201
        assert stored("uuid:a").state == State.SUPERSEDED

    def test_an_edit_that_comes_first_is_joined_when_its_original_arrives(self, phone: Phone, code: str) -> None:
        first = interview(FORM, code, instance_id="uuid:a")
        edit = interview(FORM, code, instance_id="uuid:b", deprecated_id="uuid:a", changes={"mood": "bad"})
        assert phone.submit(edit).status == 202
        assert phone.submit(first).status == 201
        assert (stored("uuid:a").state, stored("uuid:b").state) == (State.SUPERSEDED, State.ACCEPTED)
        assert phone.submit(edit).status == 201

    def test_an_edit_of_an_outdated_version_is_kept_apart(self, phone: Phone, code: str) -> None:
        phone.submit(interview(FORM, code, instance_id="uuid:a"))
        phone.submit(interview(FORM, code, instance_id="uuid:b", deprecated_id="uuid:a", changes={"mood": "bad"}))
        late = interview(FORM, code, instance_id="uuid:c", deprecated_id="uuid:a", changes={"mood": "very_bad"})
        for _ in range(3):
            answer = phone.submit(late)
            assert answer.status == 409
            assert "supervisor" in answer.message
        assert quarantined_of(Quarantined.objects.get(reason="outdated_edit")) == late
        assert not Submission.objects.filter(instance_id="uuid:c").exists()

    def test_another_phone_s_interview_is_not_replaced(self, phone: Phone, monitor: Phone, code: str) -> None:
        phone.submit(interview(FORM, code, instance_id="uuid:a"))
        assert monitor.submit(interview(FORM, code, instance_id="uuid:b", deprecated_id="uuid:a")).status == 202
        assert stored("uuid:a").state == State.ACCEPTED


class TestConflicts:
    @pytest.mark.goal("R-4")
    def test_other_bytes_under_a_known_id_are_kept_once_however_often_they_come(self, phone: Phone, code: str) -> None:
        first = interview(FORM, code, instance_id="uuid:a")
        others = [interview(FORM, code, instance_id="uuid:a", changes={"mood": mood}) for mood in ("bad", "very_bad")]
        phone.submit(first)
        for _ in range(5):
            for other in others:
                assert phone.submit(other, file_part("a.jpg", b"photo")).status == 409
            assert phone.submit(first).status == 201
        kept = Quarantined.objects.filter(instance_id="uuid:a")
        assert sorted(quarantined_of(row) for row in kept.filter(kind="submission")) == sorted(others)
        assert kept.filter(kind="attachment").count() == 1
        assert raw_of(stored("uuid:a")) == first
        assert files_of(stored("uuid:a")) == {}

    def test_another_file_under_a_known_name_is_kept_apart(self, phone: Phone, code: str) -> None:
        xml = interview(FORM, code, instance_id="uuid:a")
        phone.submit(xml, file_part("a.jpg", b"one"))
        for _ in range(2):
            assert phone.submit(xml, file_part("a.jpg", b"two"), file_part("b.jpg", b"b")).status == 409
        assert files_of(stored("uuid:a")) == {"a.jpg": b"one", "b.jpg": b"b"}
        assert quarantined_of(Quarantined.objects.get(kind="attachment")) == b"two"


class TestRefused:
    def test_a_form_of_another_organisation_and_no_form_get_one_answer(self, world: World, phone: Phone) -> None:
        house = world.baraka
        publish_more(house, ["kii"])
        theirs = fill(library_form("kii")[1], {"session_place": "School"})
        answers = {phone.submit(theirs).body, phone.submit(theirs.replace(b'id="kii"', b'id="none"')).body}
        assert len(answers) == 1
        assert phone.submit(theirs).status == 404
        other = Phone(f"/key/{house.devices['enumerator'].token}", in_process())
        assert other.submit(theirs).status in (201, 202)

    def test_the_same_id_in_two_organisations_is_two_records(self, world: World, phone: Phone, code: str) -> None:
        other = Phone(f"/key/{world.baraka.devices['enumerator'].token}", in_process())
        xml = interview(FORM, code, instance_id="uuid:a")
        assert (phone.submit(xml).status, other.submit(xml).status) == (201, 202)
        assert Submission.objects.filter(instance_id="uuid:a").count() == 2

    @pytest.mark.parametrize(
        "xml",
        [
            b"",
            b"<data",
            b"not xml",
            b"<!DOCTYPE data><data id='child-12-14'/>",
            b"<data id='child-12-14' version='1.0'><meta/></data>",
            b"<a>" * 300 + b"</a>" * 300,
        ],
    )
    def test_what_is_no_submission_is_refused_with_what_to_do(self, phone: Phone, xml: bytes) -> None:
        answer = phone.submit(xml)
        assert answer.status == 400
        assert len(answer.message.split(". ")) > 1
        assert not Submission.objects.exists()
        assert not Quarantined.objects.exists()

    def test_two_files_of_one_name_in_one_request_are_refused_and_nothing_is_stored(
        self, phone: Phone, code: str
    ) -> None:
        xml = interview(FORM, code, instance_id="uuid:a")
        assert phone.submit(xml, file_part("a.jpg", b"one"), file_part("a.jpg", b"two")).status == 400
        assert not Submission.objects.filter(instance_id="uuid:a").exists()
        assert phone.submit(xml, file_part("a.jpg", b"one"), file_part("a.jpg", b"one")).status == 201

    def test_an_answer_longer_than_we_take_is_413(self, phone: Phone, code: str) -> None:
        long = interview(FORM, code).replace(b"</child_code>", b"x" * 70_000 + b"</child_code>")
        assert phone.post(xml_part(long)).status == 413
