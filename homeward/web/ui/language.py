"""The language chosen at the door: it holds in this browser until it is closed, or until somebody settles it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language_info


def door_language_of(request: HttpRequest) -> str:
    """Empty where nobody chose one, or where it is no language of ours."""
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    return chosen if chosen in dict(settings.LANGUAGES) else ""


def keep_at_door(response: HttpResponse, language: str) -> None:
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Strict",
    )


def forget_at_door(response: HttpResponse) -> None:
    response.delete_cookie(settings.LANGUAGE_COOKIE_NAME, samesite="Strict")


def two_languages(request: HttpRequest) -> dict[str, Any] | None:
    """The language of these pages and the reader's own, where the door has made them differ."""
    chosen, own = door_language_of(request), getattr(request.user, "language", "")
    if not chosen or not own or chosen == own:
        return None
    return {"chosen": get_language_info(chosen), "own": get_language_info(own)}
