"""The page for authors names what the loader reads: no column, key or function is missing, none is invented."""

from __future__ import annotations

import re
from pathlib import Path

from homeward.domain.instruments import How
from homeward.formats.xform.functions import SUPPORTED
from homeward.formats.xlsform.about_sheet import FAMILIES, KEYS
from homeward.formats.xlsform.columns import OUR_CHOICE_COLUMNS, OUR_SURVEY_COLUMNS, SHEETS
from homeward.formats.xlsform.scoring_sheet import COLUMNS

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "methods" / "instrument-format.md").read_text("utf-8")
CODE = re.compile(r"`([^`\n]+)`")


def named_under(title: str) -> set[str]:
    section = PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]
    return set(CODE.findall(section))


def test_the_functions_are_those_of_the_skip_logic() -> None:
    listed = PAGE.split("<!-- functions -->")[1].split("<!-- /functions -->")[0]
    assert set(CODE.findall(listed)) == SUPPORTED


def test_every_sheet_and_column_is_explained() -> None:
    assert set(SHEETS) <= set(CODE.findall(PAGE))
    assert named_under("about") >= KEYS | set(FAMILIES)
    assert named_under("survey") >= OUR_SURVEY_COLUMNS
    assert named_under("choices") >= OUR_CHOICE_COLUMNS
    assert named_under("scoring") >= COLUMNS | {how.value for how in How}
