"""What follows when a child left again, came back once more, or died: told once, written whole, and taken back."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.models import Event
from homeward.apps.cases.case_queries import case_of, open_actions_of
from homeward.apps.cases.closing import decide_end, withdraw_end
from homeward.apps.cases.documents import State
from homeward.apps.cases.facts import ChildFacts, facts_of
from homeward.apps.cases.models import ActionOutcome, CaseStep, Child, EndRequest, Return
from homeward.apps.cases.plans import ActionFacts, GoalFacts, Views, add_action, add_goal, decide_plan, send_plan
from homeward.apps.cases.queries import caseload_rows
from homeward.apps.cases.recording import add_entry
from homeward.apps.cases.risk import set_risk
from homeward.apps.cases.services import assign_child, change_child, register_child
from homeward.apps.cases.waiting import approvals
from homeward.apps.monitoring.called import count_called
from homeward.apps.monitoring.meetings import MeetingFacts, record_meeting
from homeward.apps.monitoring.turns import Coming, come_back, leave_again, record_death, turns_of
from homeward.apps.visits.clock import follow_up_of
from homeward.apps.visits.clock_models import Pause
from homeward.apps.visits.models import Visit
from homeward.apps.visits.planning import Plan, plan_visit
from homeward.apps.visits.reminding import _something_for
from homeward.apps.visits.services import pause_child, resume_child
from homeward.apps.visits.today import today
from homeward.domain.problems import ProblemError
from homeward.domain.visiting import Answer, Check
from tests.world import House, World, agree, day_of

pytestmark = pytest.mark.database
EVERY_TURN = (
    lambda actor, code: leave_again(actor, code, date.today()),
    lambda actor, code: record_death(actor, code, date.today()),
    lambda actor, code: come_back(actor, code, Coming(date.today())),
)


def house_of(world: World) -> tuple[House, str]:
    assert world.amani.child is not None
    return world.amani, world.amani.child.code


def ago(house: House, days: int) -> date:
    return day_of(house.organisation_id) - timedelta(days=days)


def planned(house: House, code: str) -> None:
    """A plan that was agreed with something open, and a visit that is to come."""
    worker = house.actor("case_worker")
    add_goal(worker, code, GoalFacts("social", "child", "A class"))
    add_action(worker, code, ActionFacts("social", "education", "school", "Ask the school"))
    version = send_plan(worker, code, Views("agrees", "agrees"))
    decide_plan(house.actor("supervisor"), code, version, agreed=True)
    plan_visit(worker, [code], Check(*[Answer.NO] * 4), Plan(ago(house, -3), "home"))


def asked(code: str) -> EndRequest:
    return EndRequest.objects.get(child__code=code, state=State.SUBMITTED)


def decided(house: House, code: str) -> None:
    decide_end(house.actor("supervisor"), code, asked(code).pk, agreed=True)


def test_who_left_again_is_due_for_nothing_and_its_episode_ends(world: World) -> None:
    house, code = house_of(world)
    worker = house.actor("case_worker")
    planned(house, code)
    set_risk(worker, code, "high", "visit")
    assert (today(worker).due, _something_for(worker)) == (1, True)
    leave_again(worker, code, ago(house, 4))
    assert (today(worker).due, _something_for(worker)) == (0, False)
    assert [row.left_on for row in Return.objects.all()] == [ago(house, 4)]
    assert [(row.since, row.until, row.reason) for row in Pause.objects.all()] == [(ago(house, 4), None, "away")]
    assert [row.not_held for row in Visit.objects.all()] == ["child_away"]
    assert Child.objects.get(code=code).status == "open"
    assert not EndRequest.objects.exists()
    assert len(open_actions_of(worker, world.amani.child.id)) == 1  # type: ignore[union-attr]
    assert turns_of(worker, world.amani.child.id).left_on == ago(house, 4)  # type: ignore[union-attr]


def test_the_end_is_asked_for_with_it_and_a_second_person_agrees(world: World) -> None:
    house, code = house_of(world)
    worker = house.actor("case_worker")
    planned(house, code)
    with pytest.raises(ProblemError, match="Less than two years"):
        leave_again(worker, code, ago(house, 4), end=True, told="not_possible")
    assert (Return.objects.count(), Pause.objects.count(), ActionOutcome.objects.count()) == (0, 0, 0)  # whole, or not
    leave_again(worker, code, ago(house, 4), end=True, told="not_possible", words="A neighbour saw them leave.")
    assert [(row.outcome, row.because) for row in ActionOutcome.objects.all()] == [("not_done", "moved")]
    assert (asked(code).reason, asked(code).way) == ("migrated_again", "close_abrupt")
    decided(house, code)
    step = CaseStep.objects.filter(child__code=code).order_by("number").last()
    assert step is not None
    assert (step.to_step, step.reason) == ("closure", "migrated_again")
    assert caseload_rows(worker) == []


def test_told_twice_it_is_as_told_once_and_another_day_corrects_the_first(world: World) -> None:
    house, code = house_of(world)
    worker = house.actor("case_worker")
    for _ in range(2):
        leave_again(worker, code, ago(house, 4), end=True, told="no", words="Gone")
    before = Event.objects.count()
    leave_again(worker, code, ago(house, 4))
    assert Event.objects.count() == before
    assert (Return.objects.count(), Pause.objects.count(), EndRequest.objects.count()) == (1, 1, 1)
    leave_again(worker, code, ago(house, 9))
    assert Return.objects.get().left_on == ago(house, 9)
    record_death(worker, code, ago(house, 2))  # on the way
    assert [row.reason for row in EndRequest.objects.filter(state=State.SUBMITTED)] == ["death"]
    record_death(worker, code, ago(house, 2))
    assert (Pause.objects.count(), EndRequest.objects.filter(state=State.SUBMITTED).count()) == (1, 1)


def test_nothing_is_asked_of_anybody_about_a_child_who_died(world: World) -> None:
    house, code = house_of(world)
    worker, supervisor = house.actor("case_worker"), house.actor("supervisor")
    planned(house, code)
    set_risk(worker, code, "high", "visit")
    facts = MeetingFacts(ago(house, 30), ("case_worker",), "not_yet", "varied", decided="More", check_on=ago(house, 3))
    record_meeting(worker, code, facts, world.amani.child.id)  # type: ignore[union-attr]
    assert count_called(worker) == (1, 1)
    record_death(worker, code, ago(house, 1), "An illness.")
    assert (today(worker).due, _something_for(worker), count_called(worker)) == (0, False, (0, 0))
    assert caseload_rows(worker) == []  # on no phone's list
    assert [row.not_held for row in Visit.objects.all()] == ["other"]
    with pytest.raises(ProblemError, match="without contact|not possible|No visit"):
        plan_visit_now(house, code)
    assert [each.kind for each in approvals(supervisor)] == ["close_abrupt"]
    assert not asked(code).early  # nobody says why it is early
    decided(house, code)
    assert case_of(worker, world.amani.child.id).steps[-1].reason == "death"  # type: ignore[union-attr]
    assert follow_up_of(worker, world.amani.child.id).contact is None  # type: ignore[union-attr]


def plan_visit_now(house: House, code: str) -> None:
    (key,) = plan_visit(house.actor("case_worker"), [code], Check(*[Answer.NO] * 4), Plan(ago(house, 0), "home"))
    if Visit.objects.get(pk=key).state == "blocked":
        raise ProblemError(problem())


def problem() -> Any:
    from homeward.domain.problems import Problem

    return Problem("visit.blocked", "No visit", "")


def test_a_death_that_was_told_by_mistake_is_taken_back(world: World) -> None:
    house, code = house_of(world)
    worker = house.actor("case_worker")
    record_death(worker, code, ago(house, 1))
    for turn in (EVERY_TURN[0], EVERY_TURN[2]):
        with pytest.raises(ProblemError, match="has died"):
            turn(worker, code)
    withdraw_end(worker, code, asked(code).pk)
    resume_child(worker, code)
    assert today(worker).due == 1
    record_death(worker, code, ago(house, 0))
    decided(house, code)
    for each in EVERY_TURN:
        with pytest.raises(ProblemError, match="has died|not open"):
            each(worker, code)


def test_whoever_comes_back_has_a_new_episode_with_a_clock_of_its_own(world: World) -> None:
    house, code = house_of(world)
    worker, child = house.actor("case_worker"), world.amani.child.id  # type: ignore[union-attr]
    leave_again(worker, code, ago(house, 60), end=True, told="not_possible", words="Gone north")
    decided(house, code)
    come_back(worker, code, Coming(ago(house, 15), came_with="family"))
    rows = Return.objects.order_by("number")
    assert [(row.number, row.returned_on, row.left_on) for row in rows] == [
        (1, ago(house, 200), ago(house, 60)),
        (2, ago(house, 15), None),
    ]
    row = Child.objects.get(pk=child)
    assert (row.status, row.return_date) == ("open", ago(house, 15))
    assert case_of(worker, child).steps[-1].reason == "came_back"
    assert follow_up_of(worker, child).paused_since is None
    assert [each.due.round for each in today(worker).rows] == ["w2"]
    with pytest.raises(ProblemError, match="A return on this day"):
        come_back(worker, code, Coming(ago(house, 15)))
    assert Return.objects.count() == 2


def test_an_end_that_waits_is_withdrawn_when_the_child_is_back(world: World) -> None:
    house, code = house_of(world)
    worker = house.actor("case_worker")
    leave_again(worker, code, ago(house, 20), end=True, told="no", words="Gone")
    come_back(worker, code, Coming(ago(house, 2)))
    assert [row.state for row in EndRequest.objects.all()] == [State.WITHDRAWN]
    assert Pause.objects.get().until == ago(house, 2)


def test_days_in_the_wrong_order_are_refused_and_nothing_is_written(world: World) -> None:
    house, code = house_of(world)
    worker = house.actor("case_worker")
    for days, match in ((201, "before the return"), (-1, "in the future")):
        with pytest.raises(ProblemError, match=match):
            leave_again(worker, code, ago(house, days))
    with pytest.raises(ProblemError, match="in the future"):
        record_death(worker, code, ago(house, -1))
    leave_again(worker, code, ago(house, 20))
    for days, match in ((250, "before the last return"), (30, "left again"), (-1, "in the future")):
        with pytest.raises(ProblemError, match=match):
            come_back(worker, code, Coming(ago(house, days)))
    assert Return.objects.count() == 1
    assert Pause.objects.get().until is None


def test_a_clock_that_stands_still_already_goes_on_standing_still(world: World) -> None:
    house, code = house_of(world)
    worker = house.actor("case_worker")
    pause_child(worker, code, "asked", since=ago(house, 30))
    leave_again(worker, code, ago(house, 10))
    assert [(row.since, row.until) for row in Pause.objects.all()] == [(ago(house, 30), None)]
    resume_child(worker, code)
    leave_again(worker, code, ago(house, 10))  # went on today, and was wrong
    assert follow_up_of(worker, world.amani.child.id).paused_since is not None  # type: ignore[union-attr]


@pytest.mark.parametrize("name", ["me_officer", "focal_point", "other_case_worker", "programme_manager"])
def test_who_does_not_work_with_the_child_tells_none_of_it(world: World, name: str) -> None:
    house, code = house_of(world)
    for turn in EVERY_TURN:
        with pytest.raises((ProblemError, NotVisible)):
            turn(house.actor(name), code)
    with pytest.raises((ProblemError, NotVisible)):
        turns_of(house.actor(name), world.amani.child.id)  # type: ignore[union-attr]
    assert (Pause.objects.count(), Return.objects.count(), EndRequest.objects.count()) == (0, 0, 0)


def test_of_brothers_and_sisters_whose_visit_was_planned_together_the_others_keep_theirs(world: World) -> None:
    house, code = house_of(world)
    worker = house.actor("case_worker")
    facts = ChildFacts(name="Omar", age=8, return_date=ago(house, 200), team_id=house.teams[0])
    brother = register_child(worker, facts)
    agree(house, brother, ago(house, 100))
    plan_visit(worker, [code, brother.code], Check(*[Answer.NO] * 4), Plan(ago(house, -3), "home"))
    record_death(worker, code, ago(house, 0))
    assert {row.child.code: row.state for row in Visit.objects.all()} == {code: "not_held", brother.code: "planned"}


def test_who_is_grown_up_is_asked_anew_and_rounds_ask_the_person_alone(world: World) -> None:
    house = world.amani
    worker, born = house.actor("case_worker"), ago(house, 18 * 366 + 40)
    facts = ChildFacts(name="Sami", birth_date=born, return_date=ago(house, 300), team_id=house.teams[0])
    grown = register_child(house.actor("supervisor"), facts)
    assign_child(house.system(), grown.id, person_id=house.people["case_worker"], since=ago(house, 300))
    agree(house, grown, ago(house, 290))  # of an age at which others agreed too
    found = turns_of(worker, grown.id).grown
    assert found is not None
    assert (found.now, found.survey, found.on.day) == (True, "missing", 1)
    assert {(each.voice, each.why) for each in found.asks} == {("child", "new_band")}
    asked_of = {name for each in follow_up_of(worker, grown.id).points[-2:] for name in each.missing}
    assert asked_of <= {"adult"}
    young = turns_of(worker, house.child.id).grown  # type: ignore[union-attr]
    assert young is not None
    assert (young.now, young.asks) == (False, ())


def test_a_day_of_return_that_is_corrected_moves_every_round(world: World) -> None:
    house, code = house_of(world)
    worker, child = house.actor("case_worker"), world.amani.child.id  # type: ignore[union-attr]
    assert [each.due.round for each in today(worker).rows] == ["m6"]
    add_entry(worker, child, "care", {"arrangement": "kinship", "reason": "death", "since": ago(house, 5)})
    facts = facts_of(Child.objects.get(pk=child))
    values = {name: getattr(facts, name) for name in ChildFacts.__slots__} | {"return_date": ago(house, 93)}
    change_child(worker, child, ChildFacts(**values))
    assert [each.due.round for each in today(worker).rows] == ["m3"]


@pytest.mark.parametrize("turn", ["left", "back", "died"])
def test_who_is_refused_is_written_down_though_nothing_else_is(world: World, turn: str) -> None:
    house, today = world.amani, date.today()
    officer, code = house.actor("me_officer"), house.child.code  # type: ignore[union-attr]
    told = {
        "left": lambda: leave_again(officer, code, today),
        "back": lambda: come_back(officer, code, Coming(today)),
        "died": lambda: record_death(officer, code, today),
    }
    with pytest.raises(ProblemError) as caught:
        told[turn]()
    assert caught.value.first.status == 403
    refused = Event.objects.filter(verb="children.change", allowed=False, actor_id=house.people["me_officer"])
    assert refused.count() == 1
    assert not Pause.objects.exists()
