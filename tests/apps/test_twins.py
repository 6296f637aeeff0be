"""The same interview twice, under two ids; and interviews that arrive late."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest
from django.utils import timezone

from homeward.apps.audit.models import Event
from homeward.apps.surveys.corrections import REASONS, REASONS_TO_CORRECT
from homeward.apps.surveys.deliveries import Delivery, Receipt
from homeward.apps.surveys.inbox import keep_both, link_submission, list_inbox, set_aside, take_back
from homeward.apps.surveys.intake import receive
from homeward.apps.surveys.late import RECENT, arrived_late
from homeward.apps.surveys.models import State, Submission
from homeward.apps.surveys.sealing import raw_of
from homeward.apps.surveys.timeline import timeline
from homeward.domain.problems import ProblemError
from tests.interviews import interview
from tests.world import World

pytestmark = pytest.mark.database
FORM = "child-12-14"
WORDS = "I like the new school."


def sent(world: World, *, sender: str = "enumerator", code: str = "", said: str = WORDS, **more: object) -> Receipt:
    assert world.amani.child is not None
    xml = interview(FORM, code or world.amani.child.code, said=said, **more)  # type: ignore[arg-type]
    return receive(world.amani.actor(sender), Delivery(xml))


def key(receipt: Receipt) -> UUID:
    assert receipt.submission_id is not None
    return receipt.submission_id


def row_of(receipt: Receipt) -> Submission:
    return Submission.objects.get(pk=receipt.submission_id)


def points(world: World) -> int:
    assert world.amani.child is not None
    return sum(len(each.points) for each in timeline(world.amani.actor("supervisor"), world.amani.child.id).series)


def test_the_second_of_two_that_are_alike_waits_and_counts_in_no_score(world: World) -> None:
    first, second = sent(world), sent(world, sender="case_worker")
    assert (first.status, first.state) == (201, State.ACCEPTED)
    assert (second.status, second.state) == (202, State.TWICE)
    counted = points(world)
    assert counted == 3
    waiting = list_inbox(world.amani.actor("supervisor"), state="twice").rows
    assert [row.id for row in waiting] == [second.submission_id]
    assert waiting[0].problems[-1]["params"] == {"first": row_of(first).instance_id}
    again = receive(world.amani.actor("enumerator"), Delivery(raw_of(row_of(first))))
    assert (again.submission_id, again.repeated) == (first.submission_id, True)


@pytest.mark.parametrize(
    "other",
    [{"on": date.today() - timedelta(days=1)}, {"respondent": "caregiver"}, {"said": "Something else."}],
    ids=["day", "respondent", "words"],
)
def test_whoever_differs_in_anything_is_another_interview(world: World, other: dict[str, object]) -> None:
    sent(world)
    assert sent(world, **other).state != State.TWICE  # type: ignore[arg-type]


def test_a_person_keeps_both_or_says_that_it_came_twice(world: World) -> None:
    supervisor = world.amani.actor("supervisor")
    sent(world)
    second, third = sent(world), sent(world)
    with pytest.raises(ProblemError):
        keep_both(world.amani.actor("enumerator"), key(second), "Two talks")
    keep_both(supervisor, key(second), "Two talks")
    assert row_of(second).state == State.ACCEPTED
    assert points(world) == 6
    set_aside(supervisor, key(third), "Keyed in by both of us", came_twice=True)
    assert (row_of(third).state, row_of(third).correction_reason) == (State.SET_ASIDE, "came_twice")
    take_back(supervisor, key(third), "It was another talk")
    assert (row_of(third).state, row_of(third).correction_reason) == (State.TWICE, "")
    assert "came_twice" in REASONS
    assert "came_twice" not in REASONS_TO_CORRECT


def test_of_two_that_are_linked_later_the_second_is_looked_at_too(world: World) -> None:
    assert world.amani.other_child is not None
    officer, code = world.amani.actor("me_officer"), world.amani.other_child.code
    strays = [sent(world, code=code, listed=False) for _ in range(2)]
    assert [each.state for each in strays] == [State.UNMATCHED, State.UNMATCHED]
    for each in strays:
        link_submission(officer, key(each), code, "Filled in on the wrong phone")
    assert [row_of(each).state for each in strays] == [State.ACCEPTED, State.TWICE]


def test_what_arrives_after_more_than_a_week_is_told(world: World) -> None:
    in_time = sent(world, on=date.today() - timedelta(days=7))
    late = sent(world, on=date.today() - timedelta(days=54))
    found = arrived_late(world.amani.actor("supervisor"), timezone.now() - RECENT)
    assert [(row.submission_id, row.days) for row in found] == [(late.submission_id, 54)]
    assert in_time.submission_id not in {row.submission_id for row in found}
    assert Event.objects.filter(verb="inbox.see").exists()
    assert arrived_late(world.amani.actor("supervisor"), timezone.now() + timedelta(days=1)) == ()
    assert arrived_late(world.amani.actor("enumerator"), timezone.now() - RECENT) == ()
    assert arrived_late(world.baraka.actor("supervisor"), timezone.now() - RECENT) == ()
    assert world.amani.child is not None
    rows = {
        row.id: row.late_days for row in timeline(world.amani.actor("supervisor"), world.amani.child.id).submissions
    }
    assert rows == {in_time.submission_id: None, late.submission_id: 54}
