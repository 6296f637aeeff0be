"""The key to which phones encrypt: made in a focal point's browser, confirmed by another, and shown with who can open
what comes.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from homeward.apps.access.actors import Actor, permit
from homeward.apps.safeguarding.models import Group
from homeward.apps.safeguarding.programme_keys import confirm_programme_key, make_programme_key, programme_keys
from homeward.web.access.entering import confirmed_lately
from homeward.web.safeguarding.sealed import SealedForm, decoded, keys_in_page
from homeward.web.ui.asking import actor_of
from homeward.web.ui.forms import posted


class PairForm(SealedForm):
    """Filled in by the page's script; the private half is never sent but sealed."""

    public_key = forms.CharField(required=False, widget=forms.HiddenInput)


def pairs_in_page(actor: Actor) -> dict[str, Any]:
    if not permit(actor, "programme_keys.make"):
        return {}
    rows = programme_keys(actor)
    return {
        "pairs": rows,
        "pair_in_use": next((row for row in rows if row.in_use), None),
        "pair_waits": next((row for row in rows if row.waits), None),
        "pair_form": PairForm(auto_id="id_pair_%s"),
        "pair_keys": keys_in_page(actor.organisation_id, Group.FOCAL),
    }


@require_POST
@confirmed_lately
def programme_key(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    permit(actor, "programme_keys.make").require()
    form = PairForm(posted(request))
    if form.is_valid():
        make_programme_key(actor, decoded(form.cleaned_data["public_key"]), form.envelope())
        messages.success(
            request, _("The key is made. Phones get it once another who receives has confirmed it."), "good"
        )
    return redirect("recipients")


@require_POST
@confirmed_lately
def programme_key_confirm(request: HttpRequest, key_id: UUID) -> HttpResponse:
    confirm_programme_key(actor_of(request), key_id)
    messages.success(request, _("Confirmed. Phones get it the next time they fetch their forms."), "good")
    return redirect("recipients")
