"""Who is at the door: a token in the path or Basic over TLS; and the version header that every call must carry."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from homeward.apps.access.actors import actor_of_device
from homeward.apps.access.devices import device_by_password, device_by_token, is_its_phone, mark_seen
from homeward.apps.access.keys import custody
from homeward.apps.access.models import Device
from homeward.apps.audit.services import Nobody, record_refusal
from homeward.domain.problems import Problem, ProblemError
from homeward.openrosa.answers import VERSION, ask_for_credentials, message_answer

View = Callable[..., HttpResponse]


def device_view(*methods: str) -> Callable[[View], View]:
    """Wraps a view of a device: version header, identity, method, problems as OpenRosa answers."""

    def wrap(view: View) -> View:
        @csrf_exempt
        @login_not_required
        @wraps(view)
        def run(request: HttpRequest, token: str | None = None, **kwargs: object) -> HttpResponse:
            if request.headers.get("X-OpenRosa-Version") != VERSION:
                return message_answer(_("This address is for data collection apps that speak OpenRosa 1.0."), 400)
            device = _device(request, token)
            if device is None:
                record_refusal(Nobody(), "refuse_call", "device", "", "token" if token is not None else "password")
                return _stranger(token)
            if request.method not in methods:
                return HttpResponseNotAllowed(methods)
            if custody.is_open() and not is_its_phone(device, request.GET.get("deviceID", "")):
                return message_answer(
                    _("This code belongs to another phone. Delete no interview; ask for a new code."), 403
                )
            mark_seen(device)
            actor = actor_of_device(device)
            try:
                return view(request, actor, **kwargs)
            except ProblemError as error:
                verb = "refuse_submission" if request.method == "POST" else "refuse_call"
                record_refusal(actor, verb, "device", device.pk, error.first.code)
                return message_answer(say(error.first), error.first.status)

        return run

    return wrap


def say(problem: Problem) -> str:
    """The problem in words for whoever holds the phone."""
    params = {name: _(str(value)) if name == "what" else value for name, value in problem.params.items()}
    return " ".join(_(part).format(**params) for part in (problem.message, problem.action) if part)


def _device(request: HttpRequest, token: str | None) -> Device | None:
    if token is not None:
        return device_by_token(token)
    kind, _space, value = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "basic" or not (request.is_secure() or settings.HOMEWARD_PROFILE == "demo"):
        return None
    try:
        user_name, _colon, password = base64.b64decode(value, validate=True).decode("utf-8").partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return device_by_password(user_name, password)


def _stranger(token: str | None) -> HttpResponse:
    """An unknown token and a revoked one look the same; Basic asks again."""
    if token is not None:
        said = _("This device is not known here, or its access has ended. Delete no interview; ask for a new code.")
        return message_answer(said, 404)
    return ask_for_credentials(_("User name or password is wrong, or the connection is not encrypted."))
