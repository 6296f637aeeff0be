"""docs/case.md says what the code does: its diagram and tables are written from the table of steps."""

from __future__ import annotations

import os

from homeward.domain.lifecycle import TRANSITIONS, Step
from tests.repo.case_page import diagram, page
from tests.repo.source import ROOT

PAGE = ROOT / "docs" / "case.md"


def test_the_page_of_the_case_is_written_from_the_table() -> None:
    text = PAGE.read_text("utf-8")
    if os.environ.get("HOMEWARD_WRITE_DOCS"):
        PAGE.write_text(page(text), encoding="utf-8")
        text = PAGE.read_text("utf-8")
    assert page(text) == text, "run `make docs`"


def test_the_diagram_has_every_step_and_every_way_of_people() -> None:
    drawn = diagram()
    assert all(step in drawn for step in Step)
    for way in TRANSITIONS.values():
        assert (f"--> {way.target}: {way.name.replace('_', ' ')}" in drawn) is not way.house, way.name
