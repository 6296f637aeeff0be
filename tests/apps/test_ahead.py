"""Birthdays and agreements of a caseload: equal to asking for each child, whatever was said and when."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from homeward.apps.audit.models import Event
from homeward.apps.cases.ahead import _marks, marks_ahead, marks_of
from homeward.apps.cases.consenting import Asked, record_agreement, withdraw
from homeward.apps.cases.facts import ChildFacts
from homeward.apps.cases.models import Child
from homeward.apps.cases.queries import find_child
from homeward.apps.cases.services import assign_child, register_child
from homeward.domain.ahead import Kind
from homeward.domain.consent import MONITORING, SERVICE
from tests.ties import declared
from tests.world import House, World, agree, day_of

pytestmark = pytest.mark.database
BANDS = (8, 13, 16, 20)


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
