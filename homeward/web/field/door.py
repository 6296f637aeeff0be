"""Three ways in: the shell, which knows nobody; a session at the office, answered as JSON; and a phone that sends, with
its token alone. That of a community monitor fetches with its token, too: nobody signs in there.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from homeward.apps.access.actors import Actor, actor_of_device
from homeward.apps.access.devices import app_by_token, mark_seen
from homeward.apps.audit.services import Nobody, record_refusal
from homeward.apps.surveys.body import drain
from homeward.domain.permissions import APP_ROLES, Role
from homeward.domain.problems import Problem, ProblemError
from homeward.web.ui.owing import is_owed
from homeward.web.ui.words import say_all

SENDING = ("/app/sealed", "/app/contact")
OF_A_MONITOR = ("/app/monitor.json", "/app/monitor/code", "/app/monitor/form.xml", "/app/monitor/media")
WITHOUT_SESSION = frozenset(
    (*SENDING, *OF_A_MONITOR, "/app/", "/app/sw.js", "/app/manifest.webmanifest", "/app/icon.svg", "/app/icon-192.png")
    + ("/app/icon-512.png",)
)
Parts = ParamSpec("Parts")
View = Callable[Concatenate[HttpRequest, Actor, Parts], HttpResponse]


class FieldMiddleware:
    """Before sessions: at these addresses no cookie is read, and none is set, whoever is signed in beside it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info not in WITHOUT_SESSION:
            return self.get_response(request)
        request.META.pop("HTTP_COOKIE", None)
        response = self.get_response(request)
        response.cookies.clear()
        return response


def at_the_office(view: View[Parts]) -> Callable[Concatenate[HttpRequest, Parts], HttpResponse]:
    """With a session. The app reads JSON: no page to sign in on, and no page of an error."""

    @never_cache
    @login_not_required
    @wraps(view)
    def run(request: HttpRequest, /, *parts: Parts.args, **named: Parts.kwargs) -> HttpResponse:
        actor = getattr(request, "actor", None)
        if not isinstance(actor, Actor):
            return refused(401, _signed_out())
        if is_owed(request):
            return refused(403, _owed())
        try:
            return view(request, actor, *parts, **named)
        except ProblemError as refusal:
            return refused(refusal.first.status, *refusal.problems)

    return run


def from_the_field(view: View[Parts]) -> Callable[Concatenate[HttpRequest, Parts], HttpResponse]:
    """With the token of an app. Unknown, expired and revoked ones get one answer."""
    return _with_token(view, APP_ROLES)


def of_a_monitor(view: View[Parts]) -> Callable[Concatenate[HttpRequest, Parts], HttpResponse]:
    """The same, for the phone of a community monitor alone."""
    return _with_token(view, frozenset({Role.COMMUNITY_MONITOR}))


def token_of(request: HttpRequest) -> str:
    kind, _space, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def _with_token(view: View[Parts], roles: frozenset[Role]) -> Callable[Concatenate[HttpRequest, Parts], HttpResponse]:
    @never_cache
    @csrf_exempt
    @login_not_required
    @wraps(view)
    def run(request: HttpRequest, /, *parts: Parts.args, **named: Parts.kwargs) -> HttpResponse:
        device = app_by_token(token_of(request), roles)
        if device is None:
            record_refusal(Nobody(), "refuse_call", "device", "", "token")
            drain(request)
            return stranger()
        mark_seen(device)
        actor = actor_of_device(device)
        try:
            return view(request, actor, *parts, **named)
        except ProblemError as refusal:
            verb = "refuse_submission" if request.path_info in SENDING else "refuse_call"
            record_refusal(actor, verb, "device", device.pk, refusal.first.code)
            drain(request)
            return refused(refusal.first.status, *refusal.problems)

    return run


def stranger() -> HttpResponse:
    """`wipe`: what the app keeps of its caseload goes; what is sealed and waits stays."""
    response = refused(401, _unknown(), wipe=True)
    response.headers["WWW-Authenticate"] = "Bearer"
    return response


def refused(status: int, *problems: Problem, **more: bool) -> HttpResponse:
    said = [{"code": each.code, "message": each.message, "action": each.action} for each in say_all(problems)]
    return JsonResponse({"status": "refused", "problems": said, **more}, status=status)


def received(status: int, state: str) -> HttpResponse:
    return JsonResponse({"status": state, "problems": []}, status=status)


def _unknown() -> Problem:
    return Problem(
        "app.unknown",
        "This app is not known here, or its access has ended. Delete no interview.",
        "Ask at the office.",
        status=401,
    )


def _signed_out() -> Problem:
    return Problem("app.signed_out", "You are signed out.", "Sign in on the pages, and come back.", status=401)


def _owed() -> Problem:
    return Problem(
        "app.second_factor",
        "Your second factor is not set up yet.",
        "Open the pages, set it up, and come back.",
        status=403,
    )
