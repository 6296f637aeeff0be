"""Texts in every language; children's wording."""

from __future__ import annotations

import re
from collections.abc import Mapping

from homeward.domain.instruments import Choice, ChoiceList, Question
from homeward.domain.problems import Severity, Where
from homeward.formats.tables.sheets import Row, Sheet
from homeward.formats.xlsform.checks.subject import CONTAINER_TYPES, START_GROUP, Subject, holds_answer, is_shown
from homeward.formats.xlsform.columns import CHOICES, SURVEY, UNKNOWN_LANGUAGE, Columns, base_and_language

MAX_WORDS = 12
WORD = re.compile(r"\w")
CHILD = "child"
PICTURES = ("image", "audio", "video", "big-image")
OTHER_TEXTS = ("hint", "guidance_hint", "constraint_message", "required_message", *PICTURES)
PUT_ON_DEVICE = "Write the text in this language, or take the language off the about sheet."


def check_translations(subject: Subject) -> None:
    _columns_present(subject, SURVEY, subject.survey)
    if subject.instrument.choice_lists:
        _columns_present(subject, CHOICES, subject.choices)
    rows = _rows_by_number(subject.sheet(SURVEY))
    for question in subject.instrument.questions:
        row = rows.get(question.where.row or 0)
        if row is None or not is_shown(question):
            continue
        silent_container = question.type in CONTAINER_TYPES and not question.labels
        if not silent_container:
            _labels(subject, subject.survey, row, question.where, "label_missing")
        for base in OTHER_TEXTS:
            _partly_translated(subject, subject.survey, row, question.where, base)
    _choices(subject)


def _rows_by_number(sheet: Sheet | None) -> Mapping[int, Row]:
    return {row.number: row for row in sheet} if sheet else {}


def _columns_present(subject: Subject, sheet: str, columns: Columns) -> None:
    """A language without any column is said once and not in every row."""
    for code in subject.languages:
        spoken = any(code in columns.texts.get(base, {}) for base in ("label", *PICTURES))
        if not spoken:
            named = code != UNKNOWN_LANGUAGE
            subject.report.add(
                "language_missing",
                "There is no label column in the language {code}.",
                "Add a column like label::English (en) for it." if named else "Add a column label.",
                subject.report.where(sheet, 1, f"label::{code}" if named else "label"),
                {"code": _spoken(code)},
                severity=subject.severity,
            )


def _labels(subject: Subject, columns: Columns, row: Row, where: Where, problem: str) -> None:
    for code, header in columns.texts.get("label", {}).items():
        if code not in subject.languages or row.get(header):
            continue
        pictured = any(row.get(columns.texts.get(base, {}).get(code, "")) for base in PICTURES)
        if not pictured:
            _missing(subject, problem, "The text is missing in the language {code}.", where, header, code)


def _partly_translated(subject: Subject, columns: Columns, row: Row, where: Where, base: str) -> None:
    headers = columns.texts.get(base, {})
    if not any(row.get(header) for header in headers.values()):
        return
    if base in PICTURES and subject.language in headers and row.get(headers[subject.language]):
        return  # one picture serves every language
    for code in subject.languages:
        if not row.get(headers.get(code, "")):
            message = "The {column} is there in another language and missing in {code}."
            _missing(
                subject,
                "translation_missing",
                message,
                where,
                headers.get(code, base if code == UNKNOWN_LANGUAGE else f"{base}::{code}"),
                code,
            )


def _missing(subject: Subject, problem: str, message: str, where: Where, header: str, code: str) -> None:
    severity: Severity = subject.severity
    place = Where(where.file, where.sheet, where.row, header)
    params = {"code": _spoken(code), "column": base_and_language(header)[0]}
    action = PUT_ON_DEVICE if subject.own else "Write the text in this language, or delete its columns."
    subject.report.add(problem, message, action, place, params, severity=severity)


def _spoken(code: str) -> str:
    return "of the columns that name none" if code == UNKNOWN_LANGUAGE else code


def _choices(subject: Subject) -> None:
    rows = _rows_by_number(subject.sheet(CHOICES))
    used = {question.list_name for question in subject.instrument.questions}
    for choice_list in subject.instrument.choice_lists.values():
        if choice_list.name in used:
            _wholly_silent(subject, choice_list, rows)
        for choice in choice_list.choices if choice_list.name in used else ():
            row = rows.get(choice.where.row or 0)
            if row is not None:
                _labels(subject, subject.choices, row, choice.where, "choice_label_missing")


def _wholly_silent(subject: Subject, choice_list: ChoiceList, rows: Mapping[int, Row]) -> None:
    """Collect does not open a form with such a list; one text in it is enough to open it."""
    headers = [header for base in ("label", *PICTURES) for header in subject.choices.texts.get(base, {}).values()]
    spoken = any(row.get(header) for choice in choice_list.choices if (row := _row(rows, choice)) for header in headers)
    if not spoken:
        subject.report.add(
            "list_without_text",
            "No option of the list {name} has a text, so Collect does not open the form.",
            "Fill in the label of each option.",
            subject.at(choice_list.choices[0].where, "label"),
            {"name": choice_list.name},
        )


def _row(rows: Mapping[int, Row], choice: Choice) -> Row | None:
    return rows.get(choice.where.row or 0)


def check_child_wording(subject: Subject) -> None:
    """At most twelve words where a child is asked. Whether it is one idea and no negation, a person must judge."""
    for question in subject.instrument.questions:
        if not holds_answer(question) or not _asked_of_child(subject, question):
            continue
        for code, text in question.labels.items():
            words = sum(1 for word in text.split() if WORD.search(word))
            if words > MAX_WORDS:
                header = subject.survey.texts["label"].get(code, "label")
                subject.report.add(
                    "child_wording_long",
                    "A child is asked {words} words in one question ({code}); at most {limit} are understood well.",
                    "Shorten it to one idea, without negation.",
                    Where(question.where.file, SURVEY, question.where.row, header),
                    {"words": words, "code": code, "limit": MAX_WORDS},
                    severity="warning",
                )


def _asked_of_child(subject: Subject, question: Question) -> bool:
    """Where several people answer one form, the group's name tells who is asked."""
    respondents = subject.instrument.about.respondents
    if CHILD not in respondents or question.path[:1] == (START_GROUP,):
        return False
    return respondents == (CHILD,) or any(CHILD in name.split("_") for name in question.path)
