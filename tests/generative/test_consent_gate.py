"""Histories of answers, interviews, withdrawals and late entries: whatever the order, nothing counts, leaves or goes on
without a matching agreement. Against a slow referee that reads the ledger from its first entry to its last.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from homeward.apps.cases.consenting import Asked, record_agreement, withdraw
from homeward.apps.cases.consents import require_consent
from homeward.apps.cases.facts import ChildFacts
from homeward.apps.cases.models import Child, ConsentEntry
from homeward.apps.cases.queries import caseload_rows
from homeward.apps.cases.services import Registered, assign_child, register_child
from homeward.apps.surveys.deliveries import Delivery
from homeward.apps.surveys.downloads import children_table, scores_table
from homeward.apps.surveys.inbox import set_aside, take_back
from homeward.apps.surveys.intake import receive
from homeward.apps.surveys.models import Agreement, Score, State, Submission
from homeward.apps.surveys.releasing import add_agreement, release_agreed
from homeward.apps.visits.clock import with_a_clock
from homeward.config import env
from homeward.domain.consent import MONITORING, REPORTING
from homeward.domain.problems import ProblemError
from tests.interviews import AGREED, fill, interview, library_form
from tests.world import World, day_of

pytestmark = pytest.mark.database
FULL = 2_000
TRIALS = max(12, round(float(env.read("HOMEWARD_TRIALS")) * FULL))
AGES = (4, 8, 13, 16)
REASON = "It is written in the paper file."
COUNTS = (State.ACCEPTED, State.INVALID)

back = st.integers(0, 6)
STEPS = st.one_of(
    st.tuples(st.just("interview"), st.sampled_from(["child-12-14", "caregiver"]), back),
    st.tuples(st.just("no"), st.sampled_from(["child_assent", "caregiver_consent"]), back),
    st.tuples(st.just("say"), st.sampled_from(["child", "caregiver"]), st.sampled_from(["agrees", "refuses"]), back),
    st.tuples(st.just("report"), st.sampled_from(["child", "caregiver"]), st.sampled_from(["agrees", "refuses"])),
    st.tuples(st.just("withdraw"), st.sampled_from(["child", "caregiver"])),
    st.tuples(st.just("late"), st.sampled_from(["child", "caregiver"]), back),
    st.tuples(
        st.just("stand_in"), st.sampled_from(["trusted_adult", "case_worker"]), st.sampled_from(["none", "unsafe"])
    ),
    st.tuples(st.just("aside")),
    st.tuples(st.just("release")),
)


@dataclass
class History:
    world: World
    child: Registered
    age: int
    today: date
    sent: list[UUID] = field(default_factory=list)
    counted: set[UUID] = field(default_factory=set)

    def take(self, step: tuple[Any, ...]) -> None:
        """A step that is refused changes nothing, and is no less a step."""
        with suppress(ProblemError), transaction.atomic():
            self.steps[step[0]](self, *step[1:])

    def interview(self, form: str, days: int) -> None:
        given: dict[str, Any] = {"respondent": "caregiver", "example": 6} if form == "caregiver" else {}
        self._send(interview(form, self.child.code, on=self.day(days), **given))

    def no(self, question: str, days: int) -> None:
        code = self.child.code
        start = {"child_known": "yes", "child_listed": code, "child_code": code, "respondent": "child"}
        said = {**AGREED, **start, "interview_date": self.day(days).isoformat(), question: "no"}
        self._send(fill(library_form("child-12-14")[1], said))

    def _send(self, xml: bytes) -> None:
        receipt = receive(self.world.amani.actor("enumerator"), Delivery(xml))
        if receipt.submission_id is not None:
            self.sent.append(receipt.submission_id)

    def say(self, who: str, reply: str, days: int) -> None:
        day = self.day(days) if days else None
        asked = Asked(who, {MONITORING: reply}, day, limits_told=True, reason=REASON)
        record_agreement(self.world.amani.actor("supervisor"), self.child.code, asked)

    def report(self, who: str, reply: str) -> None:
        asked = Asked(who, {REPORTING: reply}, limits_told=True)
        record_agreement(self.world.amani.actor("case_worker"), self.child.code, asked)

    def withdraw(self, who: str) -> None:
        withdraw(self.world.amani.actor("case_worker"), self.child.code, who, [MONITORING])

    def late(self, who: str, days: int) -> None:
        asked = Asked(who, {MONITORING: "agrees"}, self.day(days), limits_told=True, reason=REASON)
        if self.sent:
            add_agreement(self.world.amani.actor("supervisor"), self.sent[-1], asked)

    def stand_in(self, who: str, why: str) -> None:
        asked = Asked(who, {MONITORING: "agrees"}, limits_told=True, without_caregiver=why, reason=REASON)
        record_agreement(self.world.amani.actor("supervisor"), self.child.code, asked)

    def aside(self) -> None:
        if self.sent:
            set_aside(self.world.amani.actor("supervisor"), self.sent[-1], REASON)
            take_back(self.world.amani.actor("supervisor"), self.sent[-1], REASON)

    def release(self) -> None:
        release_agreed()

    def day(self, days: int) -> date:
        return self.today - timedelta(days=days)

    steps: dict[str, Callable[..., None]] = field(
        default_factory=lambda: {name: getattr(History, name) for name in NAMES}, repr=False
    )


NAMES = ("interview", "no", "say", "report", "withdraw", "late", "stand_in", "aside", "release")


def slowly(history: History, purpose: str, day: date, own: UUID | None = None) -> list[ConsentEntry]:
    """In the order in which they count: by day, what was added later first, what the interview itself says last."""
    rows = ConsentEntry.objects.filter(child=history.child.id, purpose=purpose, day__lte=day)
    rows = rows.exclude(answer__in=("set_aside", "stands"))  # each is taken back at once
    found = list(enumerate(rows.order_by("recorded_at", "pk")))
    itself = [own] if own else []  # what was asked on a page has no id of an interview either
    found.sort(key=lambda each: (each[1].day, each[1].source != "later", each[1].source_id in itself, each[0]))
    return [row for _, row in found]


def stopped(history: History, purpose: str, day: date, stops: tuple[str, ...], own: UUID | None = None) -> bool:
    by = ""
    for row in slowly(history, purpose, day, own):
        voice = "child" if row.who == "child" else "adult"
        binds = history.age >= 6 if voice == "child" else history.age < 15
        if row.answer in stops and binds:
            by = row.who
        elif (
            row.answer == "agrees"
            and row.source in ("asked", "later")
            and (row.who in (by, "caregiver" if by != "child" else by) or (row.who == "child" and history.age >= 15))
        ) or (row.answer == "agrees" and row.without_caregiver == "unsafe" and by not in ("", "child")):
            by = ""
    return bool(by)


def both_said(history: History, rows: list[ConsentEntry]) -> tuple[str, str]:
    """By the child, and for it. Of those who stand in the last one counts, by what was said of the caregiver then."""
    child, caregiver, instead = "", "", None
    for row in rows:
        if row.who == "child":
            child = row.answer
        elif row.who == "caregiver":
            caregiver, instead = row.answer, None
        elif row.who == "trusted_adult" or history.age < 12:  # of somebody who may stand in at this age
            instead = row
    if instead is not None and (caregiver in ("", "agrees") or instead.without_caregiver == "unsafe"):
        return child, instead.answer
    return child, caregiver


def agreed(history: History, day: date, own: UUID | None = None) -> bool:
    if stopped(history, MONITORING, day, ("withdraws",), own):
        return False
    child, adult = both_said(history, slowly(history, MONITORING, day, own))
    return (child == "agrees" or history.age < 6) and (adult == "agrees" or history.age >= 15)


def counts_now(history: History) -> bool:
    gone = stopped(history, MONITORING, history.today, ("withdraws",))
    return not gone and not stopped(history, REPORTING, history.today, ("refuses", "withdraws"))


def wants_no_interview(history: History) -> bool:
    """Taken back, or refused by somebody who decides when asked apart from an interview."""
    if stopped(history, MONITORING, history.today, ("withdraws",)):
        return True
    apart = [row for row in slowly(history, MONITORING, history.today) if row.source in ("asked", "later")]
    child, adult = both_said(history, apart)
    return (child == "refuses" and history.age >= 6) or (adult == "refuses" and history.age < 15)


def check(history: History) -> None:
    rows = {row.pk: row for row in Submission.objects.filter(child=history.child.id)}
    assert {*history.sent} == {*rows}, "nothing that was sent is lost"
    for key, row in rows.items():
        if row.state in COUNTS and key not in history.counted:
            assert row.agreement == Agreement.GIVEN
            assert agreed(history, row.interviewed_on, key), "counted without a matching agreement"
            history.counted.add(key)
        if row.state in (State.NO_CONSENT, State.REFUSED):
            assert not Score.objects.filter(submission=row).exists()
        if row.state == State.NO_CONSENT:
            assert (row.coded, bytes(row.text)) == ({}, b"")
    officer, code = history.world.amani.actor("me_officer"), history.child.code
    head, *lines = scores_table(officer)
    shown = {line[head.index("row_id")] for line in lines if line[0] == code}
    scored = Score.objects.filter(submission__child=history.child.id, submission__state=State.ACCEPTED)
    expected = set(scored.values_list("submission__instance_id", flat=True)) if counts_now(history) else set()
    assert shown == expected
    assert (code in {line[0] for line in children_table(officer)}) == counts_now(history)
    assert (Child.objects.get(pk=history.child.id).not_counted_since is None) == counts_now(history)
    no_interview = wants_no_interview(history)
    assert (Child.objects.get(pk=history.child.id).said_no == "interviews") == no_interview
    worker = history.world.amani.actor("case_worker")
    assert (code in {row.name for row in caseload_rows(worker)}) != no_interview
    assert with_a_clock(Child.objects.filter(code=code)).exists() != no_interview
    allowed = True
    try:
        require_consent(history.world.amani.actor("case_worker"), history.child.id, MONITORING)
    except ProblemError:
        allowed = False
    assert allowed == agreed(history, history.today)


@pytest.mark.goal("P-6")
def test_nothing_counts_leaves_or_goes_on_without_agreement(
    world: World, record_property: Callable[[str, object], None]
) -> None:
    made = {}
    for age in AGES:
        back = date.today() - timedelta(days=100)
        facts = ChildFacts(sex="female", name=f"Age {age}", age=age, return_date=back, team_id=world.amani.teams[0])
        made[age] = register_child(world.amani.system(), facts)
        assign_child(world.amani.system(), made[age].id, person_id=world.amani.people["case_worker"], since=back)
    seen = {"histories": 0, "steps": 0, "counted": 0, "kept out": 0}

    @settings(max_examples=TRIALS, deadline=None, derandomize=TRIALS < 100, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(AGES), st.lists(STEPS, min_size=2, max_size=8))
    def run(age: int, steps: list[tuple[Any, ...]]) -> None:
        with transaction.atomic():
            history = History(world, made[age], age, day_of(world.amani.organisation_id))
            for step in steps:
                history.take(step)
                check(history)
            seen["histories"] += 1
            seen["steps"] += len(steps)
            seen["counted"] += len(history.counted)
            seen["kept out"] += len(set(history.sent) - history.counted)
            transaction.set_rollback(True)

    run()
    assert seen["counted"]
    assert seen["kept out"]
    record_property("ran", ", ".join(f"{count} {what}" for what, count in seen.items()))
