"""The supervisor's page: work, what is late, meetings called for, notes to read together, who asks for a talk."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from homeward.apps.access.actors import permit
from homeward.apps.monitoring.sample import BACK, SEE
from homeward.apps.monitoring.team import MOST_CASES, WorkerRow, read_with_worker, team_page
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
        "days": BACK.days,
    }
    return render(request, "monitoring/team.html", context)


def _in_words(row: WorkerRow) -> dict[str, Any]:
    return {
        "row": row,
        "notes": [{"note": note, "family": labels.FAMILIES.get(note.family, note.family)} for note in row.notes],
    }


@require_POST
def note_read(request: HttpRequest, submission_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    permit(actor, SEE).require()
    read_with_worker(actor, submission_id)
    messages.success(request, _("Marked as read together."), extra_tags="good")
    return redirect("team")
