"""Every address: the pages, and the door for data collection apps."""

from __future__ import annotations

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include(module)) for module in ("homeward.openrosa.urls", "homeward.web.urls") if find_spec(module)
]
handler400 = "homeward.web.ui.errors.bad_request"
handler404 = "homeward.web.ui.errors.not_found"
handler403 = "homeward.web.ui.errors.forbidden"
handler500 = "homeward.web.ui.errors.server_error"
