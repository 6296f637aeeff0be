from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from homeward.apps.access.models import Person
from homeward.apps.audit.models import Event
from homeward.apps.surveys.models import Flag, Score, Submission
from tests.web.conftest import Interviewed, Reader
from tests.world import World


def correcting(form: object) -> dict[str, object]:
    """What the page of corrections would send if nothing were changed."""
    fields = form.fields  # type: ignore[attr-defined]
    return {name: field.initial for name, field in fields.items() if name.startswith("q_") and field.initial}


class TestTheAnswersBehindAScore:
    def test_each_answer_stands_with_the_dimension_that_it_counts_in(
        self, reader: Reader, interviewed: Interviewed
    ) -> None:
        answer = reader("case_worker").get(f"/submissions/{interviewed()}")
        html = answer.content.decode()
        assert "How often do you go to bed hungry?" in html
        assert {row.dimension for row in answer.context["page"].rows} > {"economic", "social"}

    def test_one_score_shows_its_own_answers_only(self, reader: Reader, interviewed: Interviewed) -> None:
        rows = reader("case_worker").get(f"/submissions/{interviewed()}?of=social").context["page"].rows
        assert {row.dimension for row in rows} == {"social"}

    def test_a_question_that_was_not_asked_is_told_from_one_not_answered(
        self, reader: Reader, interviewed: Interviewed
    ) -> None:
        submission_id = interviewed(changes={"work_hours": "0", "dangerous_work": ""})
        html = reader("case_worker").get(f"/submissions/{submission_id}").content.decode()
        assert "not asked" in html

    def test_an_answer_that_is_a_kind_of_no_answer_is_said_once(self, reader: Reader, interviewed: Interviewed) -> None:
        submission_id = interviewed(changes={"sleep_place": "dont_know"})
        html = reader("case_worker").get(f"/submissions/{submission_id}").content.decode()
        answers = html.split('id="answers"')[1]
        assert '<span class="tag">I don&#x27;t know</span>' in answers
        assert "does not know" not in answers

    def test_looking_is_written_down(self, reader: Reader, interviewed: Interviewed) -> None:
        submission_id = interviewed()
        reader("focal_point").get(f"/submissions/{submission_id}")
        assert Event.objects.filter(verb="answers.see", object_id=str(submission_id), allowed=True).exists()

    def test_the_other_team_the_other_organisation_and_the_outsider_find_nothing(
        self, reader: Reader, world: World, interviewed: Interviewed
    ) -> None:
        address = f"/submissions/{interviewed()}"
        for client in (reader("other_case_worker"), reader("other_supervisor"), reader("case_worker", world.baraka)):
            assert client.get(address).status_code == 404
            assert client.get(f"{address}/correct").status_code == 404
        assert reader("outsider").get(address).status_code in (403, 404)

    def test_an_id_of_nothing_is_not_found(self, reader: Reader) -> None:
        assert reader("case_worker").get(f"/submissions/{uuid4()}").status_code == 404


class TestCorrecting:
    def test_the_parts_of_the_form_are_closed_but_one_with_an_error(
        self, reader: Reader, interviewed: Interviewed
    ) -> None:
        address, client = f"/submissions/{interviewed()}/correct", reader("case_worker")
        form = client.get(address).context["correction"]
        assert len(form.sections) > 3
        assert not any(section.wrong for section in form.sections)
        given = {**correcting(form), "q_interview_date": "someday", "reason_code": "typing", "reason": "x"}
        html = client.post(address, given).content.decode()
        assert html.count('<details class="part" open>') == 1
        assert html.count('<details class="part"') == len(form.sections)

    def test_a_correction_is_a_new_version_and_the_one_before_stays(
        self, reader: Reader, interviewed: Interviewed
    ) -> None:
        submission_id, client = interviewed(), reader("case_worker")
        page = f"/submissions/{submission_id}/correct"
        given = correcting(client.get(page).context["correction"])
        changed = {**given, "q_sleep_place": "bad", "reason_code": "typing_error", "reason": "Wrong key"}
        answer = client.post(page, changed)
        assert answer.status_code == 302, answer.context["correction"].errors
        new = Submission.objects.get(pk=UUID(answer.headers["Location"].rsplit("/", 1)[-1]))
        assert (new.supersedes_id, new.state) == (submission_id, "accepted")
        assert new.coded["answers"]["sleep_place"] == "bad"
        assert Submission.objects.get(pk=submission_id).state == "superseded"
        html = client.get(answer.headers["Location"]).content.decode()
        assert "A typing error" in html
        assert "Wrong key" in html

    def test_flags_scores_and_what_is_asked_follow_a_correction(self, reader: Reader, interviewed: Interviewed) -> None:
        before = {"work_hours": "5", "dangerous_work": "dangerous", "hw_flag_high": "1", "hw_flag_medium": "0"}
        submission_id, client = interviewed(changes=before), reader("case_worker")
        assert "Dangerous work" in client.get(f"/submissions/{submission_id}").content.decode()
        page = f"/submissions/{submission_id}/correct"
        given = correcting(client.get(page).context["correction"])
        changed = {**given, "q_work_hours": "0", "reason_code": "typing_error", "reason": "Wrong key"}
        answer = client.post(page, changed)
        new = Submission.objects.get(pk=UUID(answer.headers["Location"].rsplit("/", 1)[-1]))
        assert (new.state, {each["code"] for each in new.problems}) == ("accepted", {"answer.required"})
        assert new.coded["answers"]["dangerous_work"] == {"missing": "not_asked"}
        assert "dangerous_work" not in set(Flag.objects.filter(submission=new).values_list("kind", flat=True))
        old = Score.objects.get(submission_id=submission_id, dimension="economic")
        assert Score.objects.get(submission=new, dimension="economic", current=True).value != old.value
        assert "Dangerous work" not in client.get(answer.headers["Location"]).content.decode()

    def test_what_is_not_changed_stays_as_it_came(self, reader: Reader, interviewed: Interviewed) -> None:
        """Lines of a text, ticks in another order than the list's, and an option that the list does not have."""
        came = {"anything_to_say": "My sister\n came back ", "help_wanted": "food school", "mood": "purple"}
        submission_id, client = interviewed(changes=came), reader("case_worker")
        page = f"/submissions/{submission_id}/correct"
        given = correcting(client.get(page).context["correction"])
        given["q_anything_to_say"] = came["anything_to_say"].replace("\n", "\r\n")
        given["q_help_wanted"] = ["school", "food"]
        answer = client.post(page, {**given, "reason_code": "other", "reason": "Just looking"})
        assert b"Nothing is different." in answer.content

    def test_without_a_reason_nothing_is_corrected_and_nothing_typed_is_lost(
        self, reader: Reader, interviewed: Interviewed
    ) -> None:
        submission_id, client = interviewed(), reader("case_worker")
        page = f"/submissions/{submission_id}/correct"
        given = correcting(client.get(page).context["correction"])
        answer = client.post(page, {**given, "q_sleep_place": "bad", "reason_code": "typing_error", "reason": ""})
        assert answer.status_code == 422
        assert answer.context["correction"]["q_sleep_place"].value() == "bad"
        assert Submission.objects.get(pk=submission_id).state == "accepted"

    @pytest.mark.parametrize(
        ("language", "said"),
        [
            ("en", "Give whole hours from 0 to 112."),
            ("fr", "Indiquez un nombre d'heures entier de 0 à 112."),
        ],
    )
    def test_an_answer_that_cannot_be_right_is_refused_in_the_forms_own_words(
        self, reader: Reader, world: World, interviewed: Interviewed, language: str, said: str
    ) -> None:
        Person.objects.filter(pk=world.amani.people["case_worker"]).update(language=language)
        submission_id, client = interviewed(), reader("case_worker")
        page = f"/submissions/{submission_id}/correct"
        given = correcting(client.get(page).context["correction"])
        answer = client.post(page, {**given, "q_work_hours": "450", "reason_code": "typing_error", "reason": "Key"})
        form = answer.context["correction"]
        assert (answer.status_code, form.errors) == (422, {"q_work_hours": [said]})
        assert form["q_work_hours"].value() == "450"
        assert Submission.objects.get(pk=submission_id).state == "accepted"

    def test_what_was_wrong_before_does_not_forbid_to_correct_something_else(
        self, reader: Reader, interviewed: Interviewed
    ) -> None:
        submission_id, client = interviewed(changes={"work_hours": "450"}), reader("case_worker")
        page = f"/submissions/{submission_id}/correct"
        given = correcting(client.get(page).context["correction"])
        changed = {**given, "q_sleep_place": "bad", "reason_code": "typing_error", "reason": "Key"}
        assert client.post(page, changed).status_code == 302
        assert Submission.objects.get(supersedes=submission_id).state == "invalid"

    def test_nothing_changed_is_said_instead_of_saved(self, reader: Reader, interviewed: Interviewed) -> None:
        submission_id, client = interviewed(), reader("case_worker")
        page = f"/submissions/{submission_id}/correct"
        given = correcting(client.get(page).context["correction"])
        answer = client.post(page, {**given, "reason_code": "other", "reason": "Just looking"})
        assert b"Nothing is different." in answer.content

    def test_an_interview_about_another_child_moves_to_that_child(
        self, reader: Reader, world: World, interviewed: Interviewed
    ) -> None:
        submission_id, client = interviewed(), reader("supervisor")
        page = f"/submissions/{submission_id}/correct"
        given = correcting(client.get(page).context["correction"])
        moved = {**given, "reason_code": "wrong_child", "reason": "Mixed up", "child_code": world.amani.peer.code}
        answer = client.post(page, moved)
        new = Submission.objects.get(pk=UUID(answer.headers["Location"].rsplit("/", 1)[-1]))
        assert new.child_id == world.amani.peer.id

    def test_a_version_that_was_corrected_is_not_corrected_again(
        self, reader: Reader, interviewed: Interviewed
    ) -> None:
        submission_id, client = interviewed(), reader("case_worker")
        page = f"/submissions/{submission_id}/correct"
        given = correcting(client.get(page).context["correction"])
        client.post(page, {**given, "q_sleep_place": "bad", "reason_code": "other", "reason": "x"})
        assert client.get(page).status_code == 404

    def test_who_only_reads_corrects_nothing(self, reader: Reader, interviewed: Interviewed) -> None:
        assert reader("focal_point").get(f"/submissions/{interviewed()}/correct").status_code == 403
