"""What was told and names no child, when it runs out: shown to those who receive it, who may keep it longer."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from homeward.apps.access.actors import Actor
from homeward.apps.access.visibility import NotVisible
from homeward.apps.retention.without_child import due_without_child, keep_longer
from homeward.apps.safeguarding.models import Source
from homeward.apps.safeguarding.scope import groups_of
from homeward.web.retention.words import CLOCKS
from homeward.web.ui.asking import actor_of
from homeward.web.ui.forms import DayInput, PlainForm, posted


class LongerForm(PlainForm):
    clock = forms.CharField(widget=forms.HiddenInput)
    what = forms.UUIDField(widget=forms.HiddenInput)
    until = forms.DateField(label=gettext_lazy("Keep it until"), widget=DayInput)
    reason = forms.CharField(
        label=gettext_lazy("Why"), widget=forms.Textarea(attrs={"rows": 2}), max_length=500, min_length=10
    )


def ending_in_page(actor: Actor) -> list[dict[str, Any]]:
    return [
        {
            "row": due,
            "clock": CLOCKS[due.clock],
            "what": Source(due.what).label,
            "form": LongerForm(initial={"clock": due.clock, "what": due.id}, auto_id=f"id_{number}_%s"),
        }
        for number, due in enumerate(due_without_child(actor))
    ]


@require_POST
@sensitive_post_parameters()
def keep_told_longer(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    if not groups_of(actor):
        raise NotVisible("matter")
    form = LongerForm(posted(request))
    if form.is_valid():
        given = form.cleaned_data
        keep_longer(actor, given["clock"], given["what"], given["until"], given["reason"])
        messages.success(request, _("Recorded: it is kept longer."), "good")
    else:
        messages.error(request, _("A day and a reason of a sentence are needed. Nothing was changed."), "bad")
    return redirect("escalations")
