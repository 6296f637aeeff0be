"""Whoever has two roles holds each right only where the role reaches that gives it: seeing a child in the one opens
nothing that the other gives for a caseload or a team.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from datetime import date, timedelta
from itertools import product

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from homeward.apps.access.actors import Actor
from homeward.apps.access.models import Membership
from homeward.apps.access.roles import grant_role
from homeward.apps.audit.models import Event
from homeward.apps.cases.case_queries import case_of
from homeward.apps.cases.consenting import Asked, record_agreement
from homeward.apps.cases.facts import facts_of
from homeward.apps.cases.models import Assignment, Child
from homeward.apps.cases.plans import GoalFacts, add_goal
from homeward.apps.cases.queries import find_within, names_of
from homeward.apps.cases.risk import set_risk
from homeward.apps.cases.scope import children_visible_to, permit_for, read_at_once
from homeward.apps.cases.services import assign_child, change_child, register_child
from homeward.apps.visits.cards import open_card
from homeward.domain.consent import MONITORING
from homeward.domain.permissions import PERMISSIONS, Role
from homeward.domain.problems import ProblemError
from tests.world import House, World

pytestmark = pytest.mark.database
WIDE = (Role.ME_OFFICER, Role.FOCAL_POINT, Role.PROGRAMME_MANAGER, Role.SUPERVISOR)
NARROW = (Role.CASE_WORKER, Role.SUPERVISOR)


def both(house: House, wide: Role, narrow: Role) -> Actor:
    """The narrow role in the second team; the child that is asked for belongs to the first."""
    since = date.today() - timedelta(days=10)
    grant_role(house.system(), house.people[wide], narrow, team_id=house.teams[1], since=since)
    Membership.objects.filter(person_id=house.people[wide]).update(waits=False)
    return house.actor(wide)


@pytest.mark.parametrize(("wide", "narrow"), list(product(WIDE, NARROW)))
def test_a_right_reaches_no_further_than_the_role_that_gives_it(world: World, wide: Role, narrow: Role) -> None:
    house = world.amani
    teamless = register_child(house.system(), replace(facts_of(Child.objects.get(pk=house.child.id)), external_id=""))
    Child.objects.filter(pk=teamless.id).update(team_id=None)
    actor = both(house, wide, narrow)
    wrong = []
    for permission, child in product(PERMISSIONS, Child.objects.all()):
        if not children_visible_to(actor).filter(pk=child.pk).exists():
            continue
        place, team = child.organisation_id, child.team_id
        allowed = bool(permit_for(actor, permission, child.pk, organisation_id=place, team_id=team))
        if allowed != children_visible_to(actor, permission).filter(pk=child.pk).exists():
            wrong.append((permission, child.code, allowed))
    assert wrong == []


DEEDS: dict[str, Callable[[Actor, House], object]] = {
    "names": lambda actor, house: names_of(actor, house.child.id),
    "plan": lambda actor, house: case_of(actor, house.child.id),
    "goal": lambda actor, house: add_goal(actor, house.child.code, GoalFacts("social", "child", "School")),
    "agreement": lambda actor, house: record_agreement(
        actor, house.child.code, Asked("child", {MONITORING: "agrees"}, limits_told=True)
    ),
    "risk": lambda actor, house: set_risk(actor, house.child.code, "high", "visit"),
    "card": lambda actor, house: open_card(actor, house.child.code),
    "change": lambda actor, house: change_child(
        actor, house.child.id, replace(facts_of(Child.objects.get(pk=house.child.id)), sex="male")
    ),
}


@pytest.mark.parametrize("deed", DEEDS)
def test_an_officer_who_also_works_in_another_team_opens_and_changes_nobody_elses_child(
    world: World, deed: str
) -> None:
    house = world.amani
    actor = both(house, Role.ME_OFFICER, Role.CASE_WORKER)
    with pytest.raises(ProblemError) as caught:
        DEEDS[deed](actor, house)
    assert caught.value.first.status == 403
    assert Event.objects.latest("at").allowed is False
    assert Child.objects.get(pk=house.child.id).sex == "female"


def test_with_a_child_of_the_own_caseload_both_roles_work(world: World) -> None:
    house = world.amani
    actor = both(house, Role.ME_OFFICER, Role.CASE_WORKER)
    assign_child(house.system(), house.other_child.id, person_id=house.people["me_officer"])
    assert names_of(actor, house.other_child.id).name == "Tesfaye"
    set_risk(actor, house.other_child.code, "high", "visit")


def test_while_a_page_is_read_the_caseload_is_asked_once_and_the_next_page_asks_again(world: World) -> None:
    house = world.amani
    assert house.child is not None
    actor, key = house.actor("case_worker"), house.child.id
    rights = ("names.see", "children.change", "plans.see", "visits.see", "risk.set", "children.assign")

    def answers() -> tuple[list[bool], int]:
        with CaptureQueriesContext(connection) as asked:
            place, team = house.organisation_id, house.teams[0]
            found = [bool(permit_for(actor, each, key, organisation_id=place, team_id=team)) for each in rights]
        return found, len(asked)

    alone, questions = answers()
    assert (alone, questions) == ([True] * 5 + [False], 5)
    with read_at_once():
        assert answers() == (alone, 1)
        with read_at_once():  # within another one
            assert answers() == (alone, 0)
        assert answers() == (alone, 0)
    Assignment.objects.filter(child=key).delete()
    with read_at_once():
        assert answers() == ([False] * 6, 1)
    assert answers()[0] == [False] * 6


def test_what_is_kept_while_reading_is_one_persons_and_one_childs(world: World) -> None:
    house = world.amani
    assert house.child is not None
    assert house.other_child is not None
    place = house.organisation_id
    with read_at_once():
        for who, child, team, expected in (
            ("case_worker", house.child, house.teams[0], True),
            ("other_case_worker", house.child, house.teams[0], False),
            ("case_worker", house.other_child, house.teams[1], False),
            ("supervisor", house.child, house.teams[0], True),
        ):
            decision = permit_for(house.actor(who), "plans.see", child.id, organisation_id=place, team_id=team)
            assert bool(decision) is expected, (who, child.code)


@pytest.mark.parametrize(
    ("wide", "narrow"), [(Role.ME_OFFICER, Role.CASE_WORKER), (Role.PROGRAMME_MANAGER, Role.SUPERVISOR)]
)
def test_a_child_that_a_page_read_in_one_role_is_out_of_reach_in_the_other(
    world: World, wide: Role, narrow: Role
) -> None:
    actor = both(world.amani, wide, narrow)
    alone, once = [], []
    for found in (alone, once):
        with read_at_once() if found is once else nullcontext():
            for permission, child in product(sorted(PERMISSIONS), Child.objects.order_by("pk")):
                try:
                    found.append(find_within(actor, child.pk, permission).pk == child.pk)
                except ProblemError:
                    found.append(False)
    assert once == alone
    assert {True, False} == set(alone)


def test_the_next_page_asks_for_the_child_again(world: World) -> None:
    house, worker = world.amani, world.amani.actor("case_worker")
    assert house.child is not None
    with read_at_once():
        first = find_within(worker, house.child.code, "children.see")
        assert find_within(worker, house.child.id, "children.see") is first
        with pytest.raises(ProblemError):
            find_within(house.actor("other_case_worker"), house.child.id, "children.see")
    Assignment.objects.filter(child=house.child.id).delete()
    with read_at_once(), pytest.raises(ProblemError):
        find_within(worker, house.child.id, "children.see")
