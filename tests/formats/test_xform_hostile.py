"""Answers that nobody would give: whatever they are, a submission is judged, and nothing breaks."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from pathlib import Path
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import etree
from pyxform.xls2xform import convert

from homeward.formats.xform.answers import answers
from homeward.formats.xform.evaluate import evaluate
from homeward.formats.xform.model import Form, Item
from homeward.formats.xform.reading import read_form

AWKWARD = Path(__file__).parents[1] / "engines" / "forms"
FORMS = sorted(path.name for path in AWKWARD.glob("*.md"))
VILLAGES = {"villages.csv": [{"name": "v1", "label": "One", "district": "d0", "people": "7"}]}
ODD = [
    *(
        "",
        "0",
        "-0",
        "9" * 400,
        "-" + "9" * 60 + ".5",
        "1e999",
        "NaN",
        "Infinity",
        "0x1f",
        "1,5",
        "٣",
        "½",
        "--1",
        ".",
        "-",
    ),
    *("2026-02-30", "0000-00-00", "9999-12-31", "0001-01-01", "2026-1-1", "2026-03-01T25:00", "2026-03-01T10:00:60Z"),
    *("10:00", "24:00:00", "yes no yes", " yes ", "%", "%Y%", "\\", "'", "${a}", "jr:itext('x')", "\u200f", "😀" * 50),
]


@lru_cache
def form(name: str) -> Form:
    return read_form(convert((AWKWARD / name).read_text(encoding="utf-8"), file_type=".md").xform.encode())


def filled(item: Item, chance: Random, texts: list[str]) -> etree._Element:
    element = etree.Element(item.name)
    if not item.is_group:
        element.text = chance.choice(texts)
    for child in item.children.values():
        for _ in range(chance.randint(0, 3) if child.is_repeat else 1):
            element.append(filled(child, chance, texts))
    return element


TEXTS = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Cn")), max_size=30)


@pytest.mark.parametrize("name", FORMS)
@settings(max_examples=80, deadline=None)
@given(seed=st.integers(0, 10_000), more=st.lists(TEXTS, max_size=4))
@example(seed=0, more=[])
def test_any_answers_are_judged(name: str, seed: int, more: list[str]) -> None:
    xml = etree.tostring(filled(form(name).root, Random(seed), ODD + more), encoding="utf-8")
    found = evaluate(form(name), xml, date(2026, 3, 15), VILLAGES)
    kept = answers(form(name), found)
    assert not found.accepted or kept.coded
    assert all(path in found.relevant for path in found.values)
