"""While the server is locked: one page at every address, the same for everybody, made without the database."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from homeward.apps.access.keys import custody
from homeward.openrosa.answers import message_answer, with_headers
from homeward.openrosa.middleware import DOORS
from homeward.web.ui.locked import locked_page, locked_words

TRY_AGAIN_AFTER = "300"  # seconds


class LockedMiddleware:
    """A phone is told in its own words to keep what it has."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if custody.is_open():
            return self.get_response(request)
        with translation.override(translation.get_language_from_request(request)):
            return locked_answer(request)


def locked_answer(request: HttpRequest) -> HttpResponse:
    if request.path_info.startswith(DOORS):
        response = message_answer(locked_words(), 503)
        with_headers(response)
    elif request.path_info == "/health":
        response = HttpResponse("down\n", status=503, content_type="text/plain")
    else:
        response = locked_page(settings.HOMEWARD_LOCK_WORDS)
    response["Retry-After"] = TRY_AGAIN_AFTER
    response["Cache-Control"] = "no-store"
    return response
