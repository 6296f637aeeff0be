"""The rule of agreement against a slow, obvious one, and what must hold whatever was said."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from homeward.apps.cases.consent_rules import rules
from homeward.domain.ages import BAND_CODES
from homeward.domain.consent import (
    ASKED_FOR,
    CHILD,
    MONITORING,
    PROTECTION,
    REPORTING,
    Entry,
    Reply,
    Source,
    State,
    Use,
    Who,
    Without,
    may,
    may_count,
    to_ask,
)

DAY = date(2026, 6, 1)
RULES = rules()
days = st.integers(0, 500).map(lambda back: DAY - timedelta(days=back))
entries = st.builds(
    Entry,
    day=days,
    who=st.sampled_from(list(Who)),
    reply=st.sampled_from(list(Reply)),
    purpose=st.sampled_from(ASKED_FOR),
    band=st.sampled_from(BAND_CODES),
    recipient=st.sampled_from(["", "Red Lantern", "red  lantern", "Other"]),
    valid_until=st.one_of(st.none(), days),
    source=st.sampled_from(list(Source)),
    without=st.sampled_from(["", *Without]),
    capable=st.booleans(),
    order=st.integers(0, 5),
)
ledgers = st.lists(entries, max_size=8)
bands = st.sampled_from(BAND_CODES)


@given(bands, st.sampled_from(ASKED_FOR))
def test_silence_is_no_agreement(band: str, purpose: str) -> None:
    decision = may(purpose, [], band, DAY, RULES, "Red Lantern")
    assert not decision
    assert decision.problem is not None
    assert decision.problem.code == "consent.missing"
    assert decision.problem.action


@given(ledgers, bands)
def test_what_protects_a_child_is_never_blocked(said: list[Entry], band: str) -> None:
    assert may(PROTECTION, said, band, DAY, RULES)


@given(ledgers, bands, st.sampled_from(ASKED_FOR))
def test_what_may_be_done_may_be_counted_and_says_why_not(said: list[Entry], band: str, purpose: str) -> None:
    acts = may(purpose, said, band, DAY, RULES, "Red Lantern")
    counts = may(purpose, said, band, DAY, RULES, "Red Lantern", use=Use.COUNT)
    assert counts or not acts
    for decision in (acts, counts):
        assert decision.allowed == (decision.problem is None)


@given(ledgers, bands, st.sampled_from(ASKED_FOR), st.sampled_from([Who.CHILD, Who.CAREGIVER]))
def test_a_last_no_of_whoever_decides_blocks(said: list[Entry], band: str, purpose: str, who: Who) -> None:
    """Whatever was said before, under whatever name."""
    for reply in (Reply.REFUSES, Reply.WITHDRAWS):
        no = Entry(DAY, who, reply, purpose, band, order=9)
        voice_binds = no.voice in RULES.binding(purpose, band)
        if voice_binds:
            assert not may(purpose, [*said, no], band, DAY, RULES, "Red Lantern")


@given(ledgers, bands, st.sampled_from(ASKED_FOR))
def test_what_is_said_afterwards_changes_no_day_before(said: list[Entry], band: str, purpose: str) -> None:
    before = DAY - timedelta(days=200)
    known = [each for each in said if each.day <= before]
    assert may(purpose, said, band, before, RULES, "Other") == may(purpose, known, band, before, RULES, "Other")


@given(ledgers, bands, st.sampled_from(ASKED_FOR))
def test_a_caregivers_no_binds_below_fifteen_alone(said: list[Entry], band: str, purpose: str) -> None:
    childs = [replace(each, who=Who.CHILD) for each in said if each.who == Who.CHILD]
    no = Entry(DAY, Who.CAREGIVER, Reply.REFUSES, purpose, band, order=9)
    if band in ("15-17", "18+"):
        alone = may(purpose, childs, band, DAY, RULES, "Other")
        assert may(purpose, [*childs, no], band, DAY, RULES, "Other") == alone
    else:
        assert not may(purpose, [*childs, no], band, DAY, RULES, "Other")


@given(ledgers, bands, st.sampled_from(ASKED_FOR))
def test_an_interview_undoes_no_withdrawal(said: list[Entry], band: str, purpose: str) -> None:
    """Else whoever wants one more interview would only have to hold it."""
    for who in RULES.binding(purpose, band):
        gone = Entry(DAY, Who.CHILD if who == "child" else Who.CAREGIVER, Reply.WITHDRAWS, purpose, band, order=8)
        yes = [
            Entry(DAY, each, Reply.AGREES, purpose, band, "Other", source=Source.INTERVIEW, order=9)
            for each in (Who.CHILD, Who.CAREGIVER)
        ]
        decision = may(purpose, [*said, gone, *yes], band, DAY, RULES, "Other", use=Use.COUNT)
        assert decision.problem is not None
        assert decision.problem.code == "consent.withdrawn"


@given(ledgers, bands)
def test_what_needs_no_asking_may_be_done(said: list[Entry], band: str) -> None:
    """Either somebody is named to be asked, or it may be done, or somebody said no in this band."""
    asks = to_ask(said, band, DAY, RULES, purposes=[MONITORING])
    decision = may(MONITORING, said, band, DAY, RULES)
    if not asks:
        assert decision or (decision.problem is not None and decision.problem.code == "consent.refused")


def test_a_withdrawal_of_somebody_whose_word_is_not_needed_any_more_names_those_whose_word_is() -> None:
    child = Entry(DAY, Who.CHILD, Reply.AGREES, MONITORING, "15-17")
    gone = Entry(DAY, Who.CAREGIVER, Reply.WITHDRAWS, MONITORING, "0-5", order=1)
    asks = to_ask([child, gone], "15-17", DAY, RULES, purposes=[MONITORING])
    assert [(each.voice, each.why) for each in asks] == [(CHILD, "withdrawn")]


def yes(who: Who, purpose: str = MONITORING, band: str = "12-14", **changes: object) -> Entry:
    return replace(Entry(DAY - timedelta(days=30), who, Reply.AGREES, purpose, band), **changes)  # type: ignore[arg-type]


def test_each_band_and_each_round_asks_again() -> None:
    both = [yes(Who.CHILD), yes(Who.CAREGIVER)]
    assert may(MONITORING, both, "12-14", DAY, RULES)
    assert to_ask(both, "12-14", DAY, RULES, purposes=[MONITORING]) == ()
    rounds = to_ask(both, "12-14", DAY, RULES, DAY - timedelta(days=3), [MONITORING])
    assert [(each.voice, each.why) for each in rounds] == [("child", "new_round"), ("adult", "new_round")]
    older = may(MONITORING, both, "15-17", DAY, RULES)
    assert older.problem is not None
    assert older.problem.code == f"consent.{State.NEW_BAND}"
    asked = to_ask(both, "15-17", DAY, RULES, purposes=[MONITORING])
    assert [(each.voice, each.why) for each in asked] == [("child", State.NEW_BAND)]


def test_nobody_stands_in_for_a_caregiver_who_said_no_unless_asking_is_unsafe() -> None:
    no = yes(Who.CAREGIVER, reply=Reply.REFUSES)
    aunt = yes(Who.TRUSTED_ADULT, without=Without.NONE, order=1)
    assert not may(MONITORING, [yes(Who.CHILD), no, aunt], "12-14", DAY, RULES)
    assert may(MONITORING, [yes(Who.CHILD), no, replace(aunt, without=Without.UNSAFE)], "12-14", DAY, RULES)
    assert may(MONITORING, [yes(Who.CHILD), aunt], "12-14", DAY, RULES)
    unsafe, later = replace(aunt, without=Without.UNSAFE), replace(aunt, order=2)
    assert not may(MONITORING, [yes(Who.CHILD), no, unsafe, later], "12-14", DAY, RULES)  # the last one counts
    assert not may(MONITORING, [yes(Who.CHILD), replace(aunt, without="")], "12-14", DAY, RULES)


def test_a_withdrawal_outlives_a_birthday_until_the_child_agrees_itself() -> None:
    gone = yes(Who.CAREGIVER, reply=Reply.WITHDRAWS)
    assert not may_count([gone], DAY, RULES)
    own = yes(Who.CHILD, band="15-17", day=DAY)
    assert may_count([gone, own], DAY, RULES)
    assert may(MONITORING, [gone, own], "15-17", DAY, RULES)


def test_a_no_to_reports_takes_nothing_but_the_counting() -> None:
    both = [yes(Who.CHILD), yes(Who.CAREGIVER)]
    no = yes(Who.CHILD, REPORTING, reply=Reply.REFUSES)
    assert may(MONITORING, [*both, no], "12-14", DAY, RULES)
    assert may_count(both, DAY, RULES)
    assert not may_count([*both, no], DAY, RULES)
