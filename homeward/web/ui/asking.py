"""Who asks, and how a form meets a service."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.http import HttpRequest

from homeward.apps.access.actors import Actor
from homeward.domain.problems import ProblemError
from homeward.web.ui.forms import PlainForm

T = TypeVar("T")


def actor_of(request: HttpRequest) -> Actor:
    """The signed-in person with today's rights; the middleware has put it there, and no page is reached without."""
    actor = getattr(request, "actor", None)
    if not isinstance(actor, Actor):
        raise TypeError("a page behind the door was reached without an actor")
    return actor


def attempt(form: PlainForm, action: Callable[[], T]) -> T | None:
    """Runs a service; its refusal goes to the form, so that nothing typed is lost. What is not there stays a 404."""
    try:
        return action()
    except ProblemError as refusal:
        if refusal.first.status in (403, 404):
            raise
        form.take(refusal.problems)
        return None
