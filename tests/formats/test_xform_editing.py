"""A corrected copy: what the form computes follows the change, and nothing else does."""

from __future__ import annotations

from datetime import date

import pytest
from pyxform.xls2xform import convert

from homeward.domain.problems import ProblemError
from homeward.formats.xform.editing import corrected
from homeward.formats.xform.evaluate import Evaluation, evaluate
from homeward.formats.xform.model import Form
from homeward.formats.xform.reading import read_form
from homeward.formats.xform.submission import parse_submission, read_meta

SHEETS = """
| survey | | | | | |
| | type | name | label | relevant | calculation |
| | integer | meals | Meals | | |
| | integer | snacks | Snacks | | |
| | calculate | eaten | | | ${meals} + ${snacks} |
| | calculate | twice | | | ${eaten} * 2 |
| | calculate | hungry | | | if(${twice} < 4, 'yes', 'no') |
| | text | why | Why? | ${hungry} = 'yes' | |
| | calculate | wrong | | | 1 + 1 |
| | calculate | when | | | now() |
| | begin_repeat | person | Person | | |
| | text | who | Name | | |
| | calculate | line | | | concat(${who}, ' ', ${meals}) |
| | end_repeat | | | | |
| | text | note | Note | ${meals} > 90 | |
| settings | | |
| | form_id | version |
| | trial | 1 |
"""
SENT = """<data id="trial" version="1"><meals>1</meals><snacks>0</snacks><eaten>1</eaten><twice>2</twice>
<hungry>yes</hungry><why>No money</why><wrong>3</wrong><when>2026-01-01T10:00:00.000Z</when>
<person><who>A</who><line>A 1</line></person><person><who>B</who><line>B 1</line></person>
<note>Written before the rule</note><meta><instanceID>uuid:1</instanceID></meta></data>"""


@pytest.fixture(scope="module")
def form() -> Form:
    return read_form(convert(SHEETS, file_type=".md", form_name="data").xform.encode())


def after(form: Form, **changes: str) -> Evaluation:
    xml = corrected(form, SENT.encode(), changes, "uuid:2", date(2026, 1, 1))
    meta = read_meta(parse_submission(xml))
    assert (meta.instance_id, meta.deprecated_id) == ("uuid:2", "uuid:1")
    return evaluate(form, xml, date(2026, 1, 1))


@pytest.mark.parametrize("letter", ["\x00", "\x0b", "\x1f", "\ud800", "\ufffe"])
def test_a_letter_that_xml_does_not_know_is_named_at_its_question(form: Form, letter: str) -> None:
    with pytest.raises(ProblemError) as caught:
        corrected(form, SENT.encode(), {"why": f"No{letter} money"}, "uuid:2")
    assert (caught.value.first.code, caught.value.first.where.field) == ("correction.letter", "why")
    assert after(form, why="Line\nand\ttab \U0001f600").values["/data/why"] == "Line\nand\ttab \U0001f600"


def test_calculations_follow_through_each_other_and_into_every_row(form: Form) -> None:
    found = after(form, meals="5").values
    assert {name: found[f"/data/{name}"] for name in ("meals", "eaten", "twice", "hungry")} == {
        "meals": "5",
        "eaten": "5",
        "twice": "10",
        "hungry": "no",
    }
    assert (found["/data/person[1]/line"], found["/data/person[2]/line"]) == ("A 5", "B 5")


def test_an_answer_that_is_not_asked_any_more_goes_as_it_would_on_the_phone(form: Form) -> None:
    evaluation = after(form, meals="5")
    assert "/data/why" not in evaluation.values
    assert "/data/why" not in evaluation.hidden


def test_what_the_change_does_not_touch_stays_right_or_wrong(form: Form) -> None:
    evaluation = after(form, meals="5")
    assert evaluation.values["/data/wrong"] == "3"
    assert evaluation.values["/data/when"].startswith("2026-01-01T10")
    assert [each.path for each in evaluation.calculated] == ["/data/wrong"]
    assert evaluation.hidden == ("/data/note",)


def test_a_question_inside_a_repeat_is_refused(form: Form) -> None:
    with pytest.raises(ProblemError, match="no question who"):
        after(form, who="C")
