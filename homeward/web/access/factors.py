"""My second factors and my sessions: what I sign in with besides the password, and where I am signed in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import segno
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from homeward.apps.access.factor_policy import standing_of
from homeward.apps.access.factors import (
    confirm_app,
    factors_of,
    new_recovery_codes,
    recovery_codes_left,
    remove_factor,
    set_up_app,
)
from homeward.apps.access.models import FactorKind
from homeward.apps.access.open_sessions import end_other_sessions, end_own_session, own_sessions
from homeward.apps.access.restoring import told_restorations
from homeward.apps.access.security_keys import begin_registration, finish_registration
from homeward.web.access.entering import confirmed_lately, keep_challenge, settle, site_of, take_challenge
from homeward.web.access.second_step import CodeForm
from homeward.web.ui.asking import actor_of, attempt
from homeward.web.ui.forms import PlainForm, posted
from homeward.web.ui.once import shown_once
from homeward.web.ui.owing import is_owed, open_while_owed

TOLD_FOR = timedelta(days=90)


class AppForm(CodeForm):
    label = forms.CharField(
        label=_("Name of this app or phone"),
        max_length=40,
        required=False,
        help_text=_("For your own list of factors."),
    )


class NewKeyForm(PlainForm):
    label = forms.CharField(
        label=_("Name of this key"), max_length=40, required=False, help_text=_("For your own list of factors.")
    )
    answer = forms.CharField(max_length=20_000, widget=forms.HiddenInput)


def frame(request: HttpRequest, **context: Any) -> dict[str, Any]:
    """While a factor is owed there is nowhere else to go, and the page shows no sections."""
    owed = is_owed(request)
    return {"owed": owed, "layout": "ui/door.html" if owed else "ui/base.html", **context}


@open_while_owed
@require_GET
def factors(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    person_id = actor.person_id
    if person_id is None:
        return redirect("today")
    context = frame(
        request,
        factors=factors_of(person_id),
        labels=dict(FactorKind.choices),
        standing=standing_of(person_id),
        codes_left=recovery_codes_left(person_id),
        sessions=own_sessions(actor),
        here=getattr(request.session, "id", None),
        restorations=told_restorations(person_id, TOLD_FOR),
    )
    return render(request, "access/factors.html", context)


@shown_once("factors")
@open_while_owed
@confirmed_lately
@sensitive_post_parameters("code")
@sensitive_variables("setup")
@require_http_methods(["GET", "POST"])
def factor_app(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    form = AppForm(posted(request))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        if attempt(form, lambda: confirm_app(actor, given["code"], given["label"])) is not None:
            return after_setting_up(request, "app")
    setup = set_up_app(actor)
    context = frame(request, form=form, setup=setup, qr=drawn(setup.address))
    return render(request, "access/factor_app.html", context, status=422 if form.errors else 200)


@shown_once("factors")
@open_while_owed
@confirmed_lately
@require_http_methods(["GET", "POST"])
def factor_key(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    form, site = NewKeyForm(posted(request)), site_of(request)
    if request.method == "POST" and form.is_valid():
        given, state = form.cleaned_data, take_challenge(request)
        done = attempt(form, lambda: finish_registration(actor, site, state, given["answer"], given["label"]))
        if done is not None:
            return after_setting_up(request, "key")
    options, state = begin_registration(actor, site)
    blank = NewKeyForm(initial={"label": form.cleaned_data.get("label", "") if form.is_bound else ""})
    context = frame(request, form=blank, failed=form if form.errors else None)
    context["options"] = keep_challenge(request, state, options)
    return render(request, "access/factor_key.html", context, status=422 if form.errors else 200)


def after_setting_up(request: HttpRequest, second: str) -> HttpResponse:
    """With the first factor come recovery codes, shown at once: the day it is lost is too late."""
    settle(request, second)
    messages.success(request, gettext("Your second factor is set up."), "good")
    actor = actor_of(request)
    if actor.person_id is not None and not recovery_codes_left(actor.person_id):
        return show_codes(request)
    return redirect("factors")


@shown_once("factors")
@open_while_owed
@confirmed_lately
@require_POST
def factor_codes(request: HttpRequest) -> HttpResponse:
    return show_codes(request)


@sensitive_variables("codes")
def show_codes(request: HttpRequest) -> HttpResponse:
    """Once, in the answer itself; they are kept nowhere else and not even in the history."""
    codes = new_recovery_codes(actor_of(request))
    return render(request, "access/recovery_codes.html", frame(request, codes=codes))


@confirmed_lately
@require_POST
def factor_remove(request: HttpRequest, factor_id: UUID) -> HttpResponse:
    remove_factor(actor_of(request), factor_id)
    messages.success(request, gettext("Removed. Nobody signs in with it any more."), "good")
    return redirect("factors")


@require_POST
def session_end(request: HttpRequest, session_id: UUID) -> HttpResponse:
    end_own_session(actor_of(request), session_id)
    messages.success(request, gettext("That session is over."), "good")
    return redirect("factors")


@require_POST
def sessions_end(request: HttpRequest) -> HttpResponse:
    end_other_sessions(actor_of(request), getattr(request.session, "id", None))
    messages.success(request, gettext("You are signed out everywhere else."), "good")
    return redirect("factors")


@login_not_required
@require_POST
def here(request: HttpRequest) -> HttpResponse:
    """Somebody is typing on a page that sends nothing meanwhile, an interview for one: the session goes on. The page
    asks by itself: where the session is over it hears so, and nobody is told of a step that was not done.
    """
    return HttpResponse(status=204 if request.user.is_authenticated else 401)


def drawn(address: str) -> SafeString:
    code = segno.make(address, error="l", micro=False)
    svg = code.svg_inline(scale=4, border=4, dark="#000", light="#fff", svgclass="qr", omitsize=True, lineclass=None)
    return mark_safe(svg)  # noqa: S308 - drawn by our own library from text that it encodes # nosec
