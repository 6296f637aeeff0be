"""Visits: the check before, what was agreed and became of it, and brothers and sisters in one visit."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from homeward.apps.access import vault
from homeward.apps.audit.models import Event as Audited
from homeward.apps.cases.facts import ChildFacts
from homeward.apps.cases.models import Child
from homeward.apps.cases.services import Registered, add_relation, assign_child, register_child
from homeward.apps.surveys.deliveries import Delivery
from homeward.apps.surveys.forms import load_from_library, propose_publication, publish
from homeward.apps.surveys.intake import receive
from homeward.apps.visits import recording
from homeward.apps.visits.agreed import agreed_day, agreed_visits, visit_days
from homeward.apps.visits.cards import (
    CardFacts,
    card_of,
    open_card,
    quiet_times,
    set_card,
    set_quiet_time,
)
from homeward.apps.visits.counting import harm_counts
from homeward.apps.visits.models import AgreedAction, SafeContact, Visit, VisitVoice
from homeward.apps.visits.planning import Plan, household_of, judge, lift_block, miss_visit, plan_visit
from homeward.apps.visits.promises import broken_promises
from homeward.apps.visits.queries import actions_of, look_at_visit, visits_of
from homeward.apps.visits.recording import (
    Held,
    NewAction,
    hold_visit,
    link_voice,
    next_together,
    recorded_together,
    settle_action,
    skip_voice,
)
from homeward.domain.problems import ProblemError
from homeward.domain.visiting import NO_VISIT, Answer, Check, Mode
from tests.interviews import AGREED, fill, interview, library_form
from tests.ties import declared
from tests.world import House, World, day_of

pytestmark = pytest.mark.database
SAFE = Check(Answer.NO, Answer.NO, Answer.NO, Answer.NO)
SEEN = Held(child_seen=True, caregiver_seen=True, on_track="partly", harm=(), alone="yes")


def today(house: House) -> date:
    return day_of(house.organisation_id)


def planned(house: House, code: str = "", check: Check = SAFE, *, days: int = 0, mode: str = "home") -> Visit:
    code = code or house.child.code  # type: ignore[union-attr]
    on = today(house) + timedelta(days=days)
    (key,) = plan_visit(house.actor("case_worker"), [code], check, Plan(on, mode))
    return Visit.objects.get(pk=key)


def sibling(house: House) -> Registered:
    system = house.system()
    day = min(today(house), system.today())  # another one for some hours of each day
    made = register_child(system, ChildFacts(sex="male", name="Baraka", age=9, return_date=day, team_id=house.teams[0]))
    assign_child(house.system(), made.id, person_id=house.people["case_worker"])
    add_relation(house.system(), house.child.id, "sibling", other_child_id=made.id)  # type: ignore[union-attr]
    return made


def test_an_agreed_day_stands_until_a_visit_is_planned_and_then_the_planned_day_does(world: World) -> None:
    house, worker = world.amani, world.amani.actor("case_worker")
    row, day = planned(house, days=-3), today(house) + timedelta(days=9)
    key = row.child_id
    assert (agreed_visits(worker), agreed_day(worker, key)) == ((), None)
    assert list(visit_days(worker)) == [(key, row.planned_on)]
    hold_visit(worker, row.pk, replace(SEEN, on=row.planned_on, next_on=day))
    assert [(each.child.id, each.on, each.late) for each in agreed_visits(worker)] == [(key, day, False)]
    assert len(agreed_visits(house.actor("supervisor"), day)) == 1
    assert agreed_visits(worker, day + timedelta(days=1)) == ()
    assert agreed_visits(house.actor("other_case_worker")) == ()
    assert (agreed_day(worker, key), list(visit_days(worker))) == (day, [(key, day)])
    blocked = planned(house, days=9, check=Check(Answer.NO, Answer.NO, Answer.YES, Answer.NO))
    assert (blocked.mode, agreed_day(worker, key)) == ("", day)  # nobody goes: it is still to be settled
    miss_visit(worker, planned(house, days=8).pk, "put_off")
    assert (agreed_day(worker, key), list(visit_days(worker))) == (None, [])


def test_what_was_promised_and_is_not_there_is_counted_until_it_came(world: World) -> None:
    house, worker = world.amani, world.amani.actor("case_worker")
    row, day = planned(house, days=-20), today(house)
    made = (
        NewAction("we", day - timedelta(days=3), "Papers"),
        NewAction("school", day - timedelta(days=9), "A seat"),
        NewAction("we", day, "Shoes"),  # it may still come today
    )
    hold_visit(worker, row.pk, replace(SEEN, on=row.planned_on, actions=made))
    assert [(each.who, each.days_late) for each in broken_promises(worker)] == [("school", 9), ("we", 3)]
    assert len(broken_promises(house.actor("supervisor"))) == 2
    assert broken_promises(house.actor("other_case_worker")) == ()
    oldest = broken_promises(worker)[0]
    settle_action(worker, oldest.visit_id, oldest.id, "not_yet")
    assert len(broken_promises(worker)) == 2
    settle_action(worker, oldest.visit_id, oldest.id, "done")
    assert [each.who for each in broken_promises(worker)] == ["we"]


def test_a_child_is_not_seen_and_not_seen_at_one_visit(world: World) -> None:
    row = planned(world.amani)
    with pytest.raises(ProblemError) as refused:
        hold_visit(world.amani.actor("case_worker"), row.pk, replace(SEEN, alone="not_seen"))
    assert refused.value.first.where.field == "alone"


class TestTheCheckBefore:
    def test_what_it_leaves_is_planned_and_nothing_else(self, world: World) -> None:
        house = world.amani
        worried = Check(Answer.YES, Answer.NO, Answer.NO, Answer.NO)
        with pytest.raises(ProblemError) as refused:
            planned(house, check=worried)
        assert refused.value.first.code == "visit.mode"
        row = planned(house, check=worried, mode="neutral_place")
        assert (row.state, row.mode, row.attention) == ("planned", "neutral_place", "yes")

    def test_a_danger_blocks_with_its_reason_and_only_another_supervisor_lifts_it(self, world: World) -> None:
        house = world.amani
        row = planned(house, check=Check(Answer.NO, Answer.NO, Answer.YES, Answer.NO))
        assert (row.state, row.blocked, row.mode) == ("blocked", ["danger"], "")
        with pytest.raises(ProblemError) as refused:
            lift_block(house.actor("case_worker"), row.pk, "phone", "I know them well")
        assert refused.value.first.status == 403
        supervisor = house.actor("supervisor")
        with pytest.raises(ProblemError) as refused:
            lift_block(supervisor, row.pk, "home", "The man has left")
        assert refused.value.first.code == "visit.mode"
        with pytest.raises(ProblemError) as refused:
            lift_block(supervisor, row.pk, "phone", " ")
        assert refused.value.first.where.field == "why"
        lift_block(supervisor, row.pk, "phone", "The man has left")
        row.refresh_from_db()
        assert (row.state, row.mode, row.blocked) == ("planned", "phone", ["danger"])
        assert look_at_visit(house.actor("case_worker"), row.pk).lifted_why == "The man has left"
        assert b"has left" not in bytes(row.lifted_why)

    def test_nobody_lifts_what_the_own_check_forbade(self, world: World) -> None:
        house = world.amani
        supervisor = house.actor("supervisor")
        check = Check(Answer.NO, Answer.NO, Answer.YES, Answer.NO)
        (key,) = plan_visit(supervisor, [house.child.code], check, Plan(today(house)))  # type: ignore[union-attr]
        with pytest.raises(ProblemError) as refused:
            lift_block(supervisor, key, "phone", "It is urgent")
        assert refused.value.first.code == "visit.second_person"
        assert Audited.objects.filter(verb="visits.lift", allowed=False).exists()

    def test_the_card_and_a_quiet_time_shut_ways(self, world: World) -> None:
        house, worker = world.amani, world.amani.actor("case_worker")
        code = house.child.code  # type: ignore[union-attr]
        set_card(worker, code, CardFacts(("phone", "neutral_place")))
        found = judge(worker, [code], SAFE, today(house))
        assert found.modes == (Mode.NEUTRAL, Mode.PHONE)  # a group is another way, and is not on the card
        set_quiet_time(worker, code, today(house), today(house) + timedelta(days=5), "grief")
        assert judge(worker, [code], SAFE, today(house)).reasons == ("quiet_time",)
        assert judge(worker, [code], SAFE, today(house) + timedelta(days=6)).modes == found.modes

    def test_what_the_child_asked_for_is_done(self, world: World) -> None:
        row = planned(world.amani, check=Check(*[Answer.NO] * 4, asked_for=NO_VISIT))
        assert row.blocked == ["asked_not_to"]
        with pytest.raises(ProblemError):
            planned(world.amani, check=Check(*[Answer.NO] * 4, asked_for="school"), mode="home")


class TestTheCard:
    def test_names_open_on_a_tap_and_each_change_is_a_version(self, world: World) -> None:
        house, worker = world.amani, world.amani.actor("case_worker")
        code = house.child.code  # type: ignore[union-attr]
        facts = CardFacts(
            ("phone",), ("mon",), ("evening",), "Say nothing of the loan", "0700 1", "Aunt", "The uncle", "kite"
        )
        assert set_card(worker, code, facts) == 1
        card = card_of(worker, code)
        assert card is not None
        assert (card.unsaid, card.has_second, card.has_not_with) == ("Say nothing of the loan", True, True)
        assert not hasattr(card, "how")
        names = open_card(worker, code)
        assert (names.how, names.second, names.not_with, names.code_word) == ("0700 1", "Aunt", "The uncle", "kite")
        assert Audited.objects.filter(verb="contacts.see", child_id=house.child.id).exists()  # type: ignore[union-attr]
        assert set_card(worker, code, CardFacts(("school",))) == 2
        assert SafeContact.objects.count() == 2
        assert open_card(worker, code).how == ""
        stored = b"".join(bytes(getattr(row, name)) for row in SafeContact.objects.all() for name in ("how", "unsaid"))
        assert b"0700" not in stored
        assert b"loan" not in stored

    def test_who_reads_it(self, world: World) -> None:
        house, code = world.amani, world.amani.child.code  # type: ignore[union-attr]
        set_card(house.actor("case_worker"), code, CardFacts(("phone",), how="0700 1"))
        for name in ("case_worker", "supervisor", "focal_point"):
            assert open_card(house.actor(name), code).how == "0700 1", name
        for name in ("me_officer", "other_case_worker", "other_supervisor", "programme_manager"):
            with pytest.raises(ProblemError) as refused:
                open_card(house.actor(name), code)
            assert refused.value.first.status in (403, 404), name
        with pytest.raises(ProblemError):
            set_card(house.actor("focal_point"), code, CardFacts(("phone",)))
        with pytest.raises(ProblemError) as missing:
            set_card(house.actor("case_worker"), code, CardFacts(()))
        assert missing.value.first.code == "contact.no_way"

    def test_a_quiet_time_has_an_end_after_its_beginning(self, world: World) -> None:
        house, worker = world.amani, world.amani.actor("case_worker")
        code, day = house.child.code, today(house)  # type: ignore[union-attr]
        for since, until in ((day, day - timedelta(days=1)), (day, day + timedelta(days=500))):
            with pytest.raises(ProblemError):
                set_quiet_time(worker, code, since, until, "asked")
        set_quiet_time(worker, code, day, day, "asked")
        assert [each.reason for each in quiet_times(worker, code)] == ["asked"]


class TestAVisit:
    def test_what_was_agreed_is_asked_for_at_the_next_and_what_did_not_come_stands_on_top(self, world: World) -> None:
        house, worker = world.amani, world.amani.actor("case_worker")
        code, day = house.child.code, today(house)  # type: ignore[union-attr]
        first = planned(house, days=-20)
        agreed = (
            NewAction("we", day - timedelta(days=5), "Bring the school papers"),
            NewAction("caregiver", day + timedelta(days=9), "Talk to the teacher"),
        )
        hold_visit(worker, first.pk, Held(**{**fields(SEEN), "on": day - timedelta(days=20), "actions": agreed}))
        rows = actions_of(worker, code)
        assert [(row.promise, row.overdue, row.kept) for row in rows] == [
            ("Bring the school papers", True, ""),
            ("Talk to the teacher", False, ""),
        ]
        assert b"school" not in b"".join(bytes(row.promise) for row in AgreedAction.objects.all())
        second = planned(house)
        kept = {rows[0].id: "not_yet", rows[1].id: "done"}
        hold_visit(worker, second.pk, Held(**{**fields(SEEN), "kept": kept}))
        rows = actions_of(worker, code)
        assert [(row.kept, row.overdue, row.open) for row in rows] == [("not_yet", True, True), ("done", False, False)]
        settle_action(worker, second.pk, rows[0].id, "done")
        assert [row.open for row in actions_of(worker, code)] == [False, False]

    def test_harm_is_asked_for_and_counted(self, world: World) -> None:
        house, worker = world.amani, world.amani.actor("case_worker")
        row, other = planned(house), planned(house)
        with pytest.raises(ProblemError) as refused:
            hold_visit(worker, row.pk, Held(**{**fields(SEEN), "harm": ("attention",)}))
        assert refused.value.first.where.field == "harm_done"
        hold_visit(worker, row.pk, Held(**{**fields(SEEN), "harm": ("attention",), "harm_done": "changed"}))
        hold_visit(worker, other.pk, SEEN)
        planned(house, check=Check(Answer.NO, Answer.NO, Answer.YES, Answer.NO))
        found = harm_counts(house.actor("me_officer"), today(house), today(house))
        assert (found.held, found.asked, found.with_harm, found.blocked) == (2, 2, 1, 1)
        assert (found.by_kind, found.by_mode) == ({"attention": 1}, {"home": (2, 1)})
        with pytest.raises(ProblemError):
            harm_counts(worker, today(house), today(house))

    def test_it_is_recorded_once(self, world: World) -> None:
        house, worker = world.amani, world.amani.actor("case_worker")
        row = planned(house)
        hold_visit(
            worker, row.pk, Held(**{**fields(SEEN), "words": "She laughed", "gaps": (("health", "too_costly"),)})
        )
        for again in (lambda: hold_visit(worker, row.pk, SEEN), lambda: miss_visit(worker, row.pk, "moved")):
            with pytest.raises(ProblemError) as refused:
                again()
            assert refused.value.first.code == "visit.moved"
        found = look_at_visit(worker, row.pk)
        assert (found.words, found.gaps, found.alone) == ("She laughed", (("health", "too_costly"),), "yes")
        assert b"laughed" not in bytes(Visit.objects.get(pk=row.pk).words)

    def test_days_to_come_and_answers_that_are_missing_are_refused(self, world: World) -> None:
        house, worker = world.amani, world.amani.actor("case_worker")
        row, day = planned(house, days=3), today(house)
        wrong = {
            "on": day + timedelta(days=1),
            "next_on": day,
            "on_track": "",
            "alone": "",
            "gaps": (("health", ""),),
            "actions": (NewAction("we", day, " "),),
        }
        for name, value in wrong.items():
            with pytest.raises(ProblemError):
                hold_visit(worker, row.pk, Held(**{**fields(SEEN), name: value}))
        assert Visit.objects.get(pk=row.pk).state == "planned"
        with pytest.raises(ProblemError):
            planned(house, days=500)

    def test_a_child_who_was_not_seen_was_not_seen_alone(self, world: World) -> None:
        house = world.amani
        row = planned(house)
        hold_visit(house.actor("case_worker"), row.pk, Held(**{**fields(SEEN), "child_seen": False, "alone": "yes"}))
        assert Visit.objects.get(pk=row.pk).alone == "not_seen"

    def test_an_ended_record_takes_no_more(self, world: World) -> None:
        house, worker = world.amani, world.amani.actor("case_worker")
        row = planned(house)
        Child.objects.filter(pk=house.child.id).update(status="closed", ended_on=today(house))  # type: ignore[union-attr]
        for step in (lambda: planned(house), lambda: hold_visit(worker, row.pk, SEEN)):
            with pytest.raises(ProblemError) as refused:
                step()
            assert refused.value.first.code == "visit.ended"
        assert visits_of(worker, house.child.code)[0].state == "planned"  # type: ignore[union-attr]

    def test_outside_the_reach_there_is_no_visit(self, world: World) -> None:
        house = world.amani
        row = planned(house)
        for actor in (house.actor("other_case_worker"), world.baraka.actor("supervisor"), world.nobody()):
            with pytest.raises(ProblemError) as refused:
                look_at_visit(actor, row.pk)
            assert refused.value.first.status == 404
        with pytest.raises(ProblemError) as refused:
            look_at_visit(house.actor("me_officer"), row.pk)
        assert refused.value.first.status == 403

    def test_recorded_by_two_at_once_it_is_recorded_once(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """The second has read the visit as planned, and comes to its turn after the first has written."""
        house, worker = world.amani, world.amani.actor("case_worker")
        row, make = planned(house), recording.new_action
        agreed = (NewAction("we", today(house) + timedelta(days=5), "Bring the school papers"),)
        gone: list[UUID] = []

        def meanwhile(*given: Any) -> AgreedAction:
            if not gone:
                gone.append(row.pk)
                hold_visit(worker, row.pk, Held(**{**fields(SEEN), "words": "first", "actions": agreed}))
            return make(*given)

        monkeypatch.setattr(recording, "new_action", meanwhile)
        with pytest.raises(ProblemError) as caught:
            hold_visit(worker, row.pk, Held(**{**fields(SEEN), "words": "second", "actions": agreed}))
        assert caught.value.first.status == 409
        assert AgreedAction.objects.count() == 1
        assert look_at_visit(worker, row.pk).words == "first"


class TestBrothersAndSisters:
    def test_one_plan_for_all_and_what_was_typed_of_the_household_is_there(self, world: World) -> None:
        house, worker = world.amani, world.amani.actor("case_worker")
        other = sibling(house)
        assert [row.code for row in household_of(worker, house.child.id)] == [other.code]  # type: ignore[union-attr]
        codes = [house.child.code, other.code]  # type: ignore[union-attr]
        first, second = plan_visit(worker, codes, SAFE, Plan(today(house), "home"))
        visit = Visit.objects.get(pk=first)
        assert visit.together is not None
        assert recorded_together(worker, visit) is None
        hold_visit(worker, first, Held(**{**fields(SEEN), "words": "Only hers"}))
        assert next_together(worker, visit).pk == second  # type: ignore[union-attr]
        before = recorded_together(worker, Visit.objects.get(pk=second))
        assert before is not None
        assert (before.held_on, before.caregiver_seen, before.held_mode) == (today(house), True, "home")
        found = look_at_visit(worker, second)
        assert (found.words, [row.child_code for row in found.others]) == ("", [house.child.code])  # type: ignore[union-attr]

    def test_what_a_supervisor_allows_and_what_is_filled_in_stays_within_reach(self, world: World) -> None:
        house, worker, lead = world.amani, world.amani.actor("case_worker"), world.amani.actor("supervisor")
        other = sibling(house)
        codes = [house.child.code, other.code]  # type: ignore[union-attr]
        danger = Check(Answer.NO, Answer.NO, Answer.YES, Answer.NO)
        mine, theirs = plan_visit(worker, codes, danger, Plan(today(house)))
        safe, held = plan_visit(worker, codes, SAFE, Plan(today(house), "phone"))
        hold_visit(worker, held, SEEN)
        assert recorded_together(lead, Visit.objects.get(pk=safe)) is not None
        declared(house, "supervisor", other.code)
        lead = house.actor("supervisor")
        lift_block(lead, mine, "phone", "The man has left")
        assert (Visit.objects.get(pk=mine).state, Visit.objects.get(pk=theirs).state) == ("planned", "blocked")
        assert recorded_together(lead, Visit.objects.get(pk=safe)) is None
        assert recorded_together(worker, Visit.objects.get(pk=safe)).pk == held  # type: ignore[union-attr]

    def test_the_narrowest_card_decides_for_all(self, world: World) -> None:
        house, worker = world.amani, world.amani.actor("case_worker")
        other = sibling(house)
        set_card(worker, other.code, CardFacts(("phone",)))
        codes = [house.child.code, other.code]  # type: ignore[union-attr]
        assert judge(worker, codes, SAFE, today(house)).modes == (Mode.PHONE,)
        keys = plan_visit(worker, codes, SAFE, Plan(today(house), "phone"))
        miss_visit(worker, keys[0], "nobody_home")
        assert {row.state for row in Visit.objects.filter(pk__in=keys)} == {"not_held"}


class TestTheFourQuestions:
    @pytest.fixture
    def published(self, world: World) -> None:
        house = world.amani
        form_id = load_from_library(house.system(), "visit-reflection")
        propose_publication(house.actor("me_officer"), form_id)
        publish(house.actor("programme_manager"), form_id)

    def test_an_interview_of_the_day_is_joined_and_another_can_be_linked(self, world: World, published: None) -> None:
        house, worker = world.amani, world.amani.actor("case_worker")
        code, row = house.child.code, planned(house)  # type: ignore[union-attr]
        said = receive(worker, Delivery(reflection(code), channel="browser"))
        skip_voice(worker, row.pk, "caregiver", "away")
        hold_visit(worker, row.pk, SEEN)
        found = {each.respondent: each for each in look_at_visit(worker, row.pk).voices}
        assert found["child"].submission_id == said.submission_id
        assert found["caregiver"].skipped == "away"
        with pytest.raises(ProblemError):
            skip_voice(worker, row.pk, "child", "away")
        later = receive(worker, Delivery(reflection(code, "caregiver"), channel="browser"))
        assert later.submission_id is not None
        assert link_voice(worker, row.pk, later.submission_id)
        assert {each.respondent: each.skipped for each in look_at_visit(worker, row.pk).voices}["caregiver"] == ""

    def test_an_interview_of_another_kind_or_child_is_not_linked(self, world: World, published: None) -> None:
        house, worker = world.amani, world.amani.actor("case_worker")
        other, row = sibling(house), planned(house)
        survey = receive(worker, Delivery(interview("child-12-14", house.child.code), channel="browser"))  # type: ignore[union-attr]
        theirs = receive(worker, Delivery(reflection(other.code), channel="browser"))
        for receipt in (survey, theirs):
            assert receipt.submission_id is not None
            assert not link_voice(worker, row.pk, receipt.submission_id)
        assert not VisitVoice.objects.exists()


def reflection(code: str, respondent: str = "child") -> bytes:
    """The four questions, of which the instrument has no worked example."""
    _loaded, form = library_form("visit-reflection")
    start = {"child_known": "yes", "child_listed": code, "child_code": code, "respondent": respondent}
    return fill(form, {**AGREED, **start, "interview_date": date.today().isoformat(), "child_feel": "good"})


def fields(held: Held) -> dict[str, object]:
    return {name: getattr(held, name) for name in Held.__slots__}


def test_words_lie_under_the_childs_record_key(world: World) -> None:
    house = world.amani
    row = planned(house)
    hold_visit(house.actor("case_worker"), row.pk, Held(**{**fields(SEEN), "words": "She laughed"}))
    row.refresh_from_db()
    assert vault.open_text(row.child_id, row.pk, "visits.visit.words", row.words) == "She laughed"
