"""The topics of a child's record, and what is wrong with an entry before it is written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

from homeward.apps.cases.facts import LANGUAGE
from homeward.apps.cases.models import (
    BirthBasis,
    CareSpell,
    Child,
    ChildName,
    Document,
    Functioning,
    HouseholdStay,
    Return,
    Schooling,
    SpokenLanguage,
)
from homeward.apps.cases.record_models import Entry, ReturnBasis
from homeward.apps.cases.sealing import birth_date_of
from homeward.domain.ages import completed_years
from homeward.domain.functioning import FORMS, RESULTS, form_at
from homeward.domain.problems import Problem, ProblemError, Where

TOPICS: Mapping[str, type[Entry]] = MappingProxyType(
    {
        "returns": Return,
        "names": ChildName,
        "birth": BirthBasis,
        "languages": SpokenLanguage,
        "documents": Document,
        "schooling": Schooling,
        "functioning": Functioning,
        "care": CareSpell,
        "household": HouseholdStay,
    }
)
SPELLS = ("schooling", "care", "household")
COUNTRY = re.compile("[A-Z]{2}")
LONGEST_NAME, LONGEST_AWAY = 120, 300
DAYS = ("told_on", "since", "until", "returned_on")
Values = Mapping[str, Any]


def model_of(topic: str) -> type[Entry]:
    if topic not in TOPICS:
        raise ProblemError(
            Problem("record.topic", "The record has no such part.", "Choose one of the list.", status=404)
        )
    return TOPICS[topic]


def require_sound(child: Child, topic: str, values: Values, today: date) -> None:
    """Every problem at once."""
    problems = [*_listed(topic, values), *_days(child, values, today), *_CHECKS.get(topic, _nothing)(child, values)]
    if problems:
        raise ProblemError(problems)


def _nothing(_child: Child, _values: Values) -> Iterator[Problem]:
    yield from ()


def _listed(topic: str, values: Values) -> Iterator[Problem]:
    columns = {column.name: column for column in model_of(topic)._meta.concrete_fields}
    for field, column in columns.items():
        known = [str(code) for code, _ in column.choices or ()]
        given = str(values.get(field) or "")
        needed = not column.blank and not column.has_default()
        if known and (given or needed) and given not in known:
            params = {"known": ", ".join(known)}
            yield Problem("record.not_listed", "Choose one of these: {known}.", "", Where(field=field), params)


def _days(child: Child, values: Values, today: date) -> Iterator[Problem]:
    birth = None if child.birth_estimated else birth_date_of(child)
    for field in DAYS:
        day = values.get(field)
        if day is None:
            continue
        if day > today:
            yield Problem("record.future", "This day is in the future.", "Correct the date.", Where(field=field))
        elif birth is not None and day < birth:
            message = "This day lies before the birth."
            yield Problem("record.before_birth", message, "Correct one of both.", Where(field=field))
    since, until = values.get("since"), values.get("until")
    if since and until and until < since:
        message = "The last day lies before the first."
        yield Problem("record.backwards", message, "Correct one of both.", Where(field="until"))


def _name(_child: Child, values: Values) -> Iterator[Problem]:
    name = str(values.get("name") or "").strip()
    if not name or len(name) > LONGEST_NAME:
        message, params = "The name is missing, or longer than {most} letters.", {"most": LONGEST_NAME}
        yield Problem("record.name", message, "Write it as the family does.", Where(field="name"), params)


def _language(_child: Child, values: Values) -> Iterator[Problem]:
    if not LANGUAGE.fullmatch(str(values.get("language") or "")):
        action = "Write a code of two or three letters, such as en, fr or ar."
        yield Problem("child.language", "This is not the code of a language.", action, Where(field="language"))


def _spell(_child: Child, values: Values) -> Iterator[Problem]:
    if values.get("since") is None:
        message = "The first day is missing."
        yield Problem("record.since", message, "Give it; the first of the month will do.", Where(field="since"))


def _return(_child: Child, values: Values) -> Iterator[Problem]:
    unknown = values.get("basis") == ReturnBasis.UNKNOWN
    if (values.get("returned_on") is None) != unknown:
        message = "A day is given for a return whose day is not known, or is missing."
        yield Problem(
            "record.return_day", message, "Give a day, or say that it is not known.", Where(field="returned_on")
        )
    country = str(values.get("from_country") or "")
    if country and not COUNTRY.fullmatch(country):
        message = "This is not the code of a country."
        yield Problem("record.country", message, "Write two letters, such as LY or DE.", Where(field="from_country"))
    away = values.get("months_away")
    if away is not None and not 0 <= away <= LONGEST_AWAY:
        message, params = "This is not between 0 and {most} months.", {"most": LONGEST_AWAY}
        yield Problem("record.away", message, "Correct the number.", Where(field="months_away"), params)


def _functioning(child: Child, values: Values) -> Iterator[Problem]:
    birth, day = birth_date_of(child), values.get("told_on")
    form = form_at(completed_years(birth, day)) if birth and day and day >= birth else ""
    given: Mapping[str, str] = values.get("results") or {}
    if not form or values.get("form") != form:
        message = "The module has questions for ages 2 to 4 and 5 to 17; this child was of another age on that day."
        yield Problem("record.form", message, "Correct the day, or the age of the child.", Where(field="told_on"))
    elif not given or set(given) - set(FORMS[form]) or set(given.values()) - set(RESULTS):
        message = "No result is given, or one that this form does not have."
        yield Problem(
            "record.results", message, "Give a result for each domain that was asked.", Where(field="results")
        )


_CHECKS = {
    "names": _name,
    "languages": _language,
    "schooling": _spell,
    "care": _spell,
    "household": _spell,
    "returns": _return,
    "functioning": _functioning,
}
