"""The shell of the app: the same for everybody, without a word of what it is for, of anybody, or of this house."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from homeward.web.surveys.policy import with_app

STATIC = Path(__file__).resolve().parents[1] / "ui" / "static"
BUILT = STATIC / "built"  # by the front end's builder
SCRIPT, SHEET, WORKER = "field.js", "field.css", "sw.js"
ICONS = {"icon.svg": "image/svg+xml", "icon-192.png": "image/png", "icon-512.png": "image/png"}
SIZES = {"icon.svg": "any", "icon-192.png": "192x192", "icon-512.png": "512x512"}
AGAIN = "no-cache"  # kept, and asked for again each time; the service worker has it where there is no network


@require_GET
@login_not_required
@with_app
def shell(request: HttpRequest) -> HttpResponse:
    """Addresses without the mark of their content, as the service worker knows them."""
    if not (BUILT / SCRIPT).exists():
        return not_built()
    beside = f"{settings.STATIC_URL}{BUILT.name}/"
    sheet = f"{beside}{SHEET}" if (BUILT / SHEET).exists() else ""
    context = {"name": settings.HOMEWARD_APP_NAME, "script": f"{beside}{SCRIPT}", "sheet": sheet}
    response = render(request, "field/shell.html", context)
    response.headers["Cache-Control"] = AGAIN
    return response


@require_GET
@login_not_required
def worker(request: HttpRequest) -> HttpResponse:
    """At this address, so that its scope is that of the app and of nothing else."""
    if not (BUILT / WORKER).exists():
        return not_built()
    return _kept((BUILT / WORKER).read_bytes(), "text/javascript; charset=utf-8")


@require_GET
@login_not_required
def manifest(request: HttpRequest) -> HttpResponse:
    told = {
        "id": "/app/",
        "name": settings.HOMEWARD_APP_NAME,
        "short_name": settings.HOMEWARD_APP_NAME,
        "start_url": "/app/",
        "scope": "/app/",
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": "#ffffff",
        "icons": [
            {"src": f"/app/{name}", "type": kind, "sizes": SIZES[name], "purpose": "any"}
            for name, kind in ICONS.items()
        ],
    }
    response = JsonResponse(told, content_type="application/manifest+json")
    response.headers["Cache-Control"] = AGAIN
    return response


@require_GET
@login_not_required
def icon(request: HttpRequest, name: str) -> HttpResponse:
    return _kept((STATIC / "field" / name).read_bytes(), ICONS[name])


def _kept(content: bytes, kind: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response.headers["Cache-Control"] = AGAIN
    return response


def not_built() -> HttpResponse:
    text = _("The app is not part of this installation: its front end was not built.")
    response = HttpResponse(f"{text}\n", status=503, content_type="text/plain; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    return response
