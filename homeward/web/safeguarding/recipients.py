"""Keys: making one's own, confirming a colleague's, and who receives."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from homeward.apps.access.actors import Actor
from homeward.apps.safeguarding.channel import change_contact, door
from homeward.apps.safeguarding.models import Group
from homeward.apps.safeguarding.recipients import (
    RecipientRow,
    confirm_recipient,
    enrol_recipient,
    own_key,
    recipients,
)
from homeward.apps.safeguarding.scope import groups_of
from homeward.domain.envelope import FEWEST_RECIPIENTS
from homeward.web.access.entering import confirmed_lately
from homeward.web.safeguarding.programme_keys import pairs_in_page
from homeward.web.safeguarding.sealed import decoded
from homeward.web.ui.asking import actor_of, attempt
from homeward.web.ui.forms import PlainForm, posted


class KeyForm(PlainForm):
    """Filled in by the page's script; the passphrase has no name and is never sent."""

    group = forms.ChoiceField(choices=Group.choices, widget=forms.HiddenInput)
    public_key = forms.CharField(required=False, widget=forms.HiddenInput)
    wrapped = forms.CharField(required=False, widget=forms.HiddenInput)


class ContactForm(PlainForm):
    contact = forms.CharField(
        label=gettext_lazy("How else you are reached: telephone, address, hours"), max_length=300, required=False
    )


@require_http_methods(["GET", "POST"])
def recipients_page(request: HttpRequest) -> HttpResponseBase:
    """A new key ends the earlier one, and two must be left: at a screen left open nobody makes one."""
    return _page(request) if request.method == "GET" else confirmed_lately(_page)(request)


def _page(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    rows = recipients(actor)
    form = KeyForm(posted(request))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        made = lambda: enrol_recipient(  # noqa: E731
            actor, given["group"], decoded(given["public_key"]), decoded(given["wrapped"])
        )
        attempt(form, made)
        if not form.errors:
            messages.success(request, _("Your key is made. Keep the passphrase: nobody can restore it."), "good")
            return redirect("recipients")
    context = {
        "groups": [group_words(actor, group, rows) for group in own_groups(actor)],
        "form": form,
        **contact(request, actor),
        **pairs_in_page(actor),
    }
    return render(request, "safeguarding/recipients.html", context, status=422 if form.errors else 200)


def own_groups(actor: Actor) -> list[str]:
    return list(dict.fromkeys(group for _, group in groups_of(actor)))


def group_words(actor: Actor, group: str, rows: list[RecipientRow]) -> dict[str, Any]:
    mine = [row for row in rows if row.group == group]
    return {
        "group": group,
        "label": Group(group).label,
        "rows": mine,
        "key": own_key(actor, group),
        "enough": sum(row.receives for row in mine) >= FEWEST_RECIPIENTS,
        "form": KeyForm(initial={"group": group}, auto_id=f"id_{group}_%s"),
    }


def contact(request: HttpRequest, actor: Actor) -> dict[str, Any]:
    """The whole address, as it would stand on paper; where nobody has set how this server is reached, that is said."""
    places = [place for place, group in groups_of(actor) if group == Group.STAFF]
    if not places:
        return {}
    known = door(places[0])
    page, base = reverse("tell", args=[places[0]]), settings.HOMEWARD_BASE_URL
    return {
        "contact": ContactForm(initial={"contact": known.contact}),
        "tell_address": f"{base}{page}" if base else request.build_absolute_uri(page),
        "tell_guessed": not base,
    }


@require_POST
@confirmed_lately
def recipient_confirm(request: HttpRequest, recipient_id: UUID) -> HttpResponse:
    confirm_recipient(actor_of(request), recipient_id)
    messages.success(request, _("Confirmed."), "good")
    return redirect("recipients")


@require_POST
def staff_contact(request: HttpRequest) -> HttpResponse:
    form = ContactForm(posted(request))
    if form.is_valid():
        change_contact(actor_of(request), form.cleaned_data["contact"])
        messages.success(request, _("The change is saved."), "good")
    return redirect("recipients")
