"""Writing a plan: goals, actions, sending it, varying it, and what became of it. One page, one question."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from homeward.apps.access.actors import Actor
from homeward.apps.access.visibility import NotVisible
from homeward.apps.cases.case_queries import helper_of, plan_of
from homeward.apps.cases.case_rows import ActionRow, GoalRow
from homeward.apps.cases.plans import (
    ActionFacts,
    GoalFacts,
    Views,
    add_action,
    add_goal,
    drop_line,
    record_outcome,
    send_plan,
)
from homeward.apps.cases.queries import ChildDetail
from homeward.apps.cases.variations import VariationFacts, begin_variation, check_variation
from homeward.apps.surveys.timeline import timeline
from homeward.web.cases.plan import WRITE, action_words, opened_case, unasked, variation_words
from homeward.web.cases.plan_forms import ActionForm, CheckForm, GoalForm, OutcomeForm, SendForm, VaryForm
from homeward.web.ui.asking import actor_of, attempt
from homeward.web.ui.forms import PlainForm, posted
from homeward.web.ui.words import in_language


def ask(
    request: HttpRequest,
    child: ChildDetail,
    form: PlainForm,
    step: Callable[[dict[str, Any]], object],
    page: dict[str, Any],
) -> HttpResponse:
    """`page`: title, lede and key of the page, and where it leads afterwards."""
    if request.method == "POST" and form.is_valid():
        attempt(form, lambda: step(form.cleaned_data))
        if not form.errors:
            messages.success(request, page["done"], extra_tags="good")
            return redirect(page.get("then", "child-plan"), child.row.code)
    context = {"child": child.row, "form": form, **unasked(actor_of(request), child), **page}
    return render(request, "cases/plan_form.html", context, status=422 if form.errors else 200)


def known_before(request: HttpRequest, *names: str) -> dict[str, str]:
    """What the page that led here knows already: the form starts with it, and a person sends it."""
    return {name: request.GET[name] for name in names if name in request.GET}


def line_of(request: HttpRequest) -> UUID | None:
    """Of what stands in the draft and is changed; anything else is a new one."""
    try:
        return UUID(request.GET.get("line", ""))
    except ValueError:
        return None


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def child_goal(request: HttpRequest, code: str) -> HttpResponse:
    actor, child = opened_case(request, code, WRITE)
    line = line_of(request)
    before = _goal(actor, child, line)
    line = line if before is not None else None
    initial = {"whose": before.whose, "dimension": before.dimension, "words": before.words} if before else {}
    form = GoalForm(posted(request), initial=initial)

    def step(given: dict[str, Any]) -> object:
        return add_goal(actor, code, GoalFacts(given["dimension"], given["whose"], given["words"]), line)

    page = {
        "title": _("A goal"),
        "lede": _("Ask the child and the caregiver apart, and write what each of them says."),
        "label": _("Keep this goal"),
        "done": _("The goal stands in the draft."),
    }
    return ask(request, child, form, step, page)


def _goal(actor: Actor, child: ChildDetail, line: UUID | None) -> GoalRow | None:
    draft = plan_of(actor, child.row.id).draft if line else None
    return next((goal for goal in draft.goals if goal.line == line), None) if draft else None


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def child_action(request: HttpRequest, code: str) -> HttpResponse:
    actor, child = opened_case(request, code, WRITE)
    line = line_of(request)
    before = _action(actor, child, line)
    line = line if before is not None else None
    form = ActionForm(posted(request), initial=_initial(actor, code, before))

    def step(given: dict[str, Any]) -> object:
        facts = ActionFacts(
            given["dimension"], given["service"], given["who"], given["words"], given["due"], given["helper"]
        )
        return add_action(actor, code, facts, line)

    page = {
        "title": _("An action"),
        "lede": _("Something that somebody does, small enough that one can say whether it was done."),
        "label": _("Keep this action"),
        "done": _("The action stands in the draft."),
    }
    return ask(request, child, form, step, page)


def _action(actor: Actor, child: ChildDetail, line: UUID | None) -> ActionRow | None:
    draft = plan_of(actor, child.row.id).draft if line else None
    return next((action for action in draft.actions if action.line == line), None) if draft else None


def _initial(actor: Actor, code: str, row: ActionRow | None) -> dict[str, Any]:
    if row is None:
        return {}
    shown = {name: getattr(row, name) for name in ("words", "dimension", "who", "service", "due")}
    return shown | {"helper": helper_of(actor, code, row.line) if row.has_helper else ""}


@require_POST
def child_plan_drop(request: HttpRequest, code: str) -> HttpResponse:
    actor, child = opened_case(request, code, WRITE)
    try:
        line = UUID(request.POST.get("line", ""))
    except ValueError as error:
        raise NotVisible("plan") from error
    drop_line(actor, code, line)
    messages.success(request, _("Taken out of the draft."), extra_tags="good")
    return redirect("child-plan", child.row.code)


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def child_plan_send(request: HttpRequest, code: str) -> HttpResponse:
    actor, child = opened_case(request, code, WRITE)
    form = SendForm(posted(request))

    def step(given: dict[str, Any]) -> object:
        views = Views(given["child_view"], given["caregiver_view"], given["child_words"], given["caregiver_words"])
        return send_plan(actor, code, views)

    page = {
        "title": _("Send the plan"),
        "lede": _("A supervisor reads it and agrees, or gives it back with an answer."),
        "label": _("Send it"),
        "done": _("The plan is with your supervisor."),
    }
    return ask(request, child, form, step, page)


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def child_vary(request: HttpRequest, code: str) -> HttpResponse:
    actor, child = opened_case(request, code, WRITE)
    form = VaryForm(posted(request), initial=known_before(request, "trigger"))
    form.fields["submission"] = interviews_to_name(actor, child, form.fields["submission"])

    def step(given: dict[str, Any]) -> object:
        names = ("trigger", "reason", "child_view", "dimension", "expected", "check_on", "child_words")
        facts = {name: given[name] for name in names}
        submission = UUID(given["submission"]) if given["submission"] else None
        return begin_variation(actor, code, VariationFacts(**facts, submission_id=submission))

    page = {
        "title": _("Vary the plan"),
        "lede": _("A plan that is changed is a plan that listens. Nothing of what was agreed before is lost."),
        "label": _("Go on to the draft"),
        "done": _("The draft of the next version is open: change its goals and actions, then send it."),
    }
    return ask(request, child, form, step, page)


def interviews_to_name(actor: Actor, child: ChildDetail, field: Any) -> forms.ChoiceField:
    """The latest interviews of this child, by day."""
    rows = [row for row in timeline(actor, child.row.id).submissions if row.day][:10]
    offered = [
        (
            str(row.id),
            f"{date_format(row.day, 'DATE_FORMAT')} · {in_language(row.titles, actor.language) or row.instrument_id}",
        )
        for row in rows
        if row.day is not None
    ]
    field.choices = [("", _("None of them")), *offered]
    return field  # type: ignore[no-any-return]


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def child_vary_check(request: HttpRequest, code: str, variation_id: UUID) -> HttpResponse:
    actor, child = opened_case(request, code, WRITE)
    rows = plan_of(actor, child.row.id).variations
    row = next((each for each in rows if each.id == variation_id), None)
    if row is None:
        raise NotVisible("variation")

    def step(given: dict[str, Any]) -> object:
        return check_variation(actor, code, variation_id, given["found"], given["words"])

    page = {
        "title": _("Did it help?"),
        "lede": _("“No change” is as good an answer: it says what to try next."),
        "label": _("Keep this answer"),
        "done": _("Thank you. What was found stands with the variation."),
        "variation": variation_words(row),
    }
    return ask(request, child, CheckForm(posted(request)), step, page)


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def child_outcome(request: HttpRequest, code: str, action_id: UUID) -> HttpResponse:
    actor, child = opened_case(request, code, WRITE)
    agreed = plan_of(actor, child.row.id).agreed
    row = next((each for each in agreed.actions if each.line == action_id), None) if agreed else None
    if row is None:
        raise NotVisible("action")

    def step(given: dict[str, Any]) -> object:
        return record_outcome(
            actor,
            code,
            action_id,
            given["outcome"],
            because=given["because"],
            words=given["words"],
            on=given["on"],
        )

    page = {
        "title": _("What became of it?"),
        "lede": _("Help that did not come is said too: it shows where a service is missing."),
        "label": _("Keep this answer"),
        "done": _("Recorded."),
        "action": action_words(row),
        "helper": helper_of(actor, code, action_id) if row.has_helper else "",
    }
    return ask(request, child, OutcomeForm(posted(request)), step, page)
