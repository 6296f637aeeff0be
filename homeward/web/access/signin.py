"""The door: signing in and out, the quick way out, and the language of the door."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate, login, logout
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from homeward.apps.access.models import Person, RoleChoices
from homeward.apps.access.queries import cast, codes_issued
from homeward.apps.access.signin import PersonBackend
from homeward.web.ui.forms import PlainForm, posted
from homeward.web.ui.language import door_language_of, keep_at_door

TOLD_FOR = timedelta(days=30)
BACKEND = settings.AUTHENTICATION_BACKENDS[0]


class SignInForm(PlainForm):
    email = forms.EmailField(label=_("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "username"}))
    password = forms.CharField(
        label=_("Password"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )
    next = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        email, password = cleaned.get("email"), cleaned.get("password")
        if email and password:
            cleaned["person"] = authenticate(username=email, password=password)
            if cleaned["person"] is None:
                raise forms.ValidationError(
                    _("This address and password do not belong together. Type both again, or ask your administrator.")
                )
        return cleaned


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect("today")
    form = SignInForm(posted(request), initial={"next": request.GET.get("next", "")})
    if request.method == "POST" and form.is_valid():
        login(request, form.cleaned_data["person"], backend=BACKEND)
        tell_of_codes(request, form.cleaned_data["person"])
        return redirect(onward(request, form.cleaned_data["next"]))
    context = {"form": form, "cast": cast_rows(), "demo_passphrase": settings.HOMEWARD_DEMO_PASSPHRASE}
    return render(request, "access/sign_in.html", context, status=422 if form.errors else 200)


def tell_of_codes(request: HttpRequest, person: Person) -> None:
    """At each sign-in for a month, so that whoever used such a code cannot use the notice up."""
    with translation.override(door_language_of(request) or person.language):
        for code in codes_issued(person.pk, TOLD_FOR):
            day = date_format(timezone.localtime(code.at, ZoneInfo(person.time_zone)))
            said = gettext(
                "A new code was issued by %(name)s on %(day)s. If you did not ask for it, tell your supervisor."
            )
            messages.warning(request, said % {"name": code.by, "day": day}, "warn")


def cast_rows() -> list[dict[str, Any]]:
    rows = []
    for each in cast():
        words = [*(str(RoleChoices(role).label) for role in each.roles), *([each.team] if each.team else [])]
        house = each.organisation
        rows.append({"id": each.id, "name": each.display_name, "words": " · ".join(words), "house": house})
    return rows


@login_not_required
@require_POST
def one_tap(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """The training copy alone: everybody in it is invented."""
    person = PersonBackend().get_user(person_id) if person_id in {each.id for each in cast()} else None
    if person is None:
        raise Http404
    login(request, person, backend=BACKEND)
    return redirect("today")


def onward(request: HttpRequest, address: str) -> str:
    """Where the reader wanted to go, if that is a page of ours."""
    ours = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    return address if ours else "today"


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("sign-in")


@login_not_required
@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """The quick way out: signed out, an empty page, nothing to come back to."""
    logout(request)
    response = redirect("blank")
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


@login_not_required
@require_GET
def blank(request: HttpRequest) -> HttpResponse:
    return render(request, "ui/blank.html")


@login_not_required
@require_POST
def door_language(request: HttpRequest) -> HttpResponse:
    """The language is this browser's, before and after signing in: whoever chooses one here goes on in it."""
    language = request.POST.get("language", "")
    response = redirect("sign-in")
    if language in dict(settings.LANGUAGES):
        keep_at_door(response, language)
    return response


@login_not_required
@never_cache
@require_GET
def health(request: HttpRequest) -> HttpResponse:
    """For a watchdog: the server answers and reaches its database."""
    connection.ensure_connection()
    return HttpResponse("ok\n", content_type="text/plain")
