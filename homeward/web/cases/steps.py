"""Going on to a step, asking for the end of a case, deciding about it, and opening it again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from homeward.apps.access.actors import Actor, today_in
from homeward.apps.access.visibility import NotVisible
from homeward.apps.cases.case_queries import case_of, end_of
from homeward.apps.cases.closing import Ending, ask_end, decide_end, reopen, withdraw_end
from homeward.apps.cases.queries import ChildDetail
from homeward.apps.cases.steps import move
from homeward.domain.closing import may_give
from homeward.domain.lifecycle import BY_ITSELF, TRANSITIONS
from homeward.web.cases import plan_words as words
from homeward.web.cases.frame import may
from homeward.web.cases.plan import APPROVE, WRITE, after_deciding, opened_case
from homeward.web.cases.plan_forms import AgainForm, CloseForm, DecideForm, ReopenForm, StepForm
from homeward.web.cases.plan_writing import ask, known_before
from homeward.web.cases.search_facts import NOT_FOUND, search_facts
from homeward.web.cases.words import of_child
from homeward.web.ui.asking import attempt
from homeward.web.ui.forms import PlainForm, posted
from homeward.web.ui.words import say


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def child_step(request: HttpRequest, code: str) -> HttpResponse:
    actor, child = opened_case(request, code, WRITE)
    case = case_of(actor, child.row.id)
    wanted = request.GET.get("way", "")
    way = wanted if wanted in BY_ITSELF and wanted != "reopen" else case.next_way
    if way not in BY_ITSELF:
        way = "assess_again"
    kind = AgainForm if TRANSITIONS[way].reason else StepForm
    form: PlainForm = kind(posted(request), initial=known_before(request, "reason"))

    def step(given: dict[str, Any]) -> object:
        return move(actor, code, way, reason=given.get("reason", ""), note=given["note"])

    page = {
        "title": words.WAYS[way],
        "lede": _("The case then stands at: {step}.").format(step=words.STEPS[TRANSITIONS[way].target]),
        "label": words.WAYS[way],
        "done": _("The case has gone on."),
    }
    return ask(request, child, form, step, page)


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def child_close(request: HttpRequest, code: str) -> HttpResponse:
    actor, child = opened_case(request, code, WRITE)
    form = CloseForm(posted(request), initial=known_before(request, "reason"))
    stable = may_give("stable").problem

    def step(given: dict[str, Any]) -> object:
        names = ("reason", "planned", "told", "reviewed_on", "words", "early")
        return ask_end(actor, code, Ending(**{name: given[name] for name in names}))

    page = {
        "title": _("Ask for the end of the case"),
        "lede": _("A second person reads it before anything ends. Until then all goes on as it is."),
        "label": _("Ask for it"),
        "done": _("It waits for a second person."),
        "notes": [say(stable).message if stable else "", *too_early(actor, child)],
        "search": search_facts(actor, child),
    }
    return ask(request, child, form, step, page)


def too_early(actor: Actor, child: ChildDetail) -> list[str]:
    """Two years are recommended; an earlier end is possible, and says why."""
    until = case_of(actor, child.row.id).full_time
    if until is None or today_in(actor, child.organisation_id) >= until:
        return []
    day = date_format(until, "DATE_FORMAT")
    return [
        _("Two years after the return are over on {day}. Before that the form asks why the case ends now.").format(
            day=day
        )
    ]


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def child_close_decide(request: HttpRequest, code: str, end_id: UUID) -> HttpResponse:
    actor, child = opened_case(request, code)
    row = end_of(actor, child.row.id, end_id)
    if row is None:
        raise NotVisible("end_request")
    form = DecideForm(posted(request))
    act = request.POST.get("act", "")
    if request.method == "POST" and form.is_valid():
        if act == "withdraw":
            attempt(form, lambda: withdraw_end(actor, code, end_id))
        else:
            answer = form.cleaned_data["answer"]
            attempt(form, lambda: decide_end(actor, code, end_id, agreed=act == "approve", answer=answer))
        if not form.errors:
            said = SAID.get(act, SAID["return"])()
            messages.success(request, of_child(child.row.code, said), extra_tags="good")
            return (
                after_deciding(actor, child.row.code) if act != "withdraw" else redirect("child-plan", child.row.code)
            )
    waits = row.state == "submitted" and child.row.status == "open"
    context = {
        "child": child.row,
        "form": form,
        "row": row,
        "kind": words.KINDS[row.way],
        "way": words.WAYS[row.way],
        "reason": words.reason_words(row.reason),
        "told": words.TOLD[row.told],
        "state": words.STATES[row.state],
        "state_kind": words.STATE_KINDS.get(row.state, ""),
        "decide": waits and may(actor, APPROVE, child),
        "withdraw": waits and may(actor, WRITE, child),
        "own": str(actor.person_id) in row.writers,
        "search": search_facts(actor, child, row.asked_at) if row.reason == NOT_FOUND else None,
    }
    return render(request, "cases/case_end.html", context, status=422 if form.errors else 200)


SAID = {
    "approve": lambda: _("The case has ended."),
    "withdraw": lambda: _("Withdrawn. All goes on as it was."),
    "return": lambda: _("Given back."),
}


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def child_reopen(request: HttpRequest, code: str) -> HttpResponse:
    actor, child = opened_case(request, code, WRITE)

    def step(given: dict[str, Any]) -> object:
        return reopen(actor, code, given["reason"], given["note"])

    page = {
        "title": _("Open the case again"),
        "lede": _("At once: a child who needs help again waits for nobody. The child is assessed anew."),
        "label": _("Open it again"),
        "done": _("The case is open again."),
    }
    return ask(request, child, ReopenForm(posted(request), initial=known_before(request, "reason")), step, page)
