"""What was said at a visit stays until somebody says otherwise, also where another visit of the child is corrected."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from homeward.apps.cases.models import Child, ServiceGap
from homeward.apps.surveys.deliveries import Delivery
from homeward.apps.surveys.forms import load_from_library, propose_publication, publish
from homeward.apps.surveys.intake import receive
from homeward.apps.visits import scope
from homeward.apps.visits.correcting import Correction, take_back_visit
from homeward.apps.visits.models import ActionOutcome, Visit, VisitVoice
from homeward.apps.visits.queries import ActionRow, actions_of, look_at_visit
from homeward.apps.visits.recording import NewAction, hold_visit, link_voice, skip_voice
from homeward.apps.visits.settling import UNSAID, Became, settle_action
from homeward.domain.problems import ProblemError
from homeward.web.visits.correct_forms import earlier_for
from homeward.web.visits.words import before_words, version_words
from tests.apps.test_correcting import correct, held, refused_with
from tests.apps.test_visits import SEEN, planned, reflection, today
from tests.world import House, World

pytestmark = pytest.mark.database
ENDED = Became("not_coming", because="full", told="nobody", need="school_place")


def agreed(house: House, who: str = "service", days: int = -20) -> tuple[Visit, ActionRow]:
    row = held(house, days=days, actions=(NewAction(who, today(house) + timedelta(days=5), "Bus form"),))
    return row, the_one(house)


def the_one(house: House) -> ActionRow:
    (row,) = actions_of(house.actor("case_worker"), house.child.code)  # type: ignore[union-attr]
    return row


STEPS = ("settle", "settle_elsewhere", "hold", "correct_kept", "correct", "take_back", "skip", "link")


def prepared(house: House, step: str) -> Callable[[], object]:
    """Something that one person is about to do about a first visit, or what was agreed at it."""
    worker, (first, action) = house.actor("case_worker"), agreed(house)
    row, key = planned(house) if step == "hold" else held(house, days=-12), asked(house) if step == "link" else first.pk
    done = {action.id: "done"}
    steps: dict[str, Callable[[], object]] = {
        "settle": lambda: settle_action(worker, first.pk, action.id, ENDED),
        "settle_elsewhere": lambda: settle_action(worker, row.pk, action.id, ENDED),
        "hold": lambda: hold_visit(worker, row.pk, replace(SEEN, kept=done)),
        "correct_kept": lambda: correct(house, row, kept=done),
        "correct": lambda: correct(house, first),
        "take_back": lambda: take_back_visit(worker, first.pk, "no_visit"),
        "skip": lambda: skip_voice(worker, first.pk, "child", "away"),
        "link": lambda: link_voice(worker, first.pk, key),
    }
    return steps[step]


def meanwhile(monkeypatch: pytest.MonkeyPatch, other: Callable[[], object]) -> None:
    """Somebody else is faster: they have done this when the child is held."""
    held_by = scope.hold_child

    def later(child_id: UUID) -> None:
        monkeypatch.setattr(scope, "hold_child", held_by)
        other()
        held_by(child_id)

    monkeypatch.setattr(scope, "hold_child", later)


def asked(house: House) -> UUID:
    """An interview with the four questions."""
    form_id = load_from_library(house.system(), "visit-reflection")
    propose_publication(house.actor("me_officer"), form_id)
    publish(house.actor("programme_manager"), form_id)
    code = house.child.code  # type: ignore[union-attr]
    key = receive(house.actor("case_worker"), Delivery(reflection(code), channel="browser")).submission_id
    assert key is not None
    return key


class TestWhatWasSaidStays:
    def test_what_a_correction_does_not_name_stays_and_only_what_is_unsaid_goes(self, world: World) -> None:
        house, day = world.amani, today(world.amani)
        _visit, action = agreed(house)
        row = held(house, days=-10, kept={action.id: "done"})
        correct(house, row, words="Another note")
        assert (the_one(house).kept, ActionOutcome.objects.count()) == ("done", 1)
        correct(house, row, Correction("mistyped", known=1), on=day - timedelta(days=8))
        (said,) = the_one(house).ledger
        assert (said.kept, said.on, said.visit_id) == ("done", day - timedelta(days=8), row.pk)
        correct(house, row, Correction("mistyped", known=2), kept={action.id: UNSAID})
        assert (the_one(house).kept, the_one(house).ledger) == ("", ())

    def test_at_a_new_visit_nothing_is_unsaid(self, world: World) -> None:
        _visit, action = agreed(world.amani)
        with pytest.raises(ProblemError) as refused:
            held(world.amani, days=-10, kept={action.id: UNSAID})
        assert refused.value.first.code == "visit.choice"

    def test_a_visit_is_not_moved_behind_what_was_said_of_its_promises(self, world: World) -> None:
        house, day = world.amani, today(world.amani)
        first, action = agreed(house)
        held(house, days=-10, kept={action.id: "done"})
        assert refused_with(house, first, on=day - timedelta(days=5)) == "visit.said_before"
        assert the_one(house).agreed_on == day - timedelta(days=20)
        correct(house, first, on=day - timedelta(days=10))
        assert (the_one(house).agreed_on, the_one(house).kept) == (day - timedelta(days=10), "done")

    def test_what_was_said_at_a_visit_is_in_its_form_whenever_it_was_agreed(self, world: World) -> None:
        house, worker = world.amani, world.amani.actor("case_worker")
        _visit, action = agreed(house, days=-5)
        row = held(house, days=-10, kept={action.id: "done"})  # recorded late, of a day before
        assert [each.id for each in earlier_for(look_at_visit(worker, row.pk))] == [action.id]


class TestWhatStoodThereBefore:
    def test_it_keeps_all_that_was_said_of_a_promise_and_shows_it(self, world: World) -> None:
        house, worker, day = world.amani, world.amani.actor("case_worker"), today(world.amani)
        first, action = agreed(house)
        row = held(house, days=-10, kept={action.id: ENDED})
        settle_action(worker, first.pk, action.id, Became("moved", day + timedelta(days=9), "papers"))
        take_back_visit(worker, row.pk, "twice")
        (version,) = look_at_visit(worker, row.pk).versions
        assert version.before is not None
        (said,) = version.before.kept
        assert (said.who, said.what, said.kept, said.on) == (
            "service",
            "Bus form",
            "not_coming",
            day - timedelta(days=10),
        )
        assert (said.because, said.told, said.need, said.new_day) == ("full", "nobody", "school_place", None)
        shown = str(dict(before_words(version.before)))
        for words in ("No room there now", "A place at school", "Nobody yet"):
            assert words in shown, words
        take_back_visit(worker, first.pk, "twice")  # what was agreed there goes, and what was said of it since
        (version,) = look_at_visit(worker, first.pk).versions
        assert version.before is not None
        assert [(each.kept, each.new_day) for each in version.before.kept] == [("moved", day + timedelta(days=9))]
        assert "Papers are missing" in str(before_words(version.before))

    def test_it_keeps_who_was_asked_and_leads_to_the_answers(self, world: World) -> None:
        house, worker = world.amani, world.amani.actor("case_worker")
        row, key = held(house), asked(house)
        assert link_voice(worker, row.pk, key)
        skip_voice(worker, row.pk, "caregiver", "away")
        take_back_visit(worker, row.pk, "twice")
        assert not VisitVoice.objects.exists()
        (version,) = look_at_visit(worker, row.pk).versions
        assert version.before is not None
        assert set(version.before.voices) == {("child", "", str(key)), ("caregiver", "away", "")}
        assert [each["id"] for each in version_words(version)["answers"]] == [str(key)]
        shown = {str(label): str(value) for label, value in before_words(version.before)}
        assert [value for label, value in shown.items() if "Caregiver" in label and "Was not there" in value]
        assert "asked" in shown.values()


class TestTheGapFollows:
    def test_what_the_family_does_after_all_is_no_service_that_is_missing(self, world: World) -> None:
        house = world.amani
        row, action = agreed(house)
        settle_action(house.actor("case_worker"), row.pk, action.id, ENDED)
        assert ServiceGap.objects.count() == 1
        for known, who, gaps in ((0, "caregiver", 0), (1, "service", 1)):
            line = NewAction(who, action.by_when, "Bus form")
            correct(house, row, Correction("mistyped", known=known, agreed={action.id: line}))
            assert (the_one(house).who, ServiceGap.objects.count()) == (who, gaps)

    def test_who_tells_the_family_later_does_not_date_it_anew(self, world: World) -> None:
        house, worker, day = world.amani, world.amani.actor("case_worker"), today(world.amani)
        row, action = agreed(house)
        held(house, days=-10, kept={action.id: ENDED})
        settle_action(worker, row.pk, action.id, replace(ENDED, told="we", because="too_far"))
        gap = ServiceGap.objects.get()
        assert (gap.day, gap.reason) == (day - timedelta(days=10), "too_far")
        settle_action(worker, row.pk, action.id, Became("moved", day + timedelta(days=3), "papers"))
        settle_action(worker, row.pk, action.id, ENDED)
        assert ServiceGap.objects.get().day == day

    @pytest.mark.parametrize("word", ["not_needed", "not_yet", "moved"])
    def test_an_end_that_was_said_by_mistake_leaves_none(self, world: World, word: str) -> None:
        house, worker = world.amani, world.amani.actor("case_worker")
        row, action = agreed(house)
        settle_action(worker, row.pk, action.id, ENDED)
        said = Became(word, today(house) + timedelta(days=3), "papers")
        settle_action(worker, row.pk, action.id, said)
        assert not ServiceGap.objects.exists()

    def test_help_that_came_in_part_and_then_whole_met_it_on_the_first_day(self, world: World) -> None:
        house, worker, day = world.amani, world.amani.actor("case_worker"), today(world.amani)
        row, action = agreed(house)
        held(house, days=-10, kept={action.id: ENDED})
        held(house, days=-5, kept={action.id: "partly"})
        settle_action(worker, row.pk, action.id, "done")
        assert ServiceGap.objects.get().met_on == day - timedelta(days=5)


class TestTwoPeople:
    @pytest.mark.parametrize("word", ["done", "not_needed"])
    def test_what_is_settled_is_not_ended_from_an_old_page(self, world: World, word: str) -> None:
        house = world.amani
        row, action = agreed(house)
        settle_action(house.actor("case_worker"), row.pk, action.id, word)
        with pytest.raises(ProblemError) as refused:
            settle_action(house.actor("supervisor"), row.pk, action.id, ENDED)
        assert (refused.value.first.code, refused.value.first.status) == ("promise.settled", 409)
        assert (the_one(house).kept, ServiceGap.objects.count()) == (word, 0)

    @pytest.mark.parametrize("step", STEPS)
    def test_who_comes_second_is_told_that_the_visit_was_taken_back_and_the_action_with_it(
        self, world: World, monkeypatch: pytest.MonkeyPatch, step: str
    ) -> None:
        house = world.amani
        take = prepared(house, step)
        first = Visit.objects.earliest("planned_on")
        meanwhile(monkeypatch, lambda: take_back_visit(house.actor("supervisor"), first.pk, "twice"))
        with pytest.raises(ProblemError) as refused:
            take()
        assert refused.value.first.code == "visit.moved"
        assert not ActionOutcome.objects.exists()
        assert not VisitVoice.objects.exists()

    @pytest.mark.parametrize("step", STEPS)
    def test_who_comes_second_is_told_that_the_record_has_ended(
        self, world: World, monkeypatch: pytest.MonkeyPatch, step: str
    ) -> None:
        take = prepared(world.amani, step)
        children = Child.objects.filter(pk=world.amani.child.id)  # type: ignore[union-attr]
        meanwhile(monkeypatch, lambda: children.update(status="closed", ended_on=today(world.amani)))
        with pytest.raises(ProblemError) as refused:
            take()
        assert refused.value.first.code == "visit.ended"
        assert not ActionOutcome.objects.exists()
        assert not VisitVoice.objects.exists()
