"""Planning a visit: its second step has an address of its own, and neither going back nor reloading loses it."""

from __future__ import annotations

import re
import time

import pytest
from django.test import Client

from homeward.apps.access.models import OpenSession
from homeward.apps.visits.cards import CardFacts, set_card
from homeward.apps.visits.models import Visit
from homeward.web.visits.begun import BEGUN, LASTS, MOST
from tests.apps.test_visits import sibling, today
from tests.ties import declared
from tests.web.conftest import Reader
from tests.web.test_visits import SAFE, code_of, text
from tests.world import World

pytestmark = pytest.mark.database
HOME = {"mode": "home", "goes": "staff"}
AGAIN = "These are your answers from before. Nothing is planned yet."


def path(world: World) -> str:
    return f"/children/{code_of(world.amani)}/visits/new"


def begun(client: Client, world: World, **given: str) -> str:
    answer = client.post(path(world), {**SAFE, "on": today(world.amani).isoformat(), **given})
    assert answer.status_code == 302
    return str(answer["Location"])


def test_the_address_says_nothing_and_the_page_can_be_loaded_again(reader: Reader, world: World) -> None:
    client = reader("case_worker")
    address = begun(client, world, attention="yes")
    assert re.fullmatch(rf"{path(world)}/[0-9a-f-]{{36}}", address)
    first, second = text(client, address), text(client, address)
    assert "Come without a badge" in first
    assert "Come without a badge" in second
    assert client.post(address, {"mode": ""}).status_code == 422
    assert client.post(address, HOME).status_code == 422, "the way is closed by what was answered"
    assert client.post(address, {**HOME, "mode": "neutral_place"}).status_code == 302
    assert (Visit.objects.get().mode, Visit.objects.get().attention) == ("neutral_place", "yes")


def test_back_at_the_questions_they_are_answered_until_the_visit_is_planned(reader: Reader, world: World) -> None:
    client, other = reader("case_worker"), sibling(world.amani)
    assert AGAIN not in text(client, path(world))
    address = begun(client, world, resentment="perhaps", others=other.code)
    html = text(client, path(world))
    assert AGAIN in html
    assert re.search(r'name="resentment" value="perhaps"[^>]*checked', html)
    assert re.search(rf'name="others" value="{other.code}"[^>]*checked', html)
    client.post(address, HOME)
    html = text(client, path(world))
    assert AGAIN not in html
    assert "checked" not in html.split("<form")[-1]


def test_sent_twice_or_come_back_to_it_leads_to_the_one_visit(reader: Reader, world: World) -> None:
    client = reader("case_worker")
    address = begun(client, world)
    visit = client.post(address, HOME)["Location"]
    for answer in (client.post(address, HOME), client.get(address)):
        assert (answer.status_code, answer["Location"]) == (302, visit)
    assert "This visit is planned already." in text(client, visit)
    assert Visit.objects.count() == 1


def test_a_step_that_is_wrong_or_too_old_says_so_and_begins_anew(
    reader: Reader, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, other = reader("case_worker"), sibling(world.amani)
    address = begun(client, world)
    of_nobody = f"{path(world)}/6f1e9c0e-6a0b-4f3c-9b7e-2b1f6a4d7c11"
    of_another = address.replace(code_of(world.amani), other.code)
    for wrong in (of_nobody, of_another):
        for answer in (client.get(wrong, follow=True), client.post(wrong, HOME, follow=True)):
            assert "The answers before this visit are no longer here" in answer.content.decode(), wrong
            assert "Could the visit do harm?" in answer.content.decode()
    assert client.get(f"{path(world)}/home").status_code == 404
    later = time.time() + LASTS + 1
    monkeypatch.setattr("homeward.web.visits.begun.time.time", lambda: later)
    html = client.post(address, HOME, follow=True).content.decode()
    assert "no longer here" in html
    assert AGAIN not in html
    assert not Visit.objects.exists()


def test_what_has_changed_meanwhile_is_looked_at_once_more(reader: Reader, world: World) -> None:
    house, client = world.amani, reader("case_worker")
    address = begun(client, world, attention="perhaps")
    set_card(house.actor("case_worker"), code_of(house), CardFacts(("somebody",)))
    for answer in (client.get(address, follow=True), client.post(address, HOME, follow=True)):
        assert "has changed since you answered" in answer.content.decode()
    assert not Visit.objects.exists()


def test_nobody_else_comes_to_it_and_what_is_kept_cannot_be_read(reader: Reader, world: World) -> None:
    house, client = world.amani, reader("case_worker")
    address = begun(client, world, danger="perhaps")
    for who in ("supervisor", "focal_point"):  # they see the child; the answers are in another one's session
        answer = reader(who).get(address, follow=True)
        assert answer.status_code == (200 if who == "supervisor" else 403), who
        assert "How is the visit made?" not in answer.content.decode()
    for stranger in (reader("other_case_worker"), reader("outsider"), reader("case_worker", world.baraka)):
        assert (stranger.get(address).status_code, stranger.post(address, HOME).status_code) == (404, 404)
    (row,) = client.session[BEGUN]
    assert "perhaps" not in str(row)
    assert "danger" not in str(row)
    assert OpenSession.objects.exists()
    declared(house, "case_worker", code_of(house))
    assert (client.get(address).status_code, client.post(address, HOME).status_code) == (404, 404)
    assert not Visit.objects.exists()


def test_of_one_child_the_last_answers_count_and_few_are_kept(reader: Reader, world: World) -> None:
    client = reader("case_worker")
    first = begun(client, world, attention="perhaps")
    second = begun(client, world)
    assert "no longer here" in client.get(first, follow=True).content.decode()
    assert client.get(second).status_code == 200
    for _ in range(MOST + 2):
        begun(client, world)
    assert len(client.session[BEGUN]) <= MOST
