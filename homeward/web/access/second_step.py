"""Signing in, second step: a code from an app, a security key, or a code for the day neither is at hand."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.crypto import constant_time_compare
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from homeward.apps.access.factor_policy import Missing, Standing, standing_of
from homeward.apps.access.factors import check_code, recovery_codes_left
from homeward.apps.access.models import Person
from homeward.apps.access.queries import codes_issued, wrong_second_steps
from homeward.apps.access.restoring import told_restorations, use_restoration
from homeward.apps.access.security_keys import begin_assertion, check_assertion
from homeward.apps.access.signin import PersonBackend
from homeward.web.access.entering import enter, keep_challenge, onward, site_of, take_challenge
from homeward.web.ui.asking import attempt
from homeward.web.ui.forms import PlainForm, posted
from homeward.web.ui.language import door_language_of
from homeward.web.ui.words import apart

PENDING, PENDING_FOR = "pending", 5 * 60  # seconds between the two steps
TOLD_FOR = timedelta(days=30)
FEW = 3  # recovery codes left


class CodeForm(PlainForm):
    code = forms.CharField(
        label=_("Code"),
        max_length=40,
        widget=forms.TextInput(
            attrs={"dir": "ltr", "autocomplete": "one-time-code", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )


class KeyForm(PlainForm):
    answer = forms.CharField(max_length=20_000, widget=forms.HiddenInput)


def await_second(request: HttpRequest, person: Person, address: str) -> HttpResponse:
    """The password was right; nobody is signed in yet."""
    request.session.cycle_key()
    request.session[PENDING] = {
        "person": str(person.pk),
        "bound": person.get_session_auth_hash(),
        "at": time.time(),
        "next": address,
    }
    return redirect("second-step")


def awaited(request: HttpRequest) -> Person | None:
    """Who has given the password a moment ago. A new password, or an account closed meanwhile, ends that."""
    pending: dict[str, Any] = request.session.get(PENDING) or {}
    if pending.get("at", 0) < time.time() - PENDING_FOR:
        return None
    person = PersonBackend().get_user(UUID(pending["person"]))
    return person if person and constant_time_compare(pending["bound"], person.get_session_auth_hash()) else None


@login_not_required
@never_cache
@sensitive_post_parameters("code", "answer")
@require_http_methods(["GET", "POST"])
def second_step(request: HttpRequest) -> HttpResponse:
    person = awaited(request)
    if person is None:
        if request.session.pop(PENDING, None) is not None:
            messages.warning(request, gettext("That took too long. Begin anew with your password."), "warn")
        return redirect("today" if request.user.is_authenticated else "sign-in")
    standing = standing_of(person.pk)
    by_key = "answer" in request.POST
    form = KeyForm(posted(request)) if by_key else CodeForm(posted(request))
    if request.method == "POST" and form.is_valid():
        second = attempt(form, lambda: taken(request, person, standing, form))
        if second is not None:
            address = request.session.pop(PENDING)["next"]
            return come_in(request, person, second, address)
    begun = begin_assertion(person.pk, site_of(request)) if standing.key else None
    context = {
        "form": CodeForm() if by_key else form,
        "problems_of": form if form.errors else None,
        "standing": standing,
        "by_code": standing.takes_app or standing.recovery or standing.restoring,
        "options": keep_challenge(request, begun[1], begun[0]) if begun else "",
    }
    return render(request, "access/second_step.html", context, status=422 if form.errors else 200)


def taken(request: HttpRequest, person: Person, standing: Standing, form: PlainForm) -> str:
    """By which second step. Raises where it was none."""
    if "answer" in form.cleaned_data:
        check_assertion(person.pk, site_of(request), take_challenge(request), form.cleaned_data["answer"])
        return "key"
    if standing.restoring and not (standing.app or standing.key):
        use_restoration(person, form.cleaned_data["code"])
        return "restored"
    return check_code(person, form.cleaned_data["code"], app=standing.takes_app)


def come_in(request: HttpRequest, person: Person, second: str, address: str) -> HttpResponse:
    owed = enter(request, person, "" if second == "restored" else second)
    tell(request, person)
    return redirect("factors" if owed is not Missing.NOTHING else onward(request, address))


def tell(request: HttpRequest, person: Person) -> None:
    """What somebody did to this account. At each sign-in for a month, so that nobody else can use the notice up."""

    def day(moment: Any) -> str:
        return date_format(timezone.localtime(moment, ZoneInfo(person.time_zone)))

    with translation.override(door_language_of(request) or person.language):
        said = gettext("A new code was issued by %(name)s on %(day)s. If you did not ask for it, tell your supervisor.")
        for code in codes_issued(person.pk, TOLD_FOR):
            messages.warning(request, said % {"name": apart(code.by), "day": day(code.at)}, "warn")
        said = gettext(
            "Your second factor was reset by %(name)s on %(day)s. If you did not ask for it, tell your supervisor."
        )
        for each in told_restorations(person.pk, TOLD_FOR):
            messages.warning(request, said % {"name": apart(each.by), "day": day(each.at)}, "warn")
        _tell_of_factors(request, person, day)


def _tell_of_factors(request: HttpRequest, person: Person, day: Any) -> None:
    wrong = wrong_second_steps(person.pk, TOLD_FOR)
    if wrong:
        said = ngettext(
            "Since you last signed in, somebody knew your password and typed a wrong second code once. If it was not "
            "you, change your password now.",
            "Since you last signed in, somebody knew your password and typed a wrong second code %(count)s times. If "
            "it was not you, change your password now.",
            wrong,
        )
        messages.warning(request, said % {"count": wrong}, "warn")
    standing, left = standing_of(person.pk), recovery_codes_left(person.pk)
    if standing.key_wanted and not standing.key and standing.key_by is not None and standing.app:
        said = gettext("Your role needs a security key or passkey by %(day)s. Set it up under My settings.")
        messages.warning(request, said % {"day": day(standing.key_by)}, "warn")
    if (standing.app or standing.key) and left < FEW:
        messages.warning(request, gettext("You have few recovery codes left. Make new ones under My settings."), "warn")
