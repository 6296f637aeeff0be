"""Writing an assessment, reading it, and deciding about it; and the list of what waits for a second person."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from homeward.apps.access.actors import permit
from homeward.apps.access.visibility import NotVisible
from homeward.apps.cases.assessments import AssessmentFacts, decide_assessment, save_assessment
from homeward.apps.cases.case_queries import all_assessments, case_of
from homeward.apps.cases.case_rows import AssessmentRow
from homeward.apps.cases.waiting import approvals
from homeward.domain.planning import DIMENSIONS, TOPICS
from homeward.web.cases import plan_words as words
from homeward.web.cases.frame import may
from homeward.web.cases.plan import APPROVE, WRITE, after_deciding, assessment_words, opened_case, unasked
from homeward.web.cases.plan_forms import DecideForm, DeterminationForm, InterestsForm, NeedsForm
from homeward.web.cases.words import of_child
from homeward.web.ui.asking import actor_of, attempt
from homeward.web.ui.forms import PlainForm, posted

FORMS: dict[str, type[PlainForm]] = {
    "needs": NeedsForm,
    "interests": InterestsForm,
    "determination": DeterminationForm,
}
LEDES = {
    "needs": lambda: _("What is there and what is needed, in each part of the child's life."),
    "interests": lambda: _("What child and caregiver say, which ways there are, and what is best for the child."),
    "determination": lambda: _("What several people decided together after they had heard the child."),
}
NAMED_APART = {"protective": "protective_words", "risks": "risks_words"}  # a list and its words share a topic


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def child_assess(request: HttpRequest, code: str) -> HttpResponse:
    actor, child = opened_case(request, code, WRITE)
    wanted = request.GET.get("kind", "")
    kind = wanted if wanted in FORMS else "needs"
    before = next((row for row in case_of(actor, child.row.id).assessments if row.kind == kind), None)
    form = FORMS[kind](posted(request), initial=_initial(before))
    send = request.POST.get("act") == "send"
    if request.method == "POST" and form.is_valid():
        facts = _facts(kind, form.cleaned_data)
        attempt(form, lambda: save_assessment(actor, code, facts, send=send))
        if not form.errors:
            said = _("It is with your supervisor.") if send else _("The draft is kept.")
            messages.success(request, said, extra_tags="good")
            return redirect("child-plan", child.row.code)
    context = {
        "child": child.row,
        **unasked(actor, child),
        "form": form,
        "title": words.KINDS[kind],
        "lede": LEDES[kind](),
        "returned": before.answer if before is not None and before.state == "returned" else "",
    }
    return render(request, "cases/assess.html", context, status=422 if form.errors else 200)


def _initial(row: AssessmentRow | None) -> dict[str, Any]:
    if row is None:
        return {}
    shown: dict[str, Any] = {NAMED_APART.get(topic, topic): text for topic, text in row.texts.items()}
    shown |= {f"level_{name}": level for name, level in row.levels.items()}
    occasion = row.occasion if row.state == "draft" else "circumstances"
    lists = {"protective": row.protective, "risks": row.risks, "panel": row.panel}
    return shown | lists | {"vulnerability": row.vulnerability, "occasion": occasion}


def _facts(kind: str, given: dict[str, Any]) -> AssessmentFacts:
    levels = {name: given[f"level_{name}"] for name in DIMENSIONS if given.get(f"level_{name}")}
    return AssessmentFacts(
        kind,
        given["occasion"],
        levels=levels,
        protective=tuple(given.get("protective", ())),
        risks=tuple(given.get("risks", ())),
        vulnerability=given.get("vulnerability", ""),
        panel=tuple(given.get("panel", ())),
        texts={topic: given.get(NAMED_APART.get(topic, topic), "") for topic in TOPICS[kind]},
    )


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def child_assessment(request: HttpRequest, code: str, assessment_id: UUID) -> HttpResponse:
    actor, child = opened_case(request, code)
    rows = all_assessments(actor, child.row.id)
    row = next((each for each in rows if each.id == assessment_id), None)
    if row is None:
        raise NotVisible("assessment")
    form = DecideForm(posted(request))
    if request.method == "POST" and form.is_valid():
        agreed, answer = request.POST.get("act") == "approve", form.cleaned_data["answer"]
        attempt(form, lambda: decide_assessment(actor, code, assessment_id, agreed=agreed, answer=answer))
        if not form.errors:
            said = _("Approved.") if agreed else _("Given back.")
            messages.success(request, of_child(child.row.code, said), extra_tags="good")
            return after_deciding(actor, child.row.code)
    context = {
        "child": child.row,
        **unasked(actor, child),
        "form": form,
        **assessment_words(row),
        "occasion": words.OCCASIONS[row.occasion],
        "texts": [(words.TOPICS[topic], text) for topic, text in row.texts.items()],
        "protective": [words.PROTECTIVE[each] for each in row.protective],
        "risks": [words.RISKS[each] for each in row.risks],
        "panel": [words.PANEL[each] for each in row.panel],
        "vulnerability": words.VULNERABLE.get(row.vulnerability, ""),
        "others": [assessment_words(each) for each in rows if each.kind == row.kind and each.id != row.id],
        "decide": may(actor, APPROVE, child) and row.state == "submitted" and child.row.status == "open",
        "own": str(actor.person_id) in row.writers,
    }
    return render(request, "cases/assessment.html", context, status=422 if form.errors else 200)


@require_GET
def approvals_list(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    permit(actor, "plans.approve").require()
    names = {"plan": "child-plan-version", "needs": "child-assessment", "interests": "child-assessment"}
    names["determination"] = "child-assessment"
    rows = [
        {
            "row": row,
            "label": words.KINDS[row.kind],
            "url": reverse(names.get(row.kind, "child-close-decide"), args=[row.child_code, row.id]),
        }
        for row in approvals(actor)
    ]
    return render(request, "cases/approvals.html", {"rows": rows})
