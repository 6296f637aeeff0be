"""Sectors are one list, and no small count of gaps can be read or worked out."""

from __future__ import annotations

import ast
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from homeward.domain.gaps import AT_A_VISIT, FEW, REASON_OF_ACTION, REASONS, hidden
from homeward.domain.planning import NOT_DONE_BECAUSE, SERVICES
from homeward.domain.sectors import SECTOR_OF_SERVICE, SECTORS
from tests.repo.source import PACKAGE, name_of, python_files, tree_of


def test_every_kind_of_service_lies_in_a_sector_of_the_one_list() -> None:
    assert set(SECTOR_OF_SERVICE) == set(SERVICES)
    assert set(SECTOR_OF_SERVICE.values()) <= set(SECTORS)
    assert len(set(SECTORS)) == len(SECTORS) == 9


def test_every_reason_stands_in_the_one_list() -> None:
    assert set(AT_A_VISIT) < set(REASONS)
    assert set(REASON_OF_ACTION) < set(NOT_DONE_BECAUSE)
    assert set(REASON_OF_ACTION.values()) < set(REASONS)
    assert len(set(REASONS)) == len(REASONS)


def test_nobody_keeps_another_list_of_sectors() -> None:
    """Migrations keep what was; everything else asks the one list."""
    found = []
    for path in python_files():
        if not path.is_relative_to(PACKAGE) or "migrations" in path.parts:
            continue
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Tuple | ast.List | ast.ClassDef):
                words = {each.value for each in ast.walk(node) if isinstance(each, ast.Constant)} & set(SECTORS)
                if words >= {"health", "education", "livelihood", "shelter"}:
                    found.append(name_of(path))
    known = {"homeward/domain/sectors.py", "homeward/apps/communities/models.py"}  # the second has the words
    assert set(found) == known


@given(st.lists(st.integers(1, 12), min_size=1, max_size=5))
def test_what_is_hidden_cannot_be_worked_out_from_the_whole(counts: list[int]) -> None:
    """A referee that tries all numbers that fit what is shown: no small one is left as the only possibility."""
    small = hidden(counts, FEW)
    assert all(count >= FEW for place, count in enumerate(counts) if place not in small)
    if not small or sum(counts) < FEW:  # then the whole is not shown either
        return
    rest = sum(counts[place] for place in small)
    if len(small) == len(counts) == 1:
        return
    for place in small:
        if counts[place] < FEW:
            fits = {value for value in range(1, rest) if can_be(rest - value, len(small) - 1)}
            assert len(fits) > 1


def can_be(rest: int, parts: int) -> bool:
    return any(sum(split) == rest for split in _splits(rest, parts))


def _splits(rest: int, parts: int) -> list[list[int]]:
    if parts == 0:
        return [[]] if rest == 0 else []
    cuts = combinations(range(1, rest), parts - 1)
    return [[b - a for a, b in zip((0, *cut), (*cut, rest), strict=True)] for cut in cuts] if rest >= parts else []


def test_that_referee_sees_a_leak() -> None:
    assert hidden([7, 2], FEW) == {0, 1}  # else 9 - 7 tells the 2
    assert hidden([3, 4, 9], FEW) == {0, 1}
    assert hidden([1, 1, 9], FEW) == {0, 1, 2}  # else 11 - 9 leaves one each
    assert hidden([5, 6], FEW) == frozenset()
    assert hidden([2], FEW) == {0}
