"""The record of a visit is corrected, or taken back: what it said stays readable, and everything follows what it says
now.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from homeward.apps.audit.models import Event as Audited
from homeward.apps.cases.models import Child
from homeward.apps.cases.models import ServiceGap as Gap
from homeward.apps.cases.risk import set_risk
from homeward.apps.visits.agreed import agreed_day
from homeward.apps.visits.cards import CardFacts, set_card
from homeward.apps.visits.clock import day_for, follow_up_of_child
from homeward.apps.visits.contacts import Attempt, decide_lost, reach_of, record_attempt
from homeward.apps.visits.correcting import Correction, correct_visit, take_back_visit
from homeward.apps.visits.models import ActionOutcome, ContactFact, SafeContact, Visit, VisitVersion
from homeward.apps.visits.promises import broken_promises
from homeward.apps.visits.queries import actions_of, events_of, look_at_visit, visits_of
from homeward.apps.visits.recording import Held, NewAction, hold_visit
from homeward.apps.visits.settling import UNSAID, Became
from homeward.domain.problems import ProblemError
from tests.apps.test_visits import SEEN, fields, planned, sibling, today
from tests.world import House, World

pytestmark = pytest.mark.database
TYPED = Correction("mistyped")


def held(house: House, days: int = -10, **changes: object) -> Visit:
    row = planned(house, days=days)
    hold_visit(house.actor("case_worker"), row.pk, Held(**{**fields(SEEN), "on": row.planned_on, **changes}))
    row.refresh_from_db()
    return row


def correct(house: House, row: Visit, correction: Correction = TYPED, **changes: object) -> Visit:
    day = changes.pop("on", row.held_on)
    given = Held(**{**fields(SEEN), "on": day, "mode": row.held_mode, **changes})
    correct_visit(house.actor("case_worker"), row.pk, given, correction)
    return Visit.objects.get(pk=row.pk)


def refused_with(house: House, row: Visit, correction: Correction = TYPED, **changes: object) -> str:
    with pytest.raises(ProblemError) as refused:
        correct(house, row, correction, **changes)
    return refused.value.first.code


class TestCorrecting:
    def test_what_it_said_before_stays_sealed_and_is_read_by_who_reads_visits(self, world: World) -> None:
        house, day = world.amani, today(world.amani)
        row = held(house, words="He limped", gaps=(("health", "too_costly"),), harm=("attention",), harm_done="told")
        after = correct(
            house,
            row,
            Correction("learnt", "The teacher told us"),
            on=day - timedelta(days=9),
            mode="school",
            on_track="no",
            words="He fell at play",
            gaps=(("education", "turned_away"),),
        )
        assert (after.held_on, after.held_mode, after.on_track) == (day - timedelta(days=9), "school", "no")
        for name in ("case_worker", "supervisor", "focal_point"):
            found = look_at_visit(house.actor(name), row.pk)
            assert (found.words, found.gaps, found.row.harm) == ("He fell at play", (("education", "turned_away"),), ())
            (before,) = found.versions
            assert (before.number, before.reason, before.why) == (1, "learnt", "The teacher told us")
            assert before.before is not None
            assert (before.before.held_on, before.before.words) == (day - timedelta(days=10), "He limped")
            assert (before.before.gaps, before.before.harm) == ((("health", "too_costly"),), ("attention",))
        version = VisitVersion.objects.get()
        for word in (b"limped", b"teacher"):
            assert word not in bytes(version.content) + bytes(version.why)
        audited = Audited.objects.get(verb="correct_visit")
        assert (audited.child_id, audited.detail) == (row.child_id, {"reason": "learnt", "version": 1})
        assert visits_of(house.actor("case_worker"), house.child.code)[0].corrected  # type: ignore[union-attr]

    def test_each_correction_is_a_version_and_who_read_an_older_one_is_told(self, world: World) -> None:
        house = world.amani
        row = held(house)
        correct(house, row, on_track="no")
        assert refused_with(house, row, on_track="yes") == "visit.moved"
        correct(house, row, replace(TYPED, known=1), on_track="yes")
        found = look_at_visit(house.actor("case_worker"), row.pk)
        assert [(each.number, each.before and each.before.on_track) for each in found.versions] == [
            (2, "no"),
            (1, "partly"),
        ]
        assert found.versions[0].written_by == found.versions[1].replaced_by != ""

    def test_what_is_wrong_is_refused_and_changes_nothing(self, world: World) -> None:
        house, day = world.amani, today(world.amani)
        agreed = (NewAction("we", day, "Shoes"),)
        row = held(house, actions=agreed)
        assert refused_with(house, row, Correction("")) == "visit.choice"
        assert refused_with(house, row, Correction("wrong_child")) == "visit.choice"
        assert refused_with(house, row, Correction("other")) == "visit.why_wrong"
        assert refused_with(house, row, on=day + timedelta(days=1)) == "visit.day_to_come"
        assert refused_with(house, row, on_track="") == "visit.choice"
        early = held(house, days=-20, actions=(NewAction("we", day - timedelta(days=19), "Cap"),))
        assert refused_with(house, early, on=day) == "visit.by_when"
        open_visit = planned(house)
        assert refused_with(house, open_visit, on=day, mode="home") == "visit.moved"
        assert not VisitVersion.objects.exists()
        row.refresh_from_db()
        assert row.on_track == "partly"

    def test_only_who_records_visits_corrects_and_an_ended_record_takes_none(self, world: World) -> None:
        house = world.amani
        row = held(house)
        given = Held(**{**fields(SEEN), "on": row.held_on})
        for name, status in (("other_case_worker", 404), ("focal_point", 403), ("me_officer", 403)):
            for step in (
                lambda who=name: correct_visit(house.actor(who), row.pk, given, TYPED),
                lambda who=name: take_back_visit(house.actor(who), row.pk, "twice"),
            ):
                with pytest.raises(ProblemError) as refused:
                    step()
                assert refused.value.first.status == status
        with pytest.raises(ProblemError) as refused:
            take_back_visit(world.baraka.actor("supervisor"), row.pk, "twice")
        assert refused.value.first.status == 404
        Child.objects.filter(pk=row.child_id).update(status="closed", ended_on=today(house))
        assert refused_with(house, row) == "visit.ended"

    def test_a_way_that_the_card_had_shut_is_refused_and_one_that_stands_already_is_not(self, world: World) -> None:
        house, worker = world.amani, world.amani.actor("case_worker")
        row = held(house, days=-2)
        set_card(worker, house.child.code, CardFacts(("home", "phone")))  # type: ignore[union-attr]
        SafeContact.objects.update(set_at=row.closed_at - timedelta(days=30))  # type: ignore[operator]
        assert refused_with(house, row, mode="school") == "contact.way"
        assert correct(house, row, on_track="no").on_track == "no"


class TestWhatFollows:
    def test_the_next_contact_is_counted_from_the_day_that_is_right(self, world: World) -> None:
        house, worker, day = world.amani, world.amani.actor("case_worker"), today(world.amani)
        child = Child.objects.get(pk=house.child.id)  # type: ignore[union-attr]
        Child.objects.filter(pk=child.pk).update(return_date=day - timedelta(days=100))
        set_risk(worker, child.code, "high", "visit")

        def last() -> object:
            child.refresh_from_db()
            contact = follow_up_of_child(child, day_for(child)).contact
            assert contact is not None
            return contact.last

        assert last() is None
        row = held(house, days=-10)
        assert last() == day - timedelta(days=10)
        row = correct(house, row, on=day - timedelta(days=5))
        assert last() == day - timedelta(days=5)
        row = correct(house, row, Correction("mistyped", known=1), child_seen=False, caregiver_seen=False)
        assert last() is None
        row = correct(house, row, Correction("mistyped", known=2))
        assert last() == day - timedelta(days=5)
        take_back_visit(worker, row.pk, "wrong_child", known=3)
        assert last() is None

    def test_who_was_lost_and_was_not_found_after_all_is_lost(self, world: World) -> None:
        house, worker, day = world.amani, world.amani.actor("case_worker"), today(world.amani)
        code = house.child.code  # type: ignore[union-attr]
        record_attempt(worker, code, Attempt("phone", "unsafe", day - timedelta(days=20)))
        decide_lost(house.actor("supervisor"), code, "unsafe", day - timedelta(days=19))
        row = held(house, days=-3)
        assert (reach_of(worker, code).state, ContactFact.objects.count()) == ("in_contact", 2)
        row = correct(house, row, child_seen=False, caregiver_seen=False)
        assert (reach_of(worker, code).state, ContactFact.objects.count()) == ("lost", 1)
        row = correct(house, row, Correction("mistyped", known=1))
        assert (reach_of(worker, code).state, ContactFact.objects.count()) == ("in_contact", 2)
        take_back_visit(worker, row.pk, "wrong_child", known=2)
        assert (reach_of(worker, code).state, ContactFact.objects.count()) == ("lost", 1)

    def test_what_was_agreed_is_corrected_added_and_struck(self, world: World) -> None:
        house, worker, day = world.amani, world.amani.actor("case_worker"), today(world.amani)
        made = (NewAction("we", day - timedelta(days=2), "Shoes"), NewAction("school", day, "A seat"))
        row = held(house, actions=made)
        shoes, seat = sorted(actions_of(worker, row.child.code), key=lambda each: each.promise, reverse=True)
        assert [each.id for each in broken_promises(worker)] == [shoes.id]
        agreed = {shoes.id: NewAction("service", day + timedelta(days=9), "Shoes, size 36"), seat.id: None}
        correct(house, row, Correction("mistyped", agreed=agreed), actions=(NewAction("child", day, "Draw"),))
        found = {each.promise: each for each in actions_of(worker, row.child.code)}
        assert set(found) == {"Shoes, size 36", "Draw"}
        corrected = found["Shoes, size 36"]
        assert (corrected.id, corrected.who, corrected.due) == (shoes.id, "service", day + timedelta(days=9))
        assert broken_promises(worker) == ()
        (version,) = look_at_visit(worker, row.pk).versions
        assert version.before is not None
        assert sorted(what for _who, _day, what in version.before.agreed) == ["A seat", "Shoes"]
        assert not [each for each in events_of(worker, row.child.code) if each.codes == ("school",)]

    def test_what_had_become_of_earlier_things_follows_too(self, world: World) -> None:
        house, worker, day = world.amani, world.amani.actor("case_worker"), today(world.amani)
        held(house, days=-30, actions=(NewAction("service", day - timedelta(days=15), "Glasses"),))
        (action,) = actions_of(worker, house.child.code)  # type: ignore[union-attr]
        missing = Became("not_coming", because="too_costly", told="we", need="medicine")
        row = held(house, days=-10, kept={action.id: missing})
        assert Gap.objects.count() == 1
        row = correct(house, row, kept={action.id: missing}, on_track="no")  # nothing of it changes
        assert (Gap.objects.count(), ActionOutcome.objects.count()) == (1, 1)
        row = correct(house, row, Correction("mistyped", known=1), kept={action.id: "done"})
        assert not Gap.objects.exists()
        (now,) = actions_of(worker, row.child.code)
        assert (now.kept, [each.kept for each in now.ledger]) == ("done", ["done"])
        correct(house, row, Correction("mistyped", known=2), kept={action.id: UNSAID})
        (now,) = actions_of(worker, row.child.code)
        assert (now.kept, now.overdue, ActionOutcome.objects.count()) == ("", True, 2)

    def test_the_day_for_the_next_visit_follows(self, world: World) -> None:
        house, worker, day = world.amani, world.amani.actor("case_worker"), today(world.amani)
        row = held(house, next_on=day + timedelta(days=5))
        assert agreed_day(worker, row.child_id) == day + timedelta(days=5)
        correct(house, row, next_on=day + timedelta(days=8))
        assert agreed_day(worker, row.child_id) == day + timedelta(days=8)


class TestTakingBack:
    def test_nothing_of_it_counts_and_what_it_said_can_be_read(self, world: World) -> None:
        house, worker, day = world.amani, world.amani.actor("case_worker"), today(world.amani)
        before = held(house, days=-40, next_on=day + timedelta(days=2))
        made = (NewAction("we", day - timedelta(days=2), "Shoes"),)
        row = held(
            house, actions=made, gaps=(("social_protection", "not_known"),), words="Met her at the well", next_on=day
        )
        take_back_visit(worker, row.pk, "wrong_child", "It was her sister")
        found = look_at_visit(worker, row.pk)
        assert (found.row.state, found.row.taken_back, found.row.held_on, found.words) == (
            *("taken_back", "wrong_child"),
            *(None, ""),
        )
        assert found.versions[0].before is not None
        assert (found.versions[0].before.words, found.versions[0].why) == ("Met her at the well", "It was her sister")
        assert actions_of(worker, row.child.code) == ()
        assert broken_promises(worker) == ()
        assert not Gap.objects.exists()
        assert agreed_day(worker, row.child_id) == before.next_on
        assert [each.kind for each in events_of(worker, row.child.code)] == ["visit_held"]
        assert Audited.objects.get(verb="take_back_visit").detail == {"reason": "wrong_child", "version": 1}

    def test_it_is_taken_back_once_and_those_made_in_one_go_stay(self, world: World) -> None:
        from homeward.apps.visits.planning import Plan, plan_visit
        from tests.apps.test_visits import SAFE

        house, worker, day = world.amani, world.amani.actor("case_worker"), today(world.amani)
        other = sibling(house)
        keys: list[UUID] = plan_visit(worker, [house.child.code, other.code], SAFE, Plan(day, "home"))  # type: ignore[union-attr]
        for key in keys:
            hold_visit(worker, key, SEEN)
        take_back_visit(worker, keys[0], "no_visit")
        for step in (
            lambda: take_back_visit(worker, keys[0], "twice", known=1),
            lambda: correct_visit(worker, keys[0], SEEN, replace(TYPED, known=1)),
        ):
            with pytest.raises(ProblemError) as refused:
                step()
            assert refused.value.first.code == "visit.moved"
        assert [Visit.objects.get(pk=key).state for key in keys] == ["taken_back", "held"]
        with pytest.raises(ProblemError) as refused:
            take_back_visit(worker, keys[1], "mistyped")
        assert refused.value.first.where.field == "reason"
