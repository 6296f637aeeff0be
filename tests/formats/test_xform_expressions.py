"""Expressions of forms: what they mean over one row of answers, and which are refused."""

from __future__ import annotations

import itertools
import time
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from homeward.domain.codes import XFORM_CHECK, with_check_digits
from homeward.domain.problems import ProblemError
from homeward.formats.xform import syntax
from homeward.formats.xform.expressions import (
    bare_truths,
    compile_relevant,
    is_impure,
    patterns,
    references,
    unsupported_functions,
)
from homeward.formats.xform.functions import SUPPORTED

ROW = {
    "yes": "yes",
    "age": "12",
    "weight": "3.5",
    "ticked": "bread rice",
    "day": "2026-03-01",
    "empty": "",
    "zero": "0",
}
TODAY = date(2026, 3, 15)


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "${yes} = 'yes'",
        "${age} = 12 and ${age} = '12'",
        "${age} >= 6 and ${age} < 18 or false()",
        "not(${yes} = 'no') and ${empty} = ''",
        "selected(${ticked}, 'rice') and not(selected(${ticked}, 'ric'))",
        "count-selected(${ticked}) = 2 and count-selected(${empty}) = 0",
        "selected-at(${ticked}, 1) = 'rice' and selected-at(${ticked}, 7) = ''",
        "${weight} * 2 = 7 and 7 div 2 = ${weight} and 7 mod 4 = 3 and -7 mod 4 = -3",
        "1 + 2 * 3 - 4 div 2 = 5",
        "- - 3 = 3 and -(1 + 2) = -3",
        "${day} < today() and today() = date('2026-03-15')",
        "${day} + 14 = today() + 0",
        "format-date(${day}, '%e/%n/%Y %b') = '1/3/2026 Mar'",
        "decimal-date-time('1970-01-02T12:00:00') = 1.5",
        "if(${age} > 17, 'adult', 'child') = 'child'",
        "coalesce(${empty}, ${age}) = 12",
        "regex(${age}, '^[0-9]{1,2}$') and not(regex('a12', '[0-9]+'))",
        "string-length('مدرسة') = 5 and substr('homeward', 4) = 'ward' and substr('homeward', -4, -1) = 'war'",
        "translate('abc', 'ab', 'A') = 'Ac' and normalize-space('  a   b ') = 'a b'",
        "substring-before('a-b-c', '-') = 'a' and substring-after('a-b-c', '-') = 'b-c'",
        "round(2.5) = 3 and round(-2.5) = -2 and round(1234.567, 2) = 1234.57 and round(1234, -2) = 1200",
        "int(-3.7) = -3 and abs(-2) = 2 and pow(2, 10) = 1024",
        "min(3, 1, 2) = 1 and max(3, ${empty}, 2) = 3 and sum(3) = 3",
        "concat('a', 1, true()) = 'a1true' and join('-', 'a', 2) = 'a-2'",
        "1 div 0 > 1000 and not(number('x') = number('x'))",
        "${zero} = 0 and boolean(0) = false() and boolean('0') = true()",
        "digest('a', 'SHA-256', 'hex') = 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb'",
        "checklist(1, 2, true(), false(), true()) and not(checklist(3, -1, true(), true()))",
        "contains('abc', 'b') and starts-with('abc', 'ab') and ends-with('abc', 'bc')",
        "boolean-from-string('1') and not(boolean-from-string('yes'))",
    ],
)
def test_this_holds(expression: str) -> None:
    assert compile_relevant(expression)(ROW, TODAY) is True


def test_a_question_that_the_row_lacks_is_empty() -> None:
    assert compile_relevant("${nowhere} = ''")({}) is True


def test_without_a_date_a_question_that_depends_on_it_counts_as_asked() -> None:
    relevant = compile_relevant("${day} > today()")
    assert relevant(ROW) is True
    assert relevant(ROW, TODAY) is False


@pytest.mark.parametrize("body", [1_000_000, 4_821_930, 9_999_999])
def test_the_check_of_child_codes_works_as_an_expression(body: int) -> None:
    relevant = compile_relevant(XFORM_CHECK.replace("., ", "${code}, ").replace("(.)", "(${code})"))
    code = with_check_digits(body)
    assert relevant({"code": code})
    assert not relevant({"code": code[:-1] + str((int(code[-1]) + 1) % 10)})


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        ("${a} =", "xform.expression"),
        ("1 2", "xform.expression"),
        ("'open", "xform.expression"),
        ("${a} = 'x' or", "xform.expression"),
        ("a//b", "xform.expression"),
        ("following-sibling::a", "xform.expression"),
        ("../a = 1", "xform.expression"),
        ("instance('x')/root/item", "xform.expression"),
        ("(" * 100 + "1" + ")" * 100, "xform.expression"),
        ("1 + " * 9_000 + "1", "xform.expression"),
        ("system('rm')", "xform.function"),
        ("today(1)", "xform.arguments"),
        ("regex(${a}, '(?=x)')", "xform.regex"),
        (r"regex(${a}, '(a)\1')", "xform.regex"),
        ("regex(${a}, 'a{5000}')", "xform.regex"),
    ],
)
def test_this_is_refused_with_a_reason(expression: str, code: str) -> None:
    with pytest.raises(ProblemError) as caught:
        compile_relevant(expression)
    assert caught.value.first.code == code
    assert caught.value.first.action


def test_functions_outside_the_list_are_named() -> None:
    assert unsupported_functions("area(${plot}) > 3 and selected(${a}, 'b') and area(1) and sha1(2)") == (
        "area",
        "sha1",
    )
    assert unsupported_functions("") == ()
    assert {"selected", "if", "regex", "jr:choice-name", "indexed-repeat", "pulldata"} <= SUPPORTED


def test_references_patterns_and_impurity_are_found() -> None:
    assert references("${a} + ${b} - ${a}") == ("a", "b")
    assert patterns("regex(., '^a$') and regex(., ${b})") == ("^a$", None)
    assert is_impure("concat(uuid(), 'x')")
    assert not is_impure("today() + 1")


@pytest.mark.parametrize(
    ("expression", "bare"),
    [("${a} and ${b} = 1", True), ("not(${a})", True), ("if(${a}, 1, 2)", True), ("${a} != ''", False), ("${a}", True)],
)
def test_a_question_alone_as_a_truth_is_noticed(expression: str, bare: bool) -> None:
    assert bare_truths(expression, whole=True) is bare


def test_a_pattern_that_explodes_elsewhere_takes_linear_time() -> None:
    relevant = compile_relevant("regex(${a}, '^(a+)+$')")
    begun = time.process_time()
    assert not relevant({"a": "a" * 50_000 + "b"})
    assert time.process_time() - begun < 0.5


def test_a_long_chain_is_run_without_recursion() -> None:
    assert compile_relevant(" or ".join(["${a} = 'b'"] * 1_200 + ["true()"]))({}) is True


ALPHABET = [
    "${a}",
    "'t'",
    "1",
    "2.5",
    "(",
    ")",
    "[",
    "]",
    "/",
    "..",
    ".",
    "@",
    "=",
    "!=",
    "<",
    ">=",
    "+",
    "-",
    "*",
    "div",
]
WORDS = ["mod", "and", "or", "not(", "if(", "selected(", ",", "|", "count(", "::", "child::", "a", "x:y", " ", "$", '"']


@settings(max_examples=500, deadline=None)
@given(st.lists(st.sampled_from(ALPHABET + WORDS), max_size=14).map("".join))
@example("*[1]/@*")
def test_any_text_is_read_or_refused_and_nothing_else(expression: str) -> None:
    with suppress(ProblemError):
        syntax.parse(expression)
    with suppress(ProblemError):
        assert compile_relevant(expression)({"a": "1"}, TODAY) in (True, False)


LEAVES = st.sampled_from(["${a} = '1'", "${b} = '1'", "${u} = '1'", "${v} != '1'"])
CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds("({} and {})".format, inner, inner),
        st.builds("({} or {})".format, inner, inner),
        st.builds("not({})".format, inner),
        st.builds("boolean({})".format, inner),
        st.builds("({} = {})".format, inner, inner),
    ),
    max_leaves=8,
)


@given(expression=CONDITIONS)
def test_what_is_unknown_never_hides_a_question_that_may_have_been_asked(expression: str) -> None:
    for known in itertools.product("01", repeat=2):
        row = dict(zip("ab", known, strict=True))
        asked = compile_relevant(expression, ("u", "v"))(row)
        worlds = [row | dict(zip("uv", other, strict=True)) for other in itertools.product("01", repeat=2)]
        assert asked or not any(compile_relevant(expression)(world) for world in worlds)


@pytest.mark.parametrize(
    ("expression", "asked"),
    [
        ("${a} = '1' and ${u} = '1'", False),
        ("not(${a} = '0' or not(${u} = '1'))", False),
        ("${a} = '1' or ${u} = '1'", True),
        ("${a} = '0' and not(${u} = '1')", True),
        ("${a} = '1' and pulldata('a', 'b', 'c', ${u}) = 'x'", False),
    ],
)
def test_false_and_unknown_is_false(expression: str, asked: bool) -> None:
    assert compile_relevant(expression, ("u",))({"a": "0"}) is asked


def test_without_a_date_the_rest_of_a_condition_still_decides() -> None:
    relevant = compile_relevant("${a} = '1' and ${day} <= today()")
    assert [relevant({"a": a, "day": "2020-01-01"}) for a in "01"] == [False, True]
