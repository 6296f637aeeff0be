"""A file as KoboToolbox would export it, with the faults such files have in practice, to try `homeward score` on."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random

from homeward.demo.building import Builder
from homeward.demo.lives import Interview, draw_life, interviews
from homeward.domain.instruments import Question
from homeward.formats import safe_xml

INTERVIEWS = 120


def write_sample_export(builder: Builder, path: Path) -> int:
    """The number of interviews written. Faults: a repeated id, a future date, an unknown option, a ticked "none"."""
    survey = builder.surveys["caregiver"]
    questions = [question for question in survey.instrument.questions if question.type not in ("note", "calculate")]
    answered = [question for question in questions if not question.type.startswith(("begin", "end"))]
    rows = list(_rows(builder, answered))
    _spoil(rows)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, ["_id", "start", *(_header(question) for question in answered)], delimiter=";")
        writer.writeheader()
        writer.writerows(rows)
    return len(rows)


def _header(question: Question) -> str:
    return "/".join((*question.path, question.name))


def _rows(builder: Builder, questions: list[Question]) -> Iterator[dict[str, str]]:
    number = 0
    for child in range(builder.programme.children):
        life = draw_life(builder.programme, child, builder.today)
        for interview in interviews(builder.programme, life, builder.today):
            if interview.respondent == "caregiver":
                number += 1
                yield _row(builder.filled(life, interview), interview, number, questions)
            if number == INTERVIEWS:
                return


def _row(xml: bytes, interview: Interview, number: int, questions: list[Question]) -> dict[str, str]:
    texts: Mapping[str, str] = {
        str(element.tag).rsplit("}", 1)[-1]: element.text or "" for element in safe_xml.parse(xml).iter()
    }
    answers = {_header(question): texts.get(question.name, "") for question in questions}
    return {"_id": str(310_000 + number), "start": f"{interview.day}T09:12:00.000+03:00", **answers}


def _spoil(rows: list[dict[str, str]]) -> None:
    random = Random("spoilt export")  # noqa: S311 - a synthetic file is repeatable, not secret
    rows[7] = dict(rows[6])
    date_column = next(name for name in rows[0] if name.endswith("interview_date"))
    rows[11][date_column] = rows[11][date_column].replace("202", "209", 1)
    for number in (20, 33):
        column = random.choice([name for name, value in rows[number].items() if value == "yes"])
        rows[number][column] = "yess"
    several = next(name for name in rows[0] if name.endswith("own_basics"))
    rows[40][several] = "none " + (rows[40][several] or "shoes")
