"""The register of rights violated in returns: recording, the list, and numbers that need no case."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from homeward.apps.access.actors import Actor, permit
from homeward.apps.access.visibility import NotVisible
from homeward.apps.safeguarding.models import Group, Reason, Right, Told
from homeward.apps.safeguarding.opening import keys_of_before_for, open_violation
from homeward.apps.safeguarding.recipients import own_key
from homeward.apps.safeguarding.violations import (
    SHOWN_FROM,
    ViolationFacts,
    count_violations,
    list_violations,
    places_to_name,
    record_violation,
)
from homeward.web.safeguarding.escalations import OpenForm, earlier_in_page
from homeward.web.safeguarding.sealed import SealedForm, keys_in_page, notes_in_json, written
from homeward.web.ui.asking import actor_of, attempt
from homeward.web.ui.forms import NOT_SAID, DayInput, posted
from homeward.web.ui.paging import page_of

RIGHTS = ("violations.see", "violations.count", "violations.record")


class ViolationForm(SealedForm):
    kind = forms.ChoiceField(label=gettext_lazy("What was violated"), choices=Right.choices)
    happened_on = forms.DateField(label=gettext_lazy("Day"), widget=DayInput())
    place = forms.ChoiceField(label=gettext_lazy("Country, region or district"), required=False)
    told_by = forms.ChoiceField(label=gettext_lazy("Who told of it"), choices=Told.choices)
    child_code = forms.CharField(label=gettext_lazy("Code of the child"), required=False, max_length=20)

    def __init__(self, data: Any, actor: Actor) -> None:
        super().__init__(data)
        choices = [NOT_SAID, *((str(key), name) for key, name in places_to_name(actor))]
        self.fields["place"].choices = choices  # type: ignore[attr-defined]

    def facts(self) -> ViolationFacts:
        given = self.cleaned_data
        place = UUID(given["place"]) if given["place"] else None
        return ViolationFacts(given["kind"], given["happened_on"], given["told_by"], place, given["child_code"])


@require_GET
def violations(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    may = {name.partition(".")[2]: permit(actor, name) for name in RIGHTS}
    if not any(may.values()):
        may["see"].require()
    rows = list_violations(actor) if may["see"] else []
    words = [(Right(row.kind).label, Told(row.told_by).label, row) for row in rows]
    return render(request, "safeguarding/violations.html", {"may": may, "page": page_of(request, words)})


@require_GET
def violation_counts(request: HttpRequest) -> HttpResponse:
    quarters, rows = count_violations(actor_of(request))
    context = {"quarters": quarters, "rows": [(Right(row.kind).label, row.cells) for row in rows], "least": SHOWN_FROM}
    return render(request, "safeguarding/violation_counts.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def violation_new(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    permit(actor, "violations.record").require()
    form = ViolationForm(posted(request), actor)
    if request.method == "POST" and form.is_valid():
        attempt(form, lambda: record_violation(actor, form.facts(), form.envelope()))
        if not form.errors:
            messages.success(request, _("It is in the register."), "good")
            return redirect("violations")
    context = {"form": form, "keys": keys_in_page(actor.organisation_id, Group.FOCAL)}
    return render(request, "safeguarding/violation_new.html", context, status=422 if form.errors else 200)


@never_cache
@require_GET
def violation(request: HttpRequest, violation_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    row = next((row for row in list_violations(actor) if row.id == violation_id), None)
    if row is None:
        raise NotVisible("violation")
    key = own_key(actor, Group.FOCAL)
    context = {
        "row": row,
        "kind": Right(row.kind).label,
        "told": Told(row.told_by).label,
        "opening": OpenForm(),
        "key": {"public": written(key.public_key), "wrapped": written(key.wrapped)} if key else None,
        "earlier": earlier_in_page(keys_of_before_for(actor, row.id)),
        "reasons": Reason.choices,
    }
    return render(request, "safeguarding/violation.html", context)


@require_POST
def violation_open(request: HttpRequest, violation_id: UUID) -> HttpResponse:
    handed = open_violation(actor_of(request), violation_id, request.POST.get("reason", ""))
    return JsonResponse(notes_in_json(handed, {"": _("What happened")}, "violation"))
