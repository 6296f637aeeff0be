"""What holds for every answer at a device's door, whoever gave it: our views, or Django on its way to them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import cast

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.core.handlers.exception import convert_exception_to_response
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.middleware.security import SecurityMiddleware
from django.urls import Resolver404, resolve
from django.utils import translation
from django.utils.translation import gettext as _

from homeward.apps.surveys.body import drain
from homeward.openrosa.answers import message_answer, reworded, with_headers, without_body

logger = logging.getLogger("homeward")
DOORS = ("/key/", "/openrosa/")
TRY_AGAIN_AFTER = "5"  # seconds
Respond = Callable[[HttpRequest], HttpResponse]


class DoorMiddleware:
    """Stands before all others. A device has no session, no cookie and no page, so what serves those is passed by;
    every refusal on the way is in OpenRosa's words.
    """

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response
        inside = cast(Respond, convert_exception_to_response(view_answer))
        self.door = cast(Respond, SecurityMiddleware(inside))

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(DOORS):
            return self.get_response(request)
        request.META.pop("HTTP_COOKIE", None)
        language = translation.get_language_from_request(request)
        with translation.override(language):
            response = self.answer(request)
        response["Content-Language"] = language
        if response.status_code >= 400:
            drain(request)
        response.cookies.clear()
        with_headers(response)
        return without_body(response) if request.method == "HEAD" else response

    def answer(self, request: HttpRequest) -> HttpResponse:
        if not (request.is_secure() or settings.HOMEWARD_PROFILE == "demo"):
            return message_answer(
                _("This server answers encrypted calls only. Let its address begin with https://."), 400
            )
        response = self.door(request)
        if response.status_code < 400 or response.headers.get("Content-Type", "").startswith("text/xml"):
            return response
        return reworded(response, message_answer(_words(response.status_code), response.status_code))


def view_answer(request: HttpRequest) -> HttpResponse:
    """A database that is full, locked or away is "not now", not "never": 503, so that a phone keeps and sends again."""
    try:
        request.get_host()
        match = request.resolver_match = resolve(request.path_info)
    except Resolver404:
        return HttpResponse(status=404)
    except DisallowedHost as error:
        logger.warning("a device called the server by a name that HOMEWARD_HOSTS does not list: %s", error)
        return HttpResponse(status=400)
    try:
        response: HttpResponse = match.func(request, *match.args, **match.kwargs)
    except (OperationalError, InterfaceError) as error:
        logger.error("the database does not answer: %s", type(error).__name__)
        return HttpResponse(status=503, headers={"Retry-After": TRY_AGAIN_AFTER})
    return response


def _words(status: int) -> str:
    if status == 404:
        return _("There is nothing at this address. Ask your supervisor for the address of your device.")
    if status >= 500:
        return _("Something went wrong at the office. Keep the form and send it again later.")
    return _("The server did not understand the call. Update the app; if that does not help, tell your supervisor.")
