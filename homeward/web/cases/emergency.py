"""Opening one record in an emergency, and the review of what was opened."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from homeward.apps.access.actors import Actor, permit
from homeward.apps.access.emergency import EmergencyRow, emergencies_with_reasons, review_emergency
from homeward.apps.access.volume import review_volume, volumes_to_review
from homeward.apps.cases.emergency import codes_of, open_in_emergency
from homeward.web.ui.asking import actor_of, attempt
from homeward.web.ui.forms import PlainForm, posted

VERDICTS = {"justified": gettext_lazy("Justified"), "not_justified": gettext_lazy("Not justified")}


class EmergencyForm(PlainForm):
    code = forms.CharField(label=gettext_lazy("Code of the child"), max_length=20)
    reason = forms.CharField(
        label=gettext_lazy("What has happened, and why can it not wait?"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=500,
    )


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def emergency(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    permit(actor, "children.emergency").require()
    form = EmergencyForm(posted(request))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        opened = attempt(form, lambda: open_in_emergency(actor, given["code"], given["reason"]))
        if opened is not None:
            code, until = opened
            said = _("Open to you until %(time)s, to be read. The focal points have been told.")
            words = said % {"time": date_format(localtime(until), "SHORT_DATETIME_FORMAT")}
            messages.warning(request, words, extra_tags="warn")
            return redirect("child", code)
    return render(request, "cases/emergency.html", {"form": form}, status=422 if form.errors else 200)


@require_GET
def emergencies(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    permit(actor, "emergencies.review").require()
    context = {"rows": in_words(emergencies_with_reasons(actor)), "volumes": volumes_to_review(actor)}
    return render(request, "cases/emergencies.html", context)


@require_POST
def emergency_review(request: HttpRequest, emergency_id: UUID) -> HttpResponse:
    return _reviewed(request, review_emergency, emergency_id)


@require_POST
def volume_review(request: HttpRequest, volume_id: UUID) -> HttpResponse:
    return _reviewed(request, review_volume, volume_id)


def _reviewed(request: HttpRequest, act: Callable[[Actor, UUID, str], None], key: UUID) -> HttpResponse:
    actor = actor_of(request)
    permit(actor, "emergencies.review").require()
    act(actor, key, request.POST.get("verdict", ""))
    messages.success(request, _("The review is recorded."), extra_tags="good")
    return redirect("emergencies")


def in_words(rows: Iterable[EmergencyRow]) -> list[dict[str, Any]]:
    found = list(rows)
    codes = codes_of(found)
    return [
        {"row": row, "code": codes.get(row.child_id, ""), "verdict": VERDICTS.get(row.verdict, "")} for row in found
    ]
