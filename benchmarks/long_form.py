"""A form of 250 questions, scored, for measuring."""

from __future__ import annotations

import io

import xlsxwriter

QUESTIONS = 250
DIMENSIONS = ("economic", "social", "psychosocial")
SHEETS = {
    "about": [
        ("key", "value"),
        ("id", "long-250"),
        ("version", "1.0"),
        ("title::en", "Two hundred and fifty questions"),
        ("family", "survey"),
        ("subject", "group"),
        ("dimensions", " ".join(DIMENSIONS)),
        ("wording_status", "own"),
        ("language::en", "draft"),
        ("default_language", "en"),
        ("source", "made for measuring"),
        ("licence", "Apache-2.0"),
    ],
    "survey": [
        ("type", "name", "label::English (en)", "relevant", "privacy"),
        ("date", "interview_date", "Date", "", "L3"),
        *(
            ("select_one scale", f"q{n}", f"Question {n}", f"${{q{n - 1}}} != 'o9'" if n % 10 == 9 else "", "L3")
            for n in range(QUESTIONS)
        ),
    ],
    "choices": [
        ("list_name", "name", "label::English (en)", "score"),
        *(("scale", f"o{n}", f"Option {n}", str(n / 4)) for n in range(5)),
        ("scale", "o9", "Option 9", "0"),
    ],
    "settings": [
        ("form_title", "form_id", "version", "default_language"),
        ("Two hundred and fifty questions", "long-250", "1.0", "English (en)"),
    ],
    "scoring": [
        ("component", "how", "of", "dimension", "weight", "missing"),
        *((f"q{n}", "item", f"q{n}", DIMENSIONS[n % 3], "1", "skip") for n in range(QUESTIONS)),
    ],
    "examples": [
        ("case", "age", *(f"q{n}" for n in range(QUESTIONS)), *(f"expect::{name}" for name in DIMENSIONS)),
        ("best", "", *["o4"] * QUESTIONS, *["1.000000"] * 3),
        ("worst", "", *["o0"] * QUESTIONS, *["0.000000"] * 3),
        ("middle", "", *["o2"] * QUESTIONS, *["0.500000"] * 3),
    ],
}


def workbook() -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    for name, rows in SHEETS.items():
        page = book.add_worksheet(name)
        for at, row in enumerate(rows):
            for column, text in enumerate(row):
                page.write_string(at, column, text)
    book.close()
    return buffer.getvalue()
