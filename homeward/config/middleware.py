"""Who asks, in which language and time zone; and what every answer carries."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from homeward.apps.access.actors import actor_of_person
from homeward.apps.access.models import Person
from homeward.apps.access.session_store import SessionStore
from homeward.apps.audit.services import refused
from homeward.apps.cases.looking import record_refused_page
from homeward.apps.cases.scope import read_at_once
from homeward.web.access.coming_back import kept_back
from homeward.web.ui.language import door_language_of
from homeward.web.ui.owing import shut_while_owed

logger = logging.getLogger("homeward")
TRY_AGAIN_AFTER = "5"  # seconds
PLAIN = "text/plain; charset=utf-8"
PERMISSIONS_POLICY = ", ".join(
    f"{name}=()"
    for name in (
        "accelerometer",
        "browsing-topics",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "hid",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "screen-wake-lock",
        "serial",
        "usb",
    )
)


class HeadersMiddleware:
    """Outermost, for pages, devices, static files, refusals and the page of a locked server alike: no frame, no guess
    at what a file may be, from now on TLS alone, and nothing of the device but where a page says that it needs it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("X-Frame-Options", settings.X_FRAME_OPTIONS)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        if settings.SECURE_HSTS_SECONDS and request.is_secure():
            told = f"max-age={settings.SECURE_HSTS_SECONDS}; includeSubDomains"  # as SecurityMiddleware, further in
            response.headers.setdefault("Strict-Transport-Security", told)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        return response


class ActorMiddleware:
    """Sets `request.actor` (None for the anonymous), read from the database each time: removed rights end at once."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        person = request.user if isinstance(request.user, Person) else None
        request.actor = None  # type: ignore[attr-defined]
        if person is None:
            response = self.get_response(request)
        else:
            if isinstance(request.session, SessionStore):
                request.session.seen()
            language = door_language_of(request) or person.language
            request.actor = replace(actor_of_person(person), language=language)  # type: ignore[attr-defined]
            once = read_at_once() if request.method in ("GET", "HEAD") else nullcontext()
            with translation.override(language), timezone.override(ZoneInfo(person.time_zone)), once:
                response = self.get_response(request)
                response.headers.setdefault("Content-Language", language)
            response.headers["Cache-Control"] = "no-store"
        return response


class RefusalMiddleware:
    """What was refused, or hidden as if it were not there, is written down before the answer leaves: once, by whichever
    service refused it, else here. Where that cannot be done, nothing is answered."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        refused.set(False)
        response = self.get_response(request)
        actor, match = getattr(request, "actor", None), request.resolver_match
        if response.status_code not in (403, 404) or refused.get() or actor is None or match is None:
            return response
        try:
            record_refused_page(actor, match.url_name or "", match.kwargs, response.status_code)
        except DatabaseError as error:
            return not_now(error)
        return response


class SignInFirstMiddleware(LoginRequiredMiddleware):
    """A step that came after the session had ended leads back to the page it was taken on, and says it was not done;
    its own address only takes steps and would show nothing."""

    def process_view(
        self, request: HttpRequest, view_func: Any, view_args: Any, view_kwargs: Any
    ) -> HttpResponseBase | None:
        if request.user.is_authenticated and getattr(view_func, "login_required", True):
            return redirect("factors") if shut_while_owed(request, view_func) else None
        return super().process_view(request, view_func, view_args, view_kwargs)

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> HttpResponseRedirect:
        if request.method in ("GET", "HEAD"):
            return _to_the_door(request, request.get_full_path())
        came_from = urlsplit(request.headers.get("Referer", ""))
        onward = came_from.path if came_from.netloc == request.get_host() else ""
        ended = _("You were signed out in the meantime, and the last step was not done. Sign in and repeat it.")
        messages.warning(request, ended, extra_tags="warn")
        return _to_the_door(request, onward or "/")


def _to_the_door(request: HttpRequest, address: str) -> HttpResponseRedirect:
    onward = kept_back(request, address)
    return redirect_to_login(onward) if onward else HttpResponseRedirect(reverse("sign-in"))


class DatabaseMiddleware:
    """A database that is full, locked or away is "not now", not "never": 503, so that a phone keeps and sends again."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return not_now(exception) if isinstance(exception, (OperationalError, InterfaceError)) else None


def not_now(error: Exception) -> HttpResponse:
    logger.error("the database does not answer: %s", type(error).__name__)
    text = "The server is busy. Nothing was stored. Try again in a little while."
    return HttpResponse(text, status=503, content_type=PLAIN, headers={"Retry-After": TRY_AGAIN_AFTER})
