"""The about sheet -> About. A form without one is described by its settings sheet."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

from homeward.domain.instruments import (
    DEFAULT_MINIMUM_SHARE,
    QUESTION_OF_CHILD,
    QUESTION_OF_DATE,
    QUESTION_OF_RESPONDENT,
    About,
    WordingStatus,
)
from homeward.domain.problems import Where
from homeward.formats.tables.sheets import Sheet
from homeward.formats.xlsform.cells import Report, integer_cell, kind_cell, report_choice
from homeward.formats.xlsform.columns import ABOUT, SETTINGS, UNKNOWN_LANGUAGE, canonical, language_code

FAMILIES = ("survey", "visit", "observation", "fgd", "kii", "case_study")
SUBJECTS = ("child", "caregiver", "group")
LANGUAGE_STATUSES = ("draft", "reviewed", "piloted")
COLLECT = ("yes", "no", "encrypted")
BELOW_MINIMUM = ("no_score", "mark")
KEYS = frozenset(
    [
        "id",
        "version",
        "family",
        "dimensions",
        "population",
        "respondents",
        "min_age",
        "max_age",
        "wording_status",
        "default_language",
        "source",
        "licence",
        "consultation",
        "minimum_share",
        "below_minimum",
        "dimension_weights",
        "composite_weights",
        "subject",
        "child_question",
        "date_question",
        "respondent_question",
        "collect",
    ]
)
ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:-]{0,99}")
VERSION = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:-]{0,49}")


@dataclass(frozen=True, slots=True)
class Pair:
    value: str
    row: int | None


def settings_values(sheet: Sheet | None) -> dict[str, Pair]:
    """The one row of the settings sheet by canonical key."""
    if sheet is None or not sheet.rows:
        return {}
    aliases = {"set_form_id": "form_id", "set_form_title": "form_title", "id_string": "form_id", "title": "form_title"}
    row = sheet.rows[0]
    values: dict[str, Pair] = {}
    for header, value in row.cells.items():
        key = canonical(header)
        values.setdefault(aliases.get(key, key), Pair(value, row.number))
    return values


def default_language(about: Sheet | None, settings: dict[str, Pair]) -> str:
    """The language of columns that name none."""
    if about is not None:
        named = next((row.get("value") for row in about if row.get("key") == "default_language"), "")
        if named:
            return language_code(named)
    named_in_settings = settings.get("default_language")
    return language_code(named_in_settings.value) if named_in_settings else UNKNOWN_LANGUAGE


def read_about(
    about: Sheet | None, settings: dict[str, Pair], languages: tuple[str, ...], name: str, report: Report
) -> About:
    """`languages` are those that the label columns speak; `name` stands in where a form says no id."""
    if about is not None:
        return _AboutReader(about, report).read(settings, name)
    title = settings.get("form_title", Pair(name, None)).value
    default = default_language(None, settings)
    if default == UNKNOWN_LANGUAGE and languages:
        default = languages[0]
    return About(
        id=_checked(ID, settings.get("form_id", Pair(name, None)), "form_id", SETTINGS, report),
        version=_checked(VERSION, settings.get("version", Pair("1", None)), "version", SETTINGS, report),
        titles={default: title},
        languages=dict.fromkeys(languages or (default,), "draft"),
        default_language=default,
        subject="group" if not languages else "child",
    )


def _checked(pattern: re.Pattern[str], pair: Pair, key: str, sheet: str, report: Report) -> str:
    if pattern.fullmatch(pair.value):
        return pair.value
    report.add(
        "bad_id",
        "“{text}” cannot be used as {key}.",
        "Use letters, digits, dot, hyphen and underscore, beginning with a letter or a digit.",
        report.where(sheet, pair.row, key),
        {"text": pair.value[:40], "key": key},
        severity="error" if sheet == ABOUT else "warning",  # an agency's form goes on under the corrected id
    )
    return re.sub(r"[^A-Za-z0-9_.:-]+", "_", pair.value)[:50].strip("_.:-") or "form"


class _AboutReader:
    """The key and value rows of the about sheet."""

    def __init__(self, sheet: Sheet, report: Report) -> None:
        self.report = report
        self.pairs: dict[str, Pair] = {}
        for row in sheet:
            key = row.get("key")
            where = self.report.where(ABOUT, row.number, "key")
            if key in self.pairs:
                report.add(
                    "duplicate_name", "The key {name} stands twice.", "Keep one of the rows.", where, {"name": key}
                )
            elif not (key in KEYS or re.fullmatch(r"(title|language)::\S.*", key)):
                report.add(
                    "unknown_key",
                    "The key “{name}” is not known.",
                    "Correct its spelling or delete the row.",
                    where,
                    {"name": key[:60]},
                )
            self.pairs.setdefault(key, Pair(row.get("value"), row.number))

    def read(self, settings: dict[str, Pair], name: str) -> About:
        fallback_id = settings.get("form_id", Pair(name, None))
        minimum = self._whole("minimum_share", 100)
        return About(
            id=_checked(ID, self._pair("id", fallback_id), "id", ABOUT, self.report),
            version=_checked(VERSION, self._pair("version", Pair("1", None)), "version", ABOUT, self.report),
            titles=self._by_language("title") or {"en": settings.get("form_title", Pair(name, None)).value},
            family=self._one_of("family", FAMILIES),
            dimensions=tuple(self._text("dimensions").split()),
            population=tuple(self._text("population", "returnee host_peer").split()),
            respondents=tuple(self._text("respondents").split()),
            min_age=self._whole("min_age", 120),
            max_age=self._whole("max_age", 120),
            wording_status=kind_cell(
                self._text("wording_status"),
                WordingStatus,
                WordingStatus.OWN,
                self.report,
                self._where("wording_status"),
            ),
            languages=self._languages(),
            default_language=language_code(self._text("default_language", "en")),
            source=self._text("source"),
            licence=self._text("licence"),
            consultation=self._text("consultation"),
            minimum_share=DEFAULT_MINIMUM_SHARE if minimum is None else minimum,
            below_minimum=cast('Literal["no_score", "mark"]', self._one_of("below_minimum", BELOW_MINIMUM)),
            dimension_weights=self._text("dimension_weights", "equal"),
            composite_weights=self._text("composite_weights"),
            child_question=self._text("child_question", QUESTION_OF_CHILD),
            date_question=self._text("date_question", QUESTION_OF_DATE),
            respondent_question=self._text("respondent_question", QUESTION_OF_RESPONDENT),
            subject=self._one_of("subject", SUBJECTS),
            collect=self._one_of("collect", COLLECT) != "no",
            encrypted=self._one_of("collect", COLLECT) == "encrypted",
        )

    def _pair(self, key: str, default: Pair) -> Pair:
        pair = self.pairs.get(key)
        return pair if pair and pair.value else default

    def _text(self, key: str, default: str = "") -> str:
        return self._pair(key, Pair(default, None)).value

    def _where(self, key: str) -> Where:
        return self.report.where(ABOUT, self._pair(key, Pair("", None)).row, key)

    def _whole(self, key: str, high: int) -> int | None:
        return integer_cell(self._text(key), self.report, self._where(key), high=high)

    def _one_of(self, key: str, allowed: tuple[str, ...]) -> str:
        value = self._text(key, allowed[0])
        if value not in allowed:
            report_choice(value, allowed, self.report, self._where(key))
            return allowed[0]
        return value

    def _by_language(self, base: str) -> dict[str, str]:
        prefix = f"{base}::"
        return {
            language_code(key.removeprefix(prefix)): pair.value
            for key, pair in self.pairs.items()
            if key.startswith(prefix) and pair.value
        }

    def _languages(self) -> Mapping[str, str]:
        statuses = self._by_language("language")
        for code, status in statuses.items():
            if status not in LANGUAGE_STATUSES:
                report_choice(
                    status, LANGUAGE_STATUSES, self.report, self.report.where(ABOUT, None, f"language::{code}")
                )
        return statuses
