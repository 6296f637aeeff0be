"""Text tables -> instruments and cases, so that a specification reads as the sheets a person would fill in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from homeward.domain.instruments import Answer, Instrument, Missing
from homeward.formats.tables.sheets import Row, Sheet
from homeward.formats.xlsform.loading import load_sheets

SURVEY = """
type                 | name  | label::English (en) | reverse
select_one five      | q1    | First               |
select_one five      | q2    | Second              |
select_one five      | q3    | Third               |
select_one five      | q4    | Fourth              |
select_one five      | bad   | A bad thing, often? | yes
select_one yes_no    | aid   | Uses an aid         |
select_multiple many | m     | Which of these      |
integer              | n     | How many            |
"""
CHOICES = """
list_name | name | label::English (en) | score | missing        | exclusive | flag
five      | v0   | never               | 0     |                |           |
five      | v25  | rarely              | 0.25  |                |           |
five      | v50  | sometimes           | 0.5   |                |           |
five      | v75  | often               | 0.75  |                |           |
five      | v100 | always              | 1     |                |           |
five      | dk   | don't know          |       | dont_know      |           |
five      | ref  | prefer not to say   |       | refused        |           |
five      | na   | does not apply      |       | not_applicable |           |
yes_no    | yes  | yes                 | 1     |                |           |
yes_no    | no   | no                  | 0     |                |           | harm:high
yes_no    | dk   | don't know          |       | dont_know      |           |
many      | a    | A                   | 1     |                |           |
many      | b    | B                   | 0.5   |                |           | hunger:medium
many      | c    | C                   | 0.5   |                |           |
many      | none | none of these       | 0     |                | yes       |
many      | dk   | don't know          |       | dont_know      | yes       |
"""
ABOUT = {
    "id": "spec",
    "version": "1",
    "title::en": "Spec",
    "dimensions": "economic social psychosocial",
    "language::en": "draft",
    "minimum_share": "60",
}


@dataclass(frozen=True)
class Spec:
    """One rule of the method: what it says, a scoring sheet, and interviews with the numbers that must come out."""

    title: str
    text: str
    scoring: str
    cases: str
    about: Mapping[str, str] | None = None
    choices: str = CHOICES
    survey: str = SURVEY

    def instrument(self) -> Instrument:
        about = {**ABOUT, **(self.about or {})}
        sheets = {
            "about": _sheet("about", [{"key": key, "value": value} for key, value in about.items()]),
            "survey": _sheet("survey", list(rows(self.survey))),
            "choices": _sheet("choices", list(rows(self.choices))),
            "scoring": _sheet("scoring", list(rows(self.scoring))),
        }
        loaded = load_sheets(sheets)
        assert not [problem for problem in loaded.problems if problem.severity == "error"], loaded.problems
        return loaded.instrument


def rows(table: str) -> Iterator[dict[str, str]]:
    lines = [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()]
    for line in lines[1:]:
        yield dict(zip(lines[0], line, strict=True))


def answers_in(row: Mapping[str, str]) -> dict[str, Answer]:
    """`-` was not asked; an empty cell was asked and not answered."""
    found: dict[str, Answer] = {}
    for name, cell in row.items():
        if name in ("case", "age") or name.startswith("="):
            continue
        if cell == "-":
            found[name] = Missing.NOT_ASKED
        elif cell and name == "n":
            found[name] = Decimal(cell)
        elif cell:
            found[name] = tuple(cell.split()) if name == "m" else cell
    return found


def _sheet(name: str, lines: list[dict[str, str]]) -> Sheet:
    filled = [Row(at, {key: value for key, value in line.items() if value}) for at, line in enumerate(lines, start=2)]
    return Sheet(name, tuple(lines[0]), tuple(filled))
