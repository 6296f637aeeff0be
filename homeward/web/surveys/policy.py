"""What the pages with the interview app may do beyond all others: run its WebAssembly, show what was photographed."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, cast

from csp.decorators import csp_update
from django.http import HttpResponse

APP_POLICY: dict[str, list[str]] = {
    "script-src": ["'wasm-unsafe-eval'"],
    "img-src": ["blob:"],
    "worker-src": ["'self'", "blob:"],
}
Parts = ParamSpec("Parts")


def with_app(view: Callable[Parts, HttpResponse]) -> Callable[Parts, HttpResponse]:
    """Marks a page that holds the app."""
    return cast("Callable[Parts, HttpResponse]", csp_update(APP_POLICY)(view))  # type: ignore[arg-type]
