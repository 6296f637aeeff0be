"""Help that was agreed on: late, moved, settled; against an obvious referee."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeward.domain.promising import (
    LONGEST,
    MOVED,
    NOBODY,
    NOT_COMING,
    SETTLED,
    THEMSELVES,
    THERE,
    Said,
    Stands,
    leaves_gap,
    may_end,
    may_move,
    stands,
)
from homeward.domain.visiting import IN_STEAD

DAY = date(2026, 3, 10)
days = st.dates(DAY, DAY + timedelta(days=60))
words = st.one_of(
    st.builds(Said, st.sampled_from(("done", "partly", "not_yet", "not_needed", "not_coming"))),
    st.builds(Said, st.just(MOVED), days),
)


@given(days, st.lists(words, max_size=6), days)
def test_it_is_late_after_the_newest_day_that_was_given_and_never_once_it_is_settled(
    by_when: date, said: list[Said], today: date
) -> None:
    due = by_when
    for each in said:
        due = each.new_day or due
    found = stands(by_when, said, today)
    settled = bool(said) and said[-1].kept in SETTLED
    assert (found.due, found.moves) == (due, sum(each.kept == MOVED for each in said))
    assert found.overdue is (not settled and today > due)
    assert found.days_late == (0 if settled or today <= due else (today - due).days)


@pytest.mark.parametrize(
    ("now", "new_day", "code"),
    [
        (Stands("done", DAY, 0, 0), DAY + timedelta(days=9), "promise.settled"),
        (Stands("not_needed", DAY, 0, 0), DAY + timedelta(days=9), "promise.settled"),
        (Stands("", DAY, 0, 0), None, "promise.no_day"),
        (Stands("", DAY, 0, 0), DAY, "promise.day_past"),
        (Stands("", DAY + timedelta(days=3), 0, 0), DAY + timedelta(days=3), "promise.same_day"),
        (Stands("", DAY, 0, 0), DAY + LONGEST + timedelta(days=1), "promise.day_far"),
    ],
)
def test_a_move_that_says_nothing_is_refused(now: Stands, new_day: date | None, code: str) -> None:
    decision = may_move(now, new_day, DAY)
    assert decision.problem is not None
    assert decision.problem.code == code
    assert decision.problem.action


def test_what_will_not_come_may_come_on_another_day_after_all() -> None:
    assert may_move(Stands("not_coming", DAY, 1, 0), DAY + LONGEST, DAY)


def test_what_child_or_caregiver_do_leaves_no_gap_in_services() -> None:
    assert [who for who in ("we", "caregiver", "child", "school", "service", "community") if leaves_gap(who)] == [
        *("we", "school", "service", "community")
    ]


@pytest.mark.parametrize("kept", ["", "partly", "not_yet", "moved", "not_coming", "done", "not_needed"])
def test_what_came_or_is_not_needed_is_not_ended(kept: str) -> None:
    found = may_end(Stands(kept, DAY, 0, 0))
    assert bool(found) is (kept not in ("done", "not_needed"))
    assert found or (found.problem is not None and found.problem.code == "promise.settled")


def test_the_lists_that_people_choose_from_know_these_words() -> None:
    from homeward.apps.visits import choices as of

    assert set(of.Kept.values) >= SETTLED | THERE | {MOVED, NOT_COMING}
    assert set(of.ToldBy.values) >= {NOBODY}
    assert set(of.Promiser.values) >= set(THEMSELVES)
    assert {each.value for each in of.IN_STEAD} == IN_STEAD
