"""Kept apart: what differs, side by side, and the ways out; each with a reason."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from homeward.apps.access.actors import Actor, permit
from homeward.apps.surveys.kept import CORRECT, KEEP, OWN, UNKNOWN, Kept, decide, kept, kept_file
from homeward.web.surveys.inbox import QUARANTINE_WORDS
from homeward.web.surveys.submissions import file_answer
from homeward.web.ui.asking import actor_of, attempt
from homeward.web.ui.forms import PlainForm, posted
from homeward.web.ui.words import in_language

SAID = {
    KEEP: gettext_lazy("Decided: what is here stays. What was kept apart counts nowhere."),
    CORRECT: gettext_lazy("Corrected. The version before stays as it came and no longer counts."),
    OWN: gettext_lazy("Taken in as an interview of its own."),
}


class DecisionForm(PlainForm):
    reason = forms.CharField(label=gettext_lazy("Why, in a few words"), max_length=500)


@require_http_methods(["GET", "POST"])
def kept_entry(request: HttpRequest, row_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    form, step = DecisionForm(posted(request)), request.POST.get("step", "")
    filled = request.method == "POST" and step in SAID and form.is_valid()
    if filled and attempt(form, lambda: done(actor, row_id, step, form)):
        messages.success(request, str(SAID[step]), extra_tags="good")
        return redirect("inbox")
    found = kept(actor, row_id)
    context = {
        "found": found,
        "row": found.row,
        "title": in_language(found.row.titles, actor.language) or found.row.instrument_id,
        "why": QUARANTINE_WORDS.get(found.row.reason, found.row.reason),
        "here_words": _("Here"),
        "other_words": _("Kept apart"),
        "here_file": reverse("attachment", args=[found.here_submission, found.here_file]) if found.here_file else "",
        "settle": form,
        "steps": keys(found),
        "may_settle": permit(actor, "inbox.settle"),
    }
    return render(request, "surveys/kept.html", context, status=422 if form.errors else 200)


def done(actor: Actor, row_id: UUID, step: str, form: DecisionForm) -> bool:
    decide(actor, row_id, step, form.cleaned_data["reason"])
    return True


def keys(found: Kept) -> list[tuple[str, str, str, str]]:
    """Step, words, look and icon of each key."""
    alone = found.row.reason == UNKNOWN or (found.compared is None and found.here_file is None)
    words = {
        KEEP: (_("Set it aside") if alone else _("Keep what is here"), "btn-main", "check"),
        CORRECT: (_("Take this one instead, as a correction"), "btn-plain", "edit"),
        OWN: (_("Take it in as an interview of its own"), "btn-plain", "plus"),
    }
    return [(step, *words[step]) for step in found.steps]


@require_GET
def kept_content(request: HttpRequest, row_id: UUID) -> HttpResponse:
    return file_answer(kept_file(actor_of(request), row_id), row_id)
