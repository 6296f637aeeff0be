"""A record marked as a duplicate counts no more interviews, and tables say which records those are."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from homeward.apps.cases.facts import ChildFacts, facts_of
from homeward.apps.cases.models import Child
from homeward.apps.cases.services import change_child, register_child
from homeward.apps.surveys.corrections import correct_answers
from homeward.apps.surveys.deliveries import Delivery
from homeward.apps.surveys.downloads import flags_table, scores_table
from homeward.apps.surveys.inbox import link_submission
from homeward.apps.surveys.intake import receive
from homeward.apps.surveys.models import State, Submission
from tests.apps.test_importing import export, line, run
from tests.interviews import interview
from tests.world import World

pytestmark = pytest.mark.database
FORM = "child-12-14"


def mark(world: World, status: str) -> None:
    assert world.amani.child
    child = Child.objects.get(pk=world.amani.child.id)
    change_child(world.amani.system(), child.pk, replace(facts_of(child), status=status))


@pytest.mark.parametrize(("sender", "channel"), [("enumerator", "collect"), ("case_worker", "browser")])
def test_an_interview_for_a_duplicate_waits_until_it_is_linked_to_the_record_that_goes_on(
    world: World, sender: str, channel: str
) -> None:
    mark(world, "duplicate")
    assert world.amani.child
    sent = Delivery(interview(FORM, world.amani.child.code), channel=channel)
    receipt = receive(world.amani.actor(sender), sent)
    assert (receipt.status, receipt.state) == (202, State.UNMATCHED)
    assert "child.duplicate" in {each.code for each in receipt.problems}
    row = Submission.objects.get(pk=receipt.submission_id)
    assert row.child_id is None
    assert not row.scores.exists()
    other = ChildFacts(age=13, return_date=date.today() - timedelta(days=200), team_id=world.amani.teams[0])
    kept = register_child(world.amani.actor("supervisor"), other)
    link_submission(world.amani.actor("supervisor"), row.pk, kept.code, "the same girl")
    row.refresh_from_db()
    assert (row.state, row.child_id) == (State.ACCEPTED, kept.id)
    assert row.scores.exists()


def test_a_row_of_an_import_for_a_duplicate_waits_too(world: World) -> None:
    mark(world, "duplicate")
    done = run(world, export(line(world, "1")))
    assert (done.new, done.unmatched) == (1, 1)
    row = Submission.objects.get(channel="import")
    assert (row.state, row.child_id) == (State.UNMATCHED, None)
    assert "child.duplicate" in {each["code"] for each in row.problems}


def test_an_interview_for_a_closed_record_counts(world: World) -> None:
    mark(world, "closed")
    receipt = receive(world.amani.actor("enumerator"), Delivery(interview(FORM, world.amani.child.code)))  # type: ignore[union-attr]
    assert receipt.state == State.ACCEPTED


def test_an_earlier_interview_of_a_duplicate_can_be_corrected(world: World) -> None:
    worker = world.amani.actor("case_worker")
    first = receive(worker, Delivery(interview(FORM, world.amani.child.code)))  # type: ignore[union-attr]
    mark(world, "duplicate")
    assert first.submission_id
    second = correct_answers(worker, first.submission_id, {"mood": "bad"}, "typing_error", "slip")
    assert second.state == State.ACCEPTED


def test_tables_of_scores_and_flags_say_where_a_record_stands(world: World) -> None:
    receive(world.amani.actor("enumerator"), Delivery(interview(FORM, world.amani.child.code)))  # type: ignore[union-attr]
    officer = world.amani.actor("me_officer")
    for status in ("open", "duplicate", "closed"):
        mark(world, status)
        header, *rows = scores_table(officer)
        assert rows
        assert {row[header.index("child_status")] for row in rows} == {status}
        header, *rows = flags_table(officer)
        assert "child_status" in header
        assert all(len(row) == len(header) for row in rows)
