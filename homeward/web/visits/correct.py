"""The record of a visit is corrected, or taken back."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from homeward.apps.access.actors import Actor, today_in
from homeward.apps.visits import choices as of
from homeward.apps.visits.correcting import correct_visit, noted_apart, take_back_visit
from homeward.apps.visits.queries import VisitDetail, look_at_visit
from homeward.apps.visits.recording import shut_on_day
from homeward.apps.visits.safe_days import safe_days
from homeward.web.cases.frame import frame
from homeward.web.ui.asking import actor_of, attempt
from homeward.web.visits.child_tab import open_for
from homeward.web.visits.correct_forms import CorrectForm, TakeBackForm, agreed_at, as_recorded, earlier_for
from homeward.web.visits.ways import Hints
from homeward.web.visits.words import days_words, visit_words


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def visit_correct(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    """Two forms on one page: what was otherwise, and that there was no such visit to this child."""
    actor = actor_of(request)
    found = look_at_visit(actor, visit_id)
    open_for(actor, "visits.record", found.child).require()
    if request.method == "GET" and found.row.state != "held":  # nothing is typed that could not be kept
        return redirect("visit", visit_id)
    back = TakeBackForm(request.POST if "back" in request.POST else None, prefix="back", initial=as_recorded(found))
    sent = request.POST if request.method == "POST" and "back" not in request.POST else None
    day = today_in(actor, found.child.organisation_id)
    shut = {way: why for way, why in shut_on_day(actor, visit_id).items() if way != found.row.mode}
    hints: Hints = {"shut": shut, "days": days_words(safe_days(actor, [found.child.row.id]))}
    form = CorrectForm(*(earlier_for(found), agreed_at(found), sent), today=day, initial=as_recorded(found), **hints)
    if request.method == "POST" and _done(actor, visit_id, form, back):
        said = _("The visit is taken back.") if back.is_bound else _("The visit is corrected.")
        messages.success(request, said, extra_tags="good")
        return redirect("visit", visit_id)
    return _page(request, actor, found, form, back)


def _done(actor: Actor, visit_id: UUID, form: CorrectForm, back: TakeBackForm) -> bool:
    if back.is_bound:
        return back.is_valid() and bool(attempt(back, lambda: _take_back(actor, visit_id, back)))
    return (
        form.is_valid()
        and attempt(form, lambda: correct_visit(actor, visit_id, form.held(), form.correction())) is not None
    )


def _take_back(actor: Actor, visit_id: UUID, form: TakeBackForm) -> bool:
    given = form.cleaned_data
    take_back_visit(actor, visit_id, given["reason"], given["why"], given["known"])
    return True


def _page(
    request: HttpRequest, actor: Actor, found: VisitDetail, form: CorrectForm, back: TakeBackForm
) -> HttpResponse:
    context = {
        **frame(actor, found.child, "visits"),
        "visit": visit_words(found.row),
        "form": form,
        "back": back,
        "in_stead": found.row.went in of.IN_STEAD,
        "apart": noted_apart(actor, found.row.id),
        "others": [visit_words(row) for row in found.others],
    }
    wrong = form.errors or back.errors
    return render(request, "visits/visit_correct.html", context, status=422 if wrong else 200)
