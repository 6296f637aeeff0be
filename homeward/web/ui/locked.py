"""The one page of a locked server. It names nobody, and needs neither database nor session nor any other address: its
few lines of style stand in it, and its policy allows exactly those.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator

from django.conf import settings
from django.http import HttpResponse
from django.utils import translation
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _

STYLE = """:root{color-scheme:light}
body{margin:0;background:#f4f6f3;color:#1d2a2e;line-height:1.5;font-family:system-ui,-apple-system,"Segoe UI",Roboto,
"Noto Sans","Noto Sans Arabic","Noto Naskh Arabic",sans-serif}
main{box-sizing:border-box;max-inline-size:34rem;margin-inline:auto;padding:1rem;padding-block-start:10vh}
section{background:#fff;border:1px solid #d5dcd9;border-radius:10px;padding:1.25rem}
h1{font-size:1.5rem;font-weight:650;margin:0 0 .5rem}
p{margin:0 0 .75rem;overflow-wrap:anywhere}
p:last-child{margin-block-end:0}
.house{border-inline-start:4px solid #0d5c63;background:#e3f0ef;padding:.6rem .75rem;border-radius:6px;
white-space:pre-line}
ul{list-style:none;margin:1.25rem 0 0;padding:0;color:#4b5a5f;font-size:.95rem}
li{padding-block:.6rem;border-block-start:1px solid #d5dcd9}"""
_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


def locked_words() -> str:
    return _("The server is locked. Whoever keeps its passphrase opens it. Nothing is lost; try again later.")


def locked_page(more: str = "") -> HttpResponse:
    """`more`: words of the house, such as whom to call. Nobody can choose a language here, so all stand on it."""
    page = format_html(
        '<!doctype html><html lang="{}" dir="{}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
        "<title>{}</title><style>{}</style></head>"
        "<body><main><section><h1>{}</h1><p>{}</p>{}</section><ul>{}</ul></main></body></html>",
        _tag(),
        _direction(),
        _("Locked"),
        mark_safe(STYLE),  # noqa: S308 - our own, and the policy knows it by its hash # nosec
        _("Locked"),
        locked_words(),
        format_html('<p class="house" dir="auto">{}</p>', more) if more else "",
        _in_other_languages(),
    )
    return HttpResponse(page, status=503, headers={"Content-Security-Policy": POLICY})


def _in_other_languages() -> SafeString:
    return format_html_join("", '<li lang="{}" dir="{}">{}</li>', _others(_tag()))


def _others(shown: str) -> Iterator[tuple[str, str, str]]:
    for code, _name in settings.LANGUAGES:
        if code != shown:
            with translation.override(code):
                yield code, _direction(), locked_words()


def _tag() -> str:
    return (get_language() or "en")[:2]


def _direction() -> str:
    return "rtl" if get_language_bidi() else "ltr"
