"""Lists to take away, as CSV or Excel; no text in them can run as a formula, and no name is in them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from homeward.apps.access.actors import Actor, permit
from homeward.apps.surveys.downloads import Cell, children_table, scores_table
from homeward.apps.surveys.form_queries import list_forms
from homeward.formats.tables.writing import csv_lines, write_workbook
from homeward.web.cases.children import FilterForm
from homeward.web.surveys.instruments import XLSX
from homeward.web.ui.asking import actor_of


@require_GET
def downloads(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    may = {what: permit(actor, f"{what}.download") for what in ("children", "scores")}
    if not any(may.values()):
        may["scores"].require()
    forms = [form for form in list_forms(actor) if form.scored and form.status in ("published", "retired")]
    return render(request, "surveys/downloads.html", {"may": may, "forms": forms})


@require_GET
def download(request: HttpRequest, what: str, kind: str) -> HttpResponseBase:
    if what not in ("children", "scores") or kind not in ("csv", "xlsx"):
        raise Http404
    rows = table(request, actor_of(request), what)
    header = [str(title) for title in next(rows)]
    name = f"{what}-{timezone.localdate().isoformat()}.{kind}"
    response: HttpResponseBase
    if kind == "csv":
        response = StreamingHttpResponse(csv_lines(header, rows), content_type="text/csv; charset=utf-8")
    else:
        book = io.BytesIO()
        write_workbook(book, header, rows, sheet=what)
        response = HttpResponse(book.getvalue(), content_type=XLSX)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def table(request: HttpRequest, actor: Actor, what: str) -> Iterator[tuple[Cell, ...]]:
    """The list of children may be filtered as on its page; scores may be those of one version of an instrument."""
    form = request.GET.get("form", "")
    if what == "children":
        wanted = FilterForm(request.GET, actor).wanted() if request.GET else None
        return children_table(actor, wanted)
    try:
        return scores_table(actor, UUID(form) if form else None)
    except ValueError as error:
        raise Http404 from error
