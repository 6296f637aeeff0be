"""Which needs found no answer, by sector, place and reason: counts, and no child."""

from __future__ import annotations

from datetime import date, timedelta

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from homeward.apps.access.actors import permit
from homeward.apps.cases.gaps import FEW, service_gaps
from homeward.apps.communities.models import Sector
from homeward.web.cases.help_words import REASONS
from homeward.web.ui.asking import actor_of
from homeward.web.ui.forms import DayInput, PlainForm
from homeward.web.ui.paging import page_of

USUAL = timedelta(days=365)


class PeriodForm(PlainForm):
    since = forms.DateField(label=gettext_lazy("From"), widget=DayInput)
    until = forms.DateField(label=gettext_lazy("Until"), widget=DayInput)


@require_GET
def service_gap_counts(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    permit(actor, "gaps.see").require()
    today = actor.today()
    form = PeriodForm(request.GET or None, initial={"since": today - USUAL, "until": today})
    since, until = _period(form, today)
    sectors = dict(Sector.choices)
    rows = [
        {"row": row, "sector": sectors[row.sector], "reason": REASONS.get(row.reason, row.reason)}
        for row in service_gaps(actor, since, until)
    ]
    context = {"page": page_of(request, rows), "form": form, "since": since, "until": until, "few": FEW}
    return render(request, "cases/service_gaps.html", context)


def _period(form: PeriodForm, today: date) -> tuple[date, date]:
    if form.is_bound and form.is_valid():
        return form.cleaned_data["since"], form.cleaned_data["until"]
    return today - USUAL, today
