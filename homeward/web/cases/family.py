"""Steps on the family page: a relation ends or is struck out, a brother or sister is linked."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from homeward.apps.access.actors import Actor
from homeward.apps.cases.family import end_relation, link_siblings, strike_relation
from homeward.apps.cases.models import RelationKind
from homeward.apps.cases.queries import ChildDetail, find_child
from homeward.apps.cases.record_models import StruckReason
from homeward.apps.cases.record_queries import record_of
from homeward.domain.problems import ProblemError
from homeward.web.cases.frame import may
from homeward.web.cases.record_forms import StrikeForm, day
from homeward.web.cases.record_words import row_words
from homeward.web.ui.asking import actor_of
from homeward.web.ui.forms import PlainForm
from homeward.web.ui.words import say

UNSAID = gettext_lazy("Left empty: beginning not said.")


class EndForm(PlainForm):
    until = day(gettext_lazy("The last day"), help_text=gettext_lazy("Left empty: today."))


class SiblingForm(PlainForm):
    other_code = forms.CharField(
        label=gettext_lazy("Code of the brother or sister"),
        max_length=20,
        help_text=gettext_lazy("Both records get the link. Each keeps its own record and interviews."),
    )
    since = day(gettext_lazy("Since"), help_text=UNSAID)


def family_context(actor: Actor, child: ChildDetail) -> dict[str, Any]:
    """Relations, care arrangement over time and household, for the page *Family and team*."""
    found = record_of(actor, child.row.id)
    return {
        "family": [
            {
                "row": row,
                "label": RelationKind(row.kind).label,
                "struck": str(StruckReason(row.struck_reason).label) if row.struck_reason else "",
            }
            for row in found.family
        ],
        "care": [(row, row_words(row)) for row in found.holding("care")],
        "household": [(row, row_words(row)) for row in found.holding("household")],
        "lives_with": found.lives_with,
        "sibling": SiblingForm(auto_id="sibling_%s"),
        "end": EndForm(auto_id=False),
        "strike": StrikeForm(auto_id=False),
    }


def _changing(request: HttpRequest, code: str) -> tuple[Actor, ChildDetail]:
    actor = actor_of(request)
    child = find_child(actor, code)
    may(actor, "children.change", child).require()
    return actor, child


def _say(request: HttpRequest, refusal: ProblemError) -> None:
    """A refusal of one step, on the page from which it was taken; what is not there stays a 404."""
    if refusal.first.status in (403, 404):
        raise refusal
    said = say(refusal.first)
    messages.warning(request, f"{said.message} {said.action}".strip(), extra_tags="warn")


@require_POST
def relation_end(request: HttpRequest, code: str, relation_id: UUID) -> HttpResponse:
    actor, child = _changing(request, code)
    form = EndForm(request.POST)
    if not form.is_valid():
        messages.warning(request, _("This is not a day. Write it as 2025-03-31."), extra_tags="warn")
        return redirect("child-people", child.row.code)
    try:
        end_relation(actor, child.row.id, relation_id, form.cleaned_data["until"])
        messages.success(request, _("The relation has ended. It stays on the record."), extra_tags="good")
    except ProblemError as refusal:
        _say(request, refusal)
    return redirect("child-people", child.row.code)


@require_POST
def relation_strike(request: HttpRequest, code: str, relation_id: UUID) -> HttpResponse:
    actor, child = _changing(request, code)
    form = StrikeForm(request.POST)
    if form.is_valid():
        strike_relation(actor, child.row.id, relation_id, form.cleaned_data["reason"])
        messages.success(request, _("Struck out. It stays readable, and counts no more."), extra_tags="good")
    else:
        messages.warning(request, _("Say why it is wrong, then strike it out."), extra_tags="warn")
    return redirect("child-people", child.row.code)


@require_POST
def sibling(request: HttpRequest, code: str) -> HttpResponse:
    actor, child = _changing(request, code)
    form = SiblingForm(request.POST)
    if not form.is_valid():
        messages.warning(request, _("Type the code of the brother or sister."), extra_tags="warn")
        return redirect("child-people", child.row.code)
    try:
        link_siblings(actor, child.row.id, form.cleaned_data["other_code"], since=form.cleaned_data["since"])
        messages.success(request, _("Linked on both records."), extra_tags="good")
    except ProblemError as refusal:
        _say(request, refusal)
    return redirect("child-people", child.row.code)
