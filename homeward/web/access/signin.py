"""The door: signing in and out, the quick way out, and the language of the door."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from homeward.apps.access.factor_policy import standing_of
from homeward.apps.access.models import Person, RoleChoices
from homeward.apps.access.queries import cast
from homeward.apps.access.sign_on import is_offered
from homeward.apps.access.signin import PersonBackend, with_password
from homeward.web.access.coming_back import taken_back
from homeward.web.access.entering import address_of, enter
from homeward.web.access.second_step import await_second, come_in
from homeward.web.ui.asking import attempt
from homeward.web.ui.forms import PlainForm, posted
from homeward.web.ui.language import keep_at_door
from homeward.web.ui.owing import open_while_owed
from homeward.web.ui.words import apart


class SignInForm(PlainForm):
    email = forms.EmailField(label=_("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "username"}))
    password = forms.CharField(
        label=_("Password"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )
    next = forms.CharField(required=False, widget=forms.HiddenInput)


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect("today")
    form = SignInForm(posted(request), initial={"next": request.GET.get("next", "")})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        person = attempt(form, lambda: with_password(given["email"], given["password"], address_of(request)))
        if person is not None:
            return onto_second(request, person, taken_back(request, given["next"]))
    context = {
        "form": form,
        "cast": cast_rows(),
        "sign_on": is_offered(),
        "demo_passphrase": settings.HOMEWARD_DEMO_PASSPHRASE,
    }
    return render(request, "access/sign_in.html", context, status=422 if form.errors else 200)


def onto_second(request: HttpRequest, person: Person, address: str) -> HttpResponse:
    """Whoever has a second factor shows it; whoever has none comes in, and where one is required no further."""
    if standing_of(person.pk).enrolled:
        return await_second(request, person, address)
    return come_in(request, person, "", address)


def cast_rows() -> list[dict[str, Any]]:
    rows = []
    for each in cast():
        words = [*(str(RoleChoices(role).label) for role in each.roles), *([apart(each.team)] if each.team else [])]
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
    enter(request, person, "one-tap")
    return redirect("today")


@open_while_owed
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return cleared(redirect("sign-in"))


@login_not_required
@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """The quick way out: signed out, an empty page, nothing to come back to."""
    logout(request)
    return cleared(redirect("blank"))


def cleared(response: HttpResponse) -> HttpResponse:
    """Nothing of us stays in this browser: no page to go back to, no cookie."""
    response.headers["Clear-Site-Data"] = '"cache", "cookies"'
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
