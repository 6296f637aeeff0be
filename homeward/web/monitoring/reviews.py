"""Which review meetings are called for, and those that were held with one child."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from homeward.apps.access.actors import permit
from homeward.apps.access.queries import colleagues
from homeward.apps.cases.looking import open_child
from homeward.apps.monitoring.called import LIST, SEE, called_for, list_called
from homeward.apps.monitoring.meetings import RECORD, meetings_of
from homeward.web.cases.frame import frame, may, may_write
from homeward.web.monitoring.words import called_in_words, meeting_in_words
from homeward.web.ui.asking import actor_of
from homeward.web.ui.paging import page_of


@require_GET
def reviews(request: HttpRequest) -> HttpResponse:
    """By the day until which each is to be held; thirty on a page. A supervisor may ask for one case worker's."""
    actor = actor_of(request)
    permit(actor, LIST).require()
    workers = {str(key): name for key, name in colleagues(actor, LIST).items()}
    worker = request.GET.get("worker", "")
    found = list_called(actor, UUID(worker) if worker in workers else None)
    page = page_of(request, found)
    context = {
        "page": page,
        "rows": [called_in_words(each) for each in page.rows],
        "overdue": sum(each.overdue for each in found),
        "workers": workers,
        "worker": worker if worker in workers else "",
    }
    return render(request, "monitoring/reviews.html", context)


@require_GET
def child_reviews(request: HttpRequest, code: str) -> HttpResponse:
    actor = actor_of(request)
    permit(actor, SEE).require()
    child = open_child(actor, code, "reviews")
    may(actor, SEE, child).require()
    called = called_for(actor, child.row.id)
    rows = meetings_of(actor, child.row.id)
    page = page_of(request, rows)
    context = {
        **frame(actor, child, "reviews"),
        "called": called_in_words(called) if called is not None else None,
        "page": page,
        "rows": [meeting_in_words(each) for each in page.rows],
        "may_record": may_write(actor, RECORD, child),
        "offer": bool(may(actor, RECORD, child)),
    }
    return render(request, "monitoring/child_reviews.html", context)
