"""The way to the organisation's provider and back. The session's cookie is strict, so it does not come back with the
reader: a short-lived lax cookie holds the handshake, and a page of ours leads on, from which the strict one is sent.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from homeward.apps.access.factor_policy import standing_of
from homeward.apps.access.models import Person
from homeward.apps.access.sign_on import Handshake, begin, is_offered, whose
from homeward.domain.problems import ProblemError
from homeward.web.access.coming_back import taken_back
from homeward.web.access.entering import enter, onward, unconfirm
from homeward.web.access.second_step import await_second, come_in, tell
from homeward.web.ui.words import say

FOR = 5 * 60  # seconds
SALT = "homeward.sign-on"


@login_not_required
@never_cache
@require_GET
def sign_on(request: HttpRequest) -> HttpResponse:
    if not is_offered():
        raise Http404
    try:
        address, shake = begin(
            _back(request), taken_back(request, request.GET.get("next", "")), again="again" in request.GET
        )
    except ProblemError as refusal:
        return _refused(request, refusal)
    response = redirect(address)
    response.set_cookie(
        settings.HOMEWARD_SIGN_ON_COOKIE,
        signing.dumps(shake.kept(), salt=SALT),
        max_age=FOR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


@login_not_required
@never_cache
@require_GET
def sign_on_back(request: HttpRequest) -> HttpResponse:
    if not is_offered():
        raise Http404
    try:
        kept = request.COOKIES.get(settings.HOMEWARD_SIGN_ON_COOKIE, "")
        shake = Handshake(**signing.loads(kept, salt=SALT, max_age=FOR))
    except signing.BadSignature:
        return redirect("sign-in")
    try:
        person = whose(shake, _back(request), request.GET.get("code", ""), request.GET.get("state", ""))
    except ProblemError as refusal:
        response = _refused(request, refusal)
    else:
        target = _come_on(request, person, onward(request, shake.onward), again=shake.again)
        response = render(request, "access/sign_on.html", {"target": target})
    response.delete_cookie(settings.HOMEWARD_SIGN_ON_COOKIE, samesite="Lax")
    return response


def _come_on(request: HttpRequest, person: Person, address: str, *, again: bool) -> str:
    """Where to next. Only who was asked anew has just said who they are: a provider may open without a question.
    The provider's own second factor counts where the setting says so, and nowhere else.
    """
    if settings.HOMEWARD_OIDC_SECOND_FACTOR:
        enter(request, person, "sign-on", elsewhere=True)
        if not again:
            unconfirm(request)
        tell(request, person)
        return resolve_url(address)
    if standing_of(person.pk).enrolled:
        return str(await_second(request, person, address)["Location"])
    return str(come_in(request, person, "", address)["Location"])


def _back(request: HttpRequest) -> str:
    return request.build_absolute_uri(reverse("sign-on-back"))


def _refused(request: HttpRequest, refusal: ProblemError) -> HttpResponse:
    return render(request, "access/sign_on.html", {"said": [say(refusal.first)]}, status=422)
