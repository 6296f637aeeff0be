"""Sectors are one list, and no small count of gaps can be read or worked out."""

from __future__ import annotations

import ast
from datetime import date, timedelta
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from homeward.domain.gaps import AT_A_VISIT, FEW, REASON_OF_ACTION, REASONS, can_be_split, whole_quarters
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


@given(st.lists(st.integers(0, 7), min_size=3, max_size=3).filter(lambda parts: sum(parts) >= FEW))
def test_what_is_not_split_cannot_be_worked_out_from_its_whole(months: list[int]) -> None:
    """A referee that knows the rule, and tries all numbers that would have been answered in the same way."""
    if can_be_split([count for count in months if count], FEW):
        assert not any(0 < count < FEW for count in months)
        return
    whole = sum(months)
    same = [
        each
        for each in product(range(whole + 1), repeat=3)
        if sum(each) == whole and not can_be_split([count for count in each if count], FEW)
    ]
    for place in range(3):
        assert len({each[place] for each in same}) > 1


@given(st.dates(date(2020, 1, 1), date(2030, 12, 31)), st.dates(date(2020, 1, 1), date(2030, 12, 31)))
def test_quarters_are_whole_and_never_overlap(one: date, other: date) -> None:
    (first, last), (begin, end) = whole_quarters(one, one), whole_quarters(other, other)
    assert first <= one <= last
    assert (first.day, (last + timedelta(days=1)).day) == (1, 1)
    assert {first.month, (last + timedelta(days=1)).month} < {1, 4, 7, 10}
    assert (first, last) == (begin, end) or last < begin or end < first
    assert whole_quarters(min(one, other), max(one, other)) == (min(first, begin), max(last, end))
