"""Which protocol of follow-up the organisation follows, from which day on."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from homeward.apps.access.actors import Actor, permit, today_in
from homeward.apps.cases.models import Risk
from homeward.apps.cases.protocols import library, protocols_in_use, schedule_of, use_protocol
from homeward.domain.rounds import Protocol
from homeward.web.cases.rounds import round_label
from homeward.web.ui.asking import actor_of, attempt
from homeward.web.ui.forms import DayInput, PlainForm, posted
from homeward.web.ui.words import in_language


class ProtocolForm(PlainForm):
    protocol = forms.ChoiceField(label=gettext_lazy("Protocol"))
    since = forms.DateField(
        label=gettext_lazy("From"), required=False, widget=DayInput, help_text=gettext_lazy("Left empty: from today.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["protocol"].choices = [(each, each) for each in library().references()]  # type: ignore[attr-defined]


@require_http_methods(["GET", "POST"])
def protocols(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    permit(actor, "protocols.set").require()
    form = ProtocolForm(posted(request))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        if attempt(form, lambda: use_protocol(actor, given["protocol"], given["since"])) is not None:
            messages.success(request, _("The protocol is chosen."), extra_tags="good")
            return redirect("protocols")
    context = {"form": form, "used": protocols_in_use(actor), **followed(actor)}
    return render(request, "visits/protocols.html", context, status=422 if form.errors else 200)


def followed(actor: Actor) -> dict[str, Any]:
    """What holds today, as tables."""
    if actor.organisation_id is None:
        return {}
    protocol = schedule_of(actor.organisation_id).on(today_in(actor, actor.organisation_id))
    return {
        "reference": protocol.reference,
        "title": in_language(protocol.titles, actor.language) or protocol.id,
        "rounds": [
            {
                "label": round_label(rule),
                "before": rule.before,
                "after": [rule.tolerance(level) for level in Risk.values],
            }
            for rule in protocol.rounds
        ],
        "contacts": contacts(protocol),
        "levels": [label for _code, label in Risk.choices],
    }


def contacts(protocol: Protocol) -> list[dict[str, Any]]:
    known = [(level, protocol.contacts[level]) for level in reversed(Risk.values) if level in protocol.contacts]
    return [{"level": Risk(level).label, "rule": rule} for level, rule in known]
