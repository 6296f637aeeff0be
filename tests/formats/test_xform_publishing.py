"""What keeps a form from being published."""

from __future__ import annotations

import pytest
from pyxform.xls2xform import convert

from homeward.domain.problems import ProblemError
from homeward.formats.xform.model import Form
from homeward.formats.xform.publishing import MAX_CHOICES, check_publishable
from homeward.formats.xform.reading import read_form
from homeward.formats.xform.submission import parse_submission, read_meta

SURVEY = """
| survey | | | | | | |
| | type | name | label | relevant | constraint | calculation |
| | integer | a | A | {relevant} | {constraint} | |
| | select_one yn | b | B | | | |
| | calculate | c | | | | {calculation} |
| choices | | | |
| | list_name | name | label |
| | yn | yes | Yes |
| | yn | no | No |
| settings | | |
| | form_id | version |
| | trial | 1 |
"""


def xform(relevant: str = "", constraint: str = "", calculation: str = "1") -> str:
    sheets = SURVEY.format(relevant=relevant, constraint=constraint, calculation=calculation)
    return convert(sheets, file_type=".md").xform


def form(text: str) -> Form:
    return read_form(text.encode())


def codes(text: str) -> list[str]:
    return [problem.code for problem in check_publishable(form(text))]


def test_a_plain_form_may_be_published() -> None:
    assert codes(xform("${b} = 'yes'", ". > 0", "${a} + 1")) == []


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({"relevant": "area(${b}) > 3"}, "xform.unsupported_function"),
        ({"constraint": "regex(., '(?!x)')"}, "xform.regex"),
        ({"constraint": "regex(., ${b})"}, "xform.regex_computed"),
        ({"constraint": "regex(., '[0-9]+')"}, "xform.regex_open"),
        ({"relevant": "${b}"}, "xform.bare_truth"),
        ({"calculation": "version()"}, "xform.phone_only"),
        ({"calculation": "/data/nowhere + 1"}, "xform.unknown_question"),
        ({"calculation": "instance('nowhere')/root/item[1]/x"}, "xform.unknown_list"),
        ({"calculation": "count(//a)"}, "xform.expression"),
    ],
)
def test_a_rule_that_cannot_be_kept_is_named_with_its_question(parts: dict[str, str], code: str) -> None:
    (problem,) = check_publishable(form(xform(**parts)))
    assert problem.code == code
    assert problem.where.sheet == "survey"
    assert problem.where.field.split(",")[0] in ("a", "c")
    assert problem.action


def test_a_foreign_address_and_a_foreign_key_are_refused() -> None:
    submission = '<submission action="https://elsewhere.invalid" method="post" base64RsaPublicKey="AAAA"/>'
    assert codes(xform().replace("</model>", submission + "</model>")) == ["xform.foreign_address", "xform.foreign_key"]


@pytest.mark.parametrize(
    ("source", "refused"),
    [
        ("jr://file-csv/villages.csv", False),
        ("jr://file/villages.xml", False),
        ("jr://instance/last-saved", False),
        ("http://elsewhere.invalid/list.xml", True),
        ("file:///etc/passwd", True),
        ("jr://file/../../secret.xml", True),
    ],
)
def test_lists_come_from_the_forms_own_files(source: str, refused: bool) -> None:
    text = xform().replace('<instance id="yn">', f'<instance id="other" src="{source}"/><instance id="yn">')
    assert codes(text) == (["xform.foreign_source"] if refused else [])


def test_a_circle_is_found() -> None:
    assert "xform.circle" in codes(xform(relevant="${c} > 1", calculation="${a} + 1"))


def test_a_list_that_is_too_long_belongs_into_a_file() -> None:
    many = "".join(f"<item><name>n{n}</name></item>" for n in range(MAX_CHOICES + 1))
    assert codes(xform().replace("</root>", many + "</root>")) == ["xform.too_many_choices"]


@pytest.mark.parametrize("data", [b"<html/>", b"<h><model/></h>", b"<h><model><instance/></model></h>"])
def test_what_is_no_form_is_refused(data: bytes) -> None:
    with pytest.raises(ProblemError) as caught:
        read_form(data)
    assert caught.value.first.code == "xform.unreadable"


def test_a_foreign_form_is_read_too() -> None:
    text = """<h:html xmlns:h="http://www.w3.org/1999/xhtml" xmlns="http://www.w3.org/2002/xforms"
      xmlns:jr="http://openrosa.org/javarosa"><h:head><h:title>Old</h:title><model>
      <instance><visit xmlns="http://example.invalid/visit"><who/><when/><tool>hoe</tool></visit></instance>
      <bind id="w" nodeset="who" required="true()"/><bind nodeset="/visit/when" type="xsd:date"/></model></h:head>
      <h:body><input bind="w"><label>Who</label></input><input ref="/visit/when"><label>When</label></input>
      <select1 ref="tool"><label>Tool</label><item><label>Hoe</label><value>hoe</value></item></select1>
      </h:body></h:html>"""
    old = form(text)
    assert (old.id, old.title) == ("http://example.invalid/visit", "Old")
    assert old.items["/visit/when"].type == "date"
    who, tool = old.items["/visit/who"], old.items["/visit/tool"]
    assert (who.required, who.control and who.control.kind) == ("true()", "input")
    assert tool.control is not None
    assert dict(tool.control.choices) == {"hoe": "Hoe"}
    assert tool.default == "hoe"
    assert "xform.no_choices" not in codes(text)
    again = text.replace("</item>", "</item><item><label>Another hoe</label><value>hoe</value></item>")
    assert codes(again).count("xform.no_choices") == 1


def test_the_meta_block_is_read_in_either_namespace() -> None:
    text = b"""<data id="trial" version="7" xmlns:orx="http://openrosa.org/xforms"><orx:meta>
      <orx:instanceID>uuid:2</orx:instanceID><orx:deprecatedID>uuid:1</orx:deprecatedID>
      <orx:instanceName>First visit</orx:instanceName></orx:meta></data>"""
    meta = read_meta(parse_submission(text))
    assert (meta.form_id, meta.version, meta.instance_id, meta.deprecated_id, meta.instance_name) == (
        "trial",
        "7",
        "uuid:2",
        "uuid:1",
        "First visit",
    )
