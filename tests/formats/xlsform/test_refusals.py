"""Where a child's *Skip* has no option of its own although one looks like it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from homeward.formats.xlsform.checks.refusals import REFUSALS
from tests.formats.xlsform.forms import Draft

CODE = "instrument.refusal_unclear"


def asking(*codes: str, style: str = "hw-child", **cells: str) -> Draft:
    draft = Draft().set("settings", "", "style", style).question("select_one why", "why", **cells)
    for code in ("yes", *codes):
        draft.option("why", code)
    return draft


@pytest.mark.parametrize(
    ("codes", "named"),
    [
        (("school_refused",), "school_refused"),
        (("mother_no_answer", "family_refused"), "mother_no_answer, family_refused"),
        (("refused", "no_answer"), "refused, no_answer"),
    ],
)
def test_options_of_which_none_is_surely_meant_are_a_warning(codes: tuple[str, ...], named: str) -> None:
    draft = asking(*codes)
    found = draft.the(CODE)
    assert (found.severity, found.params["name"], found.params["codes"]) == ("warning", "why", named)
    assert (found.where.sheet, found.where.row) == ("choices", draft.row("choices", f"why/{codes[0]}"))


@pytest.mark.parametrize("codes", [(), ("skip",), ("refused", "school_refused"), ("refused_by_school",)])
def test_one_that_says_it_or_none_at_all_is_not(codes: tuple[str, ...]) -> None:
    assert CODE not in asking(*codes).codes()


@pytest.mark.parametrize("style", ["hw-private", "hw-plain"])
def test_where_no_child_skips_nothing_is_said(style: str) -> None:
    assert CODE not in asking("school_refused", style=style).codes()


def test_what_the_adult_is_asked_is_left_out() -> None:
    assert CODE not in asking("school_refused", appearance="minimal hw-adult").codes()


def test_without_a_style_the_ages_decide() -> None:
    young = asking("school_refused", style="pages").set("about", "respondents", "value", "child")
    assert CODE in young.set("about", "min_age", "value", "6").set("about", "max_age", "value", "11").codes()
    assert CODE not in young.set("about", "max_age", "value", "17").codes()


def test_the_browser_knows_the_same_codes() -> None:
    source = Path(__file__).resolve().parents[3] / "frontend" / "src" / "engine" / "refusal.ts"
    (listed,) = re.findall(r"new Set\(\[(.*?)\]\)", source.read_text(encoding="utf-8"))
    assert set(re.findall(r"'(\w+)'", listed)) == REFUSALS
