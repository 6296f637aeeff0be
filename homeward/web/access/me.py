"""My settings: the language of the pages and the time zone."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from homeward.apps.access.accounts import change_own_password
from homeward.apps.access.models import RoleChoices
from homeward.apps.access.queries import codes_issued
from homeward.apps.access.services import change_own_settings
from homeward.web.ui.asking import actor_of, attempt
from homeward.web.ui.forms import NewPassword, PlainForm, password_field, posted
from homeward.web.ui.language import forget_at_door

LISTED_FOR = timedelta(days=90)


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


class PasswordForm(NewPassword):
    current = password_field(_("Present password"), "current-password")
    field_order = ("current", "new", "again")


@require_http_methods(["GET", "POST"])
def me(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    form = settings_form(request, posted(request))
    if request.method == "POST" and form.is_valid():
        attempt(form, lambda: change_own_settings(actor, **form.cleaned_data))
        if not form.errors:
            with translation.override(form.cleaned_data["language"]):
                messages.success(request, translation.gettext("Your settings are saved."), extra_tags="good")
            return in_own_language("me")
    return my_page(request, form, PasswordForm())


@require_POST
def my_language(request: HttpRequest) -> HttpResponse:
    """Settles which of two languages holds: the one chosen at the door, or the one that the account has."""
    change_own_settings(actor_of(request), language=request.POST.get("language", ""))
    return in_own_language("today")


def in_own_language(page: str) -> HttpResponse:
    """What was chosen at the door has been settled and gives way."""
    response = redirect(page)
    forget_at_door(response)
    return response


@sensitive_post_parameters("current", "new", "again")
@require_POST
def my_password(request: HttpRequest) -> HttpResponse:
    """This session goes on; all others are bound to the password before and are over."""
    actor = actor_of(request)
    form = PasswordForm(posted(request))
    if form.is_valid():
        given = form.cleaned_data
        person = attempt(form, lambda: change_own_password(actor, given["current"], given["new"]))
        if person is not None:
            update_session_auth_hash(request, person)
            messages.success(request, translation.gettext("Your password is changed."), extra_tags="good")
            return redirect("me")
    return my_page(request, settings_form(request, None), form)


def settings_form(request: HttpRequest, given: QueryDict | None) -> MySettingsForm:
    """Of the account: the pages themselves may be in the language chosen at the door."""
    actor, own = actor_of(request), getattr(request.user, "language", "")
    return MySettingsForm(given, initial={"language": own, "time_zone": actor.time_zone})


def my_page(request: HttpRequest, form: MySettingsForm, password: PasswordForm) -> HttpResponse:
    actor = actor_of(request)
    roles = [RoleChoices(grant.role).label for grant in actor.grants]
    codes = codes_issued(actor.person_id, LISTED_FOR) if actor.person_id else []
    context = {"form": form, "password": password, "actor": actor, "roles": roles, "codes": codes}
    return render(request, "access/me.html", context, status=422 if form.errors or password.errors else 200)
