"""The tab "Plan": where the case stands and what is missing, goals in two voices, open actions, variations, history."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from homeward.apps.access.actors import Actor
from homeward.apps.access.visibility import NotVisible
from homeward.apps.cases.approvers import approvers
from homeward.apps.cases.case_queries import case_of, plan_of
from homeward.apps.cases.case_rows import ActionRow, CaseOf, GoalRow, PlanOf, StepRow, VariationRow, VersionRow
from homeward.apps.cases.consents import lacking_for_help
from homeward.apps.cases.looking import open_child
from homeward.apps.cases.plans import decide_plan
from homeward.apps.cases.queries import ChildDetail
from homeward.apps.cases.waiting import approvals
from homeward.domain.lifecycle import TRANSITIONS, not_open
from homeward.domain.planning import DIMENSIONS, WHOSE
from homeward.domain.problems import Decision
from homeward.web.cases import plan_words as words
from homeward.web.cases.frame import frame, may
from homeward.web.cases.next_action import main_action
from homeward.web.cases.plan_forms import DecideForm
from homeward.web.cases.words import of_child
from homeward.web.ui.asking import actor_of, attempt
from homeward.web.ui.forms import posted
from homeward.web.ui.labels import DIMENSIONS as DIMENSION_LABELS
from homeward.web.ui.words import say

SEE, WRITE, APPROVE = "plans.see", "plans.write", "plans.approve"


def opened_case(request: HttpRequest, code: str, permission: str = SEE) -> tuple[Actor, ChildDetail]:
    """Whoever may not is refused before anything is shown; a look is written down before the answer."""
    actor = actor_of(request)
    child = open_child(actor, code, "plan")
    may(actor, permission, child).require()
    return actor, child


def unasked(actor: Actor, child: ChildDetail) -> dict[str, Any]:
    """What is said first where nobody agreed to help and case work."""
    return {"unasked": [say(each) for each in lacking_for_help(actor, child.row.id)]}


@require_GET
def child_plan(request: HttpRequest, code: str) -> HttpResponse:
    actor, child = opened_case(request, code)
    case, plan = case_of(actor, child.row.id), plan_of(actor, child.row.id)
    writes = (
        may(actor, WRITE, child)
        if case.open and not case.ended
        else Decision.no(not_open(child.row.status, "case.not_open"))
    )
    context = {
        **frame(actor, child, "plan"),
        **unasked(actor, child),
        "case": case,
        "step": words.STEPS[case.step],
        "since": case.steps[-1].day if case.steps else None,
        "lacking": lacking(actor, case, plan, child) if case.open else (),
        "next_step": words.STEPS[TRANSITIONS[case.next_way].target] if case.next_way else "",
        "main": main_action(case, plan, child.row.code, writes),
        "writes": writes,
        "may_reopen": may(actor, WRITE, child) and not case.open and case.step != "duplicate" and not case.ended,
        "back": case.step in TRANSITIONS["help_again"].sources,
        "again": case.step in TRANSITIONS["assess_again"].sources,
        "end": end_words(case),
        "assessments": [assessment_words(row) for row in case.assessments],
        "missing_kinds": missing_kinds(case),
        "dimensions": by_dimension(plan.agreed),
        "open_actions": [action_words(row) for row in plan.open_actions],
        "settled": [action_words(row) for row in (plan.agreed.actions if plan.agreed else ()) if row.settled],
        "plan": plan,
        "draft": draft_words(plan.draft),
        "variations": [variation_words(row) for row in plan.variations],
        "steps": [step_words(row) for row in reversed(case.steps)],
    }
    return render(request, "cases/child_plan.html", context)


WAITS_AS = {"case.needs": "needs", "case.interests": "interests"}


def lacking(actor: Actor, case: CaseOf, plan: PlanOf, child: ChildDetail) -> list[tuple[str, str]]:
    """What is missing for the next step, and what to do. What is written and waits for a second person is said so."""
    sent = {row.kind: row for row in case.assessments if row.state == "submitted"}
    found = []
    for problem in case.missing:
        row = plan.waiting if problem.code == "case.plan" else sent.get(WAITS_AS.get(problem.code, ""))
        if row is None:
            said = say(problem)
            found.append((said.message, said.action))
            continue
        label = words.STEPS["plan"] if problem.code == "case.plan" else words.KINDS[WAITS_AS[problem.code]]
        day = date_format(localtime(row.sent_at), "DATE_FORMAT") if row.sent_at else ""
        message = _("%(what)s: it waits for a second person since %(day)s.") % {"what": label, "day": day}
        names = ", ".join(approvers(actor, child.row.id, row.writers))
        action = _("May approve: %(names)s.") % {"names": names} if names else _("Nobody here may approve it yet.")
        found.append((message, action))
    return found


def missing_kinds(case: CaseOf) -> list[dict[str, Any]]:
    """Assessments that can be begun, or written anew because circumstances changed."""
    held = {row.kind for row in case.assessments if row.state == "submitted"}
    return [{"kind": kind, "label": words.KINDS[kind]} for kind in words.KINDS if kind in KINDS and kind not in held]


KINDS = ("needs", "interests", "determination")


def end_words(case: CaseOf) -> dict[str, Any] | None:
    if case.end is None:
        return None
    return {"row": case.end, "reason": words.reason_words(case.end.reason), "kind": words.KINDS[case.end.way]}


def assessment_words(row: Any) -> dict[str, Any]:
    return {
        "row": row,
        "label": words.KINDS[row.kind],
        "state": words.STATES[row.state],
        "state_kind": words.STATE_KINDS.get(row.state, ""),
        "levels": [
            (DIMENSION_LABELS[name], words.LEVELS[row.levels[name]]) for name in DIMENSIONS if name in row.levels
        ],
    }


def by_dimension(version: VersionRow | None) -> list[dict[str, Any]]:
    """Goals of child and caregiver side by side in each part of life, the case worker's beneath."""
    if version is None:
        return []
    found = []
    for name in DIMENSIONS:
        goals = [goal for goal in version.goals if goal.dimension == name]
        voices = [
            {"whose": words.WHOSE[whose], "name": whose, "goals": [goal for goal in goals if goal.whose == whose]}
            for whose in WHOSE
        ]
        if goals:
            found.append({"name": name, "label": DIMENSION_LABELS[name], "voices": voices})
    return found


def action_words(row: ActionRow) -> dict[str, Any]:
    last = row.outcomes[-1] if row.outcomes else None
    return {
        "row": row,
        "who": words.WHO_DOES[row.who],
        "service": words.SERVICES[row.service],
        "dimension": DIMENSION_LABELS[row.dimension],
        "last": last,
        "outcome": words.OUTCOMES[last.outcome] if last else "",
        "because": words.BECAUSE[last.because] if last and last.because else "",
        "kind": words.OUTCOME_KINDS.get(last.outcome, "") if last else "",
    }


def draft_words(version: VersionRow | None) -> dict[str, Any] | None:
    if version is None:
        return None
    return {
        "row": version,
        "goals": [goal_words(goal) for goal in version.goals],
        "actions": [action_words(action) for action in version.actions],
        "ready": bool(version.goals and version.actions),
    }


def goal_words(goal: GoalRow) -> dict[str, Any]:
    return {"row": goal, "whose": words.WHOSE[goal.whose], "dimension": DIMENSION_LABELS[goal.dimension]}


def variation_words(row: VariationRow) -> dict[str, Any]:
    last = row.checks[-1] if row.checks else None
    return {
        "row": row,
        "trigger": words.TRIGGERS[row.trigger],
        "view": words.VIEWS[row.child_view],
        "dimension": DIMENSION_LABELS[row.dimension],
        "state": words.STATES[row.state],
        "agreed": row.state == "approved",
        "last": last,
        "found": words.FOUND[last.found] if last else "",
        "kind": words.FOUND_KINDS[last.found] if last else "",
    }


def step_words(row: StepRow) -> dict[str, Any]:
    return {
        "row": row,
        "step": words.STEPS[row.to_step],
        "reason": words.reason_words(row.reason) if row.reason else "",
    }


@require_http_methods(["GET", "POST"])
def child_plan_version(request: HttpRequest, code: str, version_id: UUID) -> HttpResponse:
    """One version, what differs from the one before it, and the decision of a second person."""
    actor, child = opened_case(request, code)
    plan = plan_of(actor, child.row.id)
    version = next((row for row in plan.versions if row.id == version_id), None)
    if version is None:
        raise NotVisible("plan")
    form = DecideForm(posted(request))
    if request.method == "POST" and form.is_valid():
        agreed, answer = request.POST.get("act") == "approve", form.cleaned_data["answer"]
        attempt(form, lambda: decide_plan(actor, code, version_id, agreed=agreed, answer=answer))
        if not form.errors:
            messages.success(
                request, of_child(child.row.code, _("Agreed.") if agreed else _("Given back.")), extra_tags="good"
            )
            return after_deciding(actor, child.row.code)
    variation = next((row for row in plan.variations if row.version_id == version_id), None)
    context = {
        "child": child.row,
        **unasked(actor, child),
        "form": form,
        "version": version,
        "state": words.STATES[version.state],
        "state_kind": words.STATE_KINDS.get(version.state, ""),
        "views": [
            (_("The child"), words.VIEWS.get(version.child_view, ""), version.child_words),
            (_("The caregiver"), words.VIEWS.get(version.caregiver_view, ""), version.caregiver_words),
        ],
        "goals": marked(version, [goal_words(goal) for goal in version.goals]),
        "actions": marked(version, [action_words(action) for action in version.actions]),
        "dropped": [goal.words for goal in version.dropped_goals] + [each.words for each in version.dropped_actions],
        "variation": variation_words(variation) if variation else None,
        "decide": may(actor, APPROVE, child) and version.state == "submitted" and child.row.status == "open",
        "own": str(actor.person_id) in version.writers,
    }
    return render(request, "cases/plan_version.html", context, status=422 if form.errors else 200)


def marked(version: VersionRow, rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """What is new or different against the version before, once there is one."""
    if version.number == 1:
        return list(rows)
    changed = version.difference
    return [
        row | {"new": row["row"].line in changed.added, "changed": row["row"].line in changed.changed} for row in rows
    ]


def after_deciding(actor: Actor, code: str) -> HttpResponse:
    """Back to what else waits for a second person; else to the child."""
    return redirect("approvals") if approvals(actor) else redirect("child-plan", code)
