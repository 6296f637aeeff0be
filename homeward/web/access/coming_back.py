"""Where somebody wanted to go before signing in. What names a child, or anything else by its key, stands in no address:
it is kept in the session, for as long as an idle session lives, and goes with the quick exit.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest

ONWARD = "onward"
NAMES = re.compile(r"[0-9]{9}|[0-9a-f]{8}-[0-9a-f]{4}-", re.IGNORECASE)
TO_NO_PAGE = ""


def kept_back(request: HttpRequest, address: str) -> str:
    """What of it may stand in an address. The rest is kept where the browser has, or had, a session here: whoever has
    left by the quick exit has none any more, and is led nowhere.
    """
    if not NAMES.search(address):
        return address
    if settings.SESSION_COOKIE_NAME in request.COOKIES:
        request.session[ONWARD] = urlsplit(address)._replace(scheme="", netloc="").geturl()
    return TO_NO_PAGE


def taken_back(request: HttpRequest, address: str = "") -> str:
    """Once. `address`: what the browser itself says."""
    kept = str(request.session.pop(ONWARD, "")) if ONWARD in request.session else ""
    return address or kept
