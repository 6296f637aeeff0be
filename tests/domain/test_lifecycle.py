"""The table of steps: nothing leads out of it, each way shows what is missing, and no second person is the first."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from homeward.domain.closing import (
    CLOSING_REASONS,
    full_time,
    is_early,
    may_give,
    review_evidence,
    told_evidence,
    way_of,
)
from homeward.domain.lifecycle import (
    APPROVE,
    BY_ITSELF,
    CHANGE,
    EVIDENCE,
    FIRST_OF,
    NEXT,
    OPEN_STEPS,
    STATUS_OF,
    TRANSITIONS,
    WRITE,
    Facts,
    Step,
    allowed,
    may_approve,
    missing,
    standing,
    way_of_status,
)
from homeward.domain.permissions import PERMISSIONS

ALL = frozenset(EVIDENCE)
HANDS = (WRITE, APPROVE, CHANGE)


def facts(*moves: str, status: str = "open", evidence: frozenset[str] = ALL, ended: bool = False) -> Facts:
    return Facts(status, moves, evidence, ended)


def test_every_step_is_reached_and_left_and_every_word_is_known() -> None:
    reached = {way.target for way in TRANSITIONS.values()} | {Step.IDENTIFICATION}
    left = {source for way in TRANSITIONS.values() for source in way.sources}
    assert reached == left == set(Step)
    assert set(STATUS_OF) == set(Step)
    assert {STATUS_OF[step] for step in FIRST_OF.values()} == set(STATUS_OF.values()) == set(FIRST_OF)
    assert {code for way in TRANSITIONS.values() for code in way.evidence} == set(EVIDENCE)
    assert {each for way in TRANSITIONS.values() for each in (way.may, way.second) if each} <= set(PERMISSIONS)
    assert {NEXT[step] for step in OPEN_STEPS} <= set(TRANSITIONS)
    assert set(BY_ITSELF) == {"assess", "assess_again", "make_plan", "begin_help", "follow_up", "help_again", "reopen"}


@pytest.mark.parametrize("name", [name for name, way in TRANSITIONS.items() if way.target in ("closure", "transfer")])
def test_no_person_ends_a_case_alone(name: str) -> None:
    way = TRANSITIONS[name]
    assert way.house or way.second == APPROVE
    if way.house:
        source = way.sources[0]
        assert not allowed(facts(source, status=STATUS_OF[source]), name, HANDS)


@pytest.mark.parametrize("name", TRANSITIONS)
def test_each_piece_of_evidence_is_needed(name: str) -> None:
    way = TRANSITIONS[name]
    status = STATUS_OF[way.sources[0]]
    assert not missing(facts(way.sources[0], status=status), name)
    for code in way.evidence:
        without = facts(way.sources[0], status=status, evidence=ALL - {code})
        assert missing(without, name) == (EVIDENCE[code],)
        refused = allowed(without, name, HANDS)
        assert refused.problem == EVIDENCE[code]
    assert not allowed(facts(way.sources[0], status=status), name, ())
    assert not allowed(facts(way.sources[0], status=status, ended=True), name, HANDS)


def test_a_record_that_says_more_than_its_moves_decides_where_the_case_stands() -> None:
    assert standing(facts()) == Step.IDENTIFICATION
    assert standing(facts(status="closed")) == Step.CLOSURE
    assert standing(facts("assessment", "plan")) == Step.PLAN
    assert standing(facts("assessment", "plan", status="closed")) == Step.CLOSURE  # closed before steps were kept
    assert standing(facts("closure", status="open")) == Step.IDENTIFICATION


def test_nobody_approves_what_they_wrote() -> None:
    assert not may_approve("a", "a")
    assert not may_approve(None, None)
    assert may_approve("a", "b")


@pytest.mark.parametrize("before", FIRST_OF)
@pytest.mark.parametrize("after", FIRST_OF)
def test_every_change_of_a_record_from_outside_is_a_way_of_the_table(before: str, after: str) -> None:
    way = way_of_status(before, after)
    if before == after:
        assert way == ""
        return
    assert STATUS_OF[TRANSITIONS[way].target] == after
    assert FIRST_OF[before] in TRANSITIONS[way].sources


def test_a_closing_reason_leads_to_a_way_and_stable_cannot_be_given_yet() -> None:
    assert len(CLOSING_REASONS) == 16
    assert {way_of(code, planned=planned) for code in CLOSING_REASONS for planned in (True, False)} == {
        "close_planned",
        "close_abrupt",
        "transfer",
    }
    assert way_of("death", planned=True) == "close_abrupt"
    assert [code for code in CLOSING_REASONS if not may_give(code)] == ["stable"]


def test_an_end_before_two_years_is_early_but_a_death_is_never_asked_about() -> None:
    returned = date(2024, 2, 29)
    assert full_time(returned) == date(2026, 2, 28)
    assert is_early("family_asks", returned, date(2026, 2, 27))
    assert not is_early("family_asks", returned, date(2026, 2, 28))
    assert not is_early("death", returned, date(2024, 6, 1))
    assert not is_early("family_asks", None, date(2024, 6, 1))


def test_what_was_told_and_when_it_was_reviewed_prove_what_they_say() -> None:
    assert told_evidence("family_asks", "no") == frozenset()
    assert told_evidence("family_asks", "not_possible") == {"child_told_or_not_possible"}
    assert told_evidence("death", "no") == {"child_told_or_not_possible"}
    assert "child_told" in told_evidence("family_asks", "yes")
    today = date(2026, 5, 1)
    assert review_evidence(date(2026, 1, 31), today) == {"last_review"}
    for day in (date(2026, 1, 30), date(2026, 5, 2), None):
        assert review_evidence(day, today) == frozenset()


class Cases(RuleBasedStateMachine):
    """Whatever people and files do, in whichever order."""

    def __init__(self) -> None:
        super().__init__()
        self.moves: list[str] = []
        self.status = "open"
        self.reopened = False

    def facts(self, evidence: frozenset[str]) -> Facts:
        return Facts(self.status, tuple(self.moves), evidence)

    @rule(name=st.sampled_from(sorted(TRANSITIONS)), lacking=st.sets(st.sampled_from(sorted(EVIDENCE)), max_size=2))
    def step(self, name: str, lacking: set[str]) -> None:
        way, here = TRANSITIONS[name], standing(self.facts(ALL))
        decision = allowed(self.facts(ALL - lacking), name, HANDS)
        assert bool(decision) == (here in way.sources and not way.house and not lacking & set(way.evidence))
        if decision:
            self._go(name)

    @rule(after=st.sampled_from(sorted(FIRST_OF)))
    def file(self, after: str) -> None:
        name = way_of_status(self.status, after)
        if name:
            assert allowed(self.facts(frozenset()), name, (), house=True)
            self._go(name)

    def _go(self, name: str) -> None:
        before, target = standing(self.facts(ALL)), TRANSITIONS[name].target
        if STATUS_OF[before] != "open" and STATUS_OF[target] == "open":
            assert target == Step.REOPENING  # nobody goes on as if nothing had been
        self.moves.append(target)
        self.status = STATUS_OF[target]

    @invariant()
    def the_case_stands_somewhere_and_the_record_says_the_same(self) -> None:
        here = standing(self.facts(ALL))
        assert here in set(Step)
        assert STATUS_OF[here] == self.status
        assert not self.moves or here == self.moves[-1]

    @invariant()
    def there_is_always_a_way_on(self) -> None:
        here = standing(self.facts(ALL))
        assert any(allowed(self.facts(ALL), name, HANDS) for name, way in TRANSITIONS.items() if here in way.sources)


TestCases = Cases.TestCase
TestCases.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
