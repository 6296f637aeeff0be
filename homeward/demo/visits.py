"""Visits in the demo, over up to two years: in several ways, some not made, some by a community monitor or a volunteer,
one corrected and one taken back; a family that fears its neighbours; help that was promised and did not come, comes on
another day, or will not come; brothers and sisters in one go, attempts in vain, one lost, and one lost and found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from uuid import UUID, uuid4

from django.db import transaction

from homeward.apps.access.actors import Actor, actor_of_person_id
from homeward.apps.cases.protocols import schedule_of
from homeward.apps.cases.queries import find_child
from homeward.apps.cases.services import add_relation
from homeward.apps.surveys.deliveries import Delivery
from homeward.apps.surveys.intake import receive
from homeward.apps.visits.cards import CardFacts, set_card, set_quiet_time
from homeward.apps.visits.contacts import Attempt, decide_lost, find_again, record_attempt, strike_attempt
from homeward.apps.visits.correcting import Correction, correct_visit, take_back_visit
from homeward.apps.visits.planning import Plan, lift_block, miss_visit, plan_visit
from homeward.apps.visits.queries import look_at_visit, visits_of
from homeward.apps.visits.recording import Held, NewAction, hold_visit, skip_voice
from homeward.apps.visits.settling import Became, settle_action
from homeward.demo.building import Builder
from homeward.demo.lives import Life, draw_life, interviews
from homeward.demo.plants import KEPT_APART, STRAY_CHILDREN
from homeward.domain.rounds import rounds_of
from homeward.domain.visiting import NO_VISIT, Answer, Check, next_safe
from homeward.formats.xform.filling import filled
from homeward.formats.xform.model import Form
from homeward.formats.xform.reading import read_form
from homeward.formats.xlsform.library import Library
from homeward.formats.xlsform.xform_building import to_xform

NO, PERHAPS, YES = Answer
SAFE = Check(NO, NO, NO, NO)
SAFE_DAYS = ("tue", "thu")  # of the family that fears its neighbours
SEEN = Held(child_seen=True, caregiver_seen=True, on_track="yes", harm=(), alone="yes")
SILENT = 75  # days without an interview, so that attempts in vain mean something
KEPT = ("done", "partly", "done", "not_needed")
PROMISES = (
    ("we", "Ask the school for the list of papers that it wants."),
    ("caregiver", "Walk to school with the child in the first week."),
    ("service", "The clinic calls about the glasses."),
    ("school", "The teacher sits the child beside a classmate who helps."),
)
NOTES = (
    "Showed the drawing of the way to school. Laughed a lot.",
    "Quiet today; spoke more once we walked.",
    "Wants to play football with the others on Saturday.",
)
IN_VAIN = ((44, "phone", "no_answer"), (39, "home", "no_answer"), (33, "phone", "number_dead"))
FURTHER = ((25, "second_contact", "somebody_else"), (20, "second_contact", "no_answer"))
TO_THE_END = ((11, "community", "somebody_else"), (8, "community", "no_answer"))


class Visiting:
    """One child's worker, day by day."""

    def __init__(self, builder: Builder, life: Life) -> None:
        self.life, self.today = life, builder.today
        self.actor: Actor = actor_of_person_id(builder.who_works_with(life.number)[1])
        self.system, self.phone = builder.system, builder.phone_of(life.number)
        self.schedule = schedule_of(builder.house.organisation_id)
        self.random = Random(f"visits {life.code}")  # noqa: S311 - a synthetic world is repeatable, not secret

    def days(self) -> Iterator[date]:
        """A few days after each point of the protocol that is past."""
        for each in rounds_of(self.schedule, self.life.anchor):
            day = each.due + timedelta(days=self.random.randint(1, 9))
            if day < self.today - timedelta(days=2):
                yield day

    def visit(self, on: date, held: Held, check: Check = SAFE, mode: str = "home", goes: str = "staff") -> UUID:
        (key,) = plan_visit(self.actor, [self.life.code], check, Plan(on, mode, goes))
        hold_visit(self.actor, key, replace(held, on=on))
        return key

    def history(self, check: Check = SAFE, mode: str = "home", held: Held = SEEN, goes: str = "staff") -> None:
        """One visit a point, each with something agreed, and what became of it."""
        for number, day in enumerate(self.days()):
            who, promise = PROMISES[number % len(PROMISES)]
            agreed = (NewAction(who, day + timedelta(days=21), promise),)
            words = NOTES[number % len(NOTES)] if number % 2 else ""
            key = self.visit(day, replace(held, actions=agreed, words=words), check, mode, goes)
            self.settle(key, KEPT[number % len(KEPT)], day + timedelta(days=14))

    def settle(self, key: UUID, kept: str, on: date) -> None:
        """At a short call between two visits, which is recorded as one."""
        open_now = {row.id: kept for row in look_at_visit(self.actor, key).actions if row.open}
        if open_now and on < self.today:
            self.visit(on, replace(SEEN, child_seen=False, kept=open_now), mode="phone")

    def plan(self, days: int, check: Check = SAFE, mode: str = "home") -> UUID:
        (key,) = plan_visit(self.actor, [self.life.code], check, Plan(self.today + timedelta(days=days), mode))
        return key

    def card(self, facts: CardFacts) -> None:
        set_card(self.actor, self.life.code, facts)

    def attempts(self, *steps: tuple[int, str, str]) -> None:
        for days, channel, outcome in steps:
            day = self.today - timedelta(days=days)
            record_attempt(self.actor, self.life.code, Attempt(channel, outcome, day, "afternoon"))

    def asked(self, key: UUID, form: Form, on: date) -> None:
        """The four questions to the child, by the phone; the caregiver was away."""
        said = {
            "child_known": "yes",
            "child_listed": self.life.code,
            "child_code": self.life.code,
            "interview_date": on.isoformat(),
            "respondent": "child",
            "in_private": "yes",
            "fifteen_or_older": "no",
            "caregiver_consent": "yes",
            "child_assent": "yes",
            "child_feel": "middle",
            "child_went_well": "a_little",
            "child_better": "a_lot",
            "child_stronger": "a_lot",
        }
        values = {item.path: said.get(item.name, "") for item in form.questions}
        receive(self.phone, Delivery(filled(form, values, f"uuid:{uuid4()}")))
        skip_voice(self.actor, key, "caregiver", "away")


def plant_visits(builder: Builder) -> None:
    """All or nothing: a start that breaks off here begins it anew, and another adds nothing."""
    lives = list(_lives(builder))
    if not lives or any(visits_of(builder.system, life.code) for life in lives[: len(STORIES)]):
        return
    with transaction.atomic():
        silent = [life for life in lives[len(STORIES) :] if _silent(builder, life)]
        for life, story in [*zip(lives, STORIES, strict=False), *zip(silent, SILENT_STORIES, strict=False)]:
            story(Visiting(builder, life))
        alone = {life.number for life in silent[: len(SILENT_STORIES)]}  # a visit would say that they were reached
        _in_one_go(builder, [life for life in lives[len(STORIES) :] if life.number not in alone])


def _lives(builder: Builder) -> Iterator[Life]:
    """Returned children whose record is open, in the order of their numbers; the others have stories of their own."""
    for number in range(STRAY_CHILDREN, builder.programme.children - KEPT_APART):
        life = draw_life(builder.programme, number, builder.today)
        long_back = life.return_date is not None and (builder.today - life.anchor).days > 60
        row = find_child(builder.system, life.code).row
        if long_back and row.status == "open" and not row.said_no:
            yield life


def _silent(builder: Builder, life: Life) -> bool:
    days = [each.day for each in interviews(builder.programme, life, builder.today)]
    return not days or (builder.today - max(days)).days > SILENT


def _a_promise_not_kept(visiting: Visiting) -> None:
    """What was promised has not come; the next visit is today."""
    visiting.card(CardFacts(("home", "phone"), (), ("afternoon",), how="Second house after the mill; 0700 000 001"))
    visiting.history()
    day = visiting.today - timedelta(days=40)
    agreed = (
        NewAction("we", day + timedelta(days=14), "Bring the birth certificate from the registry."),
        NewAction("service", day + timedelta(days=10), "The office sends the form for the school bus."),
        NewAction("community", day + timedelta(days=12), "A place in the football group."),
    )
    key = visiting.visit(day, replace(SEEN, on_track="partly", gaps=(("legal", "too_costly"),), actions=agreed))
    visiting.asked(key, read_form(to_xform(Library().load("visit-reflection")).xml), day)
    _moved_and_ended(visiting, key)
    visiting.plan(0)


def _moved_and_ended(visiting: Visiting, key: UUID) -> None:
    """The form comes on another day, and again on another; the group has no room, and nobody has told the family."""
    made = {row.who: row.id for row in look_at_visit(visiting.actor, key).actions if row.visit_id == key}
    for days, why in ((3, "others"), (6, "nobody_free")):
        moved = Became("moved", visiting.today + timedelta(days=days), why)
        settle_action(visiting.actor, key, made["service"], moved)
    ended = Became("not_coming", because="full", told="nobody", need="group_support")
    settle_action(visiting.actor, key, made["community"], ended)


def _afraid_of_neighbours(visiting: Visiting) -> None:
    """One visit at home drew attention; since then the family is met elsewhere."""
    harmed = replace(
        SEEN, harm=("attention", "resentment"), harm_done="changed", words="Neighbours asked what they get."
    )
    first = next(visiting.days(), visiting.today - timedelta(days=50))
    visiting.visit(first - timedelta(days=1), harmed)
    unsaid = "Nobody may know that the family came back with help. No papers, no logo, nothing on the telephone."
    visiting.card(
        CardFacts(
            ("neutral_place", "phone"),
            SAFE_DAYS,
            ("morning",),
            unsaid,
            how="0700 000 002, ring twice and hang up",
            second="The aunt at the market, stall with the green roof",
            not_with="The landlord",
            code_word="the shoes are ready",
        )
    )
    afraid = Check(YES, PERHAPS, NO, NO, "neutral_place")
    visiting.history(afraid, "neutral_place", replace(SEEN, caregiver_seen=False))
    tomorrow = visiting.today + timedelta(days=1)
    nearest = next_safe(tomorrow, SAFE_DAYS) or tomorrow
    visiting.plan((nearest - visiting.today).days, afraid, "neutral_place")


def _blocked(visiting: Visiting) -> None:
    """Twice no visit: once lifted to a call by the supervisor, once not."""
    visiting.history(Check(NO, NO, NO, PERHAPS))
    danger = Check(NO, NO, YES, NO)
    (key,) = plan_visit(visiting.actor, [visiting.life.code], danger, Plan(visiting.today - timedelta(days=30)))
    lift_block(visiting.system, key, "phone", "The man who waited at the road has left; the mother answers herself.")
    hold_visit(visiting.actor, key, replace(SEEN, child_seen=False, on=visiting.today - timedelta(days=29)))
    plan_visit(visiting.actor, [visiting.life.code], danger, Plan(visiting.today))


def _not_made(visiting: Visiting) -> None:
    """Several that did not take place, each for a reason, and one that is late."""
    visiting.history(goes="community_monitor", held=replace(SEEN, alone="no", observed=("there", "well", "day")))
    _corrected(visiting)
    for days, reason in ((60, "access"), (45, "staff_absence"), (31, "child_away")):
        miss_visit(visiting.actor, visiting.plan(-days), reason)
    visiting.plan(-4, Check(NO, YES, NO, NO), "group")


def _corrected(visiting: Visiting) -> None:
    """One visit with a day that was typed wrongly, and one that was the visit of another child."""
    days = [visiting.today - timedelta(days=back) for back in (15, 14, 12)]
    key = visiting.visit(days[0], replace(SEEN, words="Helped to carry water."), mode="neutral_place")
    held = replace(SEEN, on=days[1], mode="neutral_place", alone="no", words="Helped to carry water; others sat by.")
    correct_visit(visiting.actor, key, held, Correction("mistyped", "The sheet says the day after."))
    key = visiting.visit(days[2], replace(SEEN, words="Counted the goats."))
    take_back_visit(visiting.actor, key, "wrong_child")


def _asked_not_to_come(visiting: Visiting) -> None:
    """Until then a volunteer of the place went, who looked and brought word back; the last time others looked too."""
    visiting.history(goes="volunteer", held=replace(SEEN, alone="no", observed=("there", "cared")))
    watched = replace(SEEN, alone="no", observed=("there", "changed"), harm=("attention",), harm_done="told")
    visiting.visit(visiting.today - timedelta(days=2), watched, goes="volunteer")
    plan_visit(visiting.actor, [visiting.life.code], Check(NO, NO, NO, NO, NO_VISIT), Plan(visiting.today))


def _grief(visiting: Visiting) -> None:
    """A time without contact that runs."""
    visiting.card(CardFacts(("home", "phone", "somebody"), how="The house beside the well"))
    visiting.history()
    since, until = visiting.today - timedelta(days=5), visiting.today + timedelta(days=20)
    set_quiet_time(visiting.actor, visiting.life.code, since, until, "grief")


def _in_vain(visiting: Visiting) -> None:
    """Every step was tried, and the supervisor has to decide; what was noted of another child is struck out."""
    visiting.attempts(*IN_VAIN, *FURTHER, *TO_THE_END)
    mixed_up = Attempt("they_came", "reached_caregiver", visiting.today - timedelta(days=3))
    key = record_attempt(visiting.actor, visiting.life.code, mixed_up)
    strike_attempt(visiting.actor, visiting.life.code, key, "wrong_child")


def _lost(visiting: Visiting) -> None:
    visiting.attempts(*IN_VAIN, *FURTHER, *TO_THE_END)
    decide_lost(visiting.system, visiting.life.code, "left_place", visiting.today - timedelta(days=6))


def _lost_and_found(visiting: Visiting) -> None:
    """Heard of first, then met."""
    _lost(visiting)
    find_again(visiting.actor, visiting.life.code, visiting.today - timedelta(days=4), "heard")
    visiting.attempts((2, "they_came", "reached_caregiver"))
    visiting.plan(3, mode="neutral_place")


def _refused(visiting: Visiting) -> None:
    visiting.attempts((20, "phone", "no_answer"), (18, "phone", "refused"))


def _in_one_go(builder: Builder, lives: list[Life]) -> None:
    """A brother or sister in the caseload of the same worker."""
    step = len(builder.house.teams) * len(builder.house.teams[0].case_workers)
    known = {life.number: life for life in lives}
    pair = next(((life, known[n + step]) for n, life in known.items() if n + step in known), None)
    if pair is None:
        return
    first, second = pair
    visiting = Visiting(builder, first)
    child, other = (find_child(builder.system, life.code).row.id for life in pair)
    add_relation(builder.system, child, "sibling", other_child_id=other, since=max(first.anchor, second.anchor))
    for days, mode in ((70, "home"), (25, "school")):
        on = builder.today - timedelta(days=days)
        keys = plan_visit(visiting.actor, [first.code, second.code], SAFE, Plan(on, mode))
        for key in keys:
            hold_visit(visiting.actor, key, replace(SEEN, on=on, alone="in_sight"))
    plan_visit(visiting.actor, [first.code, second.code], SAFE, Plan(builder.today, "home"))


Story = Callable[[Visiting], None]
STORIES: tuple[Story, ...] = (
    _a_promise_not_kept,
    _afraid_of_neighbours,
    _blocked,
    _not_made,
    _asked_not_to_come,
    _grief,
)
SILENT_STORIES: tuple[Story, ...] = (_in_vain, _lost, _lost_and_found, _refused)
