"""My settings: the language of the pages and the time zone."""

from __future__ import annotations

from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from homeward.apps.access.models import RoleChoices
from homeward.apps.access.services import change_own_settings
from homeward.web.ui.asking import actor_of, attempt
from homeward.web.ui.forms import PlainForm, posted


def language_choices() -> list[tuple[str, str]]:
    """Each language in its own words, so that everybody finds theirs."""
    return [(code, translation.get_language_info(code)["name_local"]) for code, _name in settings.LANGUAGES]


def time_zone_choices() -> list[tuple[str, str]]:
    return [(name, name.replace("_", " ")) for name in sorted(available_timezones()) if "/" in name or name == "UTC"]


class MySettingsForm(PlainForm):
    language = forms.ChoiceField(
        label=_("Language of the pages"),
        help_text=_("Interviews have a language of their own, chosen with each child."),
        widget=forms.RadioSelect,
        choices=language_choices,
    )
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=time_zone_choices)


@require_http_methods(["GET", "POST"])
def me(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    form = MySettingsForm(posted(request), initial={"language": actor.language, "time_zone": actor.time_zone})
    if request.method == "POST" and form.is_valid():
        attempt(form, lambda: change_own_settings(actor, **form.cleaned_data))
        if not form.errors:
            with translation.override(form.cleaned_data["language"]):
                messages.success(request, translation.gettext("Your settings are saved."), extra_tags="good")
            return redirect("me")
    roles = [RoleChoices(grant.role).label for grant in actor.grants]
    context = {"form": form, "actor": actor, "roles": roles}
    return render(request, "access/me.html", context, status=422 if form.errors else 200)
