"""Exported data of another system: choose form and file, watch it go in, cancel, go on, undo."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from homeward.apps.access.actors import Actor, permit
from homeward.apps.surveys.form_queries import list_forms
from homeward.apps.surveys.importing import (
    Collected,
    ImportRow,
    cancel_import,
    find_import,
    list_imports,
    resume_import,
    start_import,
    undo_import,
)
from homeward.apps.surveys.models import ImportState
from homeward.web.surveys.instruments import said_record
from homeward.web.ui.asking import actor_of, attempt
from homeward.web.ui.forms import DayInput, PlainForm, posted_with_files
from homeward.web.ui.paging import ROWS, page_of
from homeward.web.ui.words import in_language

GOING = (ImportState.QUEUED, ImportState.RUNNING)
KINDS = {ImportState.DONE: ("good", "check"), ImportState.FAILED: ("bad", "stop"), ImportState.CANCELLED: ("", "stop")}


class ImportForm(PlainForm):
    form = forms.ChoiceField(
        label=gettext_lazy("Instrument and version that the file was collected with"), widget=forms.RadioSelect
    )
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("CSV, Excel, JSON or Parquet as KoboToolbox or ODK Central exports it; zipped CSV too."),
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx,.json,.parquet,.zip"}),
    )

    since = forms.DateField(
        label=gettext_lazy("Since when had child and caregiver agreed?"),
        required=False,
        widget=DayInput,
        help_text=gettext_lazy(
            "Where the rows do not say so themselves. Without it such interviews wait for agreement."
        ),
    )
    reason = forms.CharField(
        label=gettext_lazy("Who had agreed, and where is it written?"), required=False, max_length=500
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if bool(cleaned.get("since")) != bool((cleaned.get("reason") or "").strip()):
            self.add_error("reason", _("Give both the day and where it is written, or neither."))
        return cleaned

    @property
    def collected(self) -> Collected | None:
        since, reason = self.cleaned_data["since"], self.cleaned_data["reason"]
        return Collected(since, reason) if since else None

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        usable = [row for row in list_forms(actor) if row.status in ("published", "retired") and not row.encrypted]
        self.fields["form"].choices = [  # type: ignore[attr-defined]
            (str(row.id), f"{in_language(row.titles, actor.language) or row.instrument_id} {row.version}")
            for row in usable
        ]


@require_GET
def imports(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    rows = [import_words(row, actor.language) for row in list_imports(actor)]
    return render(request, "surveys/imports.html", {"page": page_of(request, rows)})


def import_words(row: ImportRow, language: str) -> dict[str, Any]:
    kind, icon = KINDS.get(ImportState(row.state), ("warn", "clock"))
    return {
        "row": row,
        "title": in_language(row.titles, language) or row.instrument_id,
        "state": ImportState(row.state).label,
        "kind": kind,
        "icon": icon,
        "going": row.state in GOING,
        "left": time_left(row.seconds_left),
    }


def time_left(seconds: int | None) -> str:
    """Rounded up, so that it rather ends early than late."""
    if seconds is None:
        return ""
    if seconds < 60:
        return _("less than a minute left")
    minutes = -(-seconds // 60)
    return ngettext("about %(minutes)d minute left", "about %(minutes)d minutes left", minutes) % {"minutes": minutes}


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def import_new(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    permit(actor, "answers.import").require()
    form = ImportForm(*posted_with_files(request), actor=actor)
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        form_id = UUID(form.cleaned_data["form"])
        name, said = upload.name or "", form.collected
        import_id = attempt(form, lambda: start_import(actor, form_id, name, upload.read(), said))
        if import_id is not None:
            return redirect("import", import_id)
    return render(request, "surveys/import_new.html", {"form": form}, status=422 if form.errors else 200)


@require_GET
def import_page(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Asked again every two seconds by the page itself while it runs; a key does the same without a script."""
    actor = actor_of(request)
    row = find_import(actor, import_id)
    page = page_of(request, gathered(row.problems))
    said = [said_record(record) for record in page.rows]
    context = {"each": import_words(row, actor.language), "page": page, "said": said, "shown": ROWS}
    return render(request, "surveys/import.html", context)


def gathered(records: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What is said of many questions of one row is said once; the file's name stands on top of the page already."""
    found = []
    for _same, group in groupby(records, lambda each: (each.get("row"), each["code"], str(each.get("params")))):
        together = list(group)
        names = ", ".join(dict.fromkeys(str(each["field"]) for each in together if each.get("field")))
        found.append({**together[0], "file": "", "field": names})
    return found


@require_POST
def import_cancel(request: HttpRequest, import_id: UUID) -> HttpResponse:
    cancel_import(actor_of(request), import_id)
    messages.success(request, _("Stopped. What was read stays; it can be undone."), extra_tags="good")
    return redirect("import", import_id)


@require_POST
def import_resume(request: HttpRequest, import_id: UUID) -> HttpResponse:
    resume_import(actor_of(request), import_id)
    return redirect("import", import_id)


@require_POST
def import_undo(request: HttpRequest, import_id: UUID) -> HttpResponse:
    count = undo_import(actor_of(request), import_id)
    words = ngettext("%(count)d interview is set aside.", "%(count)d interviews are set aside.", count)
    messages.success(request, words % {"count": count}, extra_tags="good")
    return redirect("import", import_id)
