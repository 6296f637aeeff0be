"""The checklist of OWASP ASVS 5.0: every requirement of level 1 once, and what it names is there (goal S-11)."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import pytest

from tests.repo.source import PACKAGE, ROOT

PAGE = ROOT / "docs" / "asvs.md"
IDS = """
1.2.1 1.2.2 1.2.3 1.2.4 1.2.5 1.3.1 1.3.2 1.5.1 2.1.1 2.2.1 2.2.2 2.3.1 3.2.1 3.2.2 3.3.1 3.4.1 3.4.2 3.5.1 3.5.2 3.5.3
4.1.1 4.4.1 5.2.1 5.2.2 5.3.1 5.3.2 6.1.1 6.2.1 6.2.2 6.2.3 6.2.4 6.2.5 6.2.6 6.2.7 6.2.8 6.3.1 6.3.2 6.4.1 6.4.2
7.2.1 7.2.2 7.2.3 7.2.4 7.4.1 7.4.2 8.1.1 8.2.1 8.2.2 8.3.1 9.1.1 9.1.2 9.1.3 9.2.1 10.4.1 10.4.2 10.4.3 10.4.4 10.4.5
11.3.1 11.3.2 11.4.1 12.1.1 12.2.1 12.2.2 13.4.1 14.2.1 14.3.1 15.1.1 15.2.1 15.3.1
"""
LEVEL_1 = IDS.split()
OF_LEVEL_2 = (19, 7, 11, 8, 5, 22, 12, 3, 3, 24, 11, 6, 12, 7, 10, 16, 7)  # in each chapter
LEVEL_2 = {f"V{number}": count for number, count in enumerate(OF_LEVEL_2, start=1)}
VERDICTS = ("met", "gap", "not applicable")
UNTESTED = {"6.1.1", "15.1.1", "15.2.1"}  # what is written down, and what people do
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
FILE = re.compile(r"`((?:homeward|docs|tests|frontend)/[\w./-]+|SECURITY\.md)`")


@dataclass(frozen=True, slots=True)
class Line:
    id: str
    about: str
    verdict: str
    what: str
    held_by: str


def part(heading: str) -> str:
    """Of the page, what stands under this heading of the second order."""
    return PAGE.read_text("utf-8").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def rows(text: str) -> list[list[str]]:
    found = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"]
    return [cells for cells in found if not set(cells[0]) <= {"-"} and cells[0] not in ("id", "chapter", "")]


def lines(heading: str) -> list[Line]:
    return [Line(cells[0].removeprefix("v5.0.0-"), *cells[1:]) for cells in rows(part(heading))]


@cache
def defined_in(name: str) -> frozenset[str]:
    tree = ast.parse((ROOT / name).read_text("utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


@pytest.mark.goal("S-11")
def test_every_requirement_of_level_1_has_a_verdict_and_what_holds_it(
    record_property: Callable[[str, object], None],
) -> None:
    found = lines("Level 1")
    assert [line.id for line in found] == LEVEL_1
    assert len(LEVEL_1) == 70
    assert {line.verdict for line in found} <= set(VERDICTS)
    assert [line.id for line in found if not line.about or not line.what] == []
    untested = {line.id for line in found if line.verdict != "not applicable" and not TEST.search(line.held_by)}
    assert untested == UNTESTED
    counts = Counter(line.verdict for line in found)
    record_property("ran", ", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS) + ", of 70 of level 1")


def test_what_it_names_is_there() -> None:
    text = PAGE.read_text("utf-8")
    named = set(TEST.findall(text))
    assert len(named) > 80
    assert [f"{path}::{test}" for path, test in sorted(named) if test not in defined_in(path)] == []
    assert [path for path in sorted(set(FILE.findall(text))) if not (ROOT / path).exists()] == []
    said = set(re.findall(r"`([A-Z][A-Z_]{5,})`", text))
    code = "".join(path.read_text("utf-8") for path in PACKAGE.rglob("*.py"))
    assert [word for word in sorted(said) if word not in code] == []


def test_its_sums_are_right() -> None:
    chapters, missing = rows(part("Level 2: what is missing").partition("| id |")[0]), gaps()
    sums = {cells[0]: [int(cell) for cell in cells[1:]] for cells in chapters}
    assert {name: sum(counts) for name, counts in sums.items()} == LEVEL_2
    listed = Counter(f"V{id_.partition('.')[0]}" for id_ in missing)
    assert {name: counts[1] for name, counts in sums.items() if counts[1]} == dict(listed)
    assert len(set(missing)) == len(missing)
    level_1 = Counter(line.verdict for line in lines("Level 1"))
    level_2 = [sum(counts[at] for counts in sums.values()) for at in range(3)]
    text = PAGE.read_text("utf-8")
    for level, counts in ((1, [level_1[verdict] for verdict in VERDICTS]), (2, level_2)):
        assert f"| level {level} | {counts[0]} | {counts[1]} | {counts[2]} | {sum(counts)} |" in text


def gaps() -> list[str]:
    text = part("Level 2: what is missing").partition("| id |")[2]
    return [cells[0].removeprefix("v5.0.0-") for cells in rows(text) if cells[0].startswith("v5")]


def test_what_was_looked_at_of_level_3_has_a_verdict_too() -> None:
    found = lines("Level 3: what we looked at all the same")
    assert len(found) == len({line.id for line in found})
    assert {line.verdict for line in found} <= set(VERDICTS)
    assert not {line.id for line in found} & (set(LEVEL_1) | set(gaps()))
