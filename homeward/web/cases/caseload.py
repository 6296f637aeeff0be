"""A caseload from a spreadsheet: upload, look at what would change, carry it out. Between the two steps the rows travel
in the page itself, signed, so that no name waits in a file or a table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core import signing
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from homeward.apps.access.actors import Actor, permit
from homeward.apps.cases.caseload import (
    COLUMNS,
    LARGEST,
    CaseloadPreview,
    PreviewRow,
    import_caseload,
    preview_caseload,
    preview_upload,
)
from homeward.formats.tables.sheets import Sheet
from homeward.web.ui.asking import actor_of, attempt
from homeward.web.ui.forms import PlainForm, posted_with_files
from homeward.web.ui.once import shown_once
from homeward.web.ui.paging import ROWS
from homeward.web.ui.words import comma, say

SALT = "homeward.caseload"
KEPT = 3600  # seconds until a preview has to be made again
SHOWN_FIRST = ("error", "changed", "new", "unchanged")


class CaseloadForm(PlainForm):
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy(
            "Excel (.xlsx) or CSV UTF-8, one row a child, the column names first; or cases of Primero as JSON."
        ),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv,.json"}),
    )


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the preview; `number` is the row as the spreadsheet shows it."""

    number: int
    row: PreviewRow
    fields: str
    said: list[Any]


def taken(actor: Actor, upload: UploadedFile[Any]) -> tuple[Sheet, CaseloadPreview]:
    return preview_upload(actor, upload.read(), upload.name or "")


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def caseload(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    permit(actor, "caseload.import").require()
    form = CaseloadForm(*posted_with_files(request))
    if request.method == "POST" and form.is_valid():
        read = attempt(form, lambda: taken(actor, form.cleaned_data["file"]))
        if read is not None:
            return preview_page(request, actor, *read)
    context = {"form": form, "columns": COLUMNS, "most": LARGEST}
    return render(request, "cases/caseload.html", context, status=422 if form.errors else 200)


def preview_page(request: HttpRequest, actor: Actor, sheet: Sheet, preview: CaseloadPreview) -> HttpResponse:
    rows, numbers = [dict(row.cells) for row in sheet], [row.number for row in sheet]
    packed = signing.dumps([str(actor.id), rows], salt=SALT, compress=True)
    lines = [
        Line(number, row, comma().join(row.changes), [say(each) for each in row.problems])
        for number, row in zip(numbers, preview.rows, strict=True)
    ]
    lines.sort(key=lambda line: (SHOWN_FIRST.index(line.row.kind), line.number))
    context = {
        "preview": preview,
        "lines": lines[:ROWS],
        "more": max(0, len(lines) - ROWS),
        "packed": packed,
        "will": preview.new + preview.changed,
        "unknown": [(number, comma().join(fields)) for number, fields in preview.unknown[:ROWS]],
        "leaving": any("case_worker" in row.changes for row in preview.rows),
    }
    return render(request, "cases/caseload_preview.html", context)


@shown_once("children")
@sensitive_post_parameters()
@require_POST
def caseload_apply(request: HttpRequest) -> HttpResponse:
    """The rows are looked at once more, so that what happened in between is respected."""
    actor = actor_of(request)
    permit(actor, "caseload.import").require()
    try:
        owner, rows = signing.loads(request.POST.get("packed", ""), salt=SALT, max_age=KEPT)
    except signing.BadSignature:
        owner, rows = "", []
    if owner != str(actor.id):
        messages.warning(request, _("This preview is too old. Choose the file again."), extra_tags="warn")
        return redirect("caseload-import")
    result = import_caseload(actor, preview_caseload(actor, rows))
    words = ngettext("%(new)d child is new", "%(new)d children are new", result.new) % {"new": result.new}
    said = _("%(words)s, %(changed)d changed, %(unchanged)d unchanged, %(failed)d left out.")
    counts = {"changed": result.changed, "unchanged": result.unchanged, "failed": result.failed}
    messages.success(request, said % {"words": words, **counts}, extra_tags="good")
    if not result.codes:
        return redirect("children")
    context = {"codes": result.codes[:ROWS], "more": max(0, len(result.codes) - ROWS)}
    return render(request, "cases/caseload_done.html", context)
