"""Whoever said no to interviews or to help, or took it back, is in no list that sends somebody there."""

from __future__ import annotations

from datetime import timedelta

import pytest

from homeward.apps.cases.consenting import Asked, record_agreement, withdraw
from homeward.apps.cases.facts import ChildFacts
from homeward.apps.cases.models import Child
from homeward.apps.cases.queries import caseload_rows, find_child
from homeward.apps.cases.services import register_child
from homeward.apps.visits.contacts import Attempt, record_attempt
from homeward.apps.visits.due import due_list
from homeward.apps.visits.models import ContactAttempt, Visit
from homeward.apps.visits.planning import Plan, judge, plan_visit
from homeward.apps.visits.queries import planned_on
from homeward.apps.visits.recording import Held, hold_visit
from homeward.apps.visits.reminding import remindable
from homeward.apps.visits.today import children_to_see
from homeward.domain.consent import MONITORING, SERVICE
from homeward.domain.problems import ProblemError
from homeward.domain.visiting import Answer, Check
from homeward.web.cases.frame import may_begin
from tests.world import House, World, day_of

pytestmark = [pytest.mark.database, pytest.mark.django_db]
SAFE = Check(Answer.NO, Answer.NO, Answer.NO, Answer.NO)
SEEN = Held(child_seen=True, caregiver_seen=True, on_track="partly", harm=(), alone="yes")


def kid(house: House) -> Child:
    assert house.child
    return Child.objects.get(pk=house.child.id)


def lists(house: House) -> tuple[bool, bool, bool, bool]:
    """On the phone, among those due, an interview may begin, a reminder may count it."""
    worker, child = house.actor("case_worker"), kid(house)
    due = any(each.child_id == child.pk for each in due_list(children_to_see(worker)))
    return (
        child.code in [row.name for row in caseload_rows(worker)],
        due,
        bool(may_begin(worker, find_child(worker, child.code))),
        remindable(Child.objects.filter(pk=child.pk)).exists(),
    )


def answer(house: House, who: str, reply: str, *purposes: str) -> None:
    asked = Asked(who, dict.fromkeys(purposes, reply), limits_told=True)
    record_agreement(house.actor("case_worker"), kid(house).code, asked)


@pytest.mark.parametrize("who", ["child", "caregiver"])
def test_who_said_no_to_interviews_is_in_no_list_until_they_agree_again(world: World, who: str) -> None:
    house = world.amani
    assert lists(house) == (True, True, True, True)
    answer(house, who, "refuses", MONITORING)
    assert kid(house).said_no == "interviews"
    assert lists(house) == (False, False, False, False)
    assert may_begin(house.actor("case_worker"), find_child(house.actor("case_worker"), kid(house).code)).problem
    answer(house, "child" if who == "caregiver" else "caregiver", "agrees", MONITORING)
    assert lists(house) == (False, False, False, False)
    answer(house, who, "agrees", MONITORING)
    assert kid(house).said_no == ""
    assert lists(house) == (True, True, True, True)


def test_who_took_help_back_is_visited_and_reminded_of_no_more(world: World) -> None:
    house, worker, day = world.amani, world.amani.actor("case_worker"), day_of(world.amani.organisation_id)
    code = kid(house).code
    (before,) = plan_visit(worker, [code], SAFE, Plan(day, "home"))
    assert [row.id for row in planned_on(worker, day)] == [before]
    withdraw(worker, code, "child", (SERVICE,))
    assert kid(house).said_no == "help"
    assert lists(house) == (True, True, True, False)  # interviews are asked for apart
    assert planned_on(worker, day) == ()
    for act in (
        lambda: plan_visit(worker, [code], SAFE, Plan(day + timedelta(days=1), "home")),
        lambda: record_attempt(worker, code, Attempt("phone", "no_answer")),
    ):
        with pytest.raises(ProblemError) as refused:
            act()
        assert refused.value.first.code == "visit.no_help"
    assert not ContactAttempt.objects.exists()
    assert judge(worker, [code], SAFE, day).modes  # the check of harm goes on
    record_attempt(worker, code, Attempt("they_came", "reached_child"))
    record_attempt(worker, code, Attempt("phone", "no_answer", on=day - timedelta(days=1)))  # it took place before
    hold_visit(worker, before, SEEN)
    assert Visit.objects.get(pk=before).state == "held"
    answer(house, "child", "agrees", SERVICE)
    assert kid(house).said_no == ""
    plan_visit(worker, [code], SAFE, Plan(day + timedelta(days=1), "home"))


def test_both_may_be_refused_and_a_no_that_does_not_bind_stops_nothing(world: World) -> None:
    house = world.amani
    answer(house, "child", "refuses", MONITORING, SERVICE)
    assert kid(house).said_no == "both"
    back = day_of(house.organisation_id) - timedelta(days=100)
    old = register_child(
        house.actor("case_worker"), ChildFacts(sex="male", name="Bo", age=16, return_date=back, team_id=house.teams[0])
    )
    for who, reply in (("child", "agrees"), ("caregiver", "refuses")):
        asked = Asked(who, {MONITORING: reply, SERVICE: reply}, limits_told=True)
        record_agreement(house.actor("case_worker"), old.code, asked)
    assert Child.objects.get(pk=old.id).said_no == ""
