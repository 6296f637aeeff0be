"""What a session knows of how somebody came in: by which second step, what is still owed, when last confirmed.

It says nothing about rights; those are read from the database for each request.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from homeward.apps.access.actors import actor_of_person
from homeward.apps.access.factor_policy import Missing, factor_required, standing_of
from homeward.apps.access.models import Person
from homeward.apps.access.open_sessions import forget_expired
from homeward.apps.access.security_keys import Site
from homeward.apps.access.session_store import BEGUN, BROWSER
from homeward.apps.audit.services import record
from homeward.web.access.coming_back import kept_back
from homeward.web.ui.owing import OWED, SECOND

BACKEND = settings.AUTHENTICATION_BACKENDS[0]
CONFIRMED, CHALLENGE = "confirmed", "challenge"
CONFIRMED_FOR = 5 * 60  # seconds
View = Callable[..., HttpResponseBase]

BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def enter(request: HttpRequest, person: Person, second: str, *, elsewhere: bool = False) -> Missing:
    """Signs in; returns what is still owed. `second` is the second step that was taken, "" where there was none;
    `elsewhere`, that somebody else asks for it and nothing is owed here.
    """
    forget_expired()
    if request.user.is_authenticated:
        request.session.cycle_key()  # who says once more who it is gets a new one too
    login(request, person, backend=BACKEND)
    now, owed = time.time(), Missing.NOTHING if elsewhere else standing_of(person.pk).missing
    request.session.update({BEGUN: now, BROWSER: browser_of(request), SECOND: second, CONFIRMED: now, OWED: str(owed)})
    who = actor_of_person(person)
    record(who, "sign_in", "person", person.pk, organisation_id=who.organisation_id, detail={"second": second})
    return owed


def settle(request: HttpRequest, second: str) -> Missing:
    """After a factor was set up: whoever owed one has it now."""
    owed = standing_of(request.user.pk).missing  # type: ignore[arg-type]
    now = time.time()
    request.session.cycle_key()
    request.session.update({SECOND: request.session.get(SECOND) or second, OWED: str(owed), CONFIRMED: now})
    return owed


def browser_of(request: HttpRequest) -> str:
    """Coarse, for one's own list of sessions: nothing that tells two computers of an office apart."""
    agent = request.headers.get("User-Agent", "")
    found = [next((name for mark, name in known if mark in agent), "") for known in (BROWSERS, SYSTEMS)]
    return " · ".join(name for name in found if name)


def address_of(request: HttpRequest) -> str:
    """Where the request comes from: behind a proxy the address that it adds last, and none if it adds none."""
    if settings.HOMEWARD_BEHIND_PROXY:
        return request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return str(request.META.get("REMOTE_ADDR", ""))


def site_of(request: HttpRequest) -> Site:
    """The host is one that this server answers to; Django has compared it."""
    origin = request.build_absolute_uri("/").rstrip("/")
    return Site(urlsplit(origin).hostname or "", origin)


def keep_challenge(request: HttpRequest, state: dict[str, Any], options: dict[str, Any]) -> str:
    """The options as JSON for the page; the challenge stays here and is used once."""
    request.session[CHALLENGE] = state
    return json.dumps(options)


def take_challenge(request: HttpRequest) -> dict[str, Any]:
    taken = request.session.pop(CHALLENGE, None)
    return taken if isinstance(taken, dict) else {}


def onward(request: HttpRequest, address: str) -> str:
    """Where the reader wanted to go, if that is a page of ours."""
    ours = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    return address if ours else "today"


def is_confirmed(request: HttpRequest) -> bool:
    """Within five minutes of signing in or of saying once more who one is. The demo's people have nothing to say."""
    if not factor_required() or request.session.get(OWED):
        return True
    return bool(request.session.get(CONFIRMED, 0) > time.time() - CONFIRMED_FOR)


def confirm(request: HttpRequest) -> None:
    """With a new key of the session: whoever had copied the one of before is not confirmed by it, and is out."""
    request.session.cycle_key()
    request.session[CONFIRMED] = time.time()


def unconfirm(request: HttpRequest) -> None:
    request.session[CONFIRMED] = 0


def confirmed_lately(view: View) -> View:
    """For steps that take much away or open much: whoever sits at a screen left open is asked who they are.

    A page opens afterwards by itself; a step, and a file, are asked for again from the page they were on.
    """

    @wraps(view)
    def run(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if is_confirmed(request):
            return view(request, *args, **kwargs)
        came_from = urlsplit(request.headers.get("Referer", ""))
        page = came_from.path if came_from.netloc == request.get_host() else ""
        back = page or (request.get_full_path() if request.method == "GET" else reverse("today"))
        messages.warning(
            request, _("Say once more who you are. Then repeat the step; it holds for five minutes."), "warn"
        )
        shown = kept_back(request, back)
        return redirect(f"{reverse('confirm')}?{urlencode({'next': shown})}" if shown else reverse("confirm"))

    return run
