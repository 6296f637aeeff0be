"""Building stones of every page: icons, fields, keys that say why they are off, problems, codes and numbers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

from django import template
from django.conf import settings
from django.forms import BoundField, CheckboxInput
from django.template.loader import get_template
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from homeward.apps.access.models import RoleChoices
from homeward.domain.codes import display_code
from homeward.domain.problems import Decision, Problem
from homeward.web.ui import labels, words
from homeward.web.ui.words import Said, in_language, language_name, say, say_all, two_decimals

register = template.Library()
MANIFEST = Path(__file__).resolve().parents[1] / "static" / "built" / "manifest.json"


@register.simple_tag
def icon(name: str) -> SafeString:
    """An SVG of our own; it is decoration, the words beside it carry the meaning."""
    return mark_safe(get_template(f"ui/icons/{name}.svg").render().strip())  # noqa: S308 - our own file # nosec


@register.inclusion_tag("ui/parts/interview_app.html")
def interview_app() -> dict[str, Any]:
    """The app with its sheet. What it loads by itself is named beforehand, so that both are fetched at once."""
    return {"chunks": app_chunks()}


@cache
def app_chunks() -> tuple[str, ...]:
    """Addresses of the app's parts as it asks for them itself: without the mark of their content."""
    if not MANIFEST.exists():
        return ()
    made = json.loads(MANIFEST.read_text("utf-8"))
    parts = made["src/main.ts"].get("dynamicImports", [])
    return tuple(f"{settings.STATIC_URL}built/{made[part]['file']}" for part in parts)


@register.inclusion_tag("ui/parts/field.html")
def field(bound: BoundField, optional_mark: bool = True, required_mark: bool = False) -> dict[str, Any]:
    """What may stay empty is marked; what may not is marked where fields of both kinds or a single one stand."""
    kind = "group" if bound.use_fieldset else "tick" if isinstance(bound.field.widget, CheckboxInput) else "line"
    needed = bound.field.required
    said = getattr(bound.field, "mark", "")  # of a field that may stay empty, but not always
    marks = {
        "mark": said,
        "mark_optional": optional_mark and not needed and not said,
        "mark_required": required_mark and needed,
    }
    return {"field": bound, "kind": kind, **marks}


@register.inclusion_tag("ui/parts/act.html")
def act(
    label: str,
    url: str,
    decision: Decision | bool = True,
    kind: str = "btn-plain",
    icon_name: str = "",
    new_tab: bool = False,
) -> dict[str, Any]:
    """A link that looks like a key; where it is not allowed it stays visible, off, with the reason in words."""
    return {
        "label": label,
        "url": url,
        "kind": kind,
        "icon_name": icon_name,
        "new_tab": new_tab,
        **_allowance(decision),
    }


@register.inclusion_tag("ui/parts/key.html")
def key(
    label: str,
    decision: Decision | bool = True,
    kind: str = "btn-main",
    icon_name: str = "",
    name: str = "",
    value: str = "",
) -> dict[str, Any]:
    """The button that sends the form around it."""
    return {"label": label, "kind": kind, "icon_name": icon_name, "name": name, "value": value, **_allowance(decision)}


def _allowance(decision: Decision | bool) -> dict[str, Any]:
    if isinstance(decision, Decision):
        said = say(decision.problem) if decision.problem else None
        why = f"{said.message} {said.action}".strip() if said else ""
    else:
        why = ""
    return {"allowed": bool(decision), "why": why, "why_id": f"why-{uuid4().hex[:8]}"}


@register.inclusion_tag("ui/parts/problems.html")
def problem_list(problems: Iterable[Problem | Said], form: Any = None) -> dict[str, Any]:
    said = say_all(problems, form)
    heading = _("One thing needs your attention") if len(said) == 1 else _("Some things need your attention")
    return {"problems": said, "heading": heading}


@register.inclusion_tag("ui/parts/problems.html")
def form_problems(form: Any) -> dict[str, Any]:
    """What stands in the form's way, on top of the page, each with a link to its field."""
    return problem_list(
        [Said.of_field(form, name, str(error)) for name, errors in form.errors.items() for error in errors]
    )


@register.inclusion_tag("ui/parts/pager.html", takes_context=True)
def pager(context: template.Context, page: Any) -> dict[str, Any]:
    return {"page": page, "request": context["request"]}


@register.simple_tag
def colon() -> str:
    return words.colon()


@register.simple_tag
def comma() -> str:
    return words.comma()


@register.filter
def code(value: str) -> SafeString:
    """A child's code in groups of three; it reads left to right in every script."""
    return format_html('<bdi class="code" dir="ltr">{}</bdi>', display_code(str(value)))


@register.filter
def in_fours(fingerprint: str) -> str:
    """As people read it to each other."""
    return " ".join(fingerprint[at : at + 4] for at in range(0, len(fingerprint), 4))


@register.filter
def plain_code(value: str) -> str:
    return display_code(str(value))


@register.filter
def said(problem: Problem) -> Said:
    return say(problem)


@register.filter
def score(value: Any) -> str:
    """A score is shown with two decimals on paper and screen; the stored one has all of them."""
    return "" if value in (None, "") else two_decimals(value)


@register.filter
def get(mapping: Any, name: str) -> Any:
    return mapping.get(name, "") if mapping else ""


@register.filter
def role_label(role: str) -> str:
    return str(RoleChoices(role).label)


@register.filter
def spoken(texts: Mapping[str, str]) -> str:
    """A text of an instrument in the reader's language, else in English, else in whichever there is."""
    return in_language(texts, (get_language() or "en")[:2])


@register.filter
def language_words(code: str) -> str:
    return language_name(code)


@register.filter
def wording(status: str) -> str:
    return str(labels.WORDING.get(status, status))


@register.filter
def missing_label(missing: str) -> str:
    return str(labels.MISSING.get(str(missing), missing))


@register.filter
def level_label(level: str) -> str:
    return str(labels.LEVELS.get(level, level))


@register.filter
def flag_label(kind: str) -> str:
    return str(labels.FLAGS.get(kind, kind))


@register.filter
def respondent_label(respondent: str) -> str:
    return str(labels.RESPONDENTS.get(respondent, respondent))


@register.filter
def dimension_label(dimension: str) -> str:
    return str(labels.DIMENSIONS.get(dimension, dimension))


@register.filter
def known_day(day: date | None) -> str:
    """Of an interview; where nobody knows it, that is said, and no other day stands in for it."""
    return date_format(day, "DATE_FORMAT") if day else _("day not known")


@register.filter
def iso_day(text: str) -> str:
    """A day as forms store it, in the reader's way; anything else as it is."""
    try:
        return date_format(date.fromisoformat(text), "DATE_FORMAT")
    except ValueError:
        return text
