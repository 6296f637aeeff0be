"""Passing a case on, and answering what other organisations offer."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from homeward.apps.access.actors import Actor, permit, today_in
from homeward.apps.cases.answered import note_returned
from homeward.apps.cases.looking import open_child
from homeward.apps.cases.models import RelationKind, Sex, Status
from homeward.apps.cases.passing_on import (
    Offer,
    hand_over_outside,
    offer_transfer,
    organisations_to_offer,
    recall_transfer,
    return_transfer,
)
from homeward.apps.cases.queries import ChildDetail
from homeward.apps.cases.taken_back import taken_back_of
from homeward.apps.cases.transfers import OfferRow, TransferRow, offers_to, paper_of
from homeward.apps.communities.models import Sector
from homeward.apps.visits.services import take_over
from homeward.domain.consent import SHARING
from homeward.domain.lifecycle import not_open
from homeward.domain.problems import Decision, ProblemError
from homeward.domain.transferring import ALWAYS_PASSED, CHOSEN_PASSED, OFFER_STANDS
from homeward.web.cases import help_words as words
from homeward.web.cases.frame import may
from homeward.web.cases.help_forms import AgreedForm
from homeward.web.ui.asking import actor_of, attempt
from homeward.web.ui.forms import NOT_SAID, DayInput, posted
from homeward.web.ui.words import language_name, say


class OfferForm(AgreedForm):
    to = forms.ChoiceField(label=gettext_lazy("To which organisation"), required=False)
    recipient = forms.CharField(
        label=gettext_lazy("Or one that is not on this server"),
        required=False,
        max_length=120,
        help_text=gettext_lazy("It receives a paper from you. Kept sealed."),
    )
    needs = forms.MultipleChoiceField(
        label=gettext_lazy("In which sectors help is needed"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=Sector.choices,
    )
    passed = forms.MultipleChoiceField(
        label=gettext_lazy("What else they may know once they accept"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=lambda: [(name, words.PASSED[name]) for name in CHOSEN_PASSED],
    )
    expires_on = forms.DateField(label=gettext_lazy("They answer until"), widget=DayInput)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = [(str(key), name) for key, name in organisations_to_offer(actor)]
        self.fields["to"].choices = [NOT_SAID, *others]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("to") and given.get("recipient", "").strip():
            self.add_error("recipient", gettext_lazy("Only one of these two. Leave the other open."))
        return given

    def offer(self) -> Offer:
        given = self.cleaned_data
        return Offer(
            agreement=self.agreement(),
            to_organisation_id=UUID(given["to"]) if given["to"] else None,
            recipient=given["recipient"],
            needs=tuple(given["needs"]),
            passed=tuple(given["passed"]),
            expires_on=given["expires_on"],
        )


def may_pass_on(actor: Actor, child: ChildDetail) -> Decision:
    allowed = may(actor, "transfers.offer", child)
    if allowed and child.row.status != Status.OPEN:
        return Decision.no(not_open(child.row.status, "child.not_open"))
    return allowed


def transfer_words(row: TransferRow) -> dict[str, Any]:
    label, kind = words.PASSING[row.standing]
    return {"row": row, "standing": label, "kind": kind, "why": words.RETURNS.get(row.reason, "")}


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def transfer_new(request: HttpRequest, code: str) -> HttpResponse:
    actor = actor_of(request)
    child = open_child(actor, code, "transfer")
    may_pass_on(actor, child).require()
    today = today_in(actor, child.organisation_id)
    initial = {"agreed_on": today, "language": child.row.language, "expires_on": today + OFFER_STANDS}
    back = taken_back_of(actor, child.row.id)
    told = any(each.purpose == SHARING for each in back)
    form = OfferForm(posted(request), actor=actor, initial=initial, taken_back=told)
    filled = request.method == "POST" and form.is_valid()
    if filled and attempt(form, lambda: offer_transfer(actor, child.row.code, form.offer())) is not None:
        messages.success(request, _("The case is offered. Until somebody answers nothing changes."), extra_tags="good")
        return redirect("child-help", child.row.code)
    context = {"child": child.row, "form": form, "always": [words.PASSED[name] for name in ALWAYS_PASSED]}
    context |= words.taken_back_words(back)
    return render(request, "cases/transfer_new.html", context, status=422 if form.errors else 200)


@require_GET
def transfers(request: HttpRequest) -> HttpResponse:
    """Offers of other organisations: coarse facts, and an answer."""
    actor = actor_of(request)
    rows = [_offered(row) for row in offers_to(actor)]
    context = {
        "open": [row for row in rows if row["row"].standing == "offered"],
        "past": [row for row in rows if row["row"].standing != "offered"],
        "reasons": list(words.RETURNS.items()),
    }
    return render(request, "cases/transfers.html", context)


def _offered(row: OfferRow) -> dict[str, Any]:
    label, kind = words.PASSING[row.standing]
    sectors = dict(Sector.choices)
    return {
        "row": row,
        "standing": label,
        "kind": kind,
        "sex": Sex(row.sex).label,
        "needs": [sectors[each] for each in row.needs],
        "passed": [words.PASSED[each] for each in (*ALWAYS_PASSED, *row.passed)],
    }


@require_POST
def transfer_answer(request: HttpRequest, transfer_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    permit(actor, "transfers.accept").require()
    if request.POST.get("answer") == "accept":
        if "sure" not in request.POST:
            said = _("Not accepted yet: read what happens, and tick that you go on with the child.")
            messages.warning(request, said, extra_tags="warn")
            return redirect("transfers")
        try:
            code = take_over(actor, transfer_id)
        except ProblemError as refusal:
            return _refused(request, refusal, "transfers")
        messages.success(request, _("The child has a record here now. Assign somebody."), extra_tags="good")
        return redirect("child-people", code)
    try:
        return_transfer(actor, transfer_id, request.POST.get("reason", ""))
    except ProblemError as refusal:
        return _refused(request, refusal, "transfers")
    messages.success(request, _("The offer went back, with the reason."), extra_tags="good")
    return redirect("transfers")


@require_POST
def transfer_change(request: HttpRequest, transfer_id: UUID) -> HttpResponse:
    """By whoever offered it: take it back, or say that the paper was handed over; or that its return was read."""
    actor = actor_of(request)
    changes = {
        "handed": (hand_over_outside, _("Handed over. The record here has ended.")),
        "noted": (note_returned, _("Noted.")),
    }
    change, said = changes.get(request.POST.get("act", ""), (recall_transfer, _("The offer is taken back.")))
    try:
        change(actor, transfer_id)
    except ProblemError as refusal:
        return _refused(request, refusal, "children")
    messages.success(request, said, extra_tags="good")
    return redirect("children")


def _refused(request: HttpRequest, refusal: ProblemError, where: str) -> HttpResponse:
    """Somebody answered meanwhile, or no reason was given: said on the page that shows how it stands."""
    if refusal.first.status in (403, 404):
        raise refusal
    said = say(refusal.first)
    messages.warning(request, f"{said.message} {said.action}".strip(), extra_tags="warn")
    return redirect(where)


@require_GET
def transfer_paper(request: HttpRequest, transfer_id: UUID) -> HttpResponse:
    """For an organisation outside this server: what was agreed to, to be handed over in person."""
    paper = paper_of(actor_of(request), transfer_id)
    sectors = dict(Sector.choices)
    lines = [(words.PASSED[name], _spoken(name, value)) for name, value in paper.facts]
    lines += [(RelationKind(kind).label, name) for kind, name in paper.caregivers]
    context = {"paper": paper, "lines": lines, "needs": [sectors[each] for each in paper.needs]}
    return render(request, "cases/transfer_paper.html", context)


def _spoken(name: str, value: object) -> str:
    if isinstance(value, date):
        return date_format(value, "DATE_FORMAT")
    if name == "sex":
        return str(Sex(str(value)).label)
    return language_name(str(value)) if name == "language" else str(value)
