"""The examples sheet -> golden cases: answers in, scores out."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from homeward.domain.instruments import Answer, Example, Missing, Question
from homeward.formats.tables.sheets import Row, Sheet
from homeward.formats.xlsform.cells import Report, decimal_cell, integer_cell
from homeward.formats.xlsform.columns import EXAMPLES

NOT_ASKED = "-"
NO_SCORE = "none"
EXPECT = "expect::"
NUMBER_TYPES = frozenset({"integer", "decimal", "range"})
MULTIPLE_TYPES = frozenset({"select_multiple", "select_multiple_from_file", "rank"})
SCORE_DECIMALS = 6


def read_examples(sheet: Sheet | None, questions: Mapping[str, Question], report: Report) -> tuple[Example, ...]:
    if sheet is None:
        return ()
    asked = [header for header in sheet.header if header not in ("case", "age") and not header.startswith(EXPECT)]
    for header in asked:
        if header not in questions:
            report.add(
                "unknown_reference",
                "The examples answer {name}, which is no question of the survey sheet.",
                "Correct the header.",
                report.where(EXAMPLES, 1, header),
                {"name": header[:60]},
            )
    known = [header for header in asked if header in questions]
    return tuple(_example(row, known, questions, sheet, report) for row in sheet)


def _example(row: Row, asked: list[str], questions: Mapping[str, Question], sheet: Sheet, report: Report) -> Example:
    expected: dict[str, Decimal | None] = {}
    for header in sheet.header:
        text = row.get(header)
        if not header.startswith(EXPECT) or not text:
            continue
        where = report.where(EXAMPLES, row.number, header)
        value = None if text == NO_SCORE else decimal_cell(text, report, where, decimals=SCORE_DECIMALS)
        if value is not None or text == NO_SCORE:
            expected[header.removeprefix(EXPECT)] = value
    age = integer_cell(row.get("age"), report, report.where(EXAMPLES, row.number, "age"))
    answers = {name: _answer(row, questions[name], report) for name in asked}
    return Example(
        row.get("case") or f"row {row.number}", age, answers, expected, report.where(EXAMPLES, row.number, "case")
    )


def _answer(row: Row, question: Question, report: Report) -> Answer:
    text = row.get(question.name)
    if text == NOT_ASKED:
        return Missing.NOT_ASKED
    if not text:
        return Missing.NO_ANSWER
    if question.type in MULTIPLE_TYPES:
        return tuple(text.split())
    if question.type in NUMBER_TYPES:
        number = decimal_cell(text, report, report.where(EXAMPLES, row.number, question.name))
        return Missing.NO_ANSWER if number is None else number
    return text
