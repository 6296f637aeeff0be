"""The supervisor's page: work, what is late, meetings called for, notes to read together, who asks for a talk."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from homeward.apps.access.actors import permit
from homeward.apps.monitoring.note_words import LONGEST
from homeward.apps.monitoring.sample import BACK, NOTE_OF_VISIT, SEE, Note
from homeward.apps.monitoring.team import MOST_CASES, WorkerRow, read_with_worker, team_page
from homeward.web.surveys.today_parts import PARTS
from homeward.web.ui import labels
from homeward.web.ui.asking import actor_of
from homeward.web.ui.paging import page_of


@require_GET
def team(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    permit(actor, SEE).require()
    found = team_page(actor)
    page = page_of(request, found.workers)
    context = {
        "found": found,
        "page": page,
        "workers": [_in_words(each) for each in page.rows],
        "most_cases": MOST_CASES,
        "waits": [(PARTS[name], name, count) for name, count in (("lost", found.lost), ("shut", found.shut)) if count],
        "days": BACK.days,
        "longest": LONGEST,
    }
    return render(request, "monitoring/team.html", context)


def _in_words(row: WorkerRow) -> dict[str, Any]:
    return {
        "row": row,
        "notes": [_note(note) for note in row.notes],
    }


def _note(note: Note) -> dict[str, Any]:
    of_a_visit = note.kind == NOTE_OF_VISIT
    label = _("Note of a visit") if of_a_visit else labels.FAMILIES.get(note.family, note.family)
    return {"note": note, "family": label, "url": reverse("visit" if of_a_visit else "submission", args=[note.id])}


@require_POST
def note_read(request: HttpRequest, submission_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    permit(actor, SEE).require()
    words = request.POST.get("words", "").strip()
    read_with_worker(actor, submission_id, words)
    said = _("Marked as read. The case worker alone finds your words, under How I am.")
    messages.success(request, said if words else _("Marked as read together."), extra_tags="good")
    return redirect("team")
