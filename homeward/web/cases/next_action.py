"""The one thing to do next in a case: what the next step lacks first, or the step itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from homeward.apps.cases.case_rows import CaseOf, PlanOf
from homeward.domain.problems import Decision
from homeward.web.cases import plan_words as words

Act = tuple[str, str]  # words and address


def main_action(case: CaseOf, plan: PlanOf, code: str, writes: Decision) -> dict[str, Any] | None:
    """None where nothing is to be done, or where it waits for somebody else."""
    if not case.open or not case.next_way:
        return None
    act = _lacking(case, plan, code) if case.missing else _go_on(case, code)
    return {"label": act[0], "url": act[1], "decision": writes} if act is not None else None


def _go_on(case: CaseOf, code: str) -> Act:
    return str(words.WAYS[case.next_way]), f"{_to('child-step', code)}?way={case.next_way}"


def _lacking(case: CaseOf, plan: PlanOf, code: str) -> Act | None:
    first = case.missing[0].code
    ways: dict[str, Callable[[], Act | None]] = {
        "case.worker": lambda: (_("Assign a case worker"), _to("child-people", code)),
        "case.needs": lambda: _assessment(case, code),
        "case.interests": lambda: _assessment(case, code),
        "case.plan": lambda: _planning(plan, code),
        "case.action_open": lambda: (_("Vary the plan"), _to("child-vary", code)),
    }
    if case.next_way == "close_planned":
        return _closing(case, plan, code)
    return ways.get(first, lambda: _outcome(plan, code))()


def _assessment(case: CaseOf, code: str) -> Act | None:
    """The first that nobody has sent."""
    lacking = {problem.code for problem in case.missing}
    waiting = {row.kind for row in case.assessments if row.state == "submitted"}
    labels = {
        "needs": _("Write the assessment of needs"),
        "interests": _("Write what is best for the child"),
    }
    for kind, label in labels.items():
        if f"case.{kind}" in lacking and kind not in waiting:
            return label, f"{_to('child-assess', code)}?kind={kind}"
    return None


def _planning(plan: PlanOf, code: str) -> Act | None:
    if plan.waiting is not None:
        return None
    draft = plan.draft
    if draft is None or not draft.goals:
        return _("Write down a goal"), _to("child-goal", code)
    if not draft.actions:
        return _("Write down an action"), _to("child-action", code)
    return _("Send the plan"), _to("child-plan-send", code)


def _outcome(plan: PlanOf, code: str) -> Act | None:
    rows = plan.open_actions
    return (_("Record what was done"), _to("child-outcome", code, rows[0].line)) if rows else None


def _closing(case: CaseOf, plan: PlanOf, code: str) -> Act | None:
    """Follow-up goes on for two years; what is open of the plan comes before any end."""
    if case.end is not None and case.end.state == "submitted":
        return None
    if "case.actions_settled" in {problem.code for problem in case.missing}:
        return _outcome(plan, code)
    return _("Ask for the end of the case"), _to("child-close", code)


def _to(name: str, code: str, key: UUID | None = None) -> str:
    return reverse(name, args=[code] if key is None else [code, key])
