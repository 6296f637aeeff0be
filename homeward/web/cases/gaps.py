"""Which needs found no answer, by sector and place, and by why, from what or when: counts, and no child."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from homeward.apps.access.actors import permit
from homeward.apps.cases.gaps import GapRow, service_gaps
from homeward.apps.cases.models import GapSource
from homeward.apps.communities.models import Sector
from homeward.domain.gaps import FEW, whole_quarters
from homeward.web.cases.help_words import REASONS
from homeward.web.ui.asking import actor_of
from homeward.web.ui.forms import DayInput, PlainForm
from homeward.web.ui.paging import page_of

USUAL = timedelta(days=365)
ALSO = (
    ("", gettext_lazy("Sector and place alone")),
    ("reason", gettext_lazy("Why")),
    ("source", gettext_lazy("From what it is known")),
    ("month", gettext_lazy("Month")),
)


class CountForm(PlainForm):
    since = forms.DateField(label=gettext_lazy("From"), required=False, widget=DayInput)
    until = forms.DateField(label=gettext_lazy("Until"), required=False, widget=DayInput)
    also = forms.ChoiceField(label=gettext_lazy("Count also by"), choices=ALSO, required=False)


@require_GET
def service_gap_counts(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    permit(actor, "gaps.see").require()
    today = actor.today()
    form = CountForm(request.GET or None, initial={"since": today - USUAL, "until": today})
    since, until, also = _asked(form, today)
    quarters = not permit(actor, "children.see")
    if quarters:
        since, until = whole_quarters(since, until)
    rows = [_in_words(row, also) for row in service_gaps(actor, since, until, also)]
    context = {"page": page_of(request, rows), "form": form, "since": since, "until": until, "few": FEW}
    context |= {"also": dict(ALSO)[also] if also else "", "quarters": quarters}
    return render(request, "cases/service_gaps.html", context)


def _asked(form: CountForm, today: date) -> tuple[date, date, str]:
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        return given["since"] or today - USUAL, given["until"] or today, given["also"]
    return today - USUAL, today, ""


def _in_words(row: GapRow, also: str) -> dict[str, Any]:
    more: Any = {"reason": REASONS.get(row.reason, row.reason)}
    more |= {"source": GapSource(row.source).label} if row.source else {}
    more |= {"month": date_format(row.month, "YEAR_MONTH_FORMAT")} if row.month else {}
    told = {"row": row, "sector": Sector(row.sector).label, "more": more.get(also, "")}
    return told | ({"months": (row.quarter, row.quarter.replace(month=row.quarter.month + 2))} if row.quarter else {})
