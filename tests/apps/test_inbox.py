"""What waits for a person, and what that person may do about it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.models import Event
from homeward.apps.cases.facts import ChildFacts
from homeward.apps.cases.models import Child
from homeward.apps.cases.services import register_child
from homeward.apps.surveys.answers import answers_behind
from homeward.apps.surveys.corrections import correct_answers, correct_submission
from homeward.apps.surveys.deliveries import Delivery, Receipt
from homeward.apps.surveys.inbox import (
    accept_submission,
    link_submission,
    list_inbox,
    list_quarantined,
    set_aside,
    take_back,
)
from homeward.apps.surveys.intake import receive
from homeward.apps.surveys.kept import KEEP, decide
from homeward.apps.surveys.models import Score, State, Submission
from homeward.apps.surveys.rescoring import rescore
from homeward.apps.surveys.sealing import raw_of, reason_of
from homeward.domain.problems import ProblemError
from tests.interviews import interview
from tests.world import World

pytestmark = pytest.mark.database
FORM = "child-12-14"


def sent(world: World, code: str = "", sender: str = "enumerator", **options: object) -> Receipt:
    assert world.amani.child is not None
    xml = interview(FORM, code or world.amani.child.code, **options)  # type: ignore[arg-type]
    return receive(world.amani.actor(sender), Delivery(xml))


def stranger(world: World) -> Receipt:
    assert world.amani.other_child is not None
    return sent(world, world.amani.other_child.code, listed=False)


def state(receipt: Receipt) -> str:
    return Submission.objects.get(pk=receipt.submission_id).state


def test_the_inbox_shows_what_matches_no_child_to_the_sender_s_team(world: World) -> None:
    stranger(world)
    for who, count in (("supervisor", 1), ("me_officer", 1), ("other_supervisor", 0)):
        assert list_inbox(world.amani.actor(who)).total == count, who
    assert list_inbox(world.baraka.actor("me_officer")).total == 0
    for who in ("case_worker", "programme_manager", "organisation_admin"):
        with pytest.raises(ProblemError):
            list_inbox(world.amani.actor(who))


def test_linking_gives_child_age_and_scores(world: World) -> None:
    receipt = stranger(world)
    officer = world.amani.actor("me_officer")
    assert world.amani.other_child is not None
    link_submission(officer, receipt.submission_id, world.amani.other_child.code, "Filled in on the wrong phone")
    row = Submission.objects.get(pk=receipt.submission_id)
    assert (row.state, row.child_id, row.age_years) == (State.ACCEPTED, world.amani.other_child.id, 13)
    assert Score.objects.filter(submission=row).count() == 3
    assert reason_of(row) == "Filled in on the wrong phone"
    assert Event.objects.filter(verb="link_submission", object_id=str(row.pk)).exists()
    with pytest.raises(ProblemError) as caught:
        link_submission(officer, receipt.submission_id, world.amani.other_child.code, "Again")
    assert caught.value.first.status == 409


def test_a_supervisor_links_to_children_of_the_own_team_only(world: World) -> None:
    receipt = stranger(world)
    with pytest.raises(NotVisible):
        link_submission(world.amani.actor("supervisor"), receipt.submission_id, world.amani.other_child.code, "x")  # type: ignore[union-attr]


def test_setting_aside_needs_a_reason_and_can_be_taken_back(world: World) -> None:
    receipt, officer = sent(world), world.amani.actor("me_officer")
    with pytest.raises(ProblemError) as caught:
        set_aside(officer, receipt.submission_id, "  ")
    assert caught.value.first.code == "reason.missing"
    set_aside(officer, receipt.submission_id, "A training interview")
    assert state(receipt) == State.SET_ASIDE
    take_back(officer, receipt.submission_id, "It was not")
    assert state(receipt) == State.ACCEPTED


def test_an_interview_with_impossible_answers_can_be_accepted_as_it_is(world: World) -> None:
    receipt = sent(world, changes={"mood": "purple"})
    assert state(receipt) == State.INVALID
    accept_submission(world.amani.actor("supervisor"), receipt.submission_id, "Only one answer is wrong")
    assert state(receipt) == State.ACCEPTED


def test_a_correction_is_a_new_version_with_a_reason(world: World) -> None:
    receipt, worker = sent(world, changes={"mood": "purple"}), world.amani.actor("case_worker")
    made = correct_answers(worker, receipt.submission_id, {"mood": "good"}, "typing_error", "Slip of the finger")
    assert (made.status, made.state) == (201, State.ACCEPTED)
    old, new = (Submission.objects.get(pk=each.submission_id) for each in (receipt, made))
    assert (old.state, new.supersedes_id, new.root_id, new.child_id) == (
        State.SUPERSEDED,
        old.pk,
        old.root_id,
        old.child_id,
    )
    assert b"purple" in raw_of(old)
    assert new.coded["answers"]["mood"] == "good"
    assert (new.correction_reason, reason_of(new)) == ("typing_error", "Slip of the finger")
    with pytest.raises(ProblemError) as caught:
        correct_answers(worker, receipt.submission_id, {"mood": "bad"}, "typing_error", "Too late")
    assert caught.value.first.status == 409


def test_a_correction_may_say_that_it_was_another_child(world: World) -> None:
    receipt, officer = sent(world), world.amani.actor("me_officer")
    other = world.amani.other_child
    assert other is not None
    made = correct_answers(officer, receipt.submission_id, {}, "wrong_child", "Siblings mixed up", other.code)
    assert Submission.objects.get(pk=made.submission_id).child_id == other.id


def test_corrections_stay_within_reach(world: World) -> None:
    receipt = sent(world)
    for actor in (world.amani.actor("other_supervisor"), world.baraka.actor("me_officer")):
        with pytest.raises(NotVisible):
            correct_answers(actor, receipt.submission_id, {"mood": "bad"}, "typing_error", "x")
    xml = interview(FORM, "482193067", deprecated_id=receipt.instance_id)
    with pytest.raises(NotVisible):
        correct_submission(world.amani.actor("other_supervisor"), receipt.submission_id, xml, (), "typing_error", "x")
    assert state(receipt) == State.ACCEPTED


def test_answers_are_shown_in_words_with_the_component_that_read_them(world: World) -> None:
    receipt, worker = sent(world), world.amani.actor("case_worker")
    shown = answers_behind(worker, receipt.submission_id, "fr")
    mood = next(row for row in shown.rows if row.question == "mood")
    assert (mood.codes, mood.components, mood.dimension, mood.value) == (
        ("very_good",),
        ("mood",),
        "psychosocial",
        "1.000000",
    )
    assert (
        mood.label
        != next(row for row in answers_behind(worker, receipt.submission_id, "en").rows if row.question == "mood").label
    )
    hidden = next(row for row in shown.rows if row.question == "dangerous_work")
    assert hidden.missing == "not_asked"
    looks = Event.objects.filter(verb="answers.see", object_id=str(receipt.submission_id), allowed=True)
    assert looks.count() == 2


@pytest.mark.parametrize("who", ["programme_manager", "independent_monitor", "organisation_admin", "system_admin"])
def test_answers_stay_closed_to_whom_they_do_not_concern(world: World, who: str) -> None:
    receipt = sent(world)
    with pytest.raises(ProblemError):
        answers_behind(world.amani.actor(who), receipt.submission_id)
    assert Event.objects.filter(verb="answers.see", object_id=str(receipt.submission_id), allowed=False).exists()


def test_bytes_kept_apart_are_listed_until_somebody_settles_them(world: World) -> None:
    sent(world, instance_id="uuid:q")
    with pytest.raises(ProblemError):
        sent(world, instance_id="uuid:q", changes={"mood": "bad"})
    officer = world.amani.actor("me_officer")
    (row,) = list_quarantined(officer)
    assert (row.reason, row.sender) == ("other_bytes", "Phone 1")
    assert list_quarantined(world.amani.actor("other_supervisor")) == []
    decide(officer, row.id, KEEP, "The first one is right")
    assert list_quarantined(officer) == []


def test_what_was_never_scored_is_first_scored_when_it_is_linked(world: World) -> None:
    receipt, officer = stranger(world), world.amani.actor("me_officer")
    assert receipt.submission_id is not None
    assert world.amani.other_child is not None
    set_aside(officer, receipt.submission_id, "Unclear")
    assert rescore(officer, world.amani.forms[FORM]) == 0
    take_back(officer, receipt.submission_id, "Clear now")
    link_submission(officer, receipt.submission_id, world.amani.other_child.code, "The other phone")
    assert set(Score.objects.filter(submission_id=receipt.submission_id).values_list("current", flat=True)) == {True}


def test_an_interview_without_its_date_has_no_score_until_somebody_corrects_it(world: World) -> None:
    receipt = sent(world, changes={"interview_date": ""})
    row = Submission.objects.get(pk=receipt.submission_id)
    assert (receipt.status, row.state, row.age_years) == (202, State.INVALID, None)
    assert row.problems[0]["code"] == "interview.date_missing"
    assert raw_of(row)
    assert not Score.objects.filter(submission=row).exists()
    day = "2026-01-31"
    worker = world.amani.actor("case_worker")
    made = correct_answers(worker, row.pk, {"interview_date": day}, "wrong_date", "From the diary")
    corrected = Submission.objects.get(pk=made.submission_id)
    assert (corrected.state, corrected.interviewed_on.isoformat()) == (State.ACCEPTED, day)
    assert Score.objects.filter(submission=corrected).count() == 3


def test_linking_an_interview_without_its_date_gives_no_score(world: World) -> None:
    other = world.amani.other_child
    assert other is not None
    receipt = sent(world, other.code, listed=False, changes={"interview_date": ""})
    assert receipt.submission_id is not None
    link_submission(world.amani.actor("me_officer"), receipt.submission_id, other.code, "The other phone")
    row = Submission.objects.get(pk=receipt.submission_id)
    assert (row.state, row.age_years) == (State.INVALID, None)
    assert not Score.objects.filter(submission=row).exists()


def test_a_child_born_after_the_interview_is_linked_only_when_said_twice_and_waits_then(world: World) -> None:
    receipt, supervisor = stranger(world), world.amani.actor("supervisor")
    facts = ChildFacts(population="host_peer", birth_date=date.today(), team_id=world.amani.teams[0])
    baby = register_child(world.amani.system(), facts)
    Submission.objects.filter(pk=receipt.submission_id).update(interviewed_on=date.today() - timedelta(days=40))
    with pytest.raises(ProblemError, match="before the child was born"):
        link_submission(supervisor, receipt.submission_id, baby.code, "The code says so")
    assert state(receipt) == State.UNMATCHED
    link_submission(supervisor, receipt.submission_id, baby.code, "The code says so", all_the_same=True)
    row = Submission.objects.get(pk=receipt.submission_id)
    assert (row.state, row.child_id, row.age_years) == (State.INVALID, baby.id, None)
    assert "interview.date_impossible" in {each["code"] for each in row.problems}
    assert not Score.objects.filter(submission=row).exists()


@pytest.mark.parametrize("all_the_same", [False, True])
def test_a_record_marked_as_a_duplicate_takes_no_interview(world: World, *, all_the_same: bool) -> None:
    receipt, child = stranger(world), world.amani.child
    assert child is not None
    Child.objects.filter(pk=child.id).update(status="duplicate")
    supervisor = world.amani.actor("supervisor")
    with pytest.raises(ProblemError, match="duplicate") as caught:
        link_submission(supervisor, receipt.submission_id, child.code, "Hers", all_the_same=all_the_same)
    assert "the record that goes on" in caught.value.first.action
    row = Submission.objects.get(pk=receipt.submission_id)
    assert (row.state, row.child_id) == (State.UNMATCHED, None)


def test_an_edit_that_waits_can_be_accepted_and_replaces_what_it_corrects(world: World) -> None:
    officer = world.amani.actor("me_officer")
    first = sent(world, instance_id="uuid:first")
    edit = sent(world, sender="case_worker", deprecated_id="uuid:first", changes={"mood": "bad"})
    assert state(edit) == State.UNMATCHED
    accept_submission(officer, edit.submission_id, "The case worker corrected what the phone sent")
    row = Submission.objects.get(pk=edit.submission_id)
    assert (row.state, row.supersedes_id, state(first)) == (State.ACCEPTED, first.submission_id, State.SUPERSEDED)
    set_aside(officer, row.pk, "Not after all")
    take_back(officer, row.pk, "It was right")
    assert state(edit) == State.ACCEPTED


def test_an_accepted_edit_still_replaces_its_original_when_that_arrives(world: World) -> None:
    edit = sent(world, deprecated_id="uuid:late", changes={"mood": "bad"})
    accept_submission(world.amani.actor("supervisor"), edit.submission_id, "The first one was lost")
    assert state(edit) == State.ACCEPTED
    late = sent(world, instance_id="uuid:late")
    assert (state(edit), state(late)) == (State.ACCEPTED, State.SUPERSEDED)


def test_what_has_no_child_or_no_date_cannot_be_accepted(world: World) -> None:
    undated = sent(world, changes={"interview_date": ""})
    for receipt, code in ((stranger(world), "inbox.settled"), (undated, "interview.date_missing")):
        with pytest.raises(ProblemError) as caught:
            accept_submission(world.amani.actor("me_officer"), receipt.submission_id, "As it is")
        assert caught.value.first.code == code


def test_a_day_after_its_arrival_is_asked_for_before_it_can_count(world: World) -> None:
    receipt = sent(world, on=date.today() + timedelta(days=300))
    assert state(receipt) == State.INVALID
    row = Submission.objects.get(pk=receipt.submission_id)
    assert "interview.date_impossible" in {problem["code"] for problem in row.problems}
    assert (row.age_years, Score.objects.filter(submission=row).count()) == (None, 0)
    supervisor = world.amani.actor("supervisor")
    with pytest.raises(ProblemError) as caught:
        accept_submission(supervisor, row.pk, "Their clock is ahead")
    assert caught.value.first.code == "interview.date_missing"
    fresh = correct_answers(supervisor, row.pk, {"interview_date": str(date.today())}, "wrong_date", "Asked them")
    assert fresh.state == State.ACCEPTED
    assert Score.objects.filter(submission_id=fresh.submission_id).count() == 3
