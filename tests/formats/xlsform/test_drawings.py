"""A form that has a child draw asks at once what it says and who may see it; else it is refused at publication."""

from __future__ import annotations

import pytest

from homeward.domain.problems import Problem
from homeward.formats.xlsform.checking import check
from homeward.formats.xlsform.library import Library
from tests.formats.xlsform.forms import Draft

CODES = ("drawing_without_words", "drawing_without_scope", "drawing_scope_unknown", "drawing_in_clear")


def drawing(*scopes: str, kind: str = "text", part: str = "own_words", appearance: str = "draw", **cells: str) -> Draft:
    draft = Draft().question("image", "home_picture", appearance=appearance, **cells)
    if kind:
        draft.question(kind, f"home_{part}")
    if scopes:
        draft.question("select_one who", "home_scope")
    for code in scopes:
        draft.option("who", code)
    return draft


def found(draft: Draft, *, for_publication: bool = True) -> list[Problem]:
    problems = draft.findings(for_publication=for_publication)
    return [each for each in problems if each.code.removeprefix("instrument.") in CODES]


def codes(draft: Draft) -> list[str]:
    return [each.code.removeprefix("instrument.") for each in found(draft)]


@pytest.mark.parametrize("appearance", ["draw", "draw hw-lifeline", "draw hw-people", "w2 draw"])
def test_a_drawing_with_words_and_scope_is_published(appearance: str) -> None:
    assert codes(drawing("team", "keep_private", appearance=appearance)) == []
    assert codes(drawing("team", kind="audio", part="own_voice", appearance=appearance)) == []


def test_without_words_it_is_refused_with_its_row_and_what_to_do() -> None:
    draft = drawing("team", kind="")
    (problem,) = found(draft)
    assert (problem.code, problem.severity) == ("instrument.drawing_without_words", "error")
    assert (problem.where.sheet, problem.where.row) == ("survey", draft.row("survey", "home_picture"))
    assert "home_own_words" in str(problem.action).format(**problem.params)


def test_without_scope_it_is_refused() -> None:
    (problem,) = found(drawing())
    assert (problem.code, problem.severity) == ("instrument.drawing_without_scope", "error")
    assert "keep_private" in problem.params["codes"]


def test_before_publication_it_is_said_and_stops_nothing() -> None:
    assert {each.severity for each in found(drawing(kind=""), for_publication=False)} == {"warning"}


def test_a_scope_of_codes_that_nobody_knows_is_refused_by_its_option() -> None:
    draft = drawing("team", "friends", "skip")
    (problem,) = found(draft)
    assert (problem.code, problem.params["code"]) == ("instrument.drawing_scope_unknown", "friends")
    assert (problem.where.sheet, problem.where.row) == ("choices", draft.row("choices", "who/friends"))
    assert codes(drawing("friends")) == ["drawing_scope_unknown", "drawing_without_scope"]


def test_words_of_another_type_in_another_group_or_before_do_not_count() -> None:
    assert codes(drawing("team", kind="note")) == ["drawing_without_words"]
    apart = drawing("team", kind="").add("survey", {"type": "begin_group", "name": "later"})
    assert codes(apart.question("text", "home_own_words").add("survey", {"type": "end_group"})) == [CODES[0]]
    before = Draft().question("text", "home_own_words").question("image", "home_picture", appearance="draw")
    before.question("select_one who", "home_scope").option("who", "team")
    assert codes(before) == ["drawing_without_words"]


@pytest.mark.parametrize("appearance", ["", "signature", "annotate", "new-front"])
def test_other_pictures_stay_as_they_are(appearance: str) -> None:
    assert codes(drawing(kind="", appearance=appearance)) == []


@pytest.mark.parametrize(("level", "said"), [("L0", True), ("L1", True), ("L2", False), ("L3", False)])
def test_a_drawing_is_never_open_to_everybody(level: str, said: bool) -> None:
    assert ("drawing_in_clear" in codes(drawing("team", privacy=level))) is said


def test_our_own_word_alone_is_a_warning() -> None:
    problem = drawing("team", appearance="hw-people").the("instrument.drawing_not_drawn", for_publication=True)
    assert problem.severity == "warning"


@pytest.mark.parametrize("entry", Library().entries(), ids=str)
def test_every_instrument_of_the_library_holds_to_it(entry: object) -> None:
    problems = check(entry.load(), for_publication=True)  # type: ignore[attr-defined]
    assert not [each for each in problems if "drawing" in each.code]
