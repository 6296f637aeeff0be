"""The contact ledger on its pages: in two taps, refused in words, lost and found."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils.formats import date_format

from homeward.apps.audit.models import Event
from homeward.apps.cases.models import Child
from homeward.apps.visits.cards import CardFacts, set_card, set_quiet_time
from homeward.apps.visits.contacts import Attempt, decide_lost, record_attempt
from homeward.apps.visits.models import ContactAttempt, ContactFact
from homeward.apps.visits.rules import step_rules
from tests.apps.test_visits import planned, today
from tests.web.conftest import Reader
from tests.web.test_visits import UNSAID, code_of, text
from tests.world import World


class TestContact:
    def test_an_attempt_takes_two_taps(self, reader: Reader, world: World) -> None:
        house, client = world.amani, reader("case_worker")
        path = f"/children/{code_of(house)}/visits"
        answer = client.post(f"{path}/attempt", {"channel": "phone", "outcome": "no_answer"})
        assert (answer.status_code, answer.url) == (302, path)
        html = text(client, path)
        assert "1 attempt in vain" in html
        assert not re.search(r'name="channel"[^>]*checked', html)  # one tap saves: nothing is chosen beforehand

    def test_a_quiet_time_refuses_it_in_words_and_keeps_what_was_typed(self, reader: Reader, world: World) -> None:
        house, client = world.amani, reader("case_worker")
        day = today(house)
        set_quiet_time(house.actor("case_worker"), code_of(house), day, day + timedelta(days=3), "danger")
        path = f"/children/{code_of(house)}/visits"
        assert "No contact until" in text(client, path)
        given = {"channel": "phone", "outcome": "no_answer", "next_step": "wait"}
        answer = client.post(f"{path}/attempt", given)
        html = answer.content.decode()
        assert answer.status_code == 422
        assert "nobody makes contact with this child" in html
        assert re.search(r'value="wait"[^>]*selected', html)
        assert not ContactAttempt.objects.exists()

    def test_lost_is_for_a_supervisor_after_the_last_step_and_found_for_whoever_works_with_the_child(
        self, reader: Reader, world: World
    ) -> None:
        house, client, supervisor = world.amani, reader("case_worker"), reader("supervisor")
        path = f"/children/{code_of(house)}/visits"
        decide = {"what": "lost", "reason": "unsafe"}
        assert supervisor.post(f"{path}/contact", decide).status_code == 409
        record_attempt(house.actor("case_worker"), code_of(house), Attempt("phone", "unsafe"))
        assert "The child is lost to contact" not in text(client, path)
        assert "The child is lost to contact" in text(supervisor, path)
        assert client.post(f"{path}/contact", decide).status_code == 403
        assert supervisor.post(f"{path}/contact", decide).status_code == 302
        assert "Lost to contact." in text(client, path)
        answer = client.post(f"{path}/contact", {"what": "found"})
        assert (answer.status_code, ContactFact.objects.count()) == (422, 1), "seen, or heard of?"
        assert client.post(f"{path}/contact", {"what": "found", "how": "heard"}).status_code == 302
        html = text(client, path)
        assert "Nobody has reached it yet." in html
        assert "In contact." not in html
        assert list(ContactFact.objects.order_by("noted_at").values_list("kind", flat=True)) == ["lost", "found"]

    def test_the_card_shows_rules_and_opens_numbers_on_a_tap(self, reader: Reader, world: World) -> None:
        house, client = world.amani, reader("case_worker")
        path = f"/children/{code_of(house)}/visits"
        given = {
            "channels": ["phone"],
            "safe_parts": ["evening"],
            "unsaid": UNSAID,
            "how": "0700 123",
            "code_word": "k",
        }
        assert client.post(f"{path}/card", {**given, "channels": []}).status_code == 422
        assert client.post(f"{path}/card", given).status_code == 302
        html = text(client, path)
        assert UNSAID in html
        assert "0700 123" not in html
        before = Event.objects.filter(verb="contacts.see").count()
        html = client.post(f"{path}/card/open", follow=True).content.decode()
        assert "0700 123" in html
        assert Event.objects.filter(verb="contacts.see").count() == before + 1
        assert "0700 123" in text(client, f"{path}/card")

    @pytest.mark.parametrize("name", ["me_officer", "other_case_worker", "outsider", "programme_manager"])
    def test_others_see_none_of_it(self, reader: Reader, world: World, name: str) -> None:
        house = world.amani
        set_card(house.actor("case_worker"), code_of(house), CardFacts(("phone",), unsaid=UNSAID, how="0700"))
        row = planned(house, mode="phone")
        client = reader(name)
        for path in (f"/children/{code_of(house)}/visits", f"/visits/{row.pk}", f"/visits/{row.pk}/sheet"):
            answer = client.get(path)
            assert answer.status_code in (403, 404), (name, path)
            assert UNSAID not in answer.content.decode()
        assert client.post(f"/children/{code_of(house)}/visits/card/open").status_code in (403, 404)

    def test_an_ended_record_offers_nothing_and_says_why(self, reader: Reader, world: World) -> None:
        house, client = world.amani, reader("case_worker")
        path = f"/children/{code_of(house)}/visits"
        Child.objects.filter(code=code_of(house)).update(status="closed", ended_on=today(house))
        html = text(client, path)
        assert f'"{path}/new"' not in html
        assert "not open any more" in html
        for further in ("new", "card"):
            assert client.get(f"{path}/{further}").status_code == 409
        assert client.post(f"{path}/attempt", {"channel": "phone", "outcome": "no_answer"}).status_code == 409


def test_the_advice_moves_on_once_the_step_was_taken(reader: Reader, world: World) -> None:
    house, client, worker = world.amani, reader("case_worker"), world.amani.actor("case_worker")
    path = f"/children/{code_of(house)}/visits"

    def tried(channel: str, outcome: str = "no_answer") -> str:
        record_attempt(worker, code_of(house), Attempt(channel, outcome))
        return text(client, path)

    assert "No second contact is recorded: ask through the community" in tried("phone", "moved")
    set_card(worker, code_of(house), CardFacts(("home", "phone"), second="Grandmother"))
    assert "Ask the second contact" in text(client, path)
    html = tried("second_contact")
    assert "Ask through the community, without saying why." in html
    assert "Ask the second contact" not in html
    html = tried("community")
    assert "Go on trying in the ways that the card allows" in html
    assert html.count(f"Through the second contact · {date_format(today(house), 'DATE_FORMAT')}") == 1
    assert f"Through the community · {date_format(today(house), 'DATE_FORMAT')}" in html
    assert "The child is lost to contact" not in text(reader("supervisor"), path)


class TestUntilSomebodyDecides:
    def test_the_page_says_how_often_and_until_when_and_names_no_card_where_there_is_none(
        self, reader: Reader, world: World
    ) -> None:
        house, client, worker = world.amani, reader("case_worker"), world.amani.actor("case_worker")
        path = f"/children/{code_of(house)}/visits"
        for channel, outcome in (("phone", "moved"), ("community", "no_answer")):
            record_attempt(worker, code_of(house), Attempt(channel, outcome))
        html = text(client, path)
        last = step_rules()[-1]
        more, ways = last.attempts - 2, last.channels - 2
        not_before = date_format(today(house) + timedelta(days=last.days), "DATE_FORMAT")
        said = f"Until the supervisor may decide: {more} more attempts · in {ways} way more · not before {not_before}"
        assert said in html
        assert "Go on trying in other ways, on other days." in html
        assert "the ways that the card allows" not in html

    def test_the_second_contact_is_offered_only_where_one_is_recorded(self, reader: Reader, world: World) -> None:
        house, client = world.amani, reader("case_worker")
        path = f"/children/{code_of(house)}/visits"
        assert "Through the second contact – closed: no second contact is recorded" in text(client, path)
        given = {"channel": "second_contact", "outcome": "no_answer"}
        answer = client.post(f"{path}/attempt", given)
        assert (answer.status_code, ContactAttempt.objects.count()) == (422, 0)
        assert "Name one on the safe-contact card first." in answer.content.decode()
        set_card(house.actor("case_worker"), code_of(house), CardFacts(("phone",), second="Grandmother"))
        assert client.post(f"{path}/attempt", given).status_code == 302

    def test_who_is_found_again_stands_in_the_list_and_a_new_place_and_card_are_asked_for(
        self, reader: Reader, world: World
    ) -> None:
        house, client, worker = world.amani, reader("case_worker"), world.amani.actor("case_worker")
        path = f"/children/{code_of(house)}/visits"
        record_attempt(worker, code_of(house), Attempt("phone", "unsafe"))
        decide_lost(house.actor("supervisor"), code_of(house), "all_in_vain")
        assert re.search(r'<span class="tag warn">Lost</span>', text(client, path))
        client.post(f"{path}/contact", {"what": "found", "how": "seen"})
        html = text(client, path)
        assert re.search(r'<span class="tag good">Found again</span> Seen or spoken with', html)
        asks = "Where does the child live now, and how may it be reached from now on?"
        assert asks in html
        assert f'href="/children/{code_of(house)}/change"' in html.split(asks)[1][:400]
        set_card(worker, code_of(house), CardFacts(("phone",)))
        assert asks not in text(client, path)
