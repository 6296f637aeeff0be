"""Problems in the reader's language. Services speak English ids with named placeholders; here they are said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from homeward.domain.problems import Problem, Where


@dataclass(frozen=True, slots=True)
class Said:
    """A problem ready for the page; `target` is the id of the field it is about."""

    message: str
    action: str = ""
    where: str = ""
    target: str = ""
    code: str = ""

    @classmethod
    def of_field(cls, form: Any, name: str, message: str) -> Said:
        if name == "__all__":
            return cls(message)
        return cls(message, where=str(form.fields[name].label or name), target=form[name].auto_id)


def filled(text: str, params: Mapping[str, Any]) -> str:
    """The translation, filled; one whose placeholders are broken falls back to English."""
    translated = _(text) if text else ""
    try:
        return translated.format(**params)
    except (KeyError, IndexError, ValueError):
        return text.format(**params)


def place(where: Where) -> str:
    parts = [
        where.file,
        _("sheet {sheet}").format(sheet=where.sheet) if where.sheet else "",
        _("row {row}").format(row=where.row) if where.row else "",
        where.field,
    ]
    return ", ".join(part for part in parts if part)


def say(problem: Problem, form: Any = None) -> Said:
    params = {name: _(value) if isinstance(value, str) and value else value for name, value in problem.params.items()}
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


def two_decimals(value: Decimal | str) -> str:
    """A score on screen and paper. Rounded here, because the formatter of numbers cuts instead of rounding."""
    return number_format(Decimal(value).quantize(Decimal("0.01"), ROUND_HALF_EVEN), 2)
