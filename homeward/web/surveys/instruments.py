"""Instruments in use: their state, what the check found, and the steps from draft to published to retired."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from homeward.apps.access.actors import Actor, permit
from homeward.apps.surveys.form_queries import FormDetail, find_form, find_version, form_workbook, list_forms
from homeward.apps.surveys.forms import (
    library,
    load_from_library,
    load_workbook,
    may_publish,
    propose_publication,
    publish,
    retire,
    withdraw_proposal,
)
from homeward.apps.surveys.models import FormStatus, State
from homeward.apps.surveys.sessions import sessions_of
from homeward.domain.problems import Decision, Problem, Where
from homeward.web.ui.asking import actor_of, attempt
from homeward.web.ui.forms import PlainForm, posted_with_files
from homeward.web.ui.paging import page_of
from homeward.web.ui.words import Said, say

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_GET
def instruments(request: HttpRequest) -> HttpResponse:
    """The newest version of each instrument; the others stand on its page."""
    actor = actor_of(request)
    permit(actor, "instruments.see").require()
    newest: dict[str, Any] = {}
    for row in list_forms(actor):
        newest.setdefault(row.instrument_id, row)
    context = {"page": page_of(request, list(newest.values())), "may_load": permit(actor, "instruments.load")}
    return render(request, "surveys/instruments.html", context)


class WorkbookForm(PlainForm):
    file = forms.FileField(
        label=gettext_lazy("XLSForm workbook"),
        required=False,
        help_text=gettext_lazy("An .xlsx file; the scoring sheets are optional."),
        widget=forms.FileInput(attrs={"accept": ".xlsx"}),
    )
    reference = forms.ChoiceField(
        label=gettext_lazy("Or an instrument of the library"), required=False, choices=lambda: library_choices()
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("file") and not cleaned.get("reference"):
            raise forms.ValidationError(_("Choose a file, or an instrument of the library."))
        return cleaned


def library_choices() -> list[tuple[str, str]]:
    return [("", _("None")), *((name, name) for name in _references())]


def _references() -> list[str]:
    return [f"{entry.id}@{entry.version}" for entry in library().entries()]


@require_http_methods(["GET", "POST"])
def instrument_new(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    permit(actor, "instruments.load").require()
    form = WorkbookForm(*posted_with_files(request))
    if request.method == "POST" and form.is_valid():
        form_id = attempt(form, lambda: take(actor, form.cleaned_data))
        if form_id is not None:
            messages.success(request, _("Loaded as a draft. Look at what the check found."), extra_tags="good")
            return redirect("instrument", form_id)
    return render(request, "surveys/instrument_new.html", {"form": form}, status=422 if form.errors else 200)


def take(actor: Actor, given: Mapping[str, Any]) -> UUID:
    upload = given["file"]
    if upload:
        return load_workbook(actor, upload.read(), upload.name or "form.xlsx")
    return load_from_library(actor, given["reference"])


@require_GET
def instrument(request: HttpRequest, form_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    detail = find_form(actor, form_id)
    report = [(str(record.get("severity", "")), said_record(record)) for record in detail.report]
    context = {
        "detail": detail,
        "form": detail.row,
        "errors": [said for severity, said in report if severity == "error"],
        "warnings": [said for severity, said in report if severity != "error"],
        "previous": previous_version(detail),
        "status": FormStatus(detail.row.status).label,
        "for_a_group": detail.row.status == FormStatus.PUBLISHED and detail.row.subject == "group",
        "may_fill": permit(actor, "interviews.fill"),
        "may_take": permit(actor, "answers.download"),
        "form_key": str(form_id),
        "sessions": [(row, State(row.state).label) for row in sessions_of(actor, form_id)],
        **steps(actor, detail),
    }
    return render(request, "surveys/instrument.html", context)


def steps(actor: Actor, detail: FormDetail) -> dict[str, Any]:
    """The one step that is next, with the reason where it is not open; the rest in plain keys."""
    status = detail.row.status
    main = {"draft": "propose", "proposed": "publish", "published": "retire"}.get(status, "")
    decisions = {
        "propose": permit(actor, "instruments.propose"),
        "publish": may_publish(actor, find_version(actor, detail.row.id), timezone.now()),
        "retire": permit(actor, "instruments.retire"),
    }
    decision = decisions.get(main, Decision.yes())
    if main == "propose" and decision and detail.row.errors:
        decision = Decision.no(
            Problem("form.errors", "The check found errors.", "Correct the workbook and load it again.")
        )
    return {"step": main, "decision": decision, "may_withdraw": status == "proposed" and decisions["propose"]}


def said_record(record: Mapping[str, Any]) -> Said:
    where = Where(record.get("file") or "", record.get("sheet") or "", record.get("row"), record.get("field") or "")
    words = Problem(record["code"], record["message"], record.get("action") or "", where, record.get("params") or {})
    return say(words)


def previous_version(detail: FormDetail) -> Any:
    """The version before this one, to compare with."""
    ids = [row.id for row in detail.versions]
    later = detail.versions[ids.index(detail.row.id) + 1 :]
    return later[0] if later else None


STEPS: Mapping[str, tuple[Callable[[Actor, UUID], None], Any]] = {
    "propose": (propose_publication, gettext_lazy("Proposed. A second person publishes it.")),
    "publish": (publish, gettext_lazy("Published. Phones get it from now on, and it never changes.")),
    "withdraw": (withdraw_proposal, gettext_lazy("It is a draft again.")),
    "retire": (retire, gettext_lazy("Retired. Phones get it no more; what they still send waits in the Inbox.")),
}


@require_POST
def instrument_step(request: HttpRequest, form_id: UUID, step: str) -> HttpResponse:
    service, words = STEPS[step]
    service(actor_of(request), form_id)
    messages.success(request, str(words), extra_tags="good")
    return redirect("instrument", form_id)


@require_GET
def instrument_workbook(request: HttpRequest, form_id: UUID) -> HttpResponse:
    """The workbook as it was loaded, to correct it and load it again."""
    actor = actor_of(request)
    detail = find_form(actor, form_id)
    response = HttpResponse(form_workbook(actor, form_id), content_type=XLSX)
    name = f"{detail.row.instrument_id}-{detail.row.version}.xlsx"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
