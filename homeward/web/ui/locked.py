"""The one page of a locked server. It names nobody, and needs neither database nor style sheet nor session."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.html import format_html
from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _

POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


def locked_words() -> str:
    return _("The server is locked. Whoever keeps its passphrase opens it. Nothing is lost; try again later.")


def locked_page(more: str = "") -> HttpResponse:
    """`more`: words of the house, such as whom to call."""
    page = format_html(
        '<!doctype html><html lang="{}" dir="{}"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>{}</title>'
        "<main><h1>{}</h1><p>{}</p>{}</main></html>",
        get_language() or "en",
        "rtl" if get_language_bidi() else "ltr",
        _("Locked"),
        _("Locked"),
        locked_words(),
        format_html("<p>{}</p>", more) if more else "",
    )
    return HttpResponse(page, status=503, headers={"Content-Security-Policy": POLICY})
