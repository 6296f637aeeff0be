"""Who asks, in which language and time zone; and what every answer carries."""

from __future__ import annotations

import logging
from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from homeward.apps.access.actors import actor_of_person
from homeward.apps.access.models import Person

logger = logging.getLogger("homeward")
TRY_AGAIN_AFTER = "5"  # seconds
PERMISSIONS_POLICY = "accelerometer=(), camera=(self), geolocation=(self), microphone=(self), payment=(), usb=()"


class ActorMiddleware:
    """Sets `request.actor` (None for the anonymous), read from the database each time: removed rights end at once."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        person = request.user if isinstance(request.user, Person) else None
        request.actor = actor_of_person(person) if person else None  # type: ignore[attr-defined]
        if person is None:
            response = self.get_response(request)
        else:
            with translation.override(person.language), timezone.override(ZoneInfo(person.time_zone)):
                response = self.get_response(request)
                response.headers.setdefault("Content-Language", person.language)
            response.headers["Cache-Control"] = "no-store"
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        return response


class DatabaseMiddleware:
    """A database that is full, locked or away is "not now", not "never": 503, so that a phone keeps and sends again."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, (OperationalError, InterfaceError)):
            return None
        logger.error("the database does not answer: %s", type(exception).__name__)
        text = "The server is busy. Nothing was stored. Try again in a little while."
        return HttpResponse(text, status=503, content_type="text/plain", headers={"Retry-After": TRY_AGAIN_AFTER})
