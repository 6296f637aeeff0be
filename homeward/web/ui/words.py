"""Problems in the reader's language. Services speak English ids with named placeholders; here they are said."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils import translation
from django.utils.formats import date_format, number_format
from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _

from homeward.domain.problems import Problem, Where
from homeward.web.ui import labels

WORDS = frozenset({"what", "status", "dimension"})  # parameters whose values are words of ours, not names in a form

MARKED = re.compile("`([^`]+)`")
ISO_DAY = re.compile(r"(\d{4}-\d\d-\d\d)( \d\d:\d\d)?")
QUOTES = {"fr": ("«\u00a0", "\u00a0»"), "es": ("«", "»"), "ar": ("«", "»")}
NO_LANGUAGE = ("und", "")  # texts in columns without a language


@dataclass(frozen=True, slots=True)
class Said:
    """A problem ready for the page; `target` is the id of the field it is about, `name` its technical name."""

    message: str
    action: str = ""
    where: str = ""
    target: str = ""
    code: str = ""
    name: str = ""

    @classmethod
    def of_field(cls, form: Any, name: str, message: str) -> Said:
        if name == "__all__":
            return cls(message)
        return cls(message, where=str(form.fields[name].label or name), target=form[name].auto_id)


def filled(text: str, params: Mapping[str, Any]) -> str:
    """The translation, filled; one whose placeholders are broken falls back to English."""
    translated = _(text) if text else ""
    try:
        return in_quotes(translated.format(**params))
    except (KeyError, IndexError, ValueError):
        return in_quotes(text.format(**params))


def in_quotes(text: str) -> str:
    """Names are marked as in a document for developers; a page has quotation marks for that."""
    return MARKED.sub(lambda found: quoted(found.group(1)), text)


def quoted(text: str) -> str:
    """With the marks of the language of the page."""
    begin, end = QUOTES.get(spoken_now(), ("“", "”"))
    return f"{begin}{text}{end}"


def spoken_now() -> str:
    return (translation.get_language() or "en")[:2]


def place(where: Where) -> str:
    parts = [
        apart(where.file),
        _("sheet {sheet}").format(sheet=apart(where.sheet)) if where.sheet else "",
        _("row {row}").format(row=where.row) if where.row else "",
        apart(where.field),
    ]
    return comma().join(part for part in parts if part)


def comma() -> str:
    return "، " if get_language_bidi() else ", "


def colon() -> str:
    """French sets it off, and no line breaks before it."""
    return "\u00a0: " if spoken_now() == "fr" else ": "


def apart(text: str) -> str:
    """A name in another script keeps its own direction inside a line from right to left."""
    return f"\u2068{text}\u2069" if text and get_language_bidi() else text


def spoken(name: str, value: str | int) -> str | int:
    """A parameter in the reader's words, where it is a word or a phrase of ours; else as it is."""
    if not isinstance(value, str):
        return value
    if found := ISO_DAY.fullmatch(value):
        with suppress(ValueError):
            return date_format(date.fromisoformat(found[1]), "DATE_FORMAT") + (found[2] or "").replace(" ", comma(), 1)
    if name == "permission":
        return str(labels.PERMISSIONS.get(value, value))
    said = _(value) if value and (name in WORDS or " " in value) else value
    return said if said != value else apart(value)


def say(problem: Problem, form: Any = None) -> Said:
    params = {name: spoken(name, value) for name, value in problem.params.items()}
    target = ""
    where = place(problem.where)
    if form is not None and problem.where.field in form.fields:
        target = form[problem.where.field].auto_id
        where = str(form.fields[problem.where.field].label or problem.where.field)
    return Said(filled(problem.message, params), filled(problem.action, params), where, target, problem.code)


def say_all(problems: Iterable[Problem | Said], form: Any = None) -> list[Said]:
    return [problem if isinstance(problem, Said) else say(problem, form) for problem in problems]


def in_language(texts: Mapping[str, str], code: str) -> str:
    return texts.get(code) or texts.get("en") or next(iter(texts.values()), "")


def language_name(code: str) -> str:
    if code in NO_LANGUAGE:
        return _("no language stated")
    try:
        return str(translation.get_language_info(code)["name_translated"])
    except KeyError:
        return code


def two_decimals(value: Decimal | str) -> str:
    """A score on screen and paper. Rounded here, because the formatter of numbers cuts instead of rounding."""
    return number_format(Decimal(value).quantize(Decimal("0.01"), ROUND_HALF_UP), 2)
