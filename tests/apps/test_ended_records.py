"""A record that has ended takes no more: every service that changes a child's record refuses it with words that say
where to open it again, or it stands here why it may go on. A new service is in one of the two tables, or this fails.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps

from homeward.apps.cases import (
    assessments,
    closing,
    consenting,
    family,
    gaps,
    mending,
    passing_on,
    plans,
    recording,
    referring,
    risk,
    services,
    steps,
    variations,
)
from homeward.apps.cases.models import Assessment, Child, EndRequest, PlanVersion, Relation, Variation
from homeward.apps.monitoring import meetings, turns
from homeward.apps.visits import cards, contacts, correcting, not_asked, planning, settling
from homeward.apps.visits import recording as visits
from homeward.apps.visits import services as clock
from homeward.apps.visits.models import AgreedAction, QuietTime, Visit
from homeward.domain.gaps import Source
from homeward.domain.problems import ProblemError
from homeward.domain.referring import Step, Taken
from homeward.domain.sharing import Agreement
from homeward.domain.visiting import Answer, Check
from tests.case_life import case_life
from tests.repo.source import PACKAGE, tree_of
from tests.world import World, day_of

pytestmark = [pytest.mark.database]
APPS = ("cases", "visits", "monitoring")  # what is kept of a child by whoever works with it
CLOSED = {"record.ended", "child.not_open", "case.not_open", "follow_up.ended", "visit.ended", "consent.ended"}
CLOSED |= {"review.ended", "transfer.not_open"}
SAFE = Check(*[Answer.NO] * 4)

MAY = {
    # who the child is, and who works with it, goes on being answered for
    "cases.services.change_child": "what is wrong of who the child is can be corrected as long as it is kept",
    "cases.caseload.import_caseload": "another case system says that a case was opened again; entries are left out",
    "cases.services.assign_child": "somebody answers for an ended record too: its reviews, and a child who comes back",
    "cases.services.end_assignment": "whoever works no more with a child sees it no more",
    "cases.handing_over.hand_caseload_over": "ended records of a colleague who leaves go to somebody as well",
    "cases.handing_over.undo_hand_over": "as they were handed over",
    "cases.conflicts.declare_own": "a tie keeps a person from reading, whatever the case",
    "cases.conflicts.declare_for": "a tie keeps a person from reading, whatever the case",
    "cases.conflicts.end_conflict": "as it was declared",
    # what was agreed to is taken back at any time, and what was offered too
    "cases.consenting.withdraw": "an agreement is taken back at any time: it stops downloads of what was said before",
    "cases.passing_on.recall_transfer": "an offer that still stands is taken back, so that nobody answers it",
    "cases.passing_on.return_transfer": "the other organisation says no; nothing of the record is told or changed",
    "cases.answered.note_returned": "somebody has read that an offer came back; nothing of the record changes",
    # two records of one child
    "cases.merging.merge_children": "a record that has ended can turn out to be of the child of an open one",
    "cases.merging.undo_merge": "as they were put together",
    "cases.saying_same.say_same": "nothing changes on either record: a second person looks",
    "cases.duplicates.tell_apart": "nothing changes on either record: it is no longer listed as a pair",
    # the way back
    "cases.closing.reopen": "it opens the case again",
    "monitoring.turns.come_back": "it opens the case again",
    # what is no change of the record
    "monitoring.sample.mark_read": "a supervisor has read a note; nothing of the child",
    "monitoring.note_words.say_about": "a supervisor writes to whoever made the note; nothing of the child",
    "monitoring.note_words.mark_seen": "whoever made the note has read these words",
    "cases.ending.destroy_keys": "by whoever keeps the keys, with a reason: it ends what an ended record still holds",
    "cases.finding.find_by_name": "a look",
    "cases.matching.possible_matches": "a look",
}
NOT_OF_A_CHILD = {
    *("cases.services.register_child", "cases.places.merge_places", "cases.protocols.use_protocol"),
    "cases.newcomers.register_newcomer",
    *("visits.calendars.make_feed", "visits.calendars.end_feed", "visits.reminding.wish_for_mail"),
    *("monitoring.staff_notes.write_note", "monitoring.staff_notes.mark_talked"),
    "monitoring.team.read_with_worker",
}
# Steps of the services above, in their transaction.
INNER = {
    *("cases.consenting.write", "cases.recalls.recall_offers", "cases.services.end_assignments"),
    *("cases.returns.end_episode", "cases.steps.write_move"),
    *("cases.caseload_record.write_entries", "cases.sharing.require_consent_to_share"),
}


class Lived:
    """A child with something of everything, so that each service finds what it would change."""

    def __init__(self, world: World) -> None:
        house = world.amani
        assert house.child
        assert house.other_child
        self.house, self.code, self.id = house, house.child.code, house.child.id
        self.worker, self.supervisor = house.actor("case_worker"), house.actor("supervisor")
        self.system = house.system()
        self.today = day_of(house.organisation_id)
        self.agreed = Agreement("yes", "yes", self.today, "en", limits_told=True)
        case_life(house, self.code, lambda _name: "words")
        self._of_the_case()
        self._of_visits()

    def _of_the_case(self) -> None:
        self.line = plans.agreed_plan(self.id).actions.first().line  # type: ignore[union-attr]
        self.variation = Variation.objects.filter(child=self.id).first()
        variations.begin_variation(self.worker, self.code, self.why())
        self.draft = PlanVersion.objects.get(child=self.id, state="draft")
        self.relation = Relation.objects.get(child=self.id).pk
        self.sibling = self.house.peer
        self.entry = recording.add_entry(
            self.worker, self.id, "schooling", {"since": self.today - timedelta(days=30), "level": "primary"}
        )
        family.join_household(self.worker, self.id, self.today - timedelta(days=9), members=4)
        self.referral = referring.make_referral(self.worker, self.code, self.wanted())
        other = self.world_organisation()
        self.offer = passing_on.offer_transfer(self.supervisor, self.code, passing_on.Offer(self.agreed, other))
        self.assessment = assessments.save_assessment(self.worker, self.code, self.needs(), send=True)

    def _of_visits(self) -> None:
        self.visit, self.blocked = self.planned(SAFE), self.planned(Check(Answer.NO, Answer.NO, Answer.YES, Answer.NO))
        held = self.planned(SAFE)
        action = visits.NewAction("we", self.today, "A paper")
        visits.hold_visit(self.worker, held, visits.Held(True, False, "yes", (), alone="yes", actions=(action,)))
        self.held, self.action = held, AgreedAction.objects.get(child=self.id).pk
        self.attempt = contacts.record_attempt(self.worker, self.code, contacts.Attempt("they_came", "no_answer"))
        later = self.today + timedelta(days=30)
        self.quiet = cards.set_quiet_time(self.worker, self.code, later, later, "grief")
        self.gap = gaps.Gap(Source.PROMISE, self.action, "health", "not_coming")
        gaps.note_gap(self.worker, self.code, self.gap)

    def world_organisation(self) -> Any:
        found = passing_on.organisations_to_offer(self.supervisor)
        return next(key for key, name in found if name == "Baraka")

    def planned(self, check: Check) -> Any:
        plan = planning.Plan(self.today, "" if check.danger is Answer.YES else "home")
        return planning.plan_visit(self.worker, [self.code], check, plan)[0]

    def why(self) -> Any:
        check_on = self.today + timedelta(days=40)
        return variations.VariationFacts("visit", "Why", "agrees", "social", "Better", check_on)

    def needs(self) -> Any:
        levels = {"economic": "none", "social": "some", "psychosocial": "none"}
        return assessments.AssessmentFacts("needs", levels=levels, vulnerability="some")

    def wanted(self) -> Any:
        return referring.Wanted("school_place", "weeks", self.agreed, provider="Mango Hill School")


Call = Callable[[Lived], Any]
NO_PLAN = plans.Views("agrees", "agrees")
REFUSE: dict[str, Call] = {
    "cases.assessments.save_assessment": lambda it: assessments.save_assessment(it.worker, it.code, it.needs()),
    "cases.assessments.decide_assessment": lambda it: assessments.decide_assessment(
        it.supervisor, it.code, it.assessment, agreed=True
    ),
    "cases.closing.ask_end": lambda it: closing.ask_end(it.worker, it.code, closing.Ending("family_asks", told="yes")),
    "cases.closing.decide_end": lambda it: closing.decide_end(it.supervisor, it.code, uuid4(), agreed=True),
    "cases.closing.withdraw_end": lambda it: closing.withdraw_end(
        it.worker, it.code, EndRequest.objects.filter(child=it.id).first().pk
    ),
    "cases.consenting.record_agreement": lambda it: consenting.record_agreement(
        it.worker, it.code, consenting.Asked("child", {"service": "agrees"}, limits_told=True)
    ),
    "cases.family.link_siblings": lambda it: family.link_siblings(it.supervisor, it.id, it.sibling.code),
    "cases.family.end_relation": lambda it: family.end_relation(it.worker, it.id, it.relation),
    "cases.family.strike_relation": lambda it: family.strike_relation(it.worker, it.id, it.relation, "mistake"),
    "cases.family.join_household": lambda it: family.join_household(it.worker, it.id, it.today),
    "cases.family.count_household": lambda it: family.count_household(it.worker, it.id, 5),
    "cases.gaps.note_gap": lambda it: gaps.note_gap(it.worker, it.code, it.gap),
    "cases.gaps.note_met": lambda it: gaps.note_met(it.worker, it.code, it.gap.source, it.gap.came_from),
    "cases.passing_on.offer_transfer": lambda it: passing_on.offer_transfer(
        it.supervisor, it.code, passing_on.Offer(it.agreed, recipient="Sisters")
    ),
    "cases.passing_on.hand_over_outside": lambda it: passing_on.hand_over_outside(it.supervisor, it.offer),
    "cases.passing_on.accept_transfer": lambda it: passing_on.accept_transfer(it.baraka, it.offer),
    "visits.services.take_over": lambda it: clock.take_over(it.baraka, it.offer),
    "cases.plans.add_goal": lambda it: plans.add_goal(it.worker, it.code, plans.GoalFacts("social", "child", "More")),
    "cases.plans.add_action": lambda it: plans.add_action(
        it.worker, it.code, plans.ActionFacts("social", "health", "health", "A check")
    ),
    "cases.plans.drop_line": lambda it: plans.drop_line(it.worker, it.code, it.draft.goals.first().line),
    "cases.plans.send_plan": lambda it: plans.send_plan(it.worker, it.code, NO_PLAN),
    "cases.plans.decide_plan": lambda it: plans.decide_plan(it.supervisor, it.code, it.draft.pk, agreed=True),
    "cases.plans.record_outcome": lambda it: plans.record_outcome(it.worker, it.code, it.line, "done"),
    "cases.recording.add_entry": lambda it: recording.add_entry(
        it.worker, it.id, "schooling", {"since": it.today, "level": "none"}
    ),
    "cases.recording.strike_out": lambda it: recording.strike_out(it.worker, it.id, "schooling", it.entry, "mistake"),
    "cases.recording.end_spell": lambda it: recording.end_spell(it.worker, it.id, "schooling", it.entry, it.today),
    "cases.referring.make_referral": lambda it: referring.make_referral(it.worker, it.code, it.wanted()),
    "cases.mending.correct_step": lambda it: mending.correct_step(it.worker, it.referral, 0, "mistyped"),
    "cases.referring.note_unmet_need": lambda it: referring.note_unmet_need(it.worker, it.code, "food", "unavailable"),
    "cases.referring.take_step": lambda it: referring.take_step(
        it.worker, it.referral, Taken(Step.SEND, it.today, how="family")
    ),
    "cases.risk.set_risk": lambda it: risk.set_risk(it.worker, it.code, "high", "home"),
    "cases.services.add_relation": lambda it: services.add_relation(it.worker, it.id, "relative", "Aunt"),
    "cases.steps.move": lambda it: steps.move(it.worker, it.code, "assess_again", reason="household"),
    "cases.variations.begin_variation": lambda it: variations.begin_variation(it.worker, it.code, it.why()),
    "cases.variations.check_variation": lambda it: variations.check_variation(
        it.worker, it.code, it.variation.pk, "better"
    ),
    "visits.cards.set_card": lambda it: cards.set_card(it.worker, it.code, cards.CardFacts(("home",))),
    "visits.cards.set_quiet_time": lambda it: cards.set_quiet_time(it.worker, it.code, it.today, it.today, "grief"),
    "visits.cards.lift_quiet_time": lambda it: cards.lift_quiet_time(it.worker, it.code, it.quiet),
    "visits.contacts.record_attempt": lambda it: contacts.record_attempt(
        it.worker, it.code, contacts.Attempt("phone", "no_answer")
    ),
    "visits.contacts.decide_lost": lambda it: contacts.decide_lost(it.supervisor, it.code, "left_place"),
    "visits.contacts.strike_attempt": lambda it: contacts.strike_attempt(it.worker, it.code, it.attempt, "mistake"),
    "visits.contacts.find_again": lambda it: contacts.find_again(it.worker, it.code),
    "visits.not_asked.say_not_asked": lambda it: not_asked.say_not_asked(
        it.worker, uuid4(), not_asked.NotAsked(it.code, "m6", "caregiver", "not_here", it.today)
    ),
    "visits.planning.plan_visit": lambda it: it.planned(SAFE),
    "visits.planning.lift_block": lambda it: planning.lift_block(it.supervisor, it.blocked, "phone", "They call"),
    "visits.planning.miss_visit": lambda it: planning.miss_visit(it.worker, it.visit, "moved"),
    "visits.planning.call_off": lambda it: planning.call_off(it.worker, it.code, "moved"),
    "visits.recording.hold_visit": lambda it: visits.hold_visit(
        it.worker, it.visit, visits.Held(True, False, "yes", (), alone="yes")
    ),
    "visits.settling.settle_action": lambda it: settling.settle_action(it.worker, it.held, it.action, "done"),
    "visits.correcting.correct_visit": lambda it: correcting.correct_visit(
        it.worker, it.held, visits.Held(True, True, "yes", (), alone="yes"), correcting.Correction("mistyped")
    ),
    "visits.correcting.take_back_visit": lambda it: correcting.take_back_visit(it.worker, it.held, "no_visit"),
    "visits.recording.skip_voice": lambda it: visits.skip_voice(it.worker, it.held, "child", "away"),
    "visits.recording.link_voice": lambda it: visits.link_voice(it.worker, it.held, uuid4()),
    "visits.services.pause_child": lambda it: clock.pause_child(it.worker, it.code, "away"),
    "visits.services.resume_child": lambda it: clock.resume_child(it.worker, it.code),
    "visits.services.say_missed": lambda it: clock.say_missed(it.worker, it.code, "m1", "moved"),
    "monitoring.meetings.record_meeting": lambda it: meetings.record_meeting(
        it.worker,
        it.code,
        meetings.MeetingFacts(it.today, ("child",), "said", "to_close", "I am well", decided="End"),
        uuid4(),
    ),
    "monitoring.turns.leave_again": lambda it: turns.leave_again(it.worker, it.code, it.today),
    "monitoring.turns.record_death": lambda it: turns.record_death(it.worker, it.code, it.today),
}
# Nothing of it is there any more once a case is closed: it reads as if somebody had been faster.
NOTHING_LEFT = {"cases.closing.decide_end": "end_request.not_found", "cases.closing.withdraw_end": "case.moved"}
NOTHING_LEFT["cases.steps.move"] = "case.order"  # from its last step a case is opened again, and nothing else


@pytest.mark.django_db
@pytest.mark.parametrize("status", ["closed", "transferred", "duplicate"])
def test_an_ended_record_takes_nothing_more(world: World, status: str) -> None:
    it = Lived(world)
    it.baraka = world.baraka.actor("supervisor")  # type: ignore[attr-defined]
    Child.objects.filter(pk=it.id).update(status=status, ended_on=it.today)
    before = _rows()
    said = {name: _said(call, it) for name, call in REFUSE.items()}
    wrong = {name: code for name, (code, _) in said.items() if code not in CLOSED and code != NOTHING_LEFT.get(name)}
    assert wrong == {}
    assert [name for name, (_, action) in said.items() if not action] == []
    assert _rows() == before


@pytest.mark.django_db
def test_each_of_them_changes_an_open_record_or_says_something_else(world: World) -> None:
    """Else a refusal above might be another one: with the case open none of them says that it is closed."""
    it = Lived(world)
    it.baraka = world.baraka.actor("supervisor")  # type: ignore[attr-defined]
    ends = ("cases.passing_on.", "monitoring.turns.", "visits.services.take_over")
    codes = {name: _said(call, it)[0] for name, call in REFUSE.items() if not name.startswith(ends)}
    assert {name: code for name, code in codes.items() if code in CLOSED} == {}
    assert list(codes.values()).count("") > len(REFUSE) // 2


def test_no_service_is_forgotten() -> None:
    found = set(_services())
    tables = [set(REFUSE), set(MAY), NOT_OF_A_CHILD, INNER]
    listed = set().union(*tables)
    assert found - listed == set(), "say in one of the tables what it does with a record that has ended"
    assert listed - found == set()
    assert sum(len(table) for table in tables) == len(listed)


def test_that_search_sees_a_service_that_only_calls_another_one() -> None:
    """`join_household` writes nothing itself; reading is none, also where the look is written down."""
    found = set(_services())
    assert {"cases.family.join_household", "cases.closing.reopen", "monitoring.turns.come_back"} <= found
    assert not {name for name in found if name.endswith(("follow_up_of", "gaps.service_gaps", "cards.card_of"))}


def _said(call: Call, it: Lived) -> tuple[str, str]:
    """Code of the refusal and what to do; empty where it went through."""
    try:
        call(it)
    except ProblemError as refusal:
        return refusal.first.code, refusal.first.action
    return "", ""


def _rows() -> dict[str, int]:
    """How many of each, and who the child is with."""
    models = [model for app in APPS for model in apps.get_app_config(app).get_models()]
    counted = {model._meta.label: model._default_manager.count() for model in models}
    states: list[Any] = [
        *Visit.objects.order_by("pk").values_list("pk", "held_on", "not_held", "lifted_at"),
        *QuietTime.objects.order_by("pk").values_list("pk", "lifted_at"),
        *PlanVersion.objects.order_by("pk").values_list("pk", "state"),
        *Assessment.objects.order_by("pk").values_list("pk", "state"),
        *Relation.objects.order_by("pk").values_list("pk", "until", "struck_on"),
        *Child.objects.order_by("pk").values_list("pk", "status", "return_date"),
    ]
    return counted | {str(states): 0}


def _services() -> Iterator[str]:
    for name, function in _functions().items():
        arguments = function.args.args
        public = not name.rpartition(".")[2].startswith("_")
        if public and arguments and arguments[0].arg == "actor" and _writes(name):
            yield name


@cache
def _functions() -> dict[str, ast.FunctionDef]:
    found = {}
    for app in APPS:
        for path in sorted((PACKAGE / "apps" / app).glob("*.py")):
            for node in tree_of(path).body:
                if isinstance(node, ast.FunctionDef):
                    found[f"{app}.{path.stem}.{node.name}"] = node
    return found


@cache
def _imports(module: str) -> dict[str, str]:
    app, stem = module.split(".")
    found = {}
    for node in tree_of(PACKAGE / "apps" / app / f"{stem}.py").body:
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("homeward.apps."):
            for each in node.names:
                found[each.asname or each.name] = f"{node.module.removeprefix('homeward.apps.')}.{each.name}"
    return found


@cache
def _writes(name: str, depth: int = 6) -> bool:
    """Whether it, or what it calls, leaves a row in the trace that is no look and no refusal."""
    module, _, own = name.rpartition(".")
    for node in ast.walk(_functions()[name]):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id == own:
            continue
        called = node.func.id
        target = f"{module}.{called}" if f"{module}.{called}" in _functions() else _imports(module).get(called, "")
        if target == "audit.services.record" and not any(each.arg == "allowed" for each in node.keywords):
            return True
        if target in _functions() and depth and _writes(target, depth - 1):
            return True
    return False
