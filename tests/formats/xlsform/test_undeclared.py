"""A stranger's form says nothing of protection: what may name a person is then treated as if it did."""

from __future__ import annotations

import pytest

from homeward.domain.privacy import Level
from homeward.formats.xlsform.checking import check
from tests.formats.xlsform.forms import Draft
from tests.formats.xlsform.test_agency_forms import agency

WRITTEN = ("text", "integer", "decimal", "date", "datetime", "geopoint", "geotrace", "geoshape", "barcode", "calculate")
MEDIA = ("image", "audio", "video", "file", "background-audio")
SILENT = ("hidden", "phonenumber", "email", "username", "deviceid", "start-geopoint")
PLAIN = ("select_one yn", "select_multiple yn", "rank yn", "range", "acknowledge", "time", "start", "today", "note")
CHOICES = "list_name|name|label\nyn|yes|Yes\nyn|no|No"


def level(row: str, name: str = "x", header: str = "type|name|label|privacy") -> Level:
    return agency(f"{header}\n{row}", CHOICES).instrument.by_name[name].privacy


@pytest.mark.parametrize("kind", [*WRITTEN, *MEDIA, *SILENT])
def test_what_may_name_a_person_is_personal(kind: str) -> None:
    assert level(f"{kind}|x|X?|") is Level.L2


@pytest.mark.parametrize("kind", PLAIN)
def test_a_closed_list_names_nobody(kind: str) -> None:
    assert level(f"{kind}|x|X?|") is Level.L3


@pytest.mark.parametrize("declared", ["L0", "L1", "L2", "L3", "L4", "l3"])
def test_what_is_declared_stands(declared: str) -> None:
    assert level(f"text|x|X?|{declared}").name == declared.upper()


def test_a_level_that_does_not_exist_declares_none() -> None:
    assert level("text|x|X?|private") is Level.L2


def test_the_code_of_the_child_is_personal_and_the_day_of_the_interview_is_not() -> None:
    assert level("select_one yn|child_code|Which child?|", "child_code") is Level.L2
    assert level("date|interview_date|When?|", "interview_date") is Level.L3


def test_the_text_behind_other_is_personal_though_its_list_is_not() -> None:
    loaded = agency("type|name|label\nselect_one yn or_other|x|X?", CHOICES)
    assert [loaded.instrument.level_of(name) for name in ("x", "x_other")] == [Level.L3, Level.L2]


def test_a_group_declares_for_the_questions_inside_that_do_not() -> None:
    survey = "type|name|label|privacy\nbegin group|g|G|L4\nselect_one yn|x|X?|\nselect_one yn|y|Y?|L1\nend group|||"
    found = agency(survey, CHOICES)
    assert [found.instrument.level_of(name) for name in ("x", "y")] == [Level.L4, Level.L1]
    stopping = [each for each in check(found, for_publication=True) if each.code == "instrument.l4_collect"]
    assert [each.params["name"] for each in stopping] == ["x"]


def test_of_two_questions_with_one_name_the_stricter_counts() -> None:
    rows = "begin group|a|A|\ninteger|x|X?|L2\nend group|||\nbegin group|b|B|\ninteger|x|X?|L3\nend group|||"
    instrument = agency(f"type|name|label|privacy\n{rows}").instrument
    assert (instrument.level_of("x"), instrument.level_of("b/x")) == (Level.L2, Level.L2)
    assert instrument.level_of("unheard_of") is Level.L2


def test_a_number_that_is_scored_is_a_measure() -> None:
    draft = Draft().question("integer", "hours", privacy="").question("integer", "telephone", privacy="")
    draft.add("scoring", {"component": "work", "how": "bands", "of": "hours", "bands": "0-9:1 10+:0"})
    found = draft.load().instrument
    assert [found.level_of(name) for name in ("hours", "telephone")] == [Level.L3, Level.L2]


def test_an_agency_is_told_once_what_is_taken_for_personal() -> None:
    found = check(agency("type|name|label\nselect_one yn|a|A?\ninteger|b|B?\ntext|c|C?", CHOICES))
    (problem,) = [each for each in found if each.code == "instrument.privacy_assumed"]
    assert (problem.severity, problem.where.row, problem.params) == ("warning", 3, {"count": 2, "name": "b"})
