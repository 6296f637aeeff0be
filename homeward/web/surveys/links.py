"""Where a link to answer alone is made, shown once and taken back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from homeward.apps.access.actors import Actor, today_in
from homeward.apps.cases.looking import open_child
from homeward.apps.cases.queries import ChildDetail, refuse_ended
from homeward.apps.surveys.definitions import definition_of
from homeward.apps.surveys.form_queries import find_version, published_forms
from homeward.apps.surveys.links import HOURS, LinkRow, MadeLink, Standing, links_of, take_back, who_may_answer
from homeward.apps.visits.cards import card_of, quiet_times
from homeward.apps.visits.linking import hand_out_link
from homeward.web.access.factors import drawn
from homeward.web.cases.frame import frame
from homeward.web.ui import labels
from homeward.web.ui.asking import actor_of, attempt
from homeward.web.ui.forms import PlainForm, posted
from homeward.web.ui.once import shown_once
from homeward.web.ui.words import in_language
from homeward.web.visits.words import card_words, quiet_words

STANDINGS: dict[Standing, tuple[Any, str]] = {
    Standing.MADE: (gettext_lazy("Not opened yet"), ""),
    Standing.OPENED: (gettext_lazy("Opened, not sent"), "warn"),
    Standing.USED: (gettext_lazy("Answers have arrived"), "good"),
    Standing.EXPIRED: (gettext_lazy("Over"), ""),
    Standing.TAKEN_BACK: (gettext_lazy("Taken back"), ""),
}
OPEN = (Standing.MADE, Standing.OPENED)


class LinkForm(PlainForm):
    what = forms.ChoiceField(label=gettext_lazy("Which questions, and who answers?"), widget=forms.RadioSelect)
    hours = forms.TypedChoiceField(
        label=gettext_lazy("How long can it be opened?"), coerce=int, initial=24, widget=forms.RadioSelect
    )

    def __init__(self, *args: Any, offers: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        hours = [(each, ngettext("{n} hour", "{n} hours", each).format(n=each)) for each in HOURS]
        self.fields["what"].choices = offers  # type: ignore[attr-defined]
        self.fields["hours"].choices = hours  # type: ignore[attr-defined]


@shown_once("child-interview", "code")
@require_http_methods(["GET", "POST"])
def link_new(request: HttpRequest, code: str) -> HttpResponse:
    actor = actor_of(request)
    detail = open_child(actor, code, "forms")
    shared = frame(actor, detail, "overview")
    shared["may"]["fill"].require()
    refuse_ended(detail)
    offers = offered(actor, detail)
    form = LinkForm(posted(request), offers=offers)
    if request.method == "POST" and form.is_valid():
        form_id, _colon, who = form.cleaned_data["what"].partition(":")
        made = attempt(form, lambda: hand_out_link(actor, code, UUID(form_id), who, form.cleaned_data["hours"]))
        if made is not None:
            return shown(request, shared, made)
    context = {**shared, **careful(actor, detail), "form": form, "offers": offers}
    return render(request, "surveys/link_new.html", context, status=422 if form.errors else 200)


def offered(actor: Actor, detail: ChildDetail) -> list[tuple[str, str]]:
    """Forms for this age that somebody can answer alone, and who."""
    found = []
    for each in published_forms(actor):
        if each.organisation_id != detail.organisation_id or each.encrypted:
            continue
        title = in_language(each.titles, actor.language) or each.instrument_id
        for who in who_may_answer(definition_of(find_version(actor, each.id)), detail.age):
            found.append((f"{each.id}:{who}", f"{title} – {labels.RESPONDENTS.get(who, who)}"))
    return found


def careful(actor: Actor, detail: ChildDetail) -> dict[str, Any]:
    """What stands on the safe-contact card: the link is handed over by a person, and only so."""
    card, today = card_of(actor, detail.row.id), today_in(actor, detail.organisation_id)
    quiet = [quiet_words(each) for each in quiet_times(actor, detail.row.id) if each.since <= today]
    return {"card": card_words(card) if card else None, "quiet_now": quiet}


def shown(request: HttpRequest, shared: dict[str, Any], made: MadeLink) -> HttpResponse:
    base = settings.HOMEWARD_BASE_URL or request.build_absolute_uri("/").rstrip("/")
    address = f"{base}{reverse('alone-begin')}#{made.token}"
    who = labels.RESPONDENTS.get(made.respondent, made.respondent)
    context = {**shared, "made": made, "who": who, "address": address, "qr": drawn(address)}
    return render(request, "surveys/link_made.html", context)


@require_POST
def link_take_back(request: HttpRequest, code: str, link_id: UUID) -> HttpResponse:
    if take_back(actor_of(request), code, link_id):
        messages.success(request, _("The link is taken back. It does not open any more."), extra_tags="good")
    else:
        messages.warning(request, _("Answers have arrived already."))
    return redirect("child-interview", code)


def link_rows(actor: Actor, child_id: UUID) -> list[dict[str, Any]]:
    return [_words(row, actor.language) for row in links_of(actor, child_id)]


def _words(row: LinkRow, language: str) -> dict[str, Any]:
    label, kind = STANDINGS[row.standing]
    return {
        "row": row,
        "title": in_language(row.titles, language),
        "who": labels.RESPONDENTS.get(row.respondent, row.respondent),
        "standing": label,
        "kind": kind,
        "open": row.standing in OPEN,
    }
