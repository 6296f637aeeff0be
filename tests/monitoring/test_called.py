"""What calls for a review meeting, from real interviews, meetings and matters of protection."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from homeward.apps.audit.models import Event
from homeward.apps.cases.conflicts import declare_own
from homeward.apps.cases.facts import facts_of
from homeward.apps.cases.models import Child
from homeward.apps.cases.recording import add_entry, end_spell
from homeward.apps.cases.services import assign_child, change_child
from homeward.apps.monitoring.called import count_called, list_called, standings
from homeward.apps.monitoring.meetings import MeetingFacts, record_meeting
from homeward.apps.safeguarding.models import Escalation
from homeward.apps.safeguarding.passing_on import pass_on
from homeward.apps.safeguarding.raising import Sealed
from homeward.domain.problems import ProblemError
from tests.envelopes import enrolled, sealed_to
from tests.monitoring.histories import BAD, called, fall, meeting, publish_form, rules_hold, send, visit
from tests.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.database]
TODAY = date.today()


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def test_a_score_that_fell_calls_for_a_meeting_with_its_numbers(world: World) -> None:
    rules_hold(world.amani)
    send(world.amani, 40)
    assert called(world) is None
    send(world.amani, 10, example=BAD)
    found = called(world)
    assert found is not None
    assert (found.by, found.overdue, found.check_on) == (ago(10) + timedelta(days=14), False, None)  # school: 14 days
    falls = [each for each in found.reasons if each.rule == "score_fell"]
    assert {each.dimension for each in falls} == {"economic", "social", "psychosocial"}
    assert all((each.before, each.now) == (Decimal(1), Decimal(0)) for each in falls if each.dimension == "economic")
    assert {(each.before_on, each.day, each.respondent) for each in falls} == {(ago(40), ago(10), "child")}


def test_the_day_counts_on_which_it_arrived_and_child_and_caregiver_are_two(world: World) -> None:
    rules_hold(world.amani)
    send(world.amani, 80)
    send(world.amani, 60, form="caregiver", respondent="caregiver")
    send(world.amani, 40, example=BAD, arrived=2)
    found = called(world)
    assert found is not None
    assert {(each.day, each.known) for each in found.reasons} == {(ago(40), ago(2))}
    assert found.by == ago(2) + timedelta(days=14)
    assert not found.overdue


def test_what_is_about_a_day_before_the_rules_held_calls_for_none(world: World) -> None:
    fall(world.amani)
    assert called(world) is None  # the house was founded today
    rules_hold(world.amani, ago(9))
    assert called(world) is None
    rules_hold(world.amani, ago(10))
    assert called(world) is not None


def test_a_round_held_in_another_age_band_or_form_is_no_fall(world: World) -> None:
    """The same child turned twelve: an instrument of its own, and no comparison."""
    publish_form(world.amani, "child-6-11")
    rules_hold(world.amani)
    send(world.amani, 40, form="child-6-11")
    send(world.amani, 10, example=BAD)
    found = called(world)
    assert found is None or "score_fell" not in {each.rule for each in found.reasons}


def test_three_rounds_missed_in_a_row_are_overdue_after_their_fortnight(world: World) -> None:
    rules_hold(world.amani)
    found = called(world)  # returned 200 days ago, assigned since, never interviewed: four rounds are over
    assert found is not None
    (reason,) = found.reasons
    assert (reason.rule, reason.count) == ("visits_missed", 3)
    assert found.overdue
    assert found.by == reason.day + timedelta(days=14) < TODAY
    send(world.amani, 170)
    found = called(world)
    assert found is None or found.reasons[0].count == 3  # the row broke; what was missed since decides


def test_what_was_due_before_somebody_followed_the_child_was_not_missed(world: World) -> None:
    rules_hold(world.amani)
    house = world.amani
    child = Child.objects.get(pk=house.child.id)  # type: ignore[union-attr]
    child.assignments.all().delete()  # registered today, as one who came back long ago
    assign_child(house.system(), child.pk, person_id=house.people["case_worker"])
    assert called(world) is None


def test_what_the_child_says_of_the_help_and_the_plan(world: World) -> None:
    rules_hold(world.amani)
    publish_form(world.amani, "visit-reflection")
    send(world.amani, 200)
    send(world.amani, 100)
    visit(world.amani, 5, child_feel="bad", plan_on_track="no")
    found = called(world)
    assert found is not None
    by_rule = {each.rule: each for each in found.reasons}
    assert set(by_rule) >= {"child_says_so", "plan_off_track"}
    assert found.by == ago(5) + timedelta(days=7)
    assert by_rule["child_says_so"].day == ago(5)


def test_a_school_place_lost_since_the_last_answer(world: World) -> None:
    rules_hold(world.amani)
    send(world.amani, 40, changes={"school_attending": "out_of_school"})
    send(world.amani, 30, changes={"school_attending": "every_day"})
    assert "school_lost" not in rules_of(world)
    send(world.amani, 10, changes={"school_attending": "out_of_school"})
    assert "school_lost" in rules_of(world)


def test_an_end_of_school_that_is_told_late_is_known_from_that_day(world: World) -> None:
    house = world.amani
    rules_hold(house)
    worker = house.actor("case_worker")
    with time_machine.travel(timezone.now() - timedelta(days=150)):
        spell = add_entry(house.system(), house.child.id, "schooling", {"level": "primary", "since": ago(160)})
    end_spell(worker, house.child.id, "schooling", spell, ago(40), "cost")
    assert "school_left" in rules_of(world)
    record_meeting(worker, house.child.code, MeetingFacts(ago(20), ("child",), "not_wanted", "other"), uuid4())
    assert "school_left" in rules_of(world)


def rules_of(world: World, who: str = "case_worker") -> set[str]:
    found = called(world, who)
    return {each.rule for each in found.reasons} if found else set()


def test_a_meeting_looks_at_all_that_was_known_and_its_check_comes_back(world: World) -> None:
    house = world.amani
    rules_hold(house)
    fall(house)
    code, actor = house.child.code, house.actor("case_worker")  # type: ignore[union-attr]
    record_meeting(actor, code, meeting(days_ago=12, check_on=ago(-30)), uuid4())
    assert called(world) is not None  # held before the second interview came
    record_meeting(actor, code, meeting(days_ago=5, check_on=ago(-15)), uuid4())
    assert called(world) is None
    record_meeting(actor, code, meeting(days_ago=4, check_on=ago(-14)), uuid4())
    soon = called(world)
    assert soon is not None
    assert (soon.by, soon.check_on, soon.reasons, soon.overdue) == (ago(-14), ago(-14), (), False)
    record_meeting(actor, code, meeting(days_ago=3, check_on=ago(1)), uuid4())
    late = called(world)
    assert late is not None
    assert (late.by, late.overdue) == (ago(1), True)
    record_meeting(actor, code, meeting(outcome="to_close", check_on=None), uuid4())
    assert called(world) is None


def test_a_closed_case_calls_for_none_and_an_opened_one_again(world: World) -> None:
    house = world.amani
    rules_hold(house)
    fall(house)
    child = Child.objects.get(pk=house.child.id)  # type: ignore[union-attr]
    closed = facts_of(child)
    change_child(house.system(), child.pk, replace(closed, status="closed"))
    assert called(world) is None
    with pytest.raises(ProblemError, match="not open any more"):
        record_meeting(house.actor("supervisor"), child.code, meeting(), uuid4())
    assert count_called(house.actor("supervisor")) == (0, 0)
    change_child(house.system(), child.pk, replace(closed, status="open"))
    assert called(world) is not None


def test_who_is_told_of_which_child(world: World) -> None:
    house = world.amani
    for each in (house, world.baraka):
        rules_hold(each)
        fall(each)
    assert [row.code for row in list_called(house.actor("case_worker"))] == [house.child.code]  # type: ignore[union-attr]
    team = {row.code for row in list_called(house.actor("supervisor"))}
    assert house.child.code in team  # type: ignore[union-attr]
    assert house.other_child.code not in team  # type: ignore[union-attr]
    assert house.child.code not in {row.code for row in list_called(house.actor("other_supervisor"))}  # type: ignore[union-attr]
    assert called(world, "me_officer") is not None
    for who in ("other_case_worker", "other_supervisor", "programme_manager", "organisation_admin"):
        assert called(world, who) is None, who
    assert count_called(house.actor("focal_point")) is None
    with pytest.raises(ProblemError):
        list_called(house.actor("me_officer"))
    declare_own(house.actor("case_worker"), house.child.code, "relative")  # type: ignore[union-attr]
    assert called(world) is None
    assert list_called(house.actor("case_worker")) == []


def test_an_open_concern_is_known_to_focal_points_alone(world: World) -> None:
    house = world.amani
    rules_hold(house)
    send(house, 100)
    send(house, 20)
    keys = [enrolled(house.actor(name)) for name in ("focal_point", "second_focal_point")]
    others = ("case_worker", "supervisor", "me_officer")
    before = {who: called(world, who) for who in others}
    pass_on(house.actor("case_worker"), house.child.id, Sealed(sealed_to(keys), "high"))  # type: ignore[union-attr]
    assert Escalation.objects.filter(child=house.child.id).exists()  # type: ignore[union-attr]
    found = called(world, "focal_point")
    assert found is not None
    assert [each.rule for each in found.reasons if each.rule == "open_concern"] == ["open_concern"]
    assert found.by == TODAY + timedelta(days=7) or found.by < TODAY + timedelta(days=7)
    assert {who: called(world, who) for who in others} == before
    Escalation.objects.update(state="closed")
    assert "open_concern" not in rules_of(world, "focal_point")


def test_nobody_but_a_focal_point_even_asks_for_matters_of_protection(world: World) -> None:
    rules_hold(world.amani)
    with CaptureQueriesContext(connection) as asked:
        called(world)
    assert not [each for each in asked.captured_queries if "escalation" in each["sql"]]
    with CaptureQueriesContext(connection) as asked:
        called(world, "focal_point")
    assert [each for each in asked.captured_queries if "escalation" in each["sql"]]


def test_many_children_cost_the_same_questions_as_one(world: World) -> None:
    house = world.amani
    rules_hold(house)
    fall(house)
    actor = house.actor("supervisor")

    def asked(rows: object) -> int:
        with CaptureQueriesContext(connection) as found:
            standings(actor, rows)  # type: ignore[arg-type]
        return len(found.captured_queries)

    one = asked(Child.objects.filter(pk=house.child.id))  # type: ignore[union-attr]
    many = asked(Child.objects.filter(organisation=house.organisation_id))
    assert many <= one + 1  # the hour of the house, where a child has no place


def test_the_list_is_a_look_and_counting_is_none(world: World) -> None:
    rules_hold(world.amani)
    fall(world.amani)
    actor = world.amani.actor("supervisor")
    before = Event.objects.count()
    assert (count_called(actor) or (0, 0))[0] >= 1
    assert Event.objects.count() == before
    list_called(actor)
    event = Event.objects.latest("at")
    assert (event.verb, event.object_kind, event.child_id) == ("children.see", "reviews", None)
