"""What holds for every answer at a device's door, whoever gave it: our views, or Django on its way to them."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _

from homeward.apps.surveys.body import drain
from homeward.openrosa.answers import message_answer, reworded, with_headers, without_body

DOORS = ("/key/", "/openrosa/")


class DoorMiddleware:
    """Stands before all others, so that a refusal of theirs is in OpenRosa's words too and no cookie comes or goes."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

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
        response = self.get_response(request)
        if response.status_code < 400 or response.headers.get("Content-Type", "").startswith("text/xml"):
            return response
        return reworded(response, message_answer(_words(response.status_code), response.status_code))


def _words(status: int) -> str:
    if status == 404:
        return _("There is nothing at this address. Ask your supervisor for the address of your device.")
    if status >= 500:
        return _("Something went wrong at the office. Keep the form and send it again later.")
    return _("The server did not understand the call. Update the app; if that does not help, tell your supervisor.")
