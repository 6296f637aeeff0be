"""A form as far as a table of some of its questions can be tested with it."""

from __future__ import annotations

from datetime import date

from homeward.formats.xform.evaluate import evaluate
from homeward.formats.xform.filling import filled
from homeward.formats.xform.partial import Partial
from homeward.formats.xform.reading import read_form

FORM = """<?xml version="1.0"?>
<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"><h:head><h:title>x</h:title><model>
<instance><data id="x" version="1"><agrees/><in_private/><region/><talk><mood/><hours/><double/></talk><town/>
<meta><instanceID/></meta></data></instance>
<instance id="towns"><root><item><name>kisumu</name><region>west</region></item></root></instance>
<bind nodeset="/data/agrees" required="true()"/>
<bind nodeset="/data/in_private" required="true()"/>
<bind nodeset="/data/talk" relevant="/data/agrees = 'yes' and /data/in_private = 'yes'"/>
<bind nodeset="/data/talk/hours" type="int" relevant="/data/talk/mood = 'good'" constraint=". &lt; 100"/>
<bind nodeset="/data/talk/double" calculate="/data/talk/hours * 2"/>
</model></h:head><h:body><input ref="/data/agrees"/><input ref="/data/in_private"/><input ref="/data/region"/>
<group ref="/data/talk"><input ref="/data/talk/mood"/><input ref="/data/talk/hours"/></group>
<select1 ref="/data/town"><itemset nodeset="instance('towns')/root/item[region = /data/region]"><value ref="name"/>
<label ref="name"/></itemset></select1></h:body></h:html>"""


def partial(*names: str, calculated: tuple[str, ...] = ()) -> Partial:
    return Partial(read_form(FORM.encode()), frozenset(names), frozenset((*names, *calculated)))


def found(view: Partial, values: dict[str, str], unasked: tuple[str, ...] = ()) -> tuple[set[str], set[str], set[str]]:
    """What breaks a rule, what is hidden, what is computed otherwise."""
    form = view.asking(frozenset(unasked))
    paths = {item.path: values[item.name] for item in form.questions if item.name in values}
    seen = evaluate(form, filled(form, paths, "uuid:1"), date(2026, 1, 1))
    names = [each.where.field for each in seen.violations], seen.hidden, [each.path for each in seen.calculated]
    violations, hidden, calculated = ({text.rpartition("/")[2] for text in texts} for texts in names)
    return violations, hidden, calculated


ALL = ("agrees", "in_private", "region", "mood", "hours", "double", "town")
GIVEN = {"agrees": "yes", "in_private": "no", "region": "east", "mood": "bad", "hours": "7", "town": "kisumu"}


def test_with_all_columns_it_is_the_form() -> None:
    assert partial(*ALL).untested == frozenset()
    assert found(partial(*ALL), GIVEN) == ({"town"}, {"mood", "hours"}, set())


def test_a_rule_that_names_a_question_without_a_column_says_nothing() -> None:
    view = partial("agrees", "mood", "hours", "town")
    assert view.untested == {"mood", "hours", "double"}
    given = {name: text for name, text in GIVEN.items() if name not in ("in_private", "region")}
    assert found(view, given) == (set(), {"hours"}, set())
    assert found(view, {**given, "mood": "good", "hours": "700"})[0] == {"hours"}


def test_what_somebody_else_knows_not_to_be_asked_is_hidden() -> None:
    view = partial("agrees", "mood", "hours", "town")
    assert found(view, {**GIVEN, "mood": "good"}, unasked=("mood", "hours"))[1] == {"mood", "hours"}


def test_a_calculation_is_compared_only_where_the_table_states_it() -> None:
    given = {**GIVEN, "in_private": "yes", "mood": "good", "region": "west", "double": "15"}
    assert found(partial(*ALL), given)[2] == {"double"}
    rest = tuple(name for name in ALL if name != "double")
    assert found(partial(*rest, calculated=("double",)), given)[2] == set()


def test_a_required_question_without_a_column_is_not_missed() -> None:
    assert found(partial("in_private", "town"), {"in_private": "yes"})[0] == set()
    assert found(partial("agrees", "town"), {})[0] == {"agrees"}
