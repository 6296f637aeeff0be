"""Edits from phones: what replaces the interview before at once, and what waits for a person."""

from __future__ import annotations

import pytest

from homeward.apps.cases.models import Assignment
from homeward.apps.surveys.corrections import correct_answers
from homeward.apps.surveys.deliveries import Delivery, Receipt
from homeward.apps.surveys.inbox import accept_submission, link_submission, set_aside, take_back
from homeward.apps.surveys.intake import receive
from homeward.apps.surveys.models import Quarantined, State, Submission
from homeward.apps.surveys.versions import OutdatedEditError, supersede
from homeward.domain.problems import ProblemError
from tests.interviews import interview
from tests.world import World

pytestmark = pytest.mark.database
FORM = "child-12-14"


def sent(world: World, instance: str, edits: str = "", code: str = "", sender: str = "enumerator") -> Receipt:
    assert world.amani.child is not None
    changes = {"mood": "bad"} if edits else {}
    xml = interview(
        FORM,
        code or world.amani.child.code,
        instance_id=instance,
        deprecated_id=edits,
        changes=changes,
        listed=not code,
    )
    return receive(world.amani.actor(sender), Delivery(xml))


def row(receipt: Receipt) -> Submission:
    return Submission.objects.get(pk=receipt.submission_id)


def waits_for(receipt: Receipt) -> set[str]:
    assert (receipt.status, row(receipt).state) == (202, State.UNMATCHED)
    return {problem["code"] for problem in row(receipt).problems if problem["code"].startswith("edit.")}


def leaves(world: World) -> None:
    """The child is in nobody's caseload any more."""
    Assignment.objects.filter(child_id=world.amani.child.id).delete()  # type: ignore[union-attr]


def test_what_a_person_has_set_aside_is_not_replaced_by_a_phone(world: World) -> None:
    officer, first = world.amani.actor("me_officer"), sent(world, "uuid:a")
    set_aside(officer, first.submission_id, "A training interview")
    edit = sent(world, "uuid:b", "uuid:a")
    assert waits_for(edit) == {"edit.original_set_aside"}
    assert row(first).state == State.SET_ASIDE
    accept_submission(officer, edit.submission_id, "The caregiver was asked again")
    assert (row(edit).state, row(edit).supersedes_id, row(first).state) == (
        State.ACCEPTED,
        first.submission_id,
        "set_aside",
    )
    with pytest.raises(ProblemError):
        take_back(officer, first.submission_id, "Both may not count")


def test_an_edit_of_an_edit_that_waits_waits_too_and_replaces_the_original_when_accepted(world: World) -> None:
    first = sent(world, "uuid:a", sender="case_worker")
    second, third = sent(world, "uuid:b", "uuid:a"), sent(world, "uuid:c", "uuid:b")
    assert waits_for(third) == {"edit.not_yours"}
    assert (row(first).state, row(second).state) == (State.ACCEPTED, State.SUPERSEDED)
    accept_submission(world.amani.actor("supervisor"), third.submission_id, "The phone is right")
    assert (row(first).state, row(third).state) == (State.SUPERSEDED, State.ACCEPTED)
    assert {row(each).root_id for each in (first, second, third)} == {first.submission_id}


def test_a_correction_of_an_edit_that_waits_waits_for_the_same_person(world: World) -> None:
    first = sent(world, "uuid:a", sender="case_worker")
    edit, officer = sent(world, "uuid:b", "uuid:a"), world.amani.actor("me_officer")
    assert edit.submission_id is not None
    made = correct_answers(officer, edit.submission_id, {"mood": "good"}, "typing_error", "Slip")
    assert waits_for(made) == {"edit.not_yours"}
    assert row(first).state == State.ACCEPTED


def test_a_phone_does_not_replace_the_interview_of_a_child_it_no_longer_cares_for(world: World) -> None:
    first = sent(world, "uuid:a")
    leaves(world)
    edit = sent(world, "uuid:b", "uuid:a")
    assert waits_for(edit) == {"edit.child_left"}
    assert row(first).state == State.ACCEPTED
    officer = world.amani.actor("me_officer")
    link_submission(officer, edit.submission_id, world.amani.child.code, "The code is right")  # type: ignore[union-attr]
    assert row(first).state == State.ACCEPTED
    accept_submission(officer, edit.submission_id, "The last one is right")
    assert (row(edit).state, row(first).state) == (State.ACCEPTED, State.SUPERSEDED)


def test_an_edit_that_names_a_child_out_of_reach_leaves_the_first_counting(world: World) -> None:
    first, other = sent(world, "uuid:a"), world.amani.other_child
    assert other is not None
    edit = sent(world, "uuid:b", "uuid:a", other.code)
    assert waits_for(edit) == {"edit.child_moved"}
    assert row(first).state == State.ACCEPTED
    officer = world.amani.actor("me_officer")
    link_submission(officer, edit.submission_id, other.code, "The siblings were mixed up")
    accept_submission(officer, edit.submission_id, "So it is")
    assert (row(edit).child_id, row(edit).state, row(first).state) == (other.id, State.ACCEPTED, State.SUPERSEDED)


def test_the_sender_still_corrects_a_code_that_matched_nobody(world: World) -> None:
    other = world.amani.other_child
    assert other is not None
    first, edit = sent(world, "uuid:a", code=other.code), sent(world, "uuid:b", "uuid:a")
    assert (row(first).state, row(edit).state) == (State.SUPERSEDED, State.ACCEPTED)


def test_an_edit_that_came_first_is_told_why_it_goes_on_waiting(world: World) -> None:
    edit = sent(world, "uuid:b", "uuid:a")
    assert waits_for(edit) == {"edit.original_unknown"}
    sent(world, "uuid:a", sender="case_worker")
    assert waits_for(edit) == {"edit.not_yours"}


def test_nobody_replaces_what_was_set_aside_in_the_same_moment(world: World) -> None:
    first = sent(world, "uuid:a")
    seen = row(first)
    set_aside(world.amani.actor("me_officer"), first.submission_id, "A training interview")
    with pytest.raises(OutdatedEditError):
        supersede(seen)
    assert row(first).state == State.SET_ASIDE
    assert not Quarantined.objects.exists()
