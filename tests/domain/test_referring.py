"""Referrals against a slow, obvious second telling of the rules; sharing by age; an offer that runs out."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from homeward.domain.ages import BAND_CODES
from homeward.domain.referring import (
    FINAL,
    GAP_REASONS,
    NEEDS,
    NEXT,
    REASONS,
    RECEIVED,
    WAYS,
    Standing,
    Step,
    Taken,
    is_failure,
    is_met,
    is_need_open,
    is_overdue,
    may_take,
    offered_steps,
    standing_after,
    steps_from,
)
from homeward.domain.sectors import SECTORS
from homeward.domain.sharing import (
    ADULT_SAYS,
    CHILD_SAYS,
    FIELDS,
    Agreement,
    FieldRule,
    agreed_fields,
    fields_for,
    may_share,
)
from homeward.domain.transferring import Move, Passing, may_move, standing_of

FIRST = date(2026, 2, 27)
LIMIT = FIRST + timedelta(days=10)


class Referral(RuleBasedStateMachine):
    """Whoever answers, in whatever order and on whatever day: the words of the history say where it stands."""

    def __init__(self) -> None:
        super().__init__()
        self.today = FIRST
        self.history: list[Taken] = []
        self.standing = Standing.MADE

    @rule(days=st.integers(0, 8))
    def time_passes(self, days: int) -> None:
        self.today += timedelta(days=days)

    @precondition(lambda self: self.standing not in FINAL)
    @rule(
        step=st.sampled_from(Step),
        back=st.integers(-1, 3),
        how=st.sampled_from(("", *WAYS, *RECEIVED)),
        reason=st.sampled_from(("", *GAP_REASONS, *REASONS[Step.LEAVE])),
    )
    def somebody_says(self, step: Step, back: int, how: str, reason: str) -> None:
        taken = Taken(step, self.today - timedelta(days=back), how, reason)
        last = self.history[-1].day if self.history else FIRST
        decision = may_take(taken, self.standing, last=last, answer_by=LIMIT, today=self.today)
        assert bool(decision) == self._obvious(taken, last), (taken, self.standing, decision)
        if decision:
            assert step in steps_from(self.standing, self.today, LIMIT)
            self.standing = standing_after(step, self.standing)
            self.history.append(taken)

    def _obvious(self, taken: Taken, last: date) -> bool:
        """Written from the outside: what people would say is sensible."""
        told = [each.step for each in self.history]
        answered = {Step.ACCEPT, Step.DECLINE, Step.RECEIVE, Step.UNMET} & set(told)
        sent, ended = Step.SEND in told, {Step.CLOSE, Step.RECALL, Step.TRY_OTHER, Step.LEAVE} & set(told)
        failed = bool({Step.UNMET, Step.DECLINE, Step.RECEIVE} & set(told)) or (
            Step.NO_ANSWER in told and Step.ACCEPT not in told
        )
        sensible = {
            Step.SEND: not sent and not answered,
            Step.UNMET: not sent and not answered,
            Step.ACCEPT: sent and not answered,
            Step.DECLINE: sent and not answered,
            Step.NO_ANSWER: sent and not answered and Step.NO_ANSWER not in told and taken.day > LIMIT,
            Step.RECEIVE: sent and not {Step.DECLINE, Step.RECEIVE} & set(told),
            Step.CLOSE: Step.RECEIVE in told,
            Step.TRY_OTHER: failed,
            Step.LEAVE: failed,
            Step.RECALL: not {Step.UNMET, Step.DECLINE, Step.RECEIVE} & set(told),
        }[taken.step]
        hows = {Step.SEND: WAYS, Step.RECEIVE: RECEIVED}
        says_how = taken.step not in hows or taken.how in hows[taken.step]
        fails = taken.step in (Step.UNMET, Step.DECLINE, Step.NO_ANSWER) or (taken.step, taken.how) == (
            Step.RECEIVE,
            "not",
        )
        fails = fails or taken.step is Step.LEAVE
        says_why = taken.reason in REASONS[taken.step] if fails else taken.reason == ""
        return bool(sensible and not ended and last <= taken.day <= self.today and says_how and says_why)

    @invariant()
    def days_never_go_back(self) -> None:
        days = [FIRST, *(each.day for each in self.history)]
        assert days == sorted(days)

    @invariant()
    def it_is_never_failed_and_met_by_one_step(self) -> None:
        assert not any(is_failure(each) and is_met(each) for each in self.history)


TestReferral = Referral.TestCase


def test_the_table_reaches_every_standing_and_nothing_leaves_the_last() -> None:
    reached = {Standing.MADE}
    for _ in Standing:
        reached |= {to for ways in NEXT.values() for before, to in ways.items() if before in reached}
    assert reached == set(Standing)
    assert all(last not in ways for ways in NEXT.values() for last in FINAL)
    assert {sector for _, sector in NEEDS.values()} == set(SECTORS)


def test_overdue_from_the_day_after_and_only_while_somebody_waits() -> None:
    assert not is_overdue("sent", LIMIT, LIMIT)
    assert is_overdue("sent", LIMIT, LIMIT + timedelta(days=1))
    assert is_overdue("made", LIMIT, LIMIT + timedelta(days=1))
    assert not is_overdue("accepted", LIMIT, LIMIT + timedelta(days=90))


@given(st.sampled_from(BAND_CODES), st.sampled_from(CHILD_SAYS), st.sampled_from(ADULT_SAYS))
def test_who_must_agree_at_which_age(band: str, child: str, adult: str) -> None:
    allowed = bool(may_share(band, Agreement(child, adult, FIRST, "ar"), FIRST))
    adult_yes = adult in ("yes", "trusted_adult")
    if band == "0-5":
        assert allowed == adult_yes
    elif band in ("6-11", "12-14"):
        assert allowed == (adult_yes and child == "yes")
    else:
        assert allowed == (child == "yes")  # a guardian's no is recorded, and does not bind


@pytest.mark.parametrize(
    ("agreement", "code"),
    [
        (Agreement("perhaps", "yes", FIRST, "fr"), "sharing.child"),
        (Agreement("yes", "", FIRST, "fr"), "sharing.adult"),
        (Agreement("yes", "yes", FIRST, ""), "sharing.language"),
        (Agreement("yes", "yes", FIRST + timedelta(days=1), "fr"), "sharing.day"),
        (Agreement("not_asked", "yes", FIRST, "fr"), "sharing.child_no"),
        (Agreement("yes", "not_asked", FIRST, "fr"), "sharing.adult_no"),
    ],
)
def test_silence_is_no_agreement(agreement: Agreement, code: str) -> None:
    problem = may_share("6-11", agreement, FIRST).problem
    assert problem is not None
    assert problem.code == code


@given(st.sets(st.sampled_from((*FIELDS, "name", "birth_date", "interviews", "disclosure"))))
def test_nothing_goes_that_no_rule_names(chosen: set[str]) -> None:
    rules = [FieldRule("*", "need", "always"), FieldRule("*", "sex", "chosen"), FieldRule("health", "sex", "always")]
    assert set(agreed_fields(rules, "health", chosen)) == {"need", "sex"}
    assert set(agreed_fields(rules, "legal", chosen)) == {"need"} | ({"sex"} & chosen)
    assert dict(fields_for([*rules, FieldRule("*", "name", "always")], "legal")) == {"need": "always", "sex": "chosen"}


def test_an_offer_is_open_on_its_last_day_and_run_out_on_the_next() -> None:
    assert standing_of("offered", LIMIT, LIMIT) is Passing.OFFERED
    late = standing_of("offered", LIMIT, LIMIT + timedelta(days=1))
    assert late is Passing.EXPIRED
    assert standing_of("accepted", LIMIT, LIMIT + timedelta(days=900)) is Passing.ACCEPTED
    assert not any(may_move(move, late, outside=outside) for move in Move for outside in (True, False))
    assert [bool(may_move(move, Passing.OFFERED, outside=False)) for move in Move] == [True, True, True, False]
    assert [bool(may_move(move, Passing.OFFERED, outside=True)) for move in Move] == [False, False, True, True]


def test_a_need_that_was_not_met_stays_open_until_it_is_tried_elsewhere_or_left() -> None:
    for standing in (Standing.UNMET, Standing.DECLINED, Standing.NO_ANSWER):
        assert is_need_open(standing, "")
        assert {Step.TRY_OTHER, Step.LEAVE} <= set(offered_steps(standing, "", LIMIT, LIMIT))
        assert Step.CLOSE not in offered_steps(standing, "", LIMIT, LIMIT)
    assert offered_steps(Standing.RECEIVED, "fully", LIMIT, LIMIT) == (Step.CLOSE,)
    assert offered_steps(Standing.RECEIVED, "not", LIMIT, LIMIT) == (Step.TRY_OTHER, Step.LEAVE)
    assert not is_need_open(Standing.RECEIVED, "partly")
    assert not is_need_open(Standing.CLOSED, "not")
