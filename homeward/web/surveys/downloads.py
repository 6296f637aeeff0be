"""Lists and answers to take away, as CSV or Excel; no text in them can run as a formula, no child is named in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from homeward.apps.access.actors import Actor, permit
from homeward.apps.surveys.answer_columns import Style
from homeward.apps.surveys.answer_downloads import Wish, answer_tables
from homeward.apps.surveys.downloads import Cell, children_table, flags_table, scores_table
from homeward.apps.surveys.form_queries import FormRow, find_form, instrument_of, list_forms
from homeward.apps.surveys.list_downloads import LISTS, list_table
from homeward.formats.tables.workbook_writing import Table, workbook_pieces, zip_pieces
from homeward.formats.tables.writing import csv_lines
from homeward.formats.xlsform.dictionary import HEADER, data_dictionary
from homeward.web.access.entering import confirmed_lately
from homeward.web.cases.children import FilterForm
from homeward.web.surveys.instruments import XLSX
from homeward.web.ui.asking import actor_of
from homeward.web.ui.forms import PlainForm
from homeward.web.ui.words import in_language, language_name

PERMITTED = ("answers", "scores", "children")
BESIDE = "dictionary"  # a sheet of the workbook, and no part of the CSV
KINDS = ("csv", "xlsx")


class AnswersForm(PlainForm):
    """All in the address: it names no child."""

    form = forms.ChoiceField(label=gettext_lazy("Instrument"))
    every_version = forms.BooleanField(label=gettext_lazy("All versions of this instrument"), required=False)
    language = forms.ChoiceField(label=gettext_lazy("Closed answers as"), required=False)
    split = forms.BooleanField(
        label=gettext_lazy("Multiple choices also as one column an option (1 or 0)"), required=False
    )
    waiting = forms.BooleanField(label=gettext_lazy("Also interviews that wait in the inbox, marked"), required=False)

    def __init__(self, data: QueryDict | None, actor: Actor, **options: Any) -> None:
        super().__init__(data, **options)
        found = in_use(actor)
        if len({row.instrument_id for row in found}) == len(found):
            del self.fields["every_version"]
        languages = sorted({code for row in found for code in row.languages if code in dict(settings.LANGUAGES)})
        words = [(code, _("Words: {language}").format(language=language_name(code))) for code in languages]
        self.fields["form"].choices = [(str(row.id), titled(row, actor.language)) for row in found]  # type: ignore[attr-defined]
        self.fields["language"].choices = [("", _("Codes, as in the form")), *words]  # type: ignore[attr-defined]

    def wanted(self) -> Wish:
        if not self.is_valid():
            raise Http404
        given = self.cleaned_data
        style = Style(given["language"], given["split"])
        return Wish(UUID(given["form"]), given.get("every_version", False), given["waiting"], style)


def in_use(actor: Actor) -> list[FormRow]:
    """Versions that answers may have come with."""
    return [row for row in list_forms(actor) if row.status in ("published", "retired") and not row.encrypted]


def titled(row: FormRow, language: str) -> str:
    return f"{in_language(row.titles, language) or row.instrument_id} {row.version}"


@require_GET
def downloads(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    may = {what: permit(actor, f"{what}.download") for what in PERMITTED}
    if not any(may.values()):
        may["scores"].require()
    found = in_use(actor)
    context = {
        "may": may,
        "forms": [row for row in found if row.scored],
        "ask": AnswersForm(None, actor, initial={"form": request.GET.get("form", "")}) if found else None,
    }
    return render(request, "surveys/downloads.html", context)


@confirmed_lately
@require_GET
def download(request: HttpRequest, what: str, kind: str) -> StreamingHttpResponse:
    if kind not in KINDS:
        raise Http404
    tables = tables_of(request, actor_of(request), what)
    pieces, ending, content_type = written(tables, kind)
    name = f"{file_name(request, what)}-{timezone.localdate().isoformat()}.{ending}"
    response = StreamingHttpResponse(pieces, content_type=content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def written(tables: Sequence[Table], kind: str) -> tuple[Iterator[bytes], str, str]:
    """Pieces as they come, the ending of the name, the type. A table that does not stand alone travels in a zip."""
    if kind == "xlsx":
        return workbook_pieces(tables), "xlsx", XLSX
    data = [table for table in tables if table.name != BESIDE] or tables
    if len(data) > 1:
        return zip_pieces(data), "zip", "application/zip"
    return csv_lines(data[0].header, data[0].rows), "csv", "text/csv; charset=utf-8"


def file_name(request: HttpRequest, what: str) -> str:
    """Says of which instrument and in which words, so that two files in one folder are told apart."""
    form = request.GET.get("form", "")
    if what not in ("answers", "scores", BESIDE) or not form:
        return "children-filtered" if what == "children" and request.GET else what
    actor = actor_of(request)
    row = find_form(actor, UUID(form)).row
    version = "" if request.GET.get("every_version") else f"-{row.version}"
    how = f"-{AnswersForm(request.GET, actor).wanted().described}" if what == "answers" else ""
    if what == BESIDE and request.GET.get("language") in dict(settings.LANGUAGES):
        how = f"-{request.GET['language']}"
    return f"{what}-{row.instrument_id}{version}{how}"


def tables_of(request: HttpRequest, actor: Actor, what: str) -> list[Table]:
    """The list of children may be filtered as on its page; scores may be those of one version of an instrument."""
    if what == "answers":
        return answer_tables(actor, AnswersForm(request.GET, actor).wanted())
    if what == BESIDE:
        return [dictionary(actor, form_of(request), request.GET.get("language", ""))]
    if what in LISTS:
        return [list_table(actor, what)]
    if what == "children":
        wanted = FilterForm(request.GET, actor).wanted() if request.GET else None
        return [with_header(what, children_table(actor, wanted))]
    if what == "scores":
        return [with_header(what, scores_table(actor, form_of(request) if request.GET.get("form") else None))]
    if what == "flags":
        return [with_header(what, flags_table(actor))]
    raise Http404


def with_header(name: str, rows: Iterator[tuple[Cell, ...]]) -> Table:
    return Table(name, [str(title) for title in next(rows)], rows)


def form_of(request: HttpRequest) -> UUID:
    try:
        return UUID(request.GET.get("form", ""))
    except ValueError as error:
        raise Http404 from error


def dictionary(actor: Actor, form_id: UUID, language: str) -> Table:
    """What each column of the answers means; about a form and nobody, so no look is written down."""
    rows = data_dictionary(instrument_of(actor, form_id), language)
    return Table(BESIDE, HEADER, ([getattr(row, field) for field in HEADER] for row in rows))
