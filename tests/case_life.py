"""A case in which every sealed text of steps, assessments, plans and variations stands, each with given words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from homeward.apps.access.actors import Actor
from homeward.apps.cases.assessments import AssessmentFacts, decide_assessment, save_assessment
from homeward.apps.cases.case_queries import open_actions_of
from homeward.apps.cases.closing import Ending, ask_end, decide_end
from homeward.apps.cases.models import Child
from homeward.apps.cases.plans import (
    ActionFacts,
    GoalFacts,
    Views,
    add_action,
    add_goal,
    decide_plan,
    record_outcome,
    send_plan,
)
from homeward.apps.cases.steps import move
from homeward.apps.cases.variations import VariationFacts, begin_variation, check_variation
from tests.world import House


def case_life(house: House, code: str, sow: Callable[[str], str], of_team: str = "") -> None:
    """Open at the end of it, with an end that was given back. `of_team`: before the names of the roles."""
    worker, supervisor = house.actor(f"{of_team}case_worker"), house.actor(f"{of_team}supervisor")
    move(worker, code, "assess", note=sow("cases.casestep.words"))
    levels = {"economic": "some", "social": "serious", "psychosocial": "none"}
    facts = AssessmentFacts(
        "needs", levels=levels, vulnerability="some", texts={"social": sow("cases.assessmenttext.words")}
    )
    made = save_assessment(worker, code, facts, send=True)
    decide_assessment(supervisor, code, made, agreed=False, answer=sow("cases.assessment.answer"))
    add_goal(worker, code, GoalFacts("social", "child", sow("cases.goal.words")))
    helper, what = sow("cases.action.helper"), sow("cases.action.words")
    line = add_action(worker, code, ActionFacts("social", "education", "school", what, helper=helper))
    views = Views("agrees", "partly", sow("cases.planversion.child_words"), sow("cases.planversion.caregiver_words"))
    version = send_plan(worker, code, views)
    decide_plan(supervisor, code, version, agreed=True, answer=sow("cases.planversion.answer"))
    record_outcome(worker, code, line, "done", words=sow("cases.actionoutcome.words"))
    why = VariationFacts(
        "child_request",
        sow("cases.variation.reason"),
        "agrees",
        "social",
        sow("cases.variation.expected"),
        date.today() + timedelta(days=30),
        sow("cases.variation.child_words"),
    )
    varied = begin_variation(worker, code, why)
    add_action(worker, code, ActionFacts("social", "health", "health", "A check"))
    again = send_plan(worker, code, Views("agrees", "agrees"))
    decide_plan(supervisor, code, again, agreed=True)
    check_variation(worker, code, varied, "better", sow("cases.variationcheck.words"))
    _ending(worker, supervisor, code, sow)


def _ending(worker: Actor, supervisor: Actor, code: str, sow: Callable[[str], str]) -> None:
    """What is open of the plan is handed over first."""
    for each in open_actions_of(worker, Child.objects.get(code=code).pk):
        record_outcome(worker, code, each.line, "handed_over")
    asked = Ending(
        "family_asks",
        told="yes",
        words=sow("cases.endrequest.words"),
        early=sow("cases.endrequest.early_words"),
    )
    made = ask_end(worker, code, asked)
    decide_end(supervisor, code, made, agreed=False, answer=sow("cases.endrequest.answer"))
