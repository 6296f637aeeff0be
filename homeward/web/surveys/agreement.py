"""An interview that waits for agreement: that it is there, by the child's code, and the agreement that it lacks."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from homeward.apps.access.actors import permit
from homeward.apps.cases.consent_models import Speaker, WithoutCaregiver
from homeward.apps.cases.consenting import Asked
from homeward.apps.surveys.releasing import WaitingRow, add_agreement, waiting_for_agreement
from homeward.domain.consent import MONITORING, Reply
from homeward.web.surveys.instruments import said_record
from homeward.web.ui.asking import actor_of, attempt
from homeward.web.ui.forms import DayInput, PlainForm, posted
from homeward.web.ui.words import in_language, say


class LateForm(PlainForm):
    who = forms.ChoiceField(label=gettext_lazy("Who agreed?"), choices=Speaker.choices, widget=forms.RadioSelect)
    without_caregiver = forms.ChoiceField(
        label=gettext_lazy("Why was no caregiver asked?"),
        choices=[("", gettext_lazy("A caregiver was asked")), *WithoutCaregiver.choices],
        required=False,
    )
    day = forms.DateField(
        label=gettext_lazy("On which day?"),
        widget=DayInput,
        help_text=gettext_lazy("The day of the interview, or an earlier one."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Why is it added only now, and where is it written?"), max_length=500, min_length=10
    )
    limits_told = forms.BooleanField(
        label=gettext_lazy("They had been told what we cannot keep to ourselves and cannot promise"), required=False
    )

    def given(self) -> Asked:
        found: dict[str, Any] = dict(self.cleaned_data)
        return Asked(found.pop("who"), {MONITORING: Reply.AGREES}, **found)


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def inbox_agreement(request: HttpRequest, submission_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    permit(actor, "inbox.see").require()
    waits = waiting_for_agreement(actor, submission_id)
    form = LateForm(posted(request))
    if request.method == "POST" and form.is_valid():
        released = attempt(form, lambda: add_agreement(actor, submission_id, form.given()))
        if released is not None:
            words = _("Added. The interview counts from now on.") if released else _("Added. It still waits.")
            messages.success(request, words, extra_tags="good" if released else "warn")
            return redirect("inbox" if released else request.path)
    context = {**waiting_words(waits, actor.language), "form": form}
    return render(request, "surveys/inbox_agreement.html", context, status=422 if form.errors else 200)


def waiting_words(waits: WaitingRow, language: str) -> dict[str, Any]:
    row = waits.row
    return {
        "waits": waits,
        "row": row,
        "title": in_language(row.titles, language) or row.instrument_id,
        "said": [said_record(record) for record in row.problems if record["code"].startswith("consent.")],
        "stopped": say(waits.stopped) if waits.stopped is not None else None,
    }
