"""What the pages with the interview app may do beyond all others: run its WebAssembly, show what was photographed."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, cast

from csp.decorators import csp_update
from django.http import HttpResponse

APP_POLICY: dict[str, list[str]] = {
    "script-src": ["'wasm-unsafe-eval'"],
    "img-src": ["blob:"],
    "worker-src": ["'self'", "blob:"],
}
APP_PERMISSIONS = "camera=(self), geolocation=(self), microphone=(self), display-capture=(), payment=(), usb=()"
Parts = ParamSpec("Parts")


def with_app(view: Callable[Parts, HttpResponse]) -> Callable[Parts, HttpResponse]:
    """Marks a page that holds the app, which takes pictures, sounds and places where the form asks."""

    @wraps(view)
    def with_permissions(*parts: Parts.args, **named: Parts.kwargs) -> HttpResponse:
        response = view(*parts, **named)
        response.headers["Permissions-Policy"] = APP_PERMISSIONS
        return response

    return cast("Callable[Parts, HttpResponse]", csp_update(APP_POLICY)(with_permissions))  # type: ignore[arg-type]
