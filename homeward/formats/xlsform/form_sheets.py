"""The survey and choices sheets -> questions and choice lists."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Literal, cast

from homeward.domain.instruments import Choice, ChoiceList, FlagMark, Missing, Question, Text
from homeward.domain.privacy import Level
from homeward.domain.problems import Severity, Where
from homeward.formats.tables.sheets import Row, Sheet
from homeward.formats.xlsform.cells import FALSEHOODS, Report, decimal_cell, report_choice, truth_cell
from homeward.formats.xlsform.columns import (
    CHOICE_ALIASES,
    CHOICES,
    SURVEY,
    SURVEY_ALIASES,
    Columns,
    plain_expression,
)

NO_NAME_TYPES = frozenset({"end_group", "end_repeat"})
CONTAINERS = {"end_group": "begin_group", "end_repeat": "begin_repeat"}
TYPE_ALIASES = {
    "select one": "select_one",
    "select one from": "select_one",
    "select1": "select_one",
    "add select one prompt using": "select_one",
    "select multiple": "select_multiple",
    "select all that apply": "select_multiple",
    "select all that apply from": "select_multiple",
    "add select multiple prompt using": "select_multiple",
    "select one from file": "select_one_from_file",
    "select multiple from file": "select_multiple_from_file",
    "begin group": "begin_group",
    "end group": "end_group",
    "begin repeat": "begin_repeat",
    "end repeat": "end_repeat",
    "begin looped group": "begin_repeat",
    "end looped group": "end_repeat",
    "int": "integer",
    "string": "text",
    "photo": "image",
}
LIST_TYPES = (
    "select_one_from_file",
    "select_multiple_from_file",
    "select_one_external",
    "select_multiple",
    "select_one",
    "rank",
)
SEVERITIES = ("low", "medium", "high")
OR_OTHER = re.compile(r"\s+or[ _](specify[ _])?other$", re.IGNORECASE)
OTHER, OTHER_TEXTS = "other", {"en": "Specify other."}  # what the form converter adds for or_other
FLAG = re.compile(r"([a-z][a-z0-9_]*)\s*:\s*(low|medium|high)")


def split_type(cell: str) -> tuple[str, str]:
    """`select_one yes_no or_other` -> (`select_one`, `yes_no`); `begin group` -> (`begin_group`, ``)."""
    words = " ".join(cell.replace("\u00a0", " ").split())
    for alias in sorted(TYPE_ALIASES, key=len, reverse=True):
        if words.lower() == alias or words.lower().startswith(alias + " "):
            words = TYPE_ALIASES[alias] + words[len(alias) :]
            break
    kind, _, rest = words.partition(" ")
    if kind.lower() in LIST_TYPES:
        return kind.lower(), OR_OTHER.sub("", rest)
    return words.lower(), ""


def survey_columns(sheet: Sheet, default_language: str) -> Columns:
    return Columns(sheet, SURVEY_ALIASES, default_language)


def choice_columns(sheet: Sheet, default_language: str) -> Columns:
    return Columns(sheet, CHOICE_ALIASES, default_language)


class _RowReader:
    def __init__(self, columns: Columns, row: Row, sheet: str, report: Report) -> None:
        self.columns, self.row, self.sheet, self.report = columns, row, sheet, report

    def text(self, column: str) -> str:
        header = self.columns.header.get(column)
        return self.row.get(header) if header else ""

    def where(self, column: str = "") -> Where:
        return self.report.where(self.sheet, self.row.number, self.columns.header.get(column, column))

    def texts(self, base: str) -> Text:
        headers = self.columns.texts.get(base, {})
        return {code: self.row.cells[header] for code, header in headers.items() if header in self.row.cells}

    def truth(self, column: str) -> bool:
        return truth_cell(self.text(column), self.report, self.where(column))


def read_questions(sheet: Sheet, columns: Columns, report: Report) -> tuple[Question, ...]:
    questions: list[Question] = []
    open_containers: list[Question] = []
    for row in sheet:
        reader = _RowReader(columns, row, SURVEY, report)
        kind, list_name = split_type(reader.text("type"))
        if not kind or reader.text("disabled").lower() in ("yes", "true"):
            if not kind and reader.text("name"):
                report.add("type_missing", "The question has no type.", "Fill in the type.", reader.where("type"))
            continue
        if kind in CONTAINERS:
            _close(kind, open_containers, reader)
            continue
        question = _question(reader, kind, list_name, open_containers)
        questions.append(question)
        if OR_OTHER.search(reader.text("type")):
            questions.append(_other_text(question))
        if kind in CONTAINERS.values():
            open_containers.append(question)
    for left in open_containers:
        report.add(
            "group_not_closed",
            "{name} is opened and never closed.",
            "Add the end row.",
            left.where,
            {"name": left.name},
        )
    return tuple(questions)


def _close(kind: str, open_containers: list[Question], reader: _RowReader) -> None:
    if open_containers and open_containers[-1].type == CONTAINERS[kind]:
        open_containers.pop()
        return
    reader.report.add(
        "group_not_closed",
        "This row closes nothing that is open.",
        "Check the begin and end rows around it.",
        reader.where("type"),
    )


def _question(reader: _RowReader, kind: str, list_name: str, around: list[Question]) -> Question:
    repeats = [container.name for container in around if container.type == "begin_repeat"]
    level = _level(reader)
    return Question(
        name=reader.text("name") or _generated_name(kind, reader.row.number),
        type=kind,
        list_name=list_name,
        labels=reader.texts("label"),
        hints=reader.texts("hint"),
        path=tuple(container.name for container in around),
        repeat=repeats[-1] if repeats else "",
        relevant=plain_expression(reader.text("relevant")),
        constraint=plain_expression(reader.text("constraint")),
        calculation=plain_expression(reader.text("calculation")),
        appearance=reader.text("appearance"),
        required=reader.text("required").lower() not in FALSEHOODS,
        privacy=Level.L3 if level is None else level,
        privacy_declared=level is not None,
        guardian_visible=reader.truth("guardian_visible"),
        indicator=reader.text("indicator"),
        concept=reader.text("concept"),
        anchor=reader.text("anchor"),
        consultation=reader.text("consultation") or "not consulted",
        reverse=reader.truth("reverse"),
        where=reader.where(),
    )


def _generated_name(kind: str, row: int) -> str:
    """Notes may have no name; the form converter gives them this one."""
    return f"generated_note_name_{row}" if kind == "note" else ""


def _other_text(question: Question) -> Question:
    """The question that `or_other` adds behind a choice."""
    return Question(
        name=f"{question.name}_{OTHER}",
        type="text",
        labels=OTHER_TEXTS,
        path=question.path,
        repeat=question.repeat,
        relevant=f"selected(${{{question.name}}}, '{OTHER}')",
        privacy=question.privacy,
        privacy_declared=question.privacy_declared,
        where=question.where,
    )


def with_other_option(lists: Mapping[str, ChoiceList], questions: tuple[Question, ...]) -> Mapping[str, ChoiceList]:
    """`or_other` adds an option to the list of the question before its text."""
    asking = {question.name: question for question in questions}
    found = dict(lists)
    for question in questions:
        parent = asking.get(question.name.removesuffix(f"_{OTHER}"))
        options = found.get(parent.list_name) if parent and question.labels is OTHER_TEXTS else None
        if options is not None and options.get(OTHER) is None:
            added = Choice(OTHER, {"en": "Other"}, where=options.choices[0].where)
            found[options.name] = ChoiceList(options.name, (*options.choices, added))
    return found


def _level(reader: _RowReader) -> Level | None:
    """None where the row declares none, or none that exists."""
    text = reader.text("privacy").upper()
    if text and text not in Level.__members__:
        report_choice(text, tuple(Level.__members__), reader.report, reader.where("privacy"))
    return Level.__members__.get(text)


def read_choice_lists(
    sheet: Sheet | None, columns: Columns | None, report: Report, left_out: Severity = "error"
) -> Mapping[str, ChoiceList]:
    """`left_out`: how bad an option without a list is; form converters leave it out."""
    lists: dict[str, list[Choice]] = {}
    if sheet is None or columns is None:
        return {}
    for row in sheet:
        reader = _RowReader(columns, row, CHOICES, report)
        name = reader.text("list_name")
        if not name:
            report.add(
                "list_missing",
                "The option belongs to no list.",
                "Fill in list_name.",
                reader.where("list_name"),
                severity=left_out,
            )
            continue
        lists.setdefault(name, []).append(_choice(reader))
    return {name: ChoiceList(name, tuple(choices)) for name, choices in lists.items()}


def _choice(reader: _RowReader) -> Choice:
    return Choice(
        code=reader.text("name"),
        labels=reader.texts("label"),
        score=_score(reader),
        missing=_missing(reader),
        exclusive=reader.truth("exclusive"),
        flag=_flag(reader),
        where=reader.where(),
    )


def _score(reader: _RowReader) -> Decimal | None:
    value = decimal_cell(reader.text("score"), reader.report, reader.where("score"))
    if value is not None and not 0 <= value <= 1:
        reader.report.add(
            "score_out_of_range",
            "The score {text} is not between 0 and 1.",
            "Give 1 to the good end and 0 to the bad end.",
            reader.where("score"),
            {"text": str(value)},
        )
        return None
    return value


def _missing(reader: _RowReader) -> Missing | None:
    text = reader.text("missing").lower()
    allowed = (Missing.DONT_KNOW.value, Missing.REFUSED.value, Missing.NOT_APPLICABLE.value)
    if text and text not in allowed:
        report_choice(text, allowed, reader.report, reader.where("missing"))
        return None
    return Missing(text) if text else None


def _flag(reader: _RowReader) -> FlagMark | None:
    text = reader.text("flag").lower()
    if not text:
        return None
    match = FLAG.fullmatch(text)
    if match is None:
        reader.report.add(
            "bad_flag",
            "“{text}” is no flag.",
            "Write kind and severity, like harm:high; severities are low, medium and high.",
            reader.where("flag"),
            {"text": text[:40]},
        )
        return None
    return FlagMark(match[1], cast('Literal["low", "medium", "high"]', match[2]))
