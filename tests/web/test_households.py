"""Two children in one household, whichever of the two was recorded first; and who is offered for a visit in one go."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest

from homeward.apps.cases.facts import ChildFacts
from homeward.apps.cases.family import join_household, link_siblings, lives
from homeward.apps.cases.models import HouseholdStay
from homeward.apps.cases.services import Registered, assign_child, register_child
from homeward.domain.problems import ProblemError
from tests.web.conftest import Reader
from tests.world import House, World, day_of

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def registered(house: House, age: int) -> Registered:
    day = day_of(house.organisation_id)
    facts = ChildFacts(sex="male", age=age, return_date=day, team_id=house.teams[0])
    made = register_child(house.system(), facts)
    assign_child(house.system(), made.id, person_id=house.people["case_worker"])
    return made


def ago(house: House, days: int) -> date:
    return day_of(house.organisation_id) - timedelta(days=days)


def stays(child_id: UUID) -> list[UUID]:
    return list(HouseholdStay.objects.filter(child=child_id, struck_on=None).values_list("household", flat=True))


def test_together_works_when_either_household_is_recorded(world: World) -> None:
    house, worker = world.amani, world.amani.actor("case_worker")
    assert house.child is not None
    one, other = house.child, registered(house, 9)
    with pytest.raises(ProblemError) as caught:
        join_household(worker, one.id, ago(house, 5), with_code=other.code)
    assert caught.value.first.code == "household.none"
    key = join_household(worker, one.id, ago(house, 9))
    assert lives(one.id, [other.id]) == {other.id: None}
    assert join_household(worker, one.id, ago(house, 5), with_code=other.code) == key
    assert stays(other.id) == stays(one.id) == [key]
    assert lives(one.id, [other.id]) == {other.id: True}
    assert join_household(worker, other.id, ago(house, 5), with_code=one.code) == key  # they are there already
    assert stays(other.id) == [key]


def test_a_household_of_its_own_of_the_same_day_gives_way(world: World) -> None:
    house, worker = world.amani, world.amani.actor("case_worker")
    assert house.child is not None
    one, other = house.child, registered(house, 9)
    join_household(worker, one.id, ago(house, 5))
    theirs = join_household(worker, other.id, ago(house, 9))
    assert lives(one.id, [other.id]) == {other.id: False}
    assert join_household(worker, one.id, ago(house, 5), with_code=other.code) == theirs
    assert stays(one.id) == [theirs]
    assert HouseholdStay.objects.filter(child=one.id).count() == 2  # the one before stays readable


def test_a_visit_in_one_go_offers_first_who_lives_there_and_apart_who_does_not(reader: Reader, world: World) -> None:
    house, worker = world.amani, world.amani.actor("case_worker")
    assert house.child is not None
    one, near, far, unknown = house.child, *(registered(house, age) for age in (9, 10, 11))
    for each in (near, far, unknown):
        link_siblings(worker, one.id, each.code)
    join_household(worker, one.id, ago(house, 9))
    join_household(worker, near.id, ago(house, 9), with_code=one.code)
    join_household(worker, far.id, ago(house, 9))
    page = reader("case_worker").get(f"/children/{one.code}/visits/new").content.decode()
    together, apart = page.split("Brothers and sisters who live in another household")
    assert together.index(f'value="{near.code}"') < together.index(f'value="{unknown.code}"')
    assert f'value="{far.code}"' not in together
    assert f'value="{far.code}"' in apart
    assert "same household" in together.split(f'value="{near.code}"')[1].split("</label>")[0]
    assert "which household is not recorded" in together.split(f'value="{unknown.code}"')[1].split("</label>")[0]
    assert "another household" in apart.split(f'value="{far.code}"')[1].split("</label>")[0]
