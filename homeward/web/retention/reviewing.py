"""The list of who is due, held or waits for a second person; and how long the organisation keeps what."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from homeward.apps.access.actors import permit
from homeward.apps.retention.deciding import check_erasure, set_period
from homeward.apps.retention.going import what_goes
from homeward.apps.retention.guardians import overrides_waiting
from homeward.apps.retention.listing import EndingRow, PeriodRow, periods, review_list
from homeward.apps.retention.models import EndingKind, EndingState, HoldReason, Verdict
from homeward.apps.retention.scope import CHECK, REVIEW, SET
from homeward.domain.problems import ProblemError
from homeward.web.access.entering import confirmed_lately
from homeward.web.retention.guardian import in_words
from homeward.web.retention.words import ASKED_BY, CLOCKS, REASONS, report_words
from homeward.web.ui.asking import actor_of
from homeward.web.ui.forms import PlainForm, posted


@require_GET
def reviews(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    permit(actor, REVIEW).require()
    found = review_list(actor)
    context = {
        "due": [
            {"row": row, "clock": CLOCKS[row.clock], "verdict": Verdict(row.verdict).label if row.verdict else ""}
            for row in found.due
        ],
        "holds": [{"row": row, "reason": HoldReason(row.reason_code).label} for row in found.holds],
        "waiting": [_in_words(row) for row in found.waiting],
        "stands_still": found.stands_still,
        "ended": [_in_words(row) for row in found.ended],
        "guardians": [in_words(row) for row in overrides_waiting(actor)],
    }
    return render(request, "retention/reviews.html", context)


def _in_words(row: EndingRow) -> dict[str, Any]:
    return {
        "row": row,
        "kind": EndingKind(row.kind).label,
        "state": EndingState(row.state).label,
        "reason": REASONS[row.reason],
        "whose": ASKED_BY.get(row.asked_for, ""),
        "report": report_words(row.report),
    }


class SureForm(PlainForm):
    sure = forms.BooleanField(
        label=gettext_lazy("Yes, this is the right child, and I know that it cannot be undone"),
        error_messages={"required": gettext_lazy("Tick this first. Nothing was erased.")},
    )


@confirmed_lately
@require_http_methods(["GET", "POST"])
def check(request: HttpRequest, ending_id: UUID) -> HttpResponse:
    """Asks once more before it agrees: nothing else on these pages is for ever. To refuse needs no second word."""
    actor = actor_of(request)
    permit(actor, CHECK).require()
    agreed = request.POST.get("verdict", "") == "agree"
    form = SureForm(request.POST if agreed else None)
    if request.method == "POST" and (not agreed or form.is_valid()):
        check_erasure(actor, ending_id, agreed=agreed, mark=request.POST.get("mark", ""))
        said = _("The erasure has begun. It cannot be taken back.") if agreed else _("The erasure is refused.")
        messages.success(request, said, extra_tags="good")
        return redirect("retention")
    going = what_goes(actor, ending_id)
    context = {"each": _in_words(going.row), "goes": report_words(going.counts), "mark": going.mark, "form": form}
    return render(request, "retention/check.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def times(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    permit(actor, SET).require()
    rows = periods(actor)
    form = TimesForm(posted(request), rows=rows)
    if request.method == "POST" and form.is_valid():
        for row in rows:
            _set(request, form, row)
        if not form.errors:
            messages.success(request, _("The change is saved."), extra_tags="good")
            return redirect("retention-times")
    return render(request, "retention/times.html", {"form": form}, status=422 if form.errors else 200)


def _set(request: HttpRequest, form: PlainForm, row: PeriodRow) -> None:
    try:
        set_period(actor_of(request), row.clock, form.cleaned_data[row.clock])
    except ProblemError as refusal:
        form.take(refusal.problems)


class TimesForm(PlainForm):
    def __init__(self, *args: Any, rows: list[PeriodRow], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for row in rows:
            params = {"usual": row.usual, "least": row.shortest, "most": row.longest}
            self.fields[row.clock] = forms.IntegerField(
                label=CLOCKS[row.clock],
                initial=row.months,
                min_value=row.shortest,
                max_value=row.longest,
                help_text=_("Months. Usual: {usual}; from {least} to {most}.").format(**params),
                widget=forms.NumberInput(attrs={"class": "form-control", "autocomplete": "off"}),
            )
