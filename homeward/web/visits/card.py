"""The page on which the safe-contact card of a child is written, and times without contact are set."""

from __future__ import annotations

from dataclasses import asdict
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from homeward.apps.access.actors import Actor
from homeward.apps.cases.queries import ChildDetail, find_child
from homeward.apps.visits.cards import card_of, facts_for_card, lift_quiet_time, quiet_times, set_card, set_quiet_time
from homeward.web.cases.frame import frame
from homeward.web.ui.asking import actor_of, attempt
from homeward.web.visits.child_tab import open_for
from homeward.web.visits.contact_forms import CardForm, QuietForm
from homeward.web.visits.words import quiet_words


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def contact_card(request: HttpRequest, code: str) -> HttpResponse:
    actor = actor_of(request)
    child = find_child(actor, code)
    open_for(actor, "contacts.record", child).require()
    if request.method == "GET":
        return card_page(request, actor, child, CardForm(initial=asdict(facts_for_card(actor, child.row.id))))
    form, before = CardForm(request.POST), card_of(actor, child.row.id)
    if form.is_valid() and attempt(form, lambda: set_card(actor, child.row.id, form.facts())) is not None:
        said = _("The card is written. The earlier one stays in the record.") if before else _("The card is written.")
        messages.success(request, said, extra_tags="good")
        return redirect("child-visits", child.row.code)
    return card_page(request, actor, child, form)


@require_POST
def quiet_time(request: HttpRequest, code: str) -> HttpResponse:
    actor = actor_of(request)
    child = find_child(actor, code)
    open_for(actor, "contacts.record", child).require()
    form = QuietForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        days = given["since"], given["until"]
        if attempt(form, lambda: set_quiet_time(actor, child.row.id, *days, given["reason"])) is not None:
            messages.success(request, _("The time without contact is set."), extra_tags="good")
            return redirect("child-visits", child.row.code)
    start = CardForm(initial=asdict(facts_for_card(actor, child.row.id)))
    return card_page(request, actor, child, start, form)


@require_POST
def quiet_end(request: HttpRequest, code: str, quiet_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    child = find_child(actor, code)
    open_for(actor, "contacts.record", child).require()
    lift_quiet_time(actor, child.row.id, quiet_id)
    messages.success(request, _("The time without contact has ended."), extra_tags="good")
    return redirect("child-visits", child.row.code)


def card_page(
    request: HttpRequest, actor: Actor, child: ChildDetail, form: CardForm, quiet: QuietForm | None = None
) -> HttpResponse:
    context = {
        **frame(actor, child, "visits"),
        "form": form,
        "quiet_form": quiet or QuietForm(auto_id="quiet_%s"),
        "quiet": [quiet_words(each) for each in quiet_times(actor, child.row.id)],
    }
    wrong = form.errors or (quiet is not None)
    return render(request, "visits/contact_card.html", context, status=422 if wrong else 200)
