"""The door of whoever answers alone: no session, no cookie but that of the link; nothing of it stays or is told on."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from http.cookies import CookieError, SimpleCookie
from typing import Concatenate, ParamSpec
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from homeward.apps.surveys.link_models import AnswerLink
from homeward.apps.surveys.links import opened_link
from homeward.domain.problems import ProblemError

PLACE = "/q/"
COOKIE = settings.HOMEWARD_LINK_COOKIE
CLEARED = '"cache"'  # no more: the field app of this origin keeps interviews, staff a session, in the same browser
Parts = ParamSpec("Parts")
View = Callable[Parts, HttpResponse]


class AloneMiddleware:
    """Before sessions: whoever is signed in beside it is nobody here, and no other cookie is read or set."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(PLACE):
            return self.get_response(request)
        secret = _cookie_of(request)
        request.META.pop("HTTP_COOKIE", None)
        if secret:
            request.META["HTTP_COOKIE"] = f"{COOKIE}={secret}"
        response = self.get_response(request)
        for name in [name for name in response.cookies if name != COOKIE]:
            del response.cookies[name]
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response


def _cookie_of(request: HttpRequest) -> str:
    try:
        found = SimpleCookie(request.META.get("HTTP_COOKIE", "")).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found is not None and found.value.replace("-", "").replace("_", "").isalnum() else ""


def set_secret(response: HttpResponse, link_id: UUID, secret: str) -> None:
    """Until the browser is closed, for the pages of this link alone: two on one phone do not meet."""
    response.set_cookie(
        COOKIE,
        secret,
        path=f"{PLACE}{link_id}/",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )


def alone(view: View[Parts]) -> View[Parts]:
    """Without account. The pages set no referrer, with which browsers name no origin either: who asks from another site
    is known by what browsers say of that themselves, and by the cookie, which they do not send along.
    """

    @csrf_exempt
    @login_not_required
    @wraps(view)
    def run(*parts: Parts.args, **named: Parts.kwargs) -> HttpResponse:
        request = parts[0]
        if not isinstance(request, HttpRequest):
            raise TypeError("a view is called with its request first")
        chosen = language_of(request)
        with translation.override(chosen):
            if request.method == "POST" and request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
                return nothing_here(request)
            response = view(*parts, **named)
            response.headers["Content-Language"] = chosen
            return response

    return run


def with_link(view: Callable[Concatenate[HttpRequest, AnswerLink, Parts], HttpResponse]) -> Callable[..., HttpResponse]:
    """For the browser that opened it; to all others there is nothing, whatever the reason."""

    @alone
    @wraps(view)
    def run(request: HttpRequest, link_id: UUID, *parts: Parts.args, **named: Parts.kwargs) -> HttpResponse:
        try:
            link = opened_link(link_id, secret_of(request))
        except ProblemError:
            return nothing_here(request)
        return view(request, link, *parts, **named)

    return run


def secret_of(request: HttpRequest) -> str:
    return request.COOKIES.get(COOKIE, "")


def language_of(request: HttpRequest) -> str:
    """Chosen on the page before, else the browser's: no cookie keeps it."""
    chosen = request.GET.get("language", "")
    return chosen if chosen in dict(settings.LANGUAGES) else translation.get_language_from_request(request)


def nothing_here(request: HttpRequest) -> HttpResponse:
    """One answer for a link that is unknown, used, over, taken back, or another browser's."""
    if "application/json" in request.headers.get("Accept", ""):
        words = _("These questions can be answered here no more. Ask whoever gave you the link.")
        return JsonResponse({"status": "refused", "message": words, "problems": []}, status=404)
    return render(request, "surveys/alone_over.html", {"language": translation.get_language()}, status=404)
