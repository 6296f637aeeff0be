"""The map: countries and regions that all organisations share, and an organisation's own places inside them. An own
place is renamed, or merged into another spelling of it; none is removed, because children are recorded in it.
"""

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
from homeward.apps.cases.places import merge_places, planned_merge
from homeward.apps.communities.models import Place, PlaceLevel
from homeward.apps.communities.queries import PlaceRow, places
from homeward.apps.communities.services import add_place, place_to_change, rename_place
from homeward.web.access.me import time_zone_choices
from homeward.web.ui.asking import actor_of, attempt
from homeward.web.ui.forms import CHOOSE, NOT_SAID, PlainForm, posted
from homeward.web.ui.paging import page_of


class PlaceForm(PlainForm):
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=120,
        help_text=gettext_lazy(
            "Look first for another spelling of it. Every organisation on this server sees a country or a region; "
            "other places only yours sees."
        ),
    )
    level = forms.ChoiceField(label=gettext_lazy("Kind of place"), choices=PlaceLevel.choices)
    parent = forms.ChoiceField(
        label=gettext_lazy("Inside"), required=False, help_text=gettext_lazy("Only a country is inside none.")
    )
    country_code = forms.CharField(
        label=gettext_lazy("Code of the country"),
        required=False,
        max_length=2,
        help_text=gettext_lazy("Two letters, as in ET or HN. Only for a country."),
        widget=forms.TextInput(attrs={"dir": "ltr"}),
    )
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"), required=False, help_text=gettext_lazy("Left open: as the place around it.")
    )

    def __init__(self, *args: Any, found: list[PlaceRow], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.found = {str(place.id): place for place in found}
        parents = [(key, place.path) for key, place in self.found.items() if place.level != PlaceLevel.COMMUNITY]
        self.fields["parent"].choices = [("", _("None")), *parents]  # type: ignore[attr-defined]
        self.fields["time_zone"].choices = [NOT_SAID, *time_zone_choices()]  # type: ignore[attr-defined]

    def place(self) -> dict[str, Any]:
        """What is left open follows the place around it."""
        given = self.cleaned_data
        above = self.found.get(given["parent"])
        return {
            "level": given["level"],
            "name": given["name"],
            "country_code": above.country_code if above else given["country_code"],
            "time_zone": given["time_zone"] or (above.time_zone if above else "UTC"),
            "parent_id": UUID(given["parent"]) if above else None,
        }


class RenameForm(PlainForm):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)


class MergeForm(PlainForm):
    """What may be chosen is decided by the service: what is not there, or not ours, is not found."""

    into = forms.UUIDField(
        label=gettext_lazy("The place that stays"),
        widget=forms.Select,
        error_messages={"required": gettext_lazy("Choose the place that stays.")},
    )

    def __init__(self, *args: Any, actor: Actor, place: Place, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.others = [
            (str(row.id), row.path)
            for row in places(actor, place.organisation_id)
            if (row.organisation_id, row.level, row.country_code)
            == (place.organisation_id, place.level, place.country_code)
            and row.id != place.pk
        ]
        self.fields["into"].widget.choices = [CHOOSE, *self.others]


def managed_organisations(actor: Actor) -> set[UUID]:
    return {grant.organisation_id for grant, _scope in actor.grants_for("places.manage")}


@require_http_methods(["GET", "POST"])
def place_list(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    permit(actor, "places.manage").require()
    found = places(actor)
    form = PlaceForm(posted(request), found=found)
    filled = request.method == "POST" and form.is_valid()
    if filled and attempt(form, lambda: add_place(actor, **form.place())) is not None:
        messages.success(request, _("The place is on the map now."), "good")
        return redirect("places")
    levels = dict(PlaceLevel.choices)
    mine = managed_organisations(actor)
    page = page_of(request, [(place, levels[place.level], place.organisation_id in mine) for place in found])
    return render(request, "communities/places.html", {"page": page, "form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def place_page(request: HttpRequest, place_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    place = place_to_change(actor, place_id)
    form = RenameForm(posted(request), initial={"name": place.name})
    if request.method == "POST" and form.is_valid():
        attempt(form, lambda: rename_place(actor, place_id, form.cleaned_data["name"]))
        if not form.errors:
            messages.success(request, _("The change is saved."), "good")
            return redirect("places")
    return _place_page(request, place, form, MergeForm(actor=actor, place=place))


def _place_page(request: HttpRequest, place: Place, form: RenameForm, merge: MergeForm) -> HttpResponse:
    status = 422 if form.errors or merge.errors else 200
    return render(request, "communities/place.html", {"place": place, "form": form, "merge": merge}, status=status)


@require_http_methods(["GET", "POST"])
def place_merge(request: HttpRequest, place_id: UUID) -> HttpResponse:
    """What it would do is a page of its own; only its key does it."""
    actor = actor_of(request)
    place = place_to_change(actor, place_id)
    form = MergeForm(request.POST if request.method == "POST" else request.GET, actor=actor, place=place)
    if not form.is_valid():
        return _place_page(request, place, RenameForm(initial={"name": place.name}), form)
    into = form.cleaned_data["into"]
    if request.method == "POST":
        merge_places(actor, place_id, into)
        messages.success(request, _("The two places are one now."), "good")
        return redirect("places")
    return render(request, "communities/place_merge.html", {"plan": planned_merge(actor, place_id, into)})
