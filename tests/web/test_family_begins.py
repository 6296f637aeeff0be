"""Where nobody says when a relation began, the page says so."""

from __future__ import annotations

from datetime import date

import pytest

from homeward.apps.cases.facts import ChildFacts
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
    assert html.count("beginning not said –") == 1
    client.post(page, {"kind": "relative", "name": "Aunt", "since": ""})
    assert client.get(page).content.decode().count("beginning not said –") == 2
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
