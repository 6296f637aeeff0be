"""The tab of a child's visits: how it may be reached, what is next, what was promised, and what was."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from homeward.apps.access.actors import Actor, today_in
from homeward.apps.cases.looking import open_child
from homeward.apps.cases.models import Status
from homeward.apps.cases.queries import ChildDetail, find_child
from homeward.apps.visits import choices as of
from homeward.apps.visits.agreed import agreed_day
from homeward.apps.visits.calling_back import open_wish
from homeward.apps.visits.cards import CardNames, card_of, open_card, quiet_times
from homeward.apps.visits.contacts import (
    Attempt,
    attempts_of,
    decide_lost,
    decisions_of,
    find_again,
    found_on,
    reach_of,
    record_attempt,
    shut_channels,
    strike_attempt,
)
from homeward.apps.visits.queries import VisitRow, actions_of, visits_of
from homeward.apps.visits.waiting import soon_for
from homeward.domain.lifecycle import not_open
from homeward.domain.problems import Decision, Problem, ProblemError
from homeward.web.cases.frame import frame, may
from homeward.web.ui.asking import actor_of, attempt
from homeward.web.ui.once import show_next, to_show
from homeward.web.ui.paging import page_of
from homeward.web.visits.contact_forms import AttemptForm, FoundForm, LostForm, StrikeForm
from homeward.web.visits.follow_up import said_now
from homeward.web.visits.next_point import next_point_words
from homeward.web.visits.words import (
    action_words,
    attempt_words,
    card_words,
    decision_words,
    quiet_words,
    reach_words,
    visit_words,
)

CARD = "card"
STRIKE = "strike"
FIRST = 5  # attempts; the others are one tap away


@require_GET
def child_visits(request: HttpRequest, code: str) -> HttpResponse:
    actor = actor_of(request)
    child = seen(actor, code)
    opened = to_show(request, CARD) == str(child.row.id)
    return tab(request, actor, child, names=open_card(actor, child.row.id, again=True) if opened else None)


@require_POST
def contact_open(request: HttpRequest, code: str) -> HttpResponse:
    """Numbers and names, on a deliberate tap: shown once, on the page that follows the tap, never in an address."""
    actor = actor_of(request)
    child = find_child(actor, code)
    open_card(actor, child.row.id)
    show_next(request, CARD, str(child.row.id))
    return redirect("child-visits", child.row.code)


@sensitive_post_parameters()
@require_POST
def contact_attempt(request: HttpRequest, code: str) -> HttpResponse:
    actor = actor_of(request)
    child = find_child(actor, code)
    open_for(actor, "contacts.record", child).require()
    form = AttemptForm(request.POST, shut=shut_channels(actor, child.row.id))
    if form.is_valid():
        given = form.cleaned_data
        made = Attempt(given["channel"], given["outcome"], given["on"], given["day_part"], given["next_step"])
        wished = wish_of(actor, child)
        if attempt(form, lambda: record_attempt(actor, child.row.id, made)) is not None:
            messages.success(request, told_of_wish(wished, wish_of(actor, child)), extra_tags="good")
            return redirect("child-visits", child.row.code)
    return tab(request, actor, seen(actor, code), form=form)


@require_POST
def contact_decide(request: HttpRequest, code: str) -> HttpResponse:
    """Lost, by a supervisor; found again, or an attempt struck out, by whoever works with the child."""
    actor = actor_of(request)
    child = find_child(actor, code)
    if request.POST.get("what") == of.ContactKind.FOUND:
        may(actor, "contacts.record", child).require()
        return _found(request, actor, child)
    if request.POST.get("what") == STRIKE:
        may(actor, "contacts.record", child).require()
        return _strike(request, actor, child)
    may(actor, "contacts.lost", child).require()
    form = LostForm(request.POST)
    if not form.is_valid():
        raise ProblemError(Problem("contact.reason", "The reason is missing.", "Choose one."))
    decide_lost(actor, child.row.id, form.cleaned_data["reason"])
    messages.success(request, _("It is recorded that the child is lost to contact."), extra_tags="good")
    return redirect("child-visits", child.row.code)


def _found(request: HttpRequest, actor: Actor, child: ChildDetail) -> HttpResponse:
    form = FoundForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        attempt(form, lambda: find_again(actor, child.row.id, given["on"], given["how"]))
        if not form.errors:
            messages.success(request, _("The child is found again."), extra_tags="good")
            return redirect("child-visits", child.row.code)
    return tab(request, actor, seen(actor, child.row.code), found=form)


def _strike(request: HttpRequest, actor: Actor, child: ChildDetail) -> HttpResponse:
    form = StrikeForm(request.POST)
    try:
        key = UUID(request.POST.get("attempt", ""))
    except ValueError:
        key = UUID(int=0)
    if not form.is_valid():
        raise ProblemError(Problem("contact.reason", "The reason is missing.", "Choose one."))
    strike_attempt(actor, child.row.id, key, form.cleaned_data["reason"])
    messages.success(request, _("Struck out. It stays readable, and counts no more."), extra_tags="good")
    return redirect("child-visits", child.row.code)


def seen(actor: Actor, code: str) -> ChildDetail:
    child = open_child(actor, code, "visits")
    may(actor, "visits.see", child).require()
    return child


def tab(
    request: HttpRequest,
    actor: Actor,
    child: ChildDetail,
    *,
    names: CardNames | None = None,
    form: AttemptForm | None = None,
    found: FoundForm | None = None,
) -> HttpResponse:
    key = child.row.id
    visits, actions = visits_of(actor, key), [action_words(row) for row in actions_of(actor, key)]
    tried = attempts_of(actor, key)
    attempts, before = [attempt_words(row) for row in tried], contact_context(actor, child)
    card = before["card"]["card"] if before["card"] is not None else None
    day, by = proposed(actor, child, visits)
    today = today_in(actor, child.organisation_id)
    context = {
        **frame(actor, child, "visits"),
        **to_call(actor, child, before),
        **before,
        "names": names,
        "to_come": [visit_words(row) for row in reversed(visits) if row.state == "planned"],
        "not_going": [visit_words(row) for row in reversed(visits) if ahead(row, today)],
        "page": page_of(
            request, [visit_words(row) for row in visits if row.state != "planned" and not ahead(row, today)]
        ),
        "agreed": agreed_day(actor, key),
        "proposed": day,
        "proposed_by": by,
        "next_point": next_point_words(actor, child),
        "overdue": [each for each in actions if each["row"].overdue],
        "untold": [each for each in actions if each["row"].untold],
        "open_actions": [each for each in actions if each["row"].open and not each["row"].overdue],
        "reach": reach_words(reach_of(actor, key), [each for each in tried if not each.struck], card),
        "decisions": [decision_words(row) for row in decisions_of(actor, key)],
        "found_on": found_on(actor, key),
        "attempts": attempts[:FIRST],
        "earlier": attempts[FIRST:],
        "said": said_now(request),
        "form": form or AttemptForm(shut=shut_channels(actor, key)),
        "outcomes": of.Outcome.choices,
        "lost_form": LostForm(),
        "found_form": found or FoundForm(),
        "strike_form": StrikeForm(),
        "may_record": open_for(actor, "visits.record", child),
        "may_contact": open_for(actor, "contacts.record", child),
        "may_lose": may(actor, "contacts.lost", child),
    }
    refused = form is not None or found is not None
    return render(request, "visits/child_visits.html", context, status=422 if refused else 200)


def wish_of(actor: Actor, child: ChildDetail) -> date | None:
    """The day of the wish to be called back, for whoever may see answers."""
    if not may(actor, "answers.see", child):
        return None
    wish = open_wish(child.row.id, today_in(actor, child.organisation_id))
    return wish.day if wish is not None else None


def told_of_wish(before: date | None, after: date | None) -> str:
    if before is not None and after is None:
        return _("Recorded: they were called back.")
    if after is None:
        return _("The attempt is recorded.")
    return _("The attempt is recorded. Whoever asked to be called back was not reached yet.")


def to_call(actor: Actor, child: ChildDetail, before: dict[str, Any]) -> dict[str, Any]:
    """The wish to be called back, and whether somebody is to come back to it now."""
    wished = wish_of(actor, child)
    calls = wished is not None and not before["quiet_now"] and bool(open_for(actor, "contacts.record", child))
    return {"wished": wished, "to_call": calls}


def ahead(row: VisitRow, today: date) -> bool:
    """A day that is still to come, on which nobody goes."""
    return row.state == "blocked" and row.day > today


def contact_context(actor: Actor, child: ChildDetail) -> dict[str, Any]:
    """What stands on top before each contact."""
    card = card_of(actor, child.row.id)
    today = today_in(actor, child.organisation_id)
    quiet = [quiet_words(each) for each in quiet_times(actor, child.row.id)]
    return {
        "card": card_words(card) if card else None,
        "quiet_now": [each for each in quiet if each["quiet"].since <= today],
        "quiet_later": [each for each in quiet if each["quiet"].since > today],
        "may_open": may(actor, "contacts.see", child),
    }


def cards_together(actor: Actor, codes: Iterable[str]) -> list[dict[str, Any]]:
    """Of those who are visited in one go with a child: their cards too, as far as the reader may see them."""
    rows = [open_child(actor, code, "visits") for code in codes]
    return [{"code": each.row.code, **contact_context(actor, each)} for each in rows if may(actor, "visits.see", each)]


def open_for(actor: Actor, permission: str, child: ChildDetail) -> Decision:
    """An ended record takes no more entries."""
    allowed = may(actor, permission, child)
    if allowed and (child.row.status != Status.OPEN or child.row.erased):
        return Decision.no(not_open(child.row.status, "visit.ended"))
    return allowed


def proposed(actor: Actor, child: ChildDetail, visits: tuple[VisitRow, ...]) -> tuple[date | None, str]:
    """A day soon where they ask for the case worker; else the earlier of the next point of the follow-up, as the clock
    tells it, and the next contact by the level of risk; and which it is. None where a visit is planned.
    """
    if any(row.state == "planned" for row in visits):
        return None, ""
    soon = soon_for(child.row.id, today_in(actor, child.organisation_id))
    if soon is not None:
        return soon, "asked"
    point = next_point_words(actor, child) or {}
    days = {"round": point.get("due"), "contact": (point.get("contact") or {}).get("due")}
    return min(((day, by) for by, day in days.items() if day is not None), default=(None, ""))
