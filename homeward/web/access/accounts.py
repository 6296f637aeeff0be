"""Passwords and accounts: one's own password, and what an administrator does when somebody leaves or forgot theirs."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from homeward.apps.access.accounts import close_account, issue_code, reopen_account, use_code
from homeward.web.access.entering import address_of, confirmed_lately
from homeward.web.access.people import find_person
from homeward.web.ui.asking import actor_of, attempt
from homeward.web.ui.forms import NewPassword, PlainForm, posted
from homeward.web.ui.once import shown_once


@require_POST
def person_close(request: HttpRequest, person_id: UUID) -> HttpResponse:
    phones = close_account(actor_of(request), person_id)
    messages.success(request, _("The account is closed."), "good")
    if phones:
        said = _("Phones that were cut off with it: %(phones)s.")
        messages.warning(request, said % {"phones": " · ".join(phones)}, "warn")
    return redirect("person", person_id)


@require_POST
def person_reopen(request: HttpRequest, person_id: UUID) -> HttpResponse:
    reopen_account(actor_of(request), person_id)
    messages.success(
        request,
        _("The account is open again, with the roles that have not ended. Phones that were cut off stay so."),
        "good",
    )
    return redirect("person", person_id)


@shown_once("person", "person_id")
@confirmed_lately
@require_POST
@sensitive_variables("code")
def person_code(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """The answer shows the code, once; it is kept nowhere else and not even in the history."""
    actor = actor_of(request)
    code = issue_code(actor, person_id)
    return render(request, "access/person_code.html", {"person": find_person(actor, person_id), "code": code})


class CodeForm(NewPassword):
    email = forms.EmailField(
        label=gettext_lazy("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )
    code = forms.CharField(
        label=gettext_lazy("One-time code"),
        max_length=40,
        widget=forms.TextInput(attrs={"dir": "ltr", "autocapitalize": "characters"}),
    )
    field_order = ("email", "code", "new", "again")


@login_not_required
@never_cache
@sensitive_post_parameters("code", "new", "again")
@require_http_methods(["GET", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """With the code that the administrator has handed over, somebody sets the password anew."""
    form = CodeForm(posted(request))
    if request.method == "POST" and form.is_valid() and attempt(form, lambda: used(form, address_of(request))):
        messages.success(request, _("Your new password holds. Sign in with it."), "good")
        return redirect("sign-in")
    return render(request, "access/code.html", {"form": form}, status=422 if form.errors else 200)


def used(form: PlainForm, address: str) -> bool:
    given = form.cleaned_data
    use_code(given["email"], given["code"], given["new"], address)
    return True
