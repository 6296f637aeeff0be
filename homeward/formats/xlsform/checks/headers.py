"""Column headers, settings, names and codes."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from difflib import get_close_matches

from homeward.domain.instruments import Question
from homeward.formats.xlsform.about_sheet import settings_values
from homeward.formats.xlsform.cells import TRUTHS
from homeward.formats.xlsform.checks.subject import Subject
from homeward.formats.xlsform.columns import (
    ABOUT,
    CHOICE_ALIASES,
    CHOICES,
    OUR_CHOICE_COLUMNS,
    OUR_SURVEY_COLUMNS,
    SETTINGS,
    STYLE,
    STYLE_PREFIX,
    STYLES,
    SURVEY,
    SURVEY_ALIASES,
    TEXT_COLUMNS,
    base_and_language,
    canonical,
    language_code,
)
from homeward.formats.xlsform.form_sheets import LIST_TYPES
from homeward.formats.xlsform.xform_sheets import FLAG_PREFIX, is_ours

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")
CODE = re.compile(r"[^\s'\"<>&]{1,64}")
KNOWN_SURVEY = frozenset(
    {"type", "name", "required", "relevant", "constraint", "appearance", "default", "calculation", "choice_filter"}
    | {"parameters", "repeat_count", "read_only", "trigger", "disabled", "note", "list_name"}
)
KNOWN_CHOICES = frozenset({"list_name", "name"})
FOREIGN = {
    "submission_url": ("foreign_address", "The form names an address of its own to send answers to."),
    "public_key": ("foreign_key", "The form names a key of its own to encrypt answers with."),
}


def check_headers(subject: Subject) -> None:
    _sheet_headers(subject, SURVEY, KNOWN_SURVEY | set(SURVEY_ALIASES), OUR_SURVEY_COLUMNS)
    _sheet_headers(subject, CHOICES, KNOWN_CHOICES | set(CHOICE_ALIASES), OUR_CHOICE_COLUMNS)


def _sheet_headers(subject: Subject, name: str, known: Iterable[str], ours: frozenset[str]) -> None:
    sheet = subject.sheet(name)
    for header in sheet.header if sheet else ():
        base = canonical(header.split("::")[0])
        if "::" in header and is_ours(header):
            subject.report.add(
                "column_with_language",
                "The column “{name}” is no text, so it has no language.",
                "Name the column {base}.",
                subject.report.where(name, 1, header),
                {"name": header, "base": base},
            )
        elif " " in header.split("::")[0] and base_and_language(header)[0] not in TEXT_COLUMNS:
            if base in known and not subject.own:
                continue  # `list name`, `read only`: the old spellings, which form converters still know
            subject.report.add(
                "header_with_space",
                "The column “{name}” has a blank in its name; form converters drop such columns.",
                "Name the column {base}.",
                subject.report.where(name, 1, header),
                {"name": header, "base": base},
                severity="warning" if base in known else "error",
            )
        else:
            _misspelt(subject, name, header, frozenset(known) | ours | TEXT_COLUMNS, ours)


def _misspelt(subject: Subject, sheet: str, header: str, known: frozenset[str], ours: frozenset[str]) -> None:
    base = base_and_language(header)[0]
    near = get_close_matches(base, ours, n=1, cutoff=0.8) if base not in known else []
    if near:
        subject.report.add(
            "column_misspelt",
            "The column “{name}” is not known; did you mean {near}?",
            "Correct the header, or delete the column.",
            subject.report.where(sheet, 1, header),
            {"name": header, "near": near[0]},
            severity="warning",
        )


def check_formulas(subject: Subject) -> None:
    for sheet in subject.loaded.sheets.values():
        for row in sheet:
            for header, text in row.cells.items():
                if text.startswith(("=", "+", "@")):
                    subject.report.add(
                        "looks_like_formula",
                        "The cell begins with “{sign}”, which spreadsheets take for a formula.",
                        "Begin the text with something else.",
                        subject.report.where(sheet.name, row.number, header),
                        {"sign": text[0]},
                        severity="warning",
                    )


def check_settings(subject: Subject) -> None:
    settings = settings_values(subject.sheet(SETTINGS))
    for key, (code, message) in FOREIGN.items():
        for found in (name for name in settings if name in (key, f"base64_rsa_{key}", f"base64rsa{key}")):
            subject.report.add(
                code,
                message,
                "Delete the column {name}; Homeward sets address and key itself.",
                subject.report.where(SETTINGS, settings[found].row, found),
                {"name": found},
            )
    if subject.own:
        _agrees_with_about(subject)
    _default_language(subject)
    _style(subject)


def _style(subject: Subject) -> None:
    named = settings_values(subject.sheet(SETTINGS)).get(STYLE)
    for word in named.value.split() if named else ():
        if word.startswith(STYLE_PREFIX) and word not in STYLES:
            subject.report.add(
                "style_unknown",
                "The style “{name}” is not known.",
                "Write {known}, or leave it out: then the ages of the about sheet decide.",
                subject.report.where(SETTINGS, named.row if named else None, STYLE),
                {"name": word[:40], "known": ", ".join(sorted(STYLES))},
            )


def _agrees_with_about(subject: Subject) -> None:
    settings = settings_values(subject.sheet(SETTINGS))
    about = subject.instrument.about
    for key, wanted in (("form_id", about.id), ("version", about.version)):
        found = settings.get(key)
        if found is not None and found.value != wanted:
            subject.report.add(
                "settings_differ",
                "The settings sheet says {key} {found}, the about sheet {wanted}.",
                "Write the same in both; format the cells as text, so that 1.0 does not become 1.",
                subject.report.where(SETTINGS, found.row, key),
                {"key": key, "found": found.value, "wanted": wanted},
            )


def _default_language(subject: Subject) -> None:
    named = settings_values(subject.sheet(SETTINGS)).get("default_language")
    spoken = {base_and_language(header)[1] for header in subject.survey.texts.get("label", {}).values()}
    if named is None or named.value in spoken or "" in spoken:
        return
    subject.report.add(
        "default_language_unknown",
        "The default language “{name}” has no label column.",
        "Write it as in the header of the label column, for example English (en).",
        subject.report.where(SETTINGS, named.row, "default_language"),
        {"name": named.value},
        severity=subject.severity,
    )


def check_names(subject: Subject) -> None:
    seen: dict[str, Question] = {}
    for question in subject.instrument.questions:
        where = subject.at(question.where, "name")
        if question.type == "end loop":
            continue  # the whole loop is refused
        if not NAME.fullmatch(question.name) or question.name == "meta" or question.name.startswith(FLAG_PREFIX):
            subject.report.add(
                "bad_name",
                "“{name}” cannot be the name of a question.",
                "Begin with a letter; use letters, digits, hyphen, dot and underscore, at most 64. "
                "meta and names that begin with hw_flag_ are taken.",
                where,
                {"name": question.name[:64]},
            )
        if question.name in seen:
            _name_twice(subject, question, seen[question.name])
        seen.setdefault(question.name, question)
    _names_by_case(subject)


def _name_twice(subject: Subject, question: Question, before: Question) -> None:
    """In another group an agency's form may use a name again; its answers are then kept as group/name."""
    apart = question.path != before.path and not subject.own
    subject.report.add(
        "duplicate_name",
        "The name {name} is used already in row {row}.",
        "Better give each question a name of its own; in tables the groups' names keep these apart."
        if apart
        else "Give each question and group a name of its own.",
        subject.at(question.where, "name"),
        {"name": question.name, "row": before.where.row or 0},
        severity="warning" if apart else "error",
    )


def _names_by_case(subject: Subject) -> None:
    spellings: dict[str, set[str]] = defaultdict(set)
    for question in subject.instrument.questions:
        spellings[question.name.lower()].add(question.name)
    for question in subject.instrument.questions:
        if len(spellings[question.name.lower()]) > 1:
            subject.report.add(
                "name_by_case",
                "{name} differs from another name only by capital letters.",
                "Statistics programs take the two for one; rename one.",
                subject.at(question.where, "name"),
                {"name": question.name},
                severity="warning",
            )


def check_codes(subject: Subject) -> None:
    allowed_twice = settings_values(subject.sheet(SETTINGS)).get("allow_choice_duplicates")
    for choice_list in subject.instrument.choice_lists.values():
        seen: dict[str, int] = {}
        for choice in choice_list.choices:
            where = subject.at(choice.where, "name")
            if not CODE.fullmatch(choice.code):
                subject.report.add(
                    "bad_code",
                    "“{name}” is no good code for an option: skip logic and several ticked options stumble over it.",
                    "Use letters, digits, hyphen and underscore, without blanks or quotes.",
                    where,
                    {"name": choice.code[:64]},
                    severity="warning" if choice.code and not subject.own else "error",
                )
            elif choice.code in seen and not (allowed_twice and allowed_twice.value.lower() in TRUTHS):
                subject.report.add(
                    "duplicate_code",
                    "The code {name} stands twice in the list {list}.",
                    "Give each option a code of its own. Where a choice filter keeps them apart, write yes under "
                    "allow_choice_duplicates on the settings sheet.",
                    where,
                    {"name": choice.code, "list": choice_list.name},
                )
            seen.setdefault(choice.code, choice.where.row or 0)
    _lists_exist(subject)


def _lists_exist(subject: Subject) -> None:
    lists = subject.instrument.choice_lists
    for question in subject.instrument.questions:
        if question.type not in LIST_TYPES or question.type.endswith(("_file", "_external")):
            continue
        if question.list_name not in lists and not question.list_name.startswith("${"):
            subject.report.add(
                "list_unknown",
                "The list “{name}” is not on the choices sheet.",
                "Correct the type, or add the list.",
                subject.at(question.where, "type"),
                {"name": question.list_name[:64]},
            )


def check_about(subject: Subject) -> None:
    """The questions that every instrument about a child has, and languages that are declared or spoken."""
    about = subject.instrument.about
    by_name = subject.instrument.by_name
    wanted = [about.date_question] if about.subject == "group" else [about.child_question, about.date_question]
    if about.subject != "group":
        wanted.append(about.respondent_question)
    for name in wanted if subject.own else ():
        if name not in by_name:
            subject.report.add(
                "start_missing",
                "The question {name} is missing: without it no answer finds its child, date and respondent.",
                "Add the start group, or name the questions on the about sheet.",
                subject.report.where(SURVEY, None, name),
                {"name": name},
            )
    for header in subject.survey.texts.get("label", {}).values():
        language = base_and_language(header)[1]
        if language and about.languages and language_code(language) not in about.languages:
            subject.report.add(
                "language_undeclared",
                "The labels speak {name}, which the about sheet does not declare.",
                "Add a row language::{code} with draft, reviewed or piloted.",
                subject.report.where(SURVEY, 1, header),
                {"name": language, "code": language_code(language)},
            )
    if about.min_age is not None and about.max_age is not None and about.min_age > about.max_age:
        subject.report.add(
            "bad_ages",
            "The ages end before they begin.",
            "Write the lower age first.",
            subject.report.where(ABOUT, None, "min_age"),
        )
