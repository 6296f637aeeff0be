"""Who asks, in which language and time zone; and what every answer carries."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from homeward.apps.access.actors import actor_of_person
from homeward.apps.access.models import Person

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
