"""Who did what: the page of the organisation or team, the same as a file, and who looked at one child's record."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from homeward.apps.access.actors import Actor, permit
from homeward.apps.cases.trail import (
    HEADER,
    EventFilter,
    EventPage,
    child_events,
    event_table,
    list_events,
    people_in_reach,
    reads_all,
)
from homeward.apps.safeguarding.matters import MATTERS, codes_of_matters
from homeward.formats.tables.writing import csv_lines
from homeward.web.audit.words import event_words, verb_choices
from homeward.web.cases.frame import frame
from homeward.web.ui.asking import actor_of
from homeward.web.ui.forms import DayInput, PlainForm
from homeward.web.ui.paging import Page, page_number


class EventsForm(PlainForm):
    """All in the address: days, codes and people of the house."""

    day = forms.DateField(label=gettext_lazy("Day"), required=False, widget=DayInput)
    verb = forms.ChoiceField(label=gettext_lazy("What was done"), required=False)
    person = forms.ChoiceField(label=gettext_lazy("Person"), required=False)
    code = forms.CharField(label=gettext_lazy("Code of a child"), required=False, max_length=20)

    def __init__(self, data: QueryDict, actor: Actor) -> None:
        super().__init__(data)
        people = [(str(key), name) for key, name in people_in_reach(actor)]
        self.fields["verb"].choices = verb_choices(whole=reads_all(actor))  # type: ignore[attr-defined]
        self.fields["person"].choices = [("", _("All")), *people]  # type: ignore[attr-defined]

    def wanted(self) -> EventFilter:
        """What cannot be understood filters nothing."""
        self.is_valid()
        given: dict[str, Any] = self.cleaned_data
        person = UUID(given["person"]) if given.get("person") else None
        return EventFilter(given.get("day"), given.get("verb", ""), person, given.get("code", ""))


@require_GET
def audit(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    permit(actor, "audit.see").require()
    form = EventsForm(request.GET, actor)
    context = {
        "form": form,
        "page": in_words(actor, list_events(actor, form.wanted(), page_number(request))),
        "filtered": any(request.GET.get(name) for name in form.fields),
        "may_download": permit(actor, "audit.download"),
        "whole": reads_all(actor),
    }
    return render(request, "audit/audit.html", context)


@require_GET
def audit_download(request: HttpRequest) -> StreamingHttpResponse:
    actor = actor_of(request)
    permit(actor, "audit.download").require()
    rows = event_table(actor, EventsForm(request.GET, actor).wanted())
    response = StreamingHttpResponse(csv_lines(HEADER, rows), content_type="text/csv; charset=utf-8")
    name = f"audit-{timezone.localdate().isoformat()}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_GET
def child_looks(request: HttpRequest, code: str) -> HttpResponse:
    actor = actor_of(request)
    child, found = child_events(actor, code, page_number(request))
    return render(request, "audit/child_looks.html", {**frame(actor, child, "looks"), "page": in_words(actor, found)})


def in_words(actor: Actor, found: EventPage) -> Page[dict[str, Any]]:
    """Rows of protection name no child: whose matter it is, is asked where only those are told who may know it."""
    asked = {row.object_id for row in found.rows if row.child_id is None and row.object_kind in MATTERS}
    codes = codes_of_matters(actor, asked) if asked else {}
    rows = [event_words(row, codes.get(row.object_id, "")) for row in found.rows]
    return Page(rows, found.page, found.total)
