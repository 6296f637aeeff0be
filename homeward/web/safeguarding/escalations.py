"""The recipients' own pages: what waits, its clock, its log, and opening what is sealed. Nobody else finds them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from homeward.apps.access.actors import Actor, permit
from homeward.apps.access.visibility import NotVisible
from homeward.apps.safeguarding.escalations import take_over, take_step
from homeward.apps.safeguarding.models import Group, Outcome, Reason, Source, State
from homeward.apps.safeguarding.opening import keys_of_before, open_escalation
from homeward.apps.safeguarding.queries import (
    EscalationDetail,
    EscalationRow,
    escalation,
    list_escalations,
    overdue,
)
from homeward.apps.safeguarding.recipients import OwnKey, own_key
from homeward.apps.safeguarding.resealing import FIRST_KINDS, reseal
from homeward.domain.escalations import Step
from homeward.web.safeguarding.ending import ending_in_page
from homeward.web.safeguarding.phone_forms import form_in_json
from homeward.web.safeguarding.sealed import (
    KIND_NAMES,
    SealedForm,
    decoded,
    keys_in_page,
    notes_in_json,
    written,
)
from homeward.web.safeguarding.words import DONE, STEPS, kind_words, severity_words
from homeward.web.ui.asking import actor_of, attempt
from homeward.web.ui.forms import NOT_SAID, posted


class StepForm(SealedForm):
    step = forms.ChoiceField(label=gettext_lazy("Step"))
    outcome = forms.ChoiceField(
        label=gettext_lazy("Outcome (with a proposal)"), required=False, choices=[NOT_SAID, *Outcome.choices]
    )

    def __init__(self, data: Any, detail: EscalationDetail) -> None:
        super().__init__(data)
        open_now = [(step.value, words) for step, words in STEPS.items() if detail.may[step]]
        self.fields["step"].choices = open_now  # type: ignore[attr-defined]
        if Step.PROPOSE not in dict(open_now):
            del self.fields["outcome"]


class OpenForm(SealedForm):
    reason = forms.ChoiceField(label=gettext_lazy("Why you open it"), choices=Reason.choices)


@require_GET
def escalations(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    receives = any(permit(actor, each) for each in ("escalations.see", "staff_reports.see"))
    closed = request.GET.get("closed") == "1"
    late = [] if receives else overdue(actor)
    second = permit(actor, "escalations.take_over")
    rows = list_escalations(actor, closed=closed) if receives or not second else []
    context = {
        "rows": [row_words(row) for row in rows],
        "late": [row_words(row) for row in late],
        "ending": ending_in_page(actor) if receives else [],
        "receives": receives,
        "closed": closed,
    }
    return render(request, "safeguarding/escalations.html", context)


def row_words(row: EscalationRow) -> dict[str, Any]:
    return {
        "row": row,
        "severity": severity_words(row.severity),
        "kinds": [kind_words(kind) for kind in row.kinds],
        "state": State(row.state).label,
        "source": Source(row.source).label if row.source else "",
        "waits": row.state == State.RAISED,
        "staff": row.group == Group.STAFF,
    }


@never_cache
@require_GET
def escalation_page(request: HttpRequest, escalation_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    detail = escalation(actor, escalation_id)
    return page_of_escalation(request, actor, detail, StepForm(None, detail))


def page_of_escalation(
    request: HttpRequest, actor: Actor, detail: EscalationDetail, form: StepForm, status: int = 200
) -> HttpResponse:
    key = own_key(actor, detail.row.group)
    context = {
        "detail": detail,
        "row": row_words(detail.row),
        "form": form,
        "opening": OpenForm(),
        "key": {"public": written(key.public_key), "wrapped": written(key.wrapped)} if key else None,
        "earlier": earlier_in_page(keys_of_before(actor, detail.row.id) if detail.opens else []),
        "keys": keys_in_page(detail.organisation_id, detail.row.group),
        "log": [
            (DONE[Step(each.step)], each, Outcome(each.outcome).label if each.outcome else "") for each in detail.log
        ],
        "openings": [(each, Reason(each.reason).label) for each in detail.openings],
        "outcome": Outcome(detail.outcome).label if detail.outcome else "",
        "interview": detail.row.source == Source.INTERVIEW and permit(actor, "answers.see"),
    }
    return render(request, "safeguarding/escalation.html", context, status=status)


def earlier_in_page(keys: list[OwnKey]) -> list[dict[str, Any]]:
    """Each with a form of its own: the passphrase of that time opens with it."""
    return [
        {
            "id": each.id,
            "until": each.until,
            "public": written(each.public_key),
            "wrapped": written(each.wrapped),
            "opening": OpenForm(auto_id=f"id_{number}_%s"),
        }
        for number, each in enumerate(keys)
    ]


@require_POST
def escalation_step(request: HttpRequest, escalation_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    detail = escalation(actor, escalation_id)
    form = StepForm(posted(request), detail)
    if form.is_valid():
        given = form.cleaned_data
        step = Step(given["step"])
        attempt(form, lambda: take_step(actor, escalation_id, step, form.envelope(), given.get("outcome", "")))
        if not form.errors:
            messages.success(request, _("It is written down."), "good")
            return redirect("escalation", escalation_id)
    return page_of_escalation(request, actor, detail, form, 422)


@require_POST
def escalation_open(request: HttpRequest, escalation_id: UUID) -> HttpResponse:
    """The trace is on disk before anything is handed out; it opens in the browser alone."""
    actor = actor_of(request)
    chosen = request.POST.get("key", "")
    handed = open_escalation(actor, escalation_id, request.POST.get("reason", ""), as_id(chosen) if chosen else None)
    first = FIRST_KINDS[Group(escalation(actor, escalation_id).row.group)]
    headings = {"": _("What was told"), **{step.value: str(words) for step, words in DONE.items()}}
    return JsonResponse(notes_in_json(handed, headings, KIND_NAMES[first], lambda form: form_in_json(actor, form)))


@require_POST
def escalation_take_over(request: HttpRequest, escalation_id: UUID) -> HttpResponse:
    take_over(actor_of(request), escalation_id)
    messages.success(request, _("You have taken it over. Find somebody who looks at it now."), "good")
    return redirect("escalations")


@require_POST
def escalation_reseal(request: HttpRequest, escalation_id: UUID) -> HttpResponse:
    """Notes as `note` and their new envelopes as `anew`, in the same order, filled in by the page's script."""
    keys, made = request.POST.getlist("note"), request.POST.getlist("anew")
    reseal(actor_of(request), escalation_id, {as_id(key): decoded(each) for key, each in zip(keys, made, strict=False)})
    messages.success(request, _("It is sealed anew, for everybody who receives now."), "good")
    return redirect("escalation", escalation_id)


def as_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotVisible("note") from None
