"""Birthdays and agreements of a caseload: equal to asking for each child, whatever was said and when."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from homeward.apps.access.models import Person
from homeward.apps.audit.models import Event
from homeward.apps.cases.ahead import _marks, _perhaps, ahead_of, marks_ahead, marks_of
from homeward.apps.cases.consenting import Asked, record_agreement, withdraw
from homeward.apps.cases.consents import consent_of
from homeward.apps.cases.facts import ChildFacts
from homeward.apps.cases.ledgers import removals
from homeward.apps.cases.models import Child, ConsentEntry
from homeward.apps.cases.queries import find_child
from homeward.apps.cases.services import assign_child, register_child
from homeward.domain.ahead import Kind
from homeward.domain.consent import MONITORING, SERVICE
from tests.ties import declared
from tests.world import House, World, agree, day_of

pytestmark = pytest.mark.database
BANDS = (8, 13, 16, 20)
TWO = UUID(int=2)


def child_aged(house: House, age: int, *, days_to_band: int | None = None) -> UUID:
    facts = ChildFacts(age=age, return_date=day_of(house.organisation_id) - timedelta(days=60), team_id=house.teams[0])
    made = register_child(house.system(), facts)
    assign_child(house.system(), made.id, person_id=house.people["case_worker"])
    if days_to_band is not None:
        day = day_of(house.organisation_id) + timedelta(days=days_to_band)
        Child.objects.filter(pk=made.id).update(age_changes_on=day)
    return made.id


def test_whose_age_or_agreement_changes_stands_in_the_own_list_and_the_teams(world: World) -> None:
    house, worker = world.amani, world.amani.actor("case_worker")
    assert marks_ahead(worker) == ()
    key = child_aged(house, 14, days_to_band=20)
    (row,) = marks_ahead(worker)
    assert (row.child.id, [each.years for each in row.marks]) == (key, [15])
    assert [each.child.id for each in marks_ahead(house.actor("supervisor"))] == [key]
    for who in ("other_case_worker", "other_supervisor", "focal_point", "me_officer", "organisation_admin"):
        assert marks_ahead(house.actor(who)) == (), who
    look = Event.objects.filter(actor_id=house.people["supervisor"], object_kind="marks").get()
    assert look.detail == {"rows": 1}
    declared(house, "case_worker", code=find_child(house.system(), key).row.code)
    assert marks_ahead(house.actor("case_worker")) == ()


def test_in_the_month_of_the_birthday_it_stands_in_the_list_as_on_the_page_of_the_child(world: World) -> None:
    house = world.amani
    key = child_aged(house, 14, days_to_band=0)  # the month has begun, the birthday is still to come
    for who in ("case_worker", "supervisor"):
        (row,) = marks_ahead(house.actor(who))
        assert (row.child.id, [each.years for each in row.marks]) == (key, [15])
    page = ahead_of(house.actor("case_worker"), find_child(house.system(), key))
    assert [each for each in page.marks if each.kind is Kind.TURNS] == list(row.marks)


def test_an_agreement_that_ends_is_on_the_list_and_leaves_it_once_asked(world: World) -> None:
    house, worker = world.amani, world.amani.actor("case_worker")
    child = house.child
    assert child is not None
    today = day_of(house.organisation_id)
    agree(house, child, today - timedelta(days=350), MONITORING)  # for twelve months
    assert marks_ahead(worker) == ()  # what was said since holds longer
    other = child_aged(house, 13)
    code = find_child(house.system(), other).row.code
    for who in ("child", "caregiver"):
        asked = Asked(
            who,
            {MONITORING: "agrees"},
            today - timedelta(days=350),
            limits_told=True,
            reason="Written in the file of registration.",
        )
        record_agreement(house.system(), code, asked)
    (row,) = marks_ahead(worker)
    assert [(each.kind, each.purpose, each.voices) for each in row.marks] == [
        (Kind.ENDS, MONITORING, ("child", "adult"))
    ]
    withdraw(worker, code, "child", (MONITORING,))
    assert marks_ahead(worker) == ()


def test_an_officer_reads_ages_and_no_agreement(world: World) -> None:
    house = world.amani
    child = house.child
    assert child is not None
    Child.objects.filter(pk=child.id).update(age_changes_on=day_of(house.organisation_id) + timedelta(days=9))
    for who in ("case_worker", "me_officer"):
        found = marks_of(house.actor(who), find_child(house.actor(who), child.id))
        assert [each.kind for each in found] == [Kind.TURNS], who


def test_one_more_child_asks_no_more_questions(world: World) -> None:
    house = world.amani

    def asked() -> int:
        with CaptureQueriesContext(connection) as found:
            marks_ahead(house.actor("supervisor"))
        return len(found)

    child_aged(house, 14, days_to_band=20)
    first = asked()
    for _ in range(4):
        child_aged(house, 11, days_to_band=12)
    assert asked() == first


@pytest.mark.parametrize(("birth", "years"), [(date(2008, 11, 28), 18), (date(2011, 11, 28), 15)])
def test_an_agreement_holds_until_the_birthday_and_not_the_month_on_every_page(
    world: World, client: Client, birth: date, years: int
) -> None:
    house = world.amani

    def on(day: date) -> Any:
        return time_machine.travel(datetime.combine(day, time(12), UTC), tick=False)

    with on(date(2026, 8, 20)):
        facts = ChildFacts(
            sex="female", name="Neza", birth_date=birth, return_date=date(2026, 8, 10), team_id=house.teams[0]
        )
        child = register_child(house.system(), facts)
        assign_child(house.system(), child.id, person_id=house.people["case_worker"], since=date(2026, 8, 10))
        agree(house, child, date(2026, 8, 20))
    for day, over in ((date(2026, 11, 5), False), (date(2026, 11, 27), False), (date(2026, 11, 28), True)):
        with on(day):
            worker = house.actor("case_worker")
            found = marks_of(worker, find_child(worker, child.code))
            assert (Kind.ASK in {each.kind for each in found}) is over, day
            to_ask = {each.child.id for each in marks_ahead(worker) if Kind.ASK in {mark.kind for mark in each.marks}}
            assert (child.id in to_ask) is over, day
            assert any(not each.allowed for each in consent_of(worker, child.id).current[:2]) is over, day
            client.force_login(Person.objects.get(pk=house.people["case_worker"]))
            page = client.get(f"/children/{child.code}").content.decode()
            assert ("No agreement in force" in page) is over, day
    with on(date(2026, 11, 5)):  # who is asked now, before the birthday, is not asked for nothing
        agree(house, child, date(2026, 11, 5))
        (row,) = [each for each in marks_ahead(house.actor("case_worker")) if each.child.id == child.id]
        assert [each.kind for each in row.marks] == [Kind.TURNS]


def test_after_a_no_that_binds_nobody_is_to_be_asked_again(world: World) -> None:
    house, worker = world.amani, world.amani.actor("case_worker")
    key, today = child_aged(house, 13), day_of(house.organisation_id)
    code = find_child(house.system(), key).row.code

    def say(who: str, reply: str, ago: int) -> None:
        answers = {MONITORING: reply, SERVICE: reply}
        asked = Asked(who, answers, today - timedelta(days=ago), limits_told=True, reason="Written in the file.")
        record_agreement(house.system(), code, asked)

    say("child", "agrees", 800)
    assert [each.child.id for each in marks_ahead(worker)] == [key]
    say("caregiver", "refuses", 0)
    assert Child.objects.get(pk=key).said_no == "both"
    assert marks_ahead(worker) == ()
    assert [each for each in marks_of(worker, find_child(worker, code)) if each.kind is not Kind.ROUND] == []


@pytest.mark.parametrize("seed", range(3))
def test_nobody_with_a_mark_is_left_out_before_the_second_look(world: World, seed: int) -> None:
    chance, day = Random(seed), day_of(world.amani.organisation_id)
    assert world.amani.child is not None
    mine = Child.objects.filter(pk=world.amani.child.id)
    with connection.cursor() as cursor:  # gone with this test: nobody takes entries out of the ledger
        for statement in removals(connection.vendor):
            cursor.execute(statement)
    ConsentEntry.objects.all().delete()
    bands = ("0-5", "6-11", "12-14", "15-17", "18+")
    times, seen, spared = (-1, 0, 30, 31, 300), 0, 0
    for _ in range(120):
        band, changes = chance.choice(bands), chance.choice((None, -5, 0, 1, 30, 31, 300))
        mine.update(age_band=band, age_changes_on=None if changes is None else day + timedelta(days=changes))
        for _ in range(chance.randrange(1, 5)):
            until = chance.choice((None, *times))
            ConsentEntry.objects.create(
                id=uuid4(),
                child_id=world.amani.child.id,
                who=chance.choice(("child", "caregiver", "trusted_adult", "case_worker")),
                answer=chance.choice(("agrees", "agrees", "agrees", "refuses", "withdraws", "mistaken")),
                purpose=chance.choice((SERVICE, MONITORING)),
                day=day - timedelta(days=chance.choice((-1, 0, 1, 30, 400, 800))),
                valid_until=None if until is None else day + timedelta(days=until),
                band=chance.choice((band, band, chance.choice(bands))),
                without_caregiver=chance.choice(("", "", "unsafe", "none")),
                source=chance.choice(("asked", "later", "interview")),
                source_id=chance.choice((None, TWO)),
                recorded_at=timezone.now(),
            )
        found = [each for each in _marks(mine, day)[world.amani.child.id] if each.kind is not Kind.ROUND]
        looked = mine.filter(_perhaps(day)).exists()
        assert looked or not found, list(ConsentEntry.objects.values())
        seen, spared = seen + bool(found), spared + (not looked)
        ConsentEntry.objects.all().delete()
    assert seen > 10
    assert spared > 5


SAID = st.lists(
    st.tuples(
        st.sampled_from(["child", "caregiver"]),
        st.sampled_from([SERVICE, MONITORING]),
        st.sampled_from(["agrees", "refuses"]),
        st.integers(0, 800),
    ),
    max_size=5,
)


@given(lives=st.lists(st.tuples(st.sampled_from(BANDS), st.integers(-40, 60), SAID), min_size=1, max_size=4))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_list_is_equal_to_asking_for_each_child(world: World, lives: list[tuple[int, int, list]]) -> None:  # type: ignore[type-arg]
    house = world.amani
    today = day_of(house.organisation_id)
    for age, days, said in lives:
        key = child_aged(house, age, days_to_band=days if age != 20 else None)
        code = find_child(house.system(), key).row.code
        for who, purpose, reply, ago in said:
            asked = Asked(
                who,
                {purpose: reply},
                today - timedelta(days=ago),
                limits_told=True,
                reason="Written in the file of registration.",
            )
            record_agreement(house.system(), code, asked)
    listed = {each.child.id: each.marks for each in marks_ahead(house.actor("supervisor"))}
    team = Child.objects.filter(team=house.teams[0], status="open")
    slow = {
        key: tuple(each for each in some if each.kind is not Kind.ROUND) for key, some in _marks(team, today).items()
    }
    assert listed == {key: some for key, some in slow.items() if some}
