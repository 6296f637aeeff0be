"""Who may see what a child drew: every scope with every reader, and nothing without the child's own words."""

from __future__ import annotations

from itertools import chain, combinations

import pytest

from homeward.domain.drawings import ALLOWED, SCOPES, Said, Viewer, Why, beside, may_leave, stem_of, why_not

WORDS = "This is my new house."
SEE = {
    ("keep_private", "made_with"): True,
    ("keep_private", "helps"): False,
    ("keep_private", "counts"): False,
    ("keep_private", "outside"): False,
    ("team", "made_with"): True,
    ("team", "helps"): True,
    ("team", "counts"): False,
    ("team", "outside"): False,
    ("community", "made_with"): True,
    ("community", "helps"): True,
    ("community", "counts"): False,
    ("community", "outside"): False,
    ("report", "made_with"): True,
    ("report", "helps"): False,
    ("report", "counts"): True,
    ("report", "outside"): False,
    ("training", "made_with"): True,
    ("training", "helps"): False,
    ("training", "counts"): False,
    ("training", "outside"): False,
}


def test_the_table_is_whole() -> None:
    assert set(SEE) == {(scope, viewer) for scope in SCOPES for viewer in Viewer}
    assert set(ALLOWED) == set(SCOPES)


@pytest.mark.parametrize(("scope", "viewer"), SEE)
def test_each_scope_with_each_reader(scope: str, viewer: Viewer) -> None:
    wanted = Why.SHOWN if SEE[scope, viewer] else Why.NOT_ALLOWED
    assert why_not(Said(WORDS, scopes=(scope,)), viewer) == wanted


@pytest.mark.parametrize("viewer", Viewer)
def test_several_scopes_allow_what_any_of_them_allows_and_private_is_private(viewer: Viewer) -> None:
    for some in chain.from_iterable(combinations(SCOPES, size) for size in range(1, 6)):
        allowed = SEE["keep_private", viewer] if "keep_private" in some else any(SEE[code, viewer] for code in some)
        assert (why_not(Said(WORDS, scopes=some), viewer) is Why.SHOWN) == allowed


@pytest.mark.parametrize("viewer", Viewer)
@pytest.mark.parametrize("scopes", [(), *((code,) for code in SCOPES), SCOPES])
def test_nothing_is_shown_without_words_or_a_voice(viewer: Viewer, scopes: tuple[str, ...]) -> None:
    assert why_not(Said(" \n", scopes=scopes), viewer) is Why.NO_WORDS
    assert not may_leave(Said("", scopes=scopes))
    assert why_not(Said(voice=True, scopes=scopes), viewer) is not Why.NO_WORDS


@pytest.mark.parametrize("viewer", Viewer)
@pytest.mark.parametrize("scopes", [(), ("skip",), ("everybody",), ("",)])
def test_nothing_is_shown_without_a_scope_that_is_known(viewer: Viewer, scopes: tuple[str, ...]) -> None:
    assert why_not(Said(WORDS, scopes=scopes), viewer) is Why.NO_SCOPE


def test_only_what_the_child_allowed_for_reports_leaves() -> None:
    assert may_leave(Said(WORDS, scopes=("team", "report")))
    assert not may_leave(Said(WORDS, scopes=("report", "keep_private")))
    assert not any(may_leave(Said(WORDS, scopes=(code,))) for code in SCOPES if code != "report")


def test_what_belongs_to_a_drawing_bears_its_name() -> None:
    assert [stem_of(name) for name in ("a_picture", "a_photo", "a")] == ["a", "a", "a"]
    assert beside("home/my_picture", "scope") == "home/my_scope"
