"""Saying once more who one is, before a step that takes much away or opens much."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from homeward.apps.access.factor_policy import standing_of
from homeward.apps.access.factors import check_code
from homeward.apps.access.models import Person
from homeward.apps.access.security_keys import begin_assertion, check_assertion
from homeward.apps.access.sign_on import is_offered
from homeward.apps.access.signin import confirm_password
from homeward.web.access.coming_back import taken_back
from homeward.web.access.entering import confirm, keep_challenge, onward, site_of, take_challenge
from homeward.web.ui.asking import attempt
from homeward.web.ui.forms import PlainForm, password_field, posted


class ConfirmForm(PlainForm):
    password = password_field(_("Password"), "current-password", required=False)
    code = forms.CharField(
        label=_("Or a code from your app"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "one-time-code", "inputmode": "numeric"}),
    )
    answer = forms.CharField(max_length=20_000, required=False, widget=forms.HiddenInput)
    next = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not any(cleaned.get(name) for name in ("password", "code", "answer")):
            self.add_error("password", _("Type your password, or a code from your app."))
        return cleaned


@sensitive_post_parameters("password", "code", "answer")
@require_http_methods(["GET", "POST"])
def confirm_page(request: HttpRequest) -> HttpResponse:
    person = request.user
    if not isinstance(person, Person):
        raise Http404
    form = ConfirmForm(posted(request), initial={"next": request.GET.get("next", "")})
    if request.method == "POST" and form.is_valid() and attempt(form, lambda: _shown(request, person, form)):
        confirm(request)
        return redirect(onward(request, taken_back(request, form.cleaned_data["next"])))
    standing = standing_of(person.pk)
    if not standing.takes_app:
        del form.fields["code"]
    begun = begin_assertion(person.pk, site_of(request)) if standing.key else None
    options = keep_challenge(request, begun[1], begun[0]) if begun else ""
    context = {
        "form": form,
        "standing": standing,
        "options": options,
        "onward": form["next"].value() or "",
        "sign_on": is_offered(),
    }
    return render(request, "access/confirm.html", context, status=422 if form.errors else 200)


def _shown(request: HttpRequest, person: Person, form: ConfirmForm) -> bool:
    given = form.cleaned_data
    if given["answer"]:
        check_assertion(person.pk, site_of(request), take_challenge(request), given["answer"])
    elif given["password"]:
        confirm_password(person, given["password"])
    else:
        check_code(person, given["code"], app=standing_of(person.pk).takes_app)
    return True
