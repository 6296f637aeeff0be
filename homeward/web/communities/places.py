"""The map that all organisations share: countries, and places inside them. Places are added, never renamed or removed
here, because children are recorded in them.
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

from homeward.apps.access.actors import permit
from homeward.apps.communities.models import PlaceLevel
from homeward.apps.communities.queries import PlaceRow, places
from homeward.apps.communities.services import add_place
from homeward.web.access.me import time_zone_choices
from homeward.web.ui.asking import actor_of, attempt
from homeward.web.ui.forms import PlainForm, posted
from homeward.web.ui.paging import page_of


class PlaceForm(PlainForm):
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=120,
        help_text=gettext_lazy(
            "Every organisation on this server will see it, and it stays. Look first for another spelling of it."
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
        self.fields["time_zone"].choices = [("", "–"), *time_zone_choices()]  # type: ignore[attr-defined]

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


@require_http_methods(["GET", "POST"])
def place_list(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    permit(actor, "places.manage").require()
    found = places()
    form = PlaceForm(posted(request), found=found)
    filled = request.method == "POST" and form.is_valid()
    if filled and attempt(form, lambda: add_place(actor, **form.place())) is not None:
        messages.success(request, _("The place is on the map now."), "good")
        return redirect("places")
    levels = dict(PlaceLevel.choices)
    page = page_of(request, [(place, levels[place.level]) for place in found])
    return render(request, "communities/places.html", {"page": page, "form": form}, status=422 if form.errors else 200)
