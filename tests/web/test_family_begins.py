"""Where nobody says when a relation began, the page says so."""

from __future__ import annotations

from datetime import date

import pytest

from homeward.apps.cases.facts import ChildFacts
from homeward.apps.cases.family import join_household, link_siblings
from homeward.apps.cases.models import Relation
from homeward.apps.cases.services import Registered, register_child
from tests.web.conftest import Reader
from tests.world import World

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.fixture
def child(world: World) -> Registered:
    assert world.amani.child
    return world.amani.child


def brother_of(world: World) -> Registered:
    facts = ChildFacts(sex="male", name="Omar", age=8, return_date=date.today(), team_id=world.amani.teams[0])
    return register_child(world.amani.actor("case_worker"), facts)


def test_left_empty_it_is_shown_as_not_said(reader: Reader, world: World, child: Registered) -> None:
    client, brother = reader("case_worker"), brother_of(world)
    page = f"/children/{child.code}/people"
    assert "Left empty: beginning not said." in client.get(page).content.decode()
    html = client.post(f"{page}/sibling", {"other_code": brother.code, "since": ""}, follow=True).content.decode()
    assert html.count("beginning not said</span>") == 1
    client.post(page, {"kind": "relative", "name": "Aunt", "since": ""})
    assert client.get(page).content.decode().count("beginning not said</span>") == 2
    assert reader("outsider").get(page).status_code == 404


def test_a_day_that_is_typed_is_kept(reader: Reader, world: World, child: Registered) -> None:
    brother = brother_of(world)
    answer = {"other_code": brother.code, "since": "2019-03-01"}
    reader("case_worker").post(f"/children/{child.code}/people/sibling", answer)
    assert {row.since for row in Relation.objects.filter(kind="sibling")} == {date(2019, 3, 1)}
    answer = {"other_code": brother.code, "since": "2190-03-01"}
    Relation.objects.filter(kind="sibling").delete()
    html = reader("case_worker").post(f"/children/{child.code}/people/sibling", answer, follow=True)
    assert "This day is in the future." in html.content.decode()
    assert not Relation.objects.filter(kind="sibling").exists()


def test_who_ended_without_a_beginning_keeps_the_day_of_the_end(
    reader: Reader, world: World, child: Registered
) -> None:
    client, page = reader("case_worker"), f"/children/{child.code}/people"
    client.post(page, {"kind": "relative", "name": "Aunt", "since": ""})
    Relation.objects.filter(child=child.id, kind="relative").update(until=date(2024, 5, 1))
    assert "beginning not said – 1 May 2024" in client.get(page).content.decode()


def test_who_lives_in_another_household_than_a_brother_is_said_on_both_pages(
    reader: Reader, world: World, child: Registered
) -> None:
    client, brother, worker = reader("case_worker"), brother_of(world), world.amani.actor("case_worker")
    link_siblings(worker, child.id, brother.code)
    pages = [f"/children/{each.code}/people" for each in (child, brother)]
    join_household(worker, child.id, date(2024, 2, 1), members=4)
    assert not any("Lives apart" in client.get(page).content.decode() for page in pages)  # of one nobody knows
    join_household(worker, brother.id, date(2024, 3, 5), members=3)
    for page in pages:
        assert "Lives apart from this child since 5 Mar 2024" in client.get(page).content.decode()
    join_household(worker, brother.id, date(2024, 6, 1), with_code=child.code)
    assert not any("Lives apart" in client.get(page).content.decode() for page in pages)
