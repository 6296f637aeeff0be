"""Recording a meeting: who may, what it needs, what it keeps from whom, and that it is never recorded twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError

from homeward.apps.access.models import EmergencyAccess
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.models import Event
from homeward.apps.cases.emergency import open_in_emergency
from homeward.apps.monitoring.meetings import MeetingFacts, MeetingRow, meetings_of, record_meeting
from homeward.apps.monitoring.models import ReviewMeeting
from homeward.domain.problems import ProblemError
from tests.monitoring.histories import fall, meeting, rules_hold
from tests.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def code_of(world: World) -> str:
    assert world.amani.child is not None
    return world.amani.child.code


def record(world: World, facts: MeetingFacts, who: str = "case_worker", key: UUID | None = None) -> UUID:
    return record_meeting(world.amani.actor(who), code_of(world), facts, key or uuid4())


def shown(world: World, who: str) -> tuple[MeetingRow, ...]:
    assert world.amani.child is not None
    return meetings_of(world.amani.actor(who), world.amani.child.id)


@pytest.mark.parametrize("who", ["case_worker", "supervisor", "focal_point"])
def test_who_works_on_the_case_records_and_reads_it(world: World, who: str) -> None:
    rules_hold(world.amani)
    fall(world.amani)
    key = record(world, meeting(), who)
    (row,) = shown(world, who)
    assert (row.id, row.child_view, row.decided) == (key, "I want to go to school.", "A place at the evening school.")
    assert row.took_part == ("child", "caregiver", "case_worker")
    assert {each.rule for each in row.reasons} >= {"score_fell"}
    event = Event.objects.filter(verb="record_review").get()
    assert event.child_id == world.amani.child.id  # type: ignore[union-attr]
    assert event.detail == {}


def test_what_lies_in_the_table_is_sealed(world: World) -> None:
    record(world, meeting())
    row = ReviewMeeting.objects.get()
    assert b"school" not in bytes(row.child_view) + bytes(row.decided)
    assert bytes(row.reason) == b""


def test_an_officer_sees_codes_and_no_words(world: World) -> None:
    record(world, meeting())
    (row,) = shown(world, "me_officer")
    assert (row.outcome, row.with_words, row.child_view, row.decided) == ("varied", False, "", "")


@pytest.mark.parametrize("who", ["me_officer", "programme_manager", "organisation_admin", "other_case_worker"])
def test_others_record_nothing(world: World, who: str) -> None:
    with pytest.raises(ProblemError) as refused:
        record(world, meeting(), who)
    assert refused.value.first.status in (403, 404)
    assert not ReviewMeeting.objects.exists()
    if who != "me_officer":
        assert shown(world, who) == ()


def test_another_organisation_finds_no_child(world: World) -> None:
    with pytest.raises(NotVisible):
        record_meeting(world.baraka.actor("supervisor"), code_of(world), meeting(), uuid4())


def test_a_record_opened_in_an_emergency_takes_none_and_shows_none(world: World) -> None:
    record(world, meeting())
    other = world.amani.actor("other_case_worker")
    open_in_emergency(other, code_of(world), "The child is missing since yesterday.")
    assert EmergencyAccess.objects.exists()
    assert shown(world, "other_case_worker") == ()
    with pytest.raises(ProblemError):
        record(world, meeting(), "other_case_worker")
    assert ReviewMeeting.objects.count() == 1


def test_the_same_page_sent_twice_records_one_and_no_id_is_taken_over(world: World) -> None:
    key = record(world, meeting())
    assert record(world, meeting(), key=key) == key
    assert ReviewMeeting.objects.count() == 1
    with pytest.raises(IntegrityError):
        record(world, meeting(), "supervisor", key)


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"held_on": date.today() + timedelta(days=2)}, "review.future", "held_on"),
        ({"took_part": ()}, "review.alone", "took_part"),
        ({"took_part": ("neighbour",)}, "review.alone", "took_part"),
        ({"child_heard": ""}, "review.heard", "child_heard"),
        ({"child_view": "  "}, "review.view", "child_view"),
        ({"outcome": ""}, "review.outcome", "outcome"),
        ({"outcome": "stays"}, "review.reason", "reason"),
        ({"decided": ""}, "review.decided", "decided"),
        ({"outcome": "to_close", "decided": ""}, "review.decided", "decided"),
        ({"check_on": None}, "review.check", "check_on"),
        ({"check_on": date.today()}, "review.check_early", "check_on"),
        ({"decided": "x" * 4_001}, "review.long", "decided"),
    ],
)
def test_what_is_missing_is_said_at_its_field(world: World, changes: dict[str, object], code: str, field: str) -> None:
    with pytest.raises(ProblemError) as refused:
        record(world, meeting(**changes))
    assert (code, field) in {(each.code, each.where.field) for each in refused.value.problems}
    assert all(each.action for each in refused.value.problems)
    assert not ReviewMeeting.objects.exists()


def test_what_was_passed_on_reads_to_all_but_focal_points_as_something_else(world: World) -> None:
    """Also to who recorded it; and nothing beside it tells the two apart."""
    facts = meeting(outcome="other", decided="", check_on=None)
    record(world, facts)
    record(world, replace(facts, outcome="passed_on"))
    for who in ("case_worker", "supervisor", "me_officer"):
        newer, older = shown(world, who)
        assert (newer.outcome, older.outcome) == ("other", "other"), who
        assert replace(newer, id=older.id) == older, who
    assert {row.outcome for row in shown(world, "focal_point")} == {"other", "passed_on"}


def test_a_child_that_was_not_heard_needs_no_words_and_keeps_none(world: World) -> None:
    record(world, meeting(child_heard="not_yet", child_view="Somebody else said this."))
    assert bytes(ReviewMeeting.objects.get().child_view) == b""


def test_each_meeting_shows_what_it_looked_at(world: World) -> None:
    rules_hold(world.amani)
    fall(world.amani)
    record(world, meeting(days_ago=20))
    record(world, meeting(days_ago=5))
    newer, older = shown(world, "case_worker")
    assert newer.held_on > older.held_on
    assert {each.rule for each in newer.reasons} >= {"score_fell"}
    assert "score_fell" not in {each.rule for each in older.reasons}
