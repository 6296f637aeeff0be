"""Pages that are safe to reload and to go back to: a step answers with a redirect; what is shown once is shown once.

What a step shows on the next page alone (a name, the rows of a search) waits in the session under a short word, not in
an address. What may be kept nowhere (a one-time code) is shown in the answer itself; sent again by a reload, that step
is not taken a second time.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

View = Callable[..., HttpResponseBase]
NEXT, DONE = "shown-next", "done-once"
SOON = 60.0  # seconds until the next page
MARKS = 20  # steps that are remembered


def show_next(request: HttpRequest, what: str, value: Any) -> None:
    """On the next page, once."""
    request.session[NEXT] = [what, value, time.time()]


def to_show(request: HttpRequest, what: str) -> Any:
    """None: nothing, or another thing, or too long ago."""
    kept = request.session.get(NEXT)
    if not isinstance(kept, list) or kept[0] != what:
        return None
    del request.session[NEXT]
    return kept[1] if time.time() - kept[2] <= SOON else None


def shown_once(way_back: str, *named: str) -> Callable[[View], View]:
    """For a step whose answer is the only place of a secret. A browser that reloads it sends the very same form, known
    by its token and by all that it says, and comes back to a page that can be opened; `named`: what of the address that
    page takes.
    """

    def around(view: View) -> View:
        @wraps(view)
        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            mark = _mark(request)
            done = request.session.get(DONE, []) if mark else []
            if mark in done:
                said = _("This was done already. What is shown once is not shown again, and nothing was done twice.")
                messages.warning(request, said, extra_tags="warn")
                return redirect(way_back, *(kwargs[name] for name in named))
            response = view(request, *args, **kwargs)
            if mark and response.status_code == 200:
                request.session[DONE] = [*done, mark][-MARKS:]
            return response

        return inner

    return around


def _mark(request: HttpRequest) -> str:
    """Of the form as it was sent, whole, and where to: each page has another token, which all its forms share."""
    if request.method != "POST" or not request.POST.get("csrfmiddlewaretoken"):
        return ""
    sent = [request.path, sorted((name, values) for name, values in request.POST.lists())]
    return hashlib.sha256(json.dumps(sent).encode()).hexdigest()[:24]
