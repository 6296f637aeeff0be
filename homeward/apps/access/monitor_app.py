"""The field app of a community monitor, on a phone that a colleague enrolled. Nobody signs in there."""

from __future__ import annotations

import re
import secrets

from django.db import IntegrityError, transaction

from homeward.apps.access.actors import Actor
from homeward.apps.access.devices import hash_of
from homeward.apps.access.guard import guard
from homeward.apps.access.models import Device
from homeward.apps.audit.services import record
from homeward.domain.problems import Problem, ProblemError, Where

TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")  # 32 random bytes, as the app makes them


def use_code(actor: Actor, code: str, token: str) -> None:
    """The phone puts a token of its own in the place of the code that was shown: what is left of that in a message, a
    picture or the history of a browser opens nothing from then on, and ODK Collect goes no more with it either.
    """
    guard(actor, "submissions.send")
    if not TOKEN.fullmatch(token):
        message, action = "The app has sent no token of its own.", "Update the app, and open the code again."
        raise ProblemError(Problem("app.token", message, action, Where(field="token")))
    given = {"token_hash": hash_of(token), "password_hash": hash_of(secrets.token_urlsafe(32))}
    try:
        with transaction.atomic():
            unused = Device.objects.filter(pk=str(actor.device_id), token_hash=hash_of(code), bound_hash=b"")
            if not unused.update(**given):  # of two at one moment the first has it
                raise ProblemError(_used())
            record(actor, "begin_app", "device", str(actor.device_id))
    except IntegrityError as error:  # a token that somebody has already
        raise ProblemError(_used()) from error


def _used() -> Problem:
    message = "This code is in use on another phone, or by ODK Collect."
    return Problem("app.used", message, "Ask for a new code.", status=409)
