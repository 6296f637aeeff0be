"""Pages that open while a second factor is still owed: those on which it is set up, and the ways out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from homeward.apps.access.factor_policy import factor_required

SECOND, OWED = "second", "owed"  # in the session
View = Callable[..., HttpResponseBase]


def open_while_owed(view: View) -> View:
    view.open_while_owed = True  # type: ignore[attr-defined]
    return view


def is_owed(request: HttpRequest) -> bool:
    """A session of before a second factor was required owes one too."""
    return bool(request.session.get(OWED) or (factor_required() and not request.session.get(SECOND)))


def shut_while_owed(request: HttpRequest, view: Any) -> bool:
    return is_owed(request) and not getattr(view, "open_while_owed", False)
