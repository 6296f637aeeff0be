"""A case from registration to its end and open again, carried by services as people carry it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction

from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.models import Event as Trace
from homeward.apps.cases.assessments import AssessmentFacts, decide_assessment, save_assessment
from homeward.apps.cases.case_queries import all_assessments, case_of, events_of, helper_of, open_actions_of, plan_of
from homeward.apps.cases.caseload import import_caseload, preview_caseload
from homeward.apps.cases.closing import Ending, ask_end, decide_end, reopen, withdraw_end
from homeward.apps.cases.ending import end_words_of, forget_child
from homeward.apps.cases.facts import ChildFacts, facts_of
from homeward.apps.cases.models import Action, CaseStep, Child, EndRequest, Goal, PlanVersion
from homeward.apps.cases.plan_ending import plan_rows
from homeward.apps.cases.plans import (
    ActionFacts,
    GoalFacts,
    Views,
    add_action,
    add_goal,
    decide_plan,
    drop_line,
    record_outcome,
    send_plan,
)
from homeward.apps.cases.services import change_child, register_child
from homeward.apps.cases.steps import move
from homeward.apps.cases.variations import VariationFacts, begin_variation, check_variation
from homeward.apps.cases.waiting import approvals, how_many_approvals, overdue_checks
from homeward.domain.lifecycle import STATUS_OF
from homeward.domain.problems import ProblemError
from tests.ties import declared
from tests.world import House, World

pytestmark = [pytest.mark.database, pytest.mark.django_db]
SAYS = {"child_view": "I want to go back to school.", "caregiver_view": "He should earn.", "options": "School, work."}


@pytest.fixture
def house(world: World) -> House:
    return world.amani


@pytest.fixture
def code(house: House) -> str:
    assert house.child
    return house.child.code


def refused(problem: str, step: Any, *given: Any, **more: Any) -> None:
    with pytest.raises(ProblemError) as error:
        step(*given, **more)
    assert error.value.first.code == problem


def needs(house: House, code: str) -> UUID:
    levels = {"economic": "serious", "social": "some", "psychosocial": "none"}
    facts = AssessmentFacts("needs", levels=levels, vulnerability="some", texts={"economic": "Debts of the journey."})
    return save_assessment(house.actor("case_worker"), code, facts, send=True)


def interests(house: House, code: str) -> UUID:
    facts = AssessmentFacts("interests", texts={**SAYS, "recommendation": "With the mother, at school."})
    return save_assessment(house.actor("case_worker"), code, facts, send=True)


def assessed(house: House, code: str) -> None:
    for made in (needs(house, code), interests(house, code)):
        decide_assessment(house.actor("supervisor"), code, made, agreed=True)


def planned(house: House, code: str) -> UUID:
    """An agreed plan with a goal of each and one action."""
    worker = house.actor("case_worker")
    for whose in ("child", "caregiver", "worker"):
        add_goal(worker, code, GoalFacts("social", whose, f"Goal of {whose}"))
    line = add_action(
        worker, code, ActionFacts("social", "education", "worker", "Talk to the school", helper="Mr Odhi")
    )
    version = send_plan(worker, code, Views("agrees", "partly", "Yes!", "If he works too."))
    decide_plan(house.actor("supervisor"), code, version, agreed=True)
    return line


def helped(house: House, code: str) -> UUID:
    """The case stands at implementation."""
    worker = house.actor("case_worker")
    move(worker, code, "assess")
    assessed(house, code)
    move(worker, code, "make_plan")
    line = planned(house, code)
    move(worker, code, "begin_help")
    return line


def variation(house: House, code: str, **changes: Any) -> UUID:
    given: dict[str, Any] = {
        "trigger": "child_request",
        "reason": "The school is too far.",
        "child_view": "agrees",
        "dimension": "social",
        "expected": "He goes on most days.",
        "check_on": date.today() + timedelta(days=60),
    }
    return begin_variation(house.actor("case_worker"), code, VariationFacts(**{**given, **changes}))


def closed(house: House, code: str, **changes: Any) -> UUID:
    given: dict[str, Any] = {"reason": "family_asks", "told": "yes", "early": "They are settled."}
    return ask_end(house.actor("case_worker"), code, Ending(**{**given, **changes}))


def state(house: House, code: str) -> Any:
    child = Child.objects.get(code=code)
    return case_of(house.actor("case_worker"), child.pk)


def test_a_case_goes_from_registration_to_its_end_and_open_again(house: House, code: str) -> None:
    worker, supervisor = house.actor("case_worker"), house.actor("supervisor")
    refused("case.order", move, worker, code, "make_plan")
    line = helped(house, code)
    refused("case.action_begun", move, worker, code, "follow_up")
    record_outcome(worker, code, line, "partly", words="They will see.")
    move(worker, code, "follow_up", note="The school has heard us.")
    asked = {"reason": "goals_met", "planned": True, "reviewed_on": date.today()}
    refused("case.actions_settled", closed, house, code, **asked)
    record_outcome(worker, code, line, "done")
    refused("case.last_review", closed, house, code, **{**asked, "reviewed_on": None})
    refused("case.child_told", closed, house, code, **asked, told="no")
    made = closed(house, code, **asked)
    assert state(house, code).step == "follow_up"
    decide_end(supervisor, code, made, agreed=True)
    child = Child.objects.get(code=code)
    assert (child.status, child.ended_on is not None) == ("closed", True)
    found = state(house, code)
    assert (found.step, found.open, found.next_way) == ("closure", False, "")
    last = found.steps[-1]
    assert (last.reason, last.by, last.approved_by) == ("goals_met", "Case Worker Amani", "Supervisor Amani")
    refused("case.not_open", closed, house, code)
    reopen(worker, code, "new_worry", "The mother fell ill.")
    child.refresh_from_db()
    assert (child.status, child.ended_on) == ("open", None)
    assert [step.to_step for step in state(house, code).steps] == [
        "assessment",
        "plan",
        "implementation",
        "follow_up",
        "closure",
        "reopening",
    ]
    move(worker, code, "assess")
    refused("case.needs", move, worker, code, "make_plan")  # what was approved before is history


def test_what_stands_between_now_and_the_next_step_is_said(house: House, code: str) -> None:
    found = state(house, code)
    assert (found.step, found.next_way, found.missing) == ("identification", "assess", ())
    move(house.actor("case_worker"), code, "assess")
    assert [each.code for each in state(house, code).missing] == ["case.needs", "case.interests"]
    needs(house, code)
    assert len(state(house, code).missing) == 2  # sent is not approved


def test_nobody_approves_what_they_had_a_hand_in(house: House, code: str) -> None:
    supervisor = house.actor("supervisor")
    refused("access.refused", decide_assessment, house.actor("case_worker"), code, uuid4(), agreed=True)
    draft = save_assessment(supervisor, code, AssessmentFacts("needs"))
    assert needs(house, code) == draft  # the case worker finishes what the supervisor began
    refused("case.own", decide_assessment, supervisor, code, draft, agreed=True)
    assert not Trace.objects.filter(verb="decide_assessment", allowed=True).exists()
    assert Trace.objects.filter(verb="decide_assessment", allowed=False).count() == 1
    decide_assessment(house.actor("focal_point"), code, draft, agreed=True)
    row = Child.objects.get(code=code)
    assert [each.state for each in all_assessments(supervisor, row.pk)] == ["approved"]
    with pytest.raises(IntegrityError), transaction.atomic():
        PlanVersion.objects.create(
            child=row,
            number=9,
            state="approved",
            on=date.today(),
            written_by_id=supervisor.person_id,
            decided_by_id=supervisor.person_id,
        )


def test_nor_what_was_given_back_and_comes_again_with_their_words_in_it(house: House, code: str) -> None:
    worker, supervisor, focal = (house.actor(name) for name in ("case_worker", "supervisor", "focal_point"))
    add_goal(supervisor, code, GoalFacts("social", "worker", "A place at school."))
    add_action(supervisor, code, ActionFacts("social", "education", "worker", "Ask the school."))
    first = send_plan(supervisor, code, Views("agrees", "agrees"))
    decide_plan(focal, code, first, agreed=False, answer="Ask the child too.")
    add_goal(worker, code, GoalFacts("social", "child", "Football."))
    second = send_plan(worker, code, Views("agrees", "agrees"))
    refused("case.own", decide_plan, supervisor, code, second, agreed=True)
    decide_plan(focal, code, second, agreed=True)


def test_an_assessment_is_never_overwritten_once_it_was_sent(house: House, code: str) -> None:
    worker, supervisor = house.actor("case_worker"), house.actor("supervisor")
    first = needs(house, code)
    refused("case.kind", needs, house, code)
    refused("case.answer", decide_assessment, supervisor, code, first, agreed=False)
    decide_assessment(supervisor, code, first, agreed=False, answer="Ask the child too.")
    refused("case.moved", decide_assessment, supervisor, code, first, agreed=True)
    second = save_assessment(worker, code, AssessmentFacts("needs", occasion="circumstances"))
    assert second != first
    child = Child.objects.get(code=code)
    rows = {row.number: row for row in all_assessments(worker, child.pk)}
    assert (rows[1].state, rows[1].answer, rows[1].texts["economic"]) == (
        "returned",
        "Ask the child too.",
        "Debts of the journey.",
    )
    assert (rows[2].state, rows[2].texts) == ("draft", {})
    refused("case.level_economic", save_assessment, worker, code, AssessmentFacts("needs"), send=True)
    refused("case.child_view", save_assessment, worker, code, AssessmentFacts("interests"), send=True)
    decision = {"child_view": "x", "options": "x", "decision": "x", "reasons": "x"}
    alone = AssessmentFacts("determination", panel=("supervisor",), texts=decision)
    refused("case.panel", save_assessment, worker, code, alone, send=True)


def test_an_agreed_plan_changes_by_a_variation_alone(house: House, code: str) -> None:
    worker, supervisor = house.actor("case_worker"), house.actor("supervisor")
    line = helped(house, code)
    child = Child.objects.get(code=code)
    refused("case.version", add_goal, worker, code, GoalFacts("social", "child", "Another"))
    refused("case.version", add_action, worker, code, ActionFacts("social", "cash", "worker", "Another"))
    refused("case.moved", drop_line, worker, code, line)
    refused("case.check_on", variation, house, code, check_on=date.today())
    refused("case.child_words", variation, house, code, child_view="not_asked")
    made = variation(house, code)
    refused("case.trigger", variation, house, code)
    goal = next(each for each in plan_of(worker, child.pk).draft.goals if each.whose == "child")  # type: ignore[union-attr]
    add_goal(worker, code, GoalFacts("social", "child", "A school that is near"), goal.line)
    added = add_action(worker, code, ActionFacts("social", "education", "family", "Ask the near school"))
    drop_line(worker, code, line)
    before = plan_of(worker, child.pk)
    assert before.agreed
    assert before.agreed.number == 1
    assert [each.line for each in before.open_actions] == [line]
    version = send_plan(worker, code, Views("agrees", "agrees"))
    decide_plan(supervisor, code, version, agreed=True)
    found = plan_of(worker, child.pk)
    assert found.agreed
    assert (found.agreed.number, found.agreed.difference.changed) == (2, {goal.line})
    assert (found.agreed.difference.added, found.agreed.difference.dropped) == ({added}, {line})
    assert [each.words for each in found.agreed.dropped_actions] == ["Talk to the school"]
    assert found.versions[-1].goals[0].words.startswith("Goal of")  # the first is as it was
    assert found.variations[0].id == made
    assert (found.variations[0].reason, found.variations[0].state) == ("The school is too far.", "approved")


def test_a_variation_that_is_given_back_keeps_its_reason_and_goes_on(house: House, code: str) -> None:
    worker = house.actor("case_worker")
    helped(house, code)
    child = Child.objects.get(code=code)
    made = variation(house, code)
    version = send_plan(worker, code, Views("agrees", "agrees"))
    decide_plan(house.actor("supervisor"), code, version, agreed=False, answer="Who takes him there?")
    assert plan_of(worker, child.pk).returned.answer == "Who takes him there?"  # type: ignore[union-attr]
    add_action(worker, code, ActionFacts("social", "education", "family", "The uncle takes him"))
    found = plan_of(worker, child.pk)
    assert (found.draft.number, found.variations[0].id, found.variations[0].number) == (3, made, 3)  # type: ignore[union-attr]
    assert len(found.draft.goals) == 3  # type: ignore[union-attr]


def test_what_a_variation_brought_is_looked_at_on_its_day(house: House, code: str) -> None:
    worker = house.actor("case_worker")
    helped(house, code)
    child = Child.objects.get(code=code)
    began = date.today() - timedelta(days=90)
    made = variation(house, code, on=began, check_on=date.today() - timedelta(days=1))
    assert overdue_checks(worker) == []  # nobody has agreed to it
    version = send_plan(worker, code, Views("agrees", "agrees"))
    decide_plan(house.actor("supervisor"), code, version, agreed=True)
    assert [(each.variation_id, each.child_code) for each in overdue_checks(worker)] == [(made, code)]
    assert overdue_checks(house.actor("other_case_worker")) == []
    refused("case.found", check_variation, worker, code, made, "wonderful")
    check_variation(worker, code, made, "no_change", "Still too far.")
    assert overdue_checks(worker) == []
    row = plan_of(worker, child.pk).variations[0]
    assert [(each.found, each.words) for each in row.checks] == [("no_change", "Still too far.")]
    assert not row.overdue


def test_a_plan_is_not_sent_without_a_goal_an_action_and_the_child(house: House, code: str) -> None:
    worker = house.actor("case_worker")
    refused("case.moved", send_plan, worker, code, Views("agrees", "agrees"))
    add_goal(worker, code, GoalFacts("economic", "child", "A goat"))
    refused("case.version", send_plan, worker, code, Views("agrees", "agrees"))
    add_action(worker, code, ActionFacts("economic", "livelihood", "family", "Buy it"))
    refused("case.child_view", send_plan, worker, code, Views("", "agrees"))
    refused("case.child_words", send_plan, worker, code, Views("not_asked", "agrees"))
    refused("case.words", add_goal, worker, code, GoalFacts("economic", "child", "  "))
    refused("case.dimension", add_goal, worker, code, GoalFacts("happiness", "child", "x"))
    refused("case.too_long", add_goal, worker, code, GoalFacts("economic", "child", "x" * 5_000))
    send_plan(worker, code, Views("not_asked", "agrees", "He was at school."))
    refused("case.version", add_goal, worker, code, GoalFacts("economic", "child", "Two goats"))


def test_help_that_did_not_come_says_why(house: House, code: str) -> None:
    worker = house.actor("case_worker")
    line = helped(house, code)
    child = Child.objects.get(code=code)
    refused("case.because", record_outcome, worker, code, line, "not_done")
    refused("case.on", record_outcome, worker, code, line, "done", on=date.today() + timedelta(days=2))
    with pytest.raises(NotVisible):
        record_outcome(worker, code, uuid4(), "done")
    assert [each.words for each in open_actions_of(worker, child.pk)] == ["Talk to the school"]
    record_outcome(worker, code, line, "not_done", because="no_service")
    assert open_actions_of(worker, child.pk) == ()
    record_outcome(worker, code, line, "partly")  # the newest counts
    assert len(open_actions_of(worker, child.pk)) == 1
    events = [(each.kind, each.codes) for each in events_of(worker, child.pk)]
    assert ("outcome", ("not_done", "no_service")) in events
    assert ("plan", ("1",)) in events
    assert ("step", ("implementation", "")) in events


def test_an_end_waits_for_a_second_person_and_may_be_given_back(house: House, code: str) -> None:
    worker, supervisor = house.actor("case_worker"), house.actor("supervisor")
    refused("case.no_rule", closed, house, code, reason="stable")
    refused("case.reason", closed, house, code, reason="because")
    refused("case.early", closed, house, code, early=" ")
    refused("case.child_told_or_not", closed, house, code, told="no")
    made = closed(house, code, told="not_possible", reason="harm_from_help")
    refused("case.asked_already", closed, house, code)
    found = state(house, code)
    assert (found.end.id, found.end.early, found.end.early_words) == (made, True, "They are settled.")
    assert found.step == "identification"
    refused("case.answer", decide_end, supervisor, code, made, agreed=False)
    decide_end(supervisor, code, made, agreed=False, answer="Visit once more, at school.")
    assert state(house, code).end.answer == "Visit once more, at school."
    assert Child.objects.get(code=code).status == "open"
    again = closed(house, code)
    withdraw_end(worker, code, again)
    refused("case.moved", decide_end, supervisor, code, again, agreed=True)
    own = ask_end(supervisor, code, Ending("death"))
    refused("case.own", decide_end, supervisor, code, own, agreed=True)
    decide_end(house.actor("focal_point"), code, own, agreed=True)
    assert CaseStep.objects.get(child__code=code).reason == "death"


def test_an_end_that_was_overtaken_is_not_carried_out(house: House, code: str) -> None:
    """A plan was agreed between the question and the answer: its actions are open."""
    made = closed(house, code)
    move(house.actor("case_worker"), code, "assess")
    planned(house, code)
    refused("case.actions_settled", decide_end, house.actor("supervisor"), code, made, agreed=True)
    assert EndRequest.objects.get(pk=made).state == "submitted"  # all or nothing
    assert Child.objects.get(code=code).status == "open"


def test_records_that_come_from_files_have_their_steps(house: House, code: str) -> None:
    officer = house.actor("me_officer")
    closed(house, code)
    rows = [{"external_id": "CASE-1", "status": "closed"}]
    import_caseload(officer, preview_caseload(officer, rows))
    step = CaseStep.objects.get(child__code=code)
    assert (step.from_step, step.to_step, step.reason) == ("identification", "closure", "imported")
    assert EndRequest.objects.get(child__code=code).state == "withdrawn"
    import_caseload(officer, preview_caseload(officer, [{"external_id": "CASE-1", "status": "open"}]))
    assert state(house, code).step == "reopening"
    facts = ChildFacts(name="Bo", age=12, return_date=date(2024, 1, 1), status="transferred", team_id=house.teams[0])
    made = register_child(house.system(), facts)
    assert [(row.to_step, row.number) for row in CaseStep.objects.filter(child=made.id)] == [("transfer", 1)]


def test_a_person_closes_no_case_by_changing_the_record(house: House, code: str) -> None:
    worker = house.actor("case_worker")
    child = Child.objects.get(code=code)
    facts = facts_of(child)
    for status in ("closed", "transferred"):
        refused("child.status_by_step", change_child, worker, child.pk, replace(facts, status=status))
    refused("child.status_by_pair", change_child, worker, child.pk, replace(facts, status="duplicate"))
    change_child(house.system(), child.pk, replace(facts, status="duplicate"))  # as it was once set without its pair
    assert state(house, code).step == "duplicate"
    refused("child.status_by_step", change_child, worker, child.pk, replace(facts, status="closed"))
    change_child(worker, child.pk, facts)
    assert state(house, code).step == "reopening"


def test_whoever_is_out_of_reach_sees_and_writes_nothing(house: House, world: World, code: str) -> None:
    child = Child.objects.get(code=code)
    helped(house, code)
    for name in ("other_case_worker", "other_supervisor", "programme_manager", "organisation_admin"):
        with pytest.raises(ProblemError) as error:
            plan_of(house.actor(name), child.pk)
        assert error.value.first.status in (403, 404)
    refused("access.refused", plan_of, house.actor("me_officer"), child.pk)
    refused("access.refused", move, house.actor("focal_point"), code, "follow_up")
    with pytest.raises(NotVisible):
        plan_of(world.baraka.actor("supervisor"), child.pk)
    declared(house, "supervisor", code)
    with pytest.raises(NotVisible):
        decide_plan(house.actor("supervisor"), code, uuid4(), agreed=True)


def test_approvals_list_what_this_person_may_decide(house: House, world: World, code: str) -> None:
    needs(house, code)
    supervisor = house.actor("supervisor")
    interests_of = save_assessment(
        supervisor, code, AssessmentFacts("interests", texts={**SAYS, "recommendation": "x"}), send=True
    )
    assert interests_of
    assert [(each.kind, each.child_code) for each in approvals(supervisor)] == [("needs", code)]
    assert how_many_approvals(house.actor("focal_point")) == 2
    assert how_many_approvals(house.actor("other_supervisor")) == 0
    assert how_many_approvals(house.actor("case_worker")) == 0
    assert how_many_approvals(world.baraka.actor("supervisor")) == 0
    refused("access.refused", approvals, house.actor("case_worker"))


def test_the_name_of_who_helps_is_opened_by_itself_and_written_down(house: House, code: str) -> None:
    line = helped(house, code)
    child = Child.objects.get(code=code)
    assert all("Odhi" not in str(each) for each in open_actions_of(house.actor("case_worker"), child.pk))
    assert helper_of(house.actor("supervisor"), code, line) == "Mr Odhi"
    assert Trace.objects.filter(verb="names.see", child_id=child.pk).count() == 1


def test_words_end_with_the_record_and_rows_with_the_child(house: House, code: str) -> None:
    helped(house, code)
    child = Child.objects.get(code=code)
    goals = Goal.objects.filter(child=child).count()
    with transaction.atomic():
        end_words_of(child.pk, date.today())
    assert Goal.objects.filter(child=child, words=b"").count() == goals == 3
    assert not Action.objects.exclude(helper=b"").filter(child=child).exists()
    assert plan_rows(child.pk) > 10
    with transaction.atomic():
        counts = forget_child(child.pk)
    assert counts["plan_rows"] > 10
    assert plan_rows(child.pk) == 0


def test_the_record_and_the_steps_never_part(house: House, code: str) -> None:
    """Whatever was done: what lists and clocks go by says what the steps say."""
    helped(house, code)
    decide_end(house.actor("supervisor"), code, _insecure(house, code), agreed=True)
    assert Child.objects.get(code=code).status == "closed"
    for child in Child.objects.all():
        moves = tuple(CaseStep.objects.filter(child=child).order_by("number").values_list("to_step", flat=True))
        assert not moves or STATUS_OF[moves[-1]] == child.status
        assert (child.ended_on is None) == (child.status == "open")


def _insecure(house: House, code: str) -> UUID:
    line = open_actions_of(house.actor("case_worker"), Child.objects.get(code=code).pk)[0].line
    record_outcome(house.actor("case_worker"), code, line, "handed_over")
    return closed(house, code, reason="insecurity", told="no")
