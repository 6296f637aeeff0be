"""Who was asked while others listened is asked again apart: rounds, journey and *Today* say so until it is done."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils.formats import date_format

from homeward.apps.audit.models import Event
from homeward.apps.cases.merging import merge_children
from homeward.apps.visits.apart import to_ask_apart
from homeward.apps.visits.correcting import take_back_visit
from homeward.apps.visits.models import Visit
from homeward.apps.visits.recording import Held, hold_visit, skip_voice
from homeward.apps.visits.services import pause_child, resume_child
from homeward.domain.codes import display_code
from tests.apps.test_same_child import twin
from tests.apps.test_visits import planned
from tests.web.conftest import Interviewed, Reader
from tests.world import House, World

pytestmark = pytest.mark.database
LISTENED = {"in_private": "no"}
AT_VISIT = Held(child_seen=True, caregiver_seen=True, on_track="yes", harm=(), alone="no")


def code_of(house: House) -> str:
    return house.child.code  # type: ignore[union-attr]


def section(client: Client) -> str:
    """What *Today* says of those who are to be asked apart."""
    html = client.get("/").content.decode()
    found = re.search(r'<section class="panel part" aria-labelledby="part-apart">.*?</section>', html, re.S)
    return found[0] if found else ""


def tags(client: Client, address: str) -> list[tuple[str, str]]:
    """Of the round of six months, as the page shows them."""
    answer = client.get(address)
    rounds = answer.context["points"] if address.endswith("follow-up") else answer.context["rounds"]
    found = next(each for each in rounds if each["code"] == "m6")["tags"]
    assert all(str(each["text"]) in answer.content.decode() for each in found)
    return [(each["kind"], str(each["text"])) for each in found]


def visited(house: House, held: Held, days: int) -> Visit:
    row = planned(house, days=-days)
    hold_visit(house.actor("case_worker"), row.pk, replace(held, on=row.planned_on))
    return row


class TestRound:
    def test_the_round_the_overview_and_the_journey_say_that_others_listened(
        self, reader: Reader, world: World, interviewed: Interviewed
    ) -> None:
        client, page = reader("case_worker"), f"/children/{code_of(world.amani)}"
        interviewed(days=3, changes=LISTENED)
        interviewed("caregiver", days=3, respondent="caregiver")
        for address in (f"{page}/follow-up", page):
            assert tags(client, address) == [("warn", "Child · others listened"), ("good", "Caregiver")], address
        journey = client.get(f"{page}/journey").content.decode()
        assert re.search(r"Interview: Child.{0,400}others listened", journey, re.S)
        assert "Done · others listened" in journey
        assert "Nobody is due" in client.get("/").content.decode()  # what is due is said as before
        interviewed(days=2)
        for address in (f"{page}/follow-up", page):
            assert tags(client, address) == [("good", "Child"), ("good", "Caregiver")], address
        assert "Done · others listened" not in client.get(f"{page}/journey").content.decode()

    def test_today_calls_for_asking_apart_and_begins_it(
        self, reader: Reader, world: World, interviewed: Interviewed
    ) -> None:
        house, client = world.amani, reader("case_worker")
        assert section(client) == ""
        interviewed(days=3, changes=LISTENED)
        html = section(client)
        assert f'href="/children/{code_of(house)}/interview"' in html
        assert "6 months after the return" in html
        day = date_format(date.today() - timedelta(days=3), "DATE_FORMAT")
        assert f"Interview of {day}, child" in html
        assert "Child survey, 12 to 14 years" in html
        assert "others listened" in html
        above, below = client.get("/").content.decode().split('id="part-apart"')
        assert "part-apart" not in above[:-60]
        assert display_code(code_of(house)) in below
        assert Event.objects.filter(verb="children.see", object_kind="due").exists()
        interviewed(days=1)
        assert section(client) == ""

    def test_a_supervisor_sees_how_many_and_opens_all(
        self, reader: Reader, world: World, interviewed: Interviewed
    ) -> None:
        interviewed(days=3, changes=LISTENED)
        client = reader("supervisor")
        html = section(client)
        assert '<span class="tag warn">1</span>' in html
        assert display_code(code_of(world.amani)) not in html
        assert 'href="/today/apart"' in html
        assert display_code(code_of(world.amani)) in client.get("/today/apart").content.decode()

    def test_nobody_else_is_called(self, reader: Reader, world: World, interviewed: Interviewed) -> None:
        interviewed(days=3, changes=LISTENED)
        for name in ("other_case_worker", "other_supervisor", "me_officer", "focal_point", "outsider"):
            assert section(reader(name)) == "", name
        assert section(reader("case_worker", world.baraka)) == ""

    def test_while_the_clock_stands_still_nobody_is_called(self, world: World, interviewed: Interviewed) -> None:
        worker, code = world.amani.actor("case_worker"), code_of(world.amani)
        interviewed(days=3, changes=LISTENED)
        pause_child(worker, code, "away")
        assert to_ask_apart(worker) == ()
        resume_child(worker, code)
        assert [each.code for each in to_ask_apart(worker)] == [code]

    def test_a_round_that_is_over_is_not_asked_again(self, world: World, interviewed: Interviewed) -> None:
        interviewed(days=120, changes=LISTENED)
        assert to_ask_apart(world.amani.actor("case_worker")) == ()

    def test_what_was_heard_under_a_record_that_was_put_together_counts_for_the_one_that_stays(
        self, world: World, interviewed: Interviewed
    ) -> None:
        house, worker = world.amani, world.amani.actor("case_worker")
        other = twin(house)
        interviewed(days=3, code=other.code, changes=LISTENED)
        merge_children(house.actor("supervisor"), other.code, code_of(house))
        assert [each.code for each in to_ask_apart(worker)] == [code_of(house)]
        interviewed(days=2)
        assert to_ask_apart(worker) == ()


class TestVisit:
    def test_a_visit_at_which_the_child_was_not_alone_calls_until_one_at_which_it_was(
        self, reader: Reader, world: World
    ) -> None:
        house, client = world.amani, reader("case_worker")
        visited(house, AT_VISIT, 20)
        html = section(client)
        assert f'href="/children/{code_of(house)}/visits/new"' in html
        assert "could not be spoken with alone" in html
        visited(house, replace(AT_VISIT, alone="not_wanted"), 15)
        assert section(client)
        row = visited(house, replace(AT_VISIT, alone="in_sight"), 10)
        assert section(client) == ""
        take_back_visit(house.actor("case_worker"), row.pk, "wrong_child")
        assert section(client)

    def test_a_child_who_could_not_be_asked_apart_calls_too(self, world: World, interviewed: Interviewed) -> None:
        house, worker = world.amani, world.amani.actor("case_worker")
        row = visited(house, replace(AT_VISIT, alone="yes"), 9)
        assert to_ask_apart(worker) == ()
        skip_voice(worker, row.pk, "child", "not_alone")
        assert [(each.on, each.rule) for each in to_ask_apart(worker)] == [(date.today() - timedelta(days=9), None)]
        interviewed(days=4, changes={"in_private": "yes"})
        assert to_ask_apart(worker) == ()

    def test_whoever_goes_in_the_place_of_a_case_worker_speaks_with_no_child_alone(self, world: World) -> None:
        went = replace(AT_VISIT, on_track="", went="volunteer", observed=("there",))
        visited(world.amani, went, 5)
        assert to_ask_apart(world.amani.actor("case_worker")) == ()
