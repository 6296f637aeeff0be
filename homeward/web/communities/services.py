"""The list of services that an organisation knows of: added, changed, closed. None is taken off: referrals name it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from homeward.apps.access.actors import Actor, permit
from homeward.apps.communities.directory import (
    LONGEST_NOTE,
    MANAGE,
    SEE,
    ServiceFacts,
    add_service,
    change_service,
    find_service,
    services,
)
from homeward.apps.communities.models import Sector
from homeward.apps.communities.queries import places
from homeward.web.ui.asking import actor_of, attempt
from homeward.web.ui.forms import PlainForm, posted
from homeward.web.ui.paging import page_of


class ServiceForm(PlainForm):
    sector = forms.ChoiceField(label=gettext_lazy("Sector"), choices=Sector.choices)
    name = forms.CharField(
        label=gettext_lazy("Who provides it"), max_length=120, help_text=gettext_lazy("No child's or family's name.")
    )
    place = forms.ChoiceField(label=gettext_lazy("Where"), required=False)
    note = forms.CharField(
        label=gettext_lazy("How to reach it"),
        required=False,
        max_length=LONGEST_NOTE,
        help_text=gettext_lazy("Days, papers to bring, what it costs."),
    )
    is_ours = forms.BooleanField(label=gettext_lazy("We provide it ourselves"), required=False)
    is_open = forms.BooleanField(label=gettext_lazy("Open: children can be referred to it"), required=False)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [(str(place.id), place.path) for place in places(actor, actor.organisation_id)]
        self.fields["place"].choices = [("", _("Everywhere")), *offered]  # type: ignore[attr-defined]

    def facts(self) -> ServiceFacts:
        given = self.cleaned_data
        place = UUID(given["place"]) if given["place"] else None
        return ServiceFacts(given["sector"], given["name"], place, given["is_ours"], given["is_open"], given["note"])


@require_http_methods(["GET", "POST"])
def service_list(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    permit(actor, SEE).require()
    may_manage = bool(permit(actor, MANAGE))
    form = ServiceForm(posted(request), actor=actor, initial={"is_open": True})
    if request.method == "POST":
        permit(actor, MANAGE).require()
    filled = request.method == "POST" and form.is_valid()
    if filled and attempt(form, lambda: add_service(actor, form.facts())) is not None:
        messages.success(request, _("The service is on the list now."), extra_tags="good")
        return redirect("services")
    sectors = dict(Sector.choices)
    page = page_of(request, [(row, sectors[row.sector]) for row in services(actor)])
    context = {"page": page, "form": form, "may_manage": may_manage}
    return render(request, "communities/services.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def service_page(request: HttpRequest, service_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    row = find_service(actor, service_id)
    names = ("sector", "name", "note", "is_ours", "is_open")
    initial = {name: getattr(row, name) for name in names} | {"place": str(row.place_id or "")}
    form = ServiceForm(posted(request), actor=actor, initial=initial)
    if request.method == "POST" and form.is_valid():
        attempt(form, lambda: change_service(actor, service_id, form.facts()))
        if not form.errors:
            messages.success(request, _("The change is saved."), extra_tags="good")
            return redirect("services")
    context = {"service": row, "form": form}
    return render(request, "communities/service.html", context, status=422 if form.errors else 200)
