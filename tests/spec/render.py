"""The scoring rules as a page of docs/methods: the same tables that the tests run."""

from __future__ import annotations

from textwrap import dedent

from tests.repo.source import ROOT
from tests.spec.scoring_rules import SPECS
from tests.spec.tables import CHOICES, SURVEY, Spec

PAGE = ROOT / "docs" / "methods" / "scoring.md"
HEAD = """# How scores are computed

Generated from the tables that the tests run (`tests/spec/scoring_rules.py`): what stands here holds, or the
build fails.

Every rule is shown on a small made-up instrument with these questions and options. In the cases an empty cell
means asked and not answered, `-` means not asked. Columns that begin with `=` are what comes out; `none` means
no score.
"""


def page() -> str:
    parts = [HEAD, table(SURVEY), table(CHOICES), *(section(spec) for spec in SPECS)]
    return "\n".join(parts)


def section(spec: Spec) -> str:
    parts = [f"## {spec.title}\n\n{spec.text}\n"]
    if spec.survey != SURVEY:
        parts.append(f"Its own questions:\n\n{table(spec.survey)}")
    if spec.choices != CHOICES:
        parts.append(f"Its own options:\n\n{table(spec.choices)}")
    return "\n".join([*parts, f"Scoring sheet:\n\n{table(spec.scoring)}", f"Cases:\n\n{table(spec.cases)}"])


def table(text: str) -> str:
    lines = [[cell.strip() for cell in line.split("|")] for line in dedent(text).strip().splitlines()]
    head, *body = [" | ".join(cells) for cells in lines]
    rule = " | ".join("---" for _ in lines[0])
    return "\n".join(f"| {line} |" for line in (head, rule, *body)) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
