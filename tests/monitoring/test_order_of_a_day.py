"""On the journey and the child's page what happened on one day stands as it was written down, of whichever topic."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine

from homeward.apps.cases.family import end_relation
from homeward.apps.cases.models import Relation
from homeward.apps.cases.recording import add_entry
from homeward.apps.cases.referring import Wanted, make_referral
from homeward.apps.cases.risk import set_risk
from homeward.apps.cases.services import add_relation
from homeward.apps.cases.steps import move
from homeward.apps.monitoring.meetings import record_meeting
from homeward.apps.surveys.corrections import correct_answers
from homeward.apps.surveys.deliveries import Delivery
from homeward.apps.surveys.intake import receive
from homeward.apps.surveys.models import State, Submission
from homeward.apps.visits.contacts import Attempt, record_attempt
from homeward.apps.visits.planning import Plan, plan_visit
from homeward.apps.visits.recording import Held, NewAction, hold_visit
from homeward.domain.sharing import Agreement
from homeward.domain.visiting import Answer, Check
from tests.interviews import interview
from tests.monitoring.histories import meeting
from tests.monitoring.test_journey import child_of, read
from tests.world import House, World, day_of

pytestmark = pytest.mark.database
Act = Callable[[], Any]
SAFE = Check(Answer.NO, Answer.NO, Answer.NO, Answer.NO)


@pytest.fixture(autouse=True)
def today(world: World) -> Iterator[date]:
    """What is of today is asked, done and read around noon of one day, so that the day does not turn meanwhile."""
    day = day_of(world.amani.organisation_id)
    Relation.objects.update(since=day - timedelta(days=50))
    with time_machine.travel(datetime.combine(day, time(12), UTC)):
        yield day


@contextmanager
def at(house: House, minute: int) -> Iterator[None]:
    noon = datetime.combine(day_of(house.organisation_id), time(12, minute), UTC)
    with time_machine.travel(noon, tick=False):
        yield


def done(house: House, wanted: Mapping[str, Act], *order: str) -> None:
    """A minute after each other."""
    for minute, name in enumerate(order):
        with at(house, minute):
            wanted[name]()


def acts(house: House) -> Mapping[str, Act]:
    """One thing of each topic, all of today."""
    worker, (key, code) = house.actor("case_worker"), child_of(house)
    day = day_of(house.organisation_id)
    wanted = Wanted("family_work", "days", Agreement("yes", "yes", day, "en", limits_told=True), provider="Hill House")
    answers = interview("child-12-14", code, on=day, respondent="child")

    def visited() -> None:
        (visit,) = plan_visit(worker, [code], SAFE, Plan(day, "home"))
        promise = NewAction("we", day + timedelta(days=5), "Papers")
        hold_visit(worker, visit, Held(True, True, "no_plan", (), alone="yes", actions=(promise,)))

    return {
        "document": lambda: add_entry(worker, key, "documents", {"kind": "passport", "state": "has"}, told_on=day),
        "visit_held": visited,
        "referral_made": lambda: make_referral(worker, code, wanted),
        "interview": lambda: receive(worker, Delivery(answers)),
        "step": lambda: move(worker, code, "assess"),
        "risk": lambda: set_risk(worker, code, "high", "visit"),
        "attempt": lambda: record_attempt(worker, code, Attempt("phone", "unsafe", day)),
        "meeting": lambda: record_meeting(worker, code, meeting(0), uuid4()),
        "relation_began": lambda: add_relation(worker, key, "relative", "Aunt", since=day),
    }


def told(house: House, among: Mapping[str, Act]) -> list[str]:
    """As the journey has them, the newest first."""
    today = day_of(house.organisation_id)
    return [each.kind for each in read(house).moments if each.day == today and each.kind in among]


@pytest.mark.parametrize("backwards", [False, True])
def test_of_every_topic_what_was_written_last_stands_first(world: World, backwards: bool) -> None:
    house = world.amani
    wanted = acts(house)
    order = list(reversed(wanted)) if backwards else list(wanted)
    done(house, wanted, *order)
    assert told(house, wanted) == list(reversed(order))


def test_the_day_is_one_for_all_that_is_done_and_read(world: World, today: date) -> None:
    """Also in a run that began a moment before midnight."""
    assert day_of(world.amani.organisation_id) == world.amani.system().today() == today


def test_what_was_agreed_at_a_visit_follows_the_visit(world: World) -> None:
    acts(world.amani)["visit_held"]()
    assert [each.kind for each in read(world.amani).moments[:2]] == ["agreed", "visit_held"]


def test_a_corrected_interview_keeps_its_place_in_the_day(world: World) -> None:
    house, wanted = world.amani, acts(world.amani)
    done(house, wanted, "interview", "document")
    first = Submission.objects.get(state=State.ACCEPTED)
    correct_answers(house.actor("supervisor"), first.pk, {"work_hours": "30"}, "typing_error", "Slip")
    assert Submission.objects.get(state=State.ACCEPTED).pk != first.pk
    assert told(house, wanted) == ["document", "interview"]


def test_the_end_of_a_relation_stands_where_it_was_told(world: World) -> None:
    house, worker, (key, _) = world.amani, world.amani.actor("case_worker"), child_of(world.amani)
    mother = Relation.objects.get(child=key)
    wanted = {**acts(house), "relation_ended": lambda: end_relation(worker, key, mother.pk)}
    order = ("document", "relation_ended", "relation_began")
    done(house, wanted, *order)
    assert told(house, wanted) == list(reversed(order))


def test_a_relation_of_which_nobody_kept_when_it_was_written_begins_the_day(world: World) -> None:
    house, wanted = world.amani, acts(world.amani)
    done(house, wanted, "document", "relation_began")
    assert told(house, wanted)[0] == "relation_began"
    Relation.objects.update(recorded_at=None)  # as in a house that stood before
    assert told(house, wanted)[0] == "document"
