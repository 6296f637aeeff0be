"""While the server is locked: one page at every address, the same for everybody, made without the database."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from homeward.apps.access.keys import custody
from homeward.openrosa.answers import message_answer, with_headers
from homeward.openrosa.middleware import DOORS
from homeward.web.surveys.alone_door import PLACE
from homeward.web.ui.locked import locked_page, locked_words

DOORS_OF_INTERVIEWS = re.compile(r"/(?:(?:key/[^/]+|openrosa)/(?:submission|sealed)|interview/sealed|app/sealed)")
TRY_AGAIN_AFTER = "300"  # seconds


class LockedMiddleware:
    """A phone is told in its own words to keep what it has."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if custody.is_open() or taken_in(request):
            return self.get_response(request)
        with translation.override(translation.get_language_from_request(request)):
            return locked_answer(request)


def taken_in(request: HttpRequest) -> bool:
    """Interviews of people and devices that have shown who they are: kept sealed, and nothing is said but that."""
    found = DOORS_OF_INTERVIEWS.fullmatch(request.path_info)
    return found is not None and request.method in ("POST", "HEAD")


def locked_answer(request: HttpRequest) -> HttpResponse:
    if request.path_info.startswith(DOORS):
        response = message_answer(locked_words(), 503)
        with_headers(response)
    elif request.path_info == "/health":
        response = HttpResponse("down\n", status=503, content_type="text/plain; charset=utf-8")
    else:
        alone = request.path_info.startswith(PLACE)
        response = locked_page("" if alone else settings.HOMEWARD_LOCK_WORDS)
        if alone:  # whoever answers alone is no colleague, and the address tells nobody where they came from
            response["Referrer-Policy"] = "no-referrer"
    response["Retry-After"] = TRY_AGAIN_AFTER
    response["Cache-Control"] = "no-store"
    return response
