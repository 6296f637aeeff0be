"""How I am: a case worker's few words to the supervisor, and the supervisor's page of one note."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from homeward.apps.access.actors import permit
from homeward.apps.monitoring.note_words import mark_seen, own_words
from homeward.apps.monitoring.sample import INTERVIEW, NOTE_OF_VISIT
from homeward.apps.monitoring.staff_notes import (
    KEPT,
    LONGEST,
    SEE,
    WRITE,
    mark_talked,
    open_note,
    own_notes,
    write_note,
)
from homeward.web.ui.asking import actor_of, attempt
from homeward.web.ui.forms import PlainForm, posted

PAGES = {INTERVIEW: "submission", NOTE_OF_VISIT: "visit"}  # where a note stands


class NoteForm(PlainForm):
    note = forms.CharField(
        label=gettext_lazy("How are you?"),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=LONGEST,
        required=False,
        help_text=gettext_lazy("About you and your work. Nothing about a child."),
    )
    asks_talk = forms.BooleanField(label=gettext_lazy("I would like to talk"), required=False)


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def own(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    permit(actor, WRITE).require()
    form = NoteForm(posted(request))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        if attempt(form, lambda: write_note(actor, given["note"], asks_talk=given["asks_talk"])) is not None:
            messages.success(request, _("Your supervisor sees it on the page of the team."), extra_tags="good")
            return redirect("staff-note-new")
    words = [(each, reverse(PAGES[each.kind], args=[each.note_id])) for each in own_words(actor)]
    context = {"form": form, "notes": own_notes(actor), "words": words, "days": KEPT.days}
    return render(request, "monitoring/staff_note_new.html", context, status=422 if form.errors else 200)


@require_POST
def words_seen(request: HttpRequest, words_id: UUID) -> HttpResponse:
    """What the supervisor said about a note."""
    actor = actor_of(request)
    permit(actor, WRITE).require()
    mark_seen(actor, words_id)
    return redirect("staff-note-new")


@never_cache
@require_http_methods(["GET", "POST"])
def note(request: HttpRequest, staff_note_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    permit(actor, SEE).require()
    if request.method == "POST":
        mark_talked(actor, staff_note_id)
        messages.success(request, _("Marked as talked about."), extra_tags="good")
        return redirect("team")
    return render(request, "monitoring/staff_note.html", {"note": open_note(actor, staff_note_id)})
