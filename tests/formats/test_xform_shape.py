"""Builds of a form, and rules about lists, that one of the apps does not open or opens to other answers."""

from __future__ import annotations

import pytest
from pyxform.xls2xform import convert

from homeward.domain.problems import Problem
from homeward.formats.xform.evaluate import evaluate
from homeward.formats.xform.publishing import check_publishable
from homeward.formats.xform.reading import read_form

XFORM = """<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"
  xmlns:jr="http://openrosa.org/javarosa" xmlns:odk="http://www.opendatakit.org/xforms">
  <h:head><h:title>Stalls</h:title><model>
    <instance><data id="stalls" version="1">
      <market/><many/><price/><stall><seller/><kind/></stall><meta><instanceID/></meta>
    </data></instance>
    <instance id="kinds"><root>
      <item><name>fruit</name><where>north</where></item><item><name>cloth</name><where>south</where></item>
    </root></instance>
    <bind nodeset="/data/many" type="int"/>
    <bind nodeset="/data/stall/kind" type="string"/>
  </model></h:head>
  <h:body>
    <input ref="/data/market"><label>Market</label></input>
    <input ref="/data/many"><label>Stalls</label></input>
    <input ref="/data/price"><label>Price</label></input>
    <group ref="/data/stall"><label>Stall</label><repeat nodeset="/data/stall" jr:count="/data/many">
      <input ref="/data/stall/seller"><label>Seller</label></input>
      <select1 ref="/data/stall/kind"><label>Kind</label>
        <itemset nodeset="instance('kinds')/root/item[where = current()/../seller]">
          <value ref="name"/><label ref="name"/></itemset></select1>
    </repeat></group>
  </h:body></h:html>"""
SELLER = '<input ref="/data/stall/seller"><label>Seller</label></input>'
CURRENT = "current()/../seller"
PRICE = '<input ref="/data/price"><label>Price</label></input>'


def errors(text: str) -> list[Problem]:
    return [each for each in check_publishable(read_form(text.encode())) if each.severity == "error"]


def codes(text: str) -> list[str]:
    return [problem.code for problem in errors(text)]


def changed(before: str, after: str) -> str:
    assert before in XFORM
    return XFORM.replace(before, after)


def test_the_form_as_it_stands_may_be_published() -> None:
    assert codes(XFORM) == []


def inside(calculate: str) -> str:
    return changed('/kind" type="string"', f'/kind" type="string" calculate="{calculate}"')


@pytest.mark.parametrize(
    "rule",
    [
        "../seller",
        "count(/data/stall)",
        "/data/market",
        "/data/stall[1]/seller",
        "indexed-repeat(/data/stall/seller, /data/stall, 1)",
    ],
)
def test_a_rule_inside_a_repeat_may_read(rule: str) -> None:
    assert codes(inside(rule)) == []


def action(name: str, event: str) -> str:
    return changed("</model>", f'<odk:{name} ref="/data/market" event="{event}"/></model>')


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (changed('xmlns="http://www.w3.org/2002/xforms" ', ""), "xform.build"),
        (changed("<h:head>", "<h:body/><h:head>"), "xform.build"),
        (changed('<data id="stalls"', '<data xmlns="http://example.invalid/stalls"'), "xform.no_id"),
        (changed("<market/>", "<market/><market/>"), "xform.twice"),
        (changed("<stall>", "<stall><seller/><kind/></stall><stall>"), "xform.crowded"),
        (changed(PRICE, PRICE + SELLER).replace(SELLER, "", 2).replace(PRICE, PRICE + SELLER), "xform.stray"),
        (action("setgeopoint", "odk-instance-first-load"), "xform.silent"),
        (action("recordaudio", "odk-instance-load"), "xform.silent"),
        (changed("</model>", '<setvalue ref="/data/market" event="my-own" value="1"/></model>'), "xform.event"),
        (changed("</model>", '<setvalue ref="/data/market" event="odk-new-repeat"/></model>'), "xform.event"),
        (changed(PRICE, '<range ref="/data/price" start="0" end="4.1.2" step="1"/>'), "xform.range"),
        (changed(PRICE, '<range ref="/data/price" start="0" end="4"/>'), "xform.range"),
        (changed('/kind" type="string"', '/kind" type="int"'), "xform.choice_type"),
        (changed(CURRENT, "/data/stall/seller"), "xform.whole_path"),
        (inside("concat(/data/stall/seller, 1)"), "xform.whole_path"),
        (changed("<where>south</where>", ""), "xform.gaps"),
        (
            changed("</model>", """<bind nodeset="/data/price" calculate="jr:itext(/data/market)"/></model>"""),
            "xform.itext",
        ),
    ],
)
def test_what_the_apps_open_differently_is_refused(text: str, code: str) -> None:
    found = errors(text)
    assert [problem.code for problem in found] == [code]
    assert found[0].action


@pytest.mark.parametrize(
    ("kind", "default", "refused"),
    [
        ("int", "7", False),
        ("int", "7.5", True),
        ("int", "some", True),
        ("decimal", "7.5", False),
        ("decimal", "7,5", True),
        ("date", "2026-05-31", False),
        ("date", "2026-05-31T10:00:00", True),
        ("date", "2026-02-30", True),
        ("time", "14:30:00", False),
        ("time", "14:30", True),
        ("time", "14:30:00.000+06:00", True),
        ("dateTime", "2026-05-31T14:30:00.000", False),
        ("dateTime", "2026-05-31", True),
        ("geopoint", "1.5 2.5 0 0", False),
        ("geopoint", "here", True),
        ("string", "anything", False),
    ],
)
def test_what_a_question_begins_with_fits_its_type(kind: str, default: str, refused: bool) -> None:
    text = changed("<price/>", f"<price>{default}</price>")
    typed = text.replace("</model>", f'<bind nodeset="/data/price" type="{kind}"/></model>')
    assert codes(typed) == (["xform.default_type"] if refused else [])


def test_a_column_of_a_file_in_xml_may_be_missing() -> None:
    text = changed('<instance id="kinds">', '<instance id="far" src="jr://file/far.xml"/><instance id="kinds">')
    kinds = "instance('kinds')/root/item[where = current()/../seller]"
    assert codes(text.replace(kinds, "instance('far')/root/item[where = current()/../seller]")) == []
    assert codes(text.replace(kinds, "instance('far')/root/item[where = '']")) == ["xform.gaps"]


RULES = """
| survey | | | | | | |
| | type | name | label | relevant | required | calculation |
| | integer | a | A | {relevant} | {required} | |
| | integer | b | B | | {other} | {calculation} |
| settings | | |
| | form_id | version |
| | circles | 1 |
"""


@pytest.mark.parametrize(
    ("rules", "circle"),
    [
        ({"required": "${b} = ''", "other": "${a} = ''"}, True),  # either of the two: no phone opens it
        ({"required": ". = ''"}, True),
        ({"calculation": "coalesce(${b}, 1)"}, True),
        ({"calculation": "${a} + 1", "relevant": "${b} > 0"}, True),
        ({"required": "${b} = ''"}, False),
        ({"calculation": "once(${a})"}, False),
    ],
)
def test_no_rule_but_a_constraint_reads_its_own_question(rules: dict[str, str], circle: bool) -> None:
    empty = dict.fromkeys(("relevant", "required", "other", "calculation"), "")
    text = convert(RULES.format(**empty | rules), file_type=".md").xform
    assert ("xform.circle" in codes(text)) is circle


@pytest.mark.parametrize(("readonly", "flagged"), [("", False), ("true()", True)])
def test_a_calculation_that_people_see_may_be_written_over_unless_it_is_fixed(readonly: str, flagged: bool) -> None:
    bind = f'<bind nodeset="/data/price" calculate="/data/many * 2" readonly="{readonly}"/></model>'
    form = read_form(changed("</model>", bind).encode())
    sent = b'<data id="stalls" version="1"><many>3</many><price>7</price></data>'
    assert [each.path for each in evaluate(form, sent).calculated] == (["/data/price"] if flagged else [])
