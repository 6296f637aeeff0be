"""Review meetings and the supervisor's page, as people meet them."""

from __future__ import annotations

import re
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from homeward.apps.access.keys import store
from homeward.apps.cases.models import Child
from homeward.apps.monitoring.models import ReviewMeeting, StaffNote
from homeward.apps.monitoring.note_words import say_about
from homeward.apps.monitoring.staff_notes import write_note
from homeward.apps.safeguarding.passing_on import pass_on
from homeward.apps.safeguarding.raising import Sealed
from tests.envelopes import enrolled, sealed_to
from tests.monitoring.histories import fall, rules_hold, send
from tests.web.conftest import Reader
from tests.world import World

pytestmark = [pytest.mark.database, pytest.mark.django_db]
TODAY = date.today()
MOVING = re.compile(r'name="csrfmiddlewaretoken" value="[^"]+"|why-[0-9a-f]{8}|name="entry" value="[^"]+"')


def page_of(world: World) -> str:
    assert world.amani.child is not None
    return f"/children/{world.amani.child.code}"


def text_of(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return MOVING.sub("", answer.content.decode())


def test_the_childs_page_and_today_say_calmly_what_is_called_for(reader: Reader, world: World) -> None:
    rules_hold(world.amani)
    client, page = reader("case_worker"), page_of(world)
    send(world.amani, 170)
    assert "review meeting" not in text_of(client, page)
    fall(world.amani)
    shown = text_of(client, page)
    assert "A review meeting is called for by" in shown
    assert "A score fell by 0.20 or more" in shown
    assert "Economic, Child: 1.00 on" in shown
    assert "Nobody is to blame" in shown
    for who in ("case_worker", "supervisor"):
        today = text_of(reader(who), "/")
        assert 'href="/reviews"' in today
        assert "review meeting is called for" in today
        assert world.amani.child.code in text_of(reader(who), "/reviews").replace(" ", "")  # type: ignore[union-attr]
    assert world.amani.child.code not in text_of(reader("other_supervisor"), "/reviews").replace(" ", "")  # type: ignore[union-attr]
    for who in ("focal_point", "me_officer"):
        assert 'href="/reviews"' not in text_of(reader(who), "/"), who
    assert "A review meeting is called for" in text_of(reader("me_officer"), page)


def test_a_meeting_is_recorded_page_by_page(reader: Reader, world: World) -> None:
    rules_hold(world.amani)
    fall(world.amani)
    client, new = reader("case_worker"), f"{page_of(world)}/reviews/new"
    first = client.get(new).content.decode()
    entry = re.search(r'name="entry" value="([^"]+)"', first)
    assert entry is not None
    assert "A review meeting is called for" in first
    given: dict[str, object] = {"entry": entry[1], "page": "0", "held_on": TODAY.isoformat()}
    refused = client.post(new, given)
    assert refused.status_code == 422
    assert "Choose at least one." in refused.content.decode()
    given |= {"took_part": ["child", "caregiver"]}
    second = client.post(new, given).content.decode()
    assert "Page 2 of 4" in second
    assert second.count('type="hidden" name="took_part"') == 2
    given |= {"page": "1", "child_heard": "said", "child_view": "I want <b>school</b>."}
    third = client.post(new, given).content.decode()
    assert "Page 3 of 4" in third
    assert "I want &lt;b&gt;school&lt;/b&gt;." in third  # goes along
    back = client.post(new, {**given, "page": "2", "back": "1"}).content.decode()
    assert "Page 2 of 4" in back
    assert "I want &lt;b&gt;school&lt;/b&gt;.</textarea>" in back
    given |= {"page": "2", "outcome": "stays"}
    last = client.post(new, given).content.decode()
    assert "Why does the plan stay as it is?" in last
    assert (TODAY + timedelta(days=30)).isoformat() in last
    given |= {"page": "3", "reason": "", "check_on": "soon"}
    assert 'value="soon"' in client.post(new, given).content.decode()
    given |= {"reason": "The harvest failed.", "check_on": (TODAY + timedelta(days=30)).isoformat()}
    assert not ReviewMeeting.objects.exists()
    for _ in range(2):
        done = client.post(new, given)
        assert (done.status_code, done["Location"]) == (302, f"{page_of(world)}/reviews")
    assert ReviewMeeting.objects.count() == 1
    _stands_in_the_history(reader, world)


def _stands_in_the_history(reader: Reader, world: World) -> None:
    client = reader("case_worker")
    history = text_of(client, f"{page_of(world)}/reviews")
    assert "The harvest failed." in history
    assert "What the meeting looked at" in history
    assert "called for" not in text_of(client, page_of(world))
    officer = text_of(reader("me_officer"), f"{page_of(world)}/reviews")
    assert "The plan stays as it is" in officer
    assert "harvest" not in officer
    assert "Record a review meeting" not in officer


def test_a_refusal_of_the_service_leads_back_to_its_page(reader: Reader, world: World) -> None:
    given = {
        "page": "3",
        "held_on": (TODAY + timedelta(days=9)).isoformat(),
        "took_part": ["child"],
        "child_heard": "not_yet",
        "outcome": "to_close",
        "decided": "All is well.",
    }
    answer = reader("case_worker").post(f"{page_of(world)}/reviews/new", given)
    assert answer.status_code == 422
    assert "Page 1 of 4" in answer.content.decode()
    assert "This day has not come yet." in answer.content.decode()
    assert 'name="decided" value="All is well."' in answer.content.decode()


def test_what_goes_to_those_who_protect_leads_to_the_sealed_page(reader: Reader, world: World) -> None:
    given = {
        "page": "3",
        "held_on": TODAY.isoformat(),
        "took_part": ["child"],
        "child_heard": "not_wanted",
        "outcome": "passed_on",
        "decided": "",
        "check_on": "",
    }
    client, page = reader("case_worker"), page_of(world)
    answer = client.post(f"{page}/reviews/new", given)
    assert answer.status_code == 302
    assert answer["Location"].startswith(page)
    assert "pass" in answer["Location"]
    for who in ("case_worker", "supervisor", "me_officer"):
        assert "those who protect" not in text_of(reader(who), f"{page}/reviews"), who
    assert "It goes to those who protect children" in text_of(reader("focal_point"), f"{page}/reviews")


def test_who_finds_which_page(reader: Reader, world: World) -> None:
    page = page_of(world)
    for who, history, new in (
        ("other_case_worker", 404, 404),
        ("other_supervisor", 404, 404),
        ("me_officer", 200, 403),
        ("programme_manager", 403, 403),
        ("organisation_admin", 403, 403),
        ("outsider", 403, 403),
    ):
        client = reader(who)
        assert client.get(f"{page}/reviews").status_code == history, who
        assert client.get(f"{page}/reviews/new").status_code == new, who
        assert client.post(f"{page}/reviews/new", {"page": "0"}).status_code == new, who
    assert reader("supervisor", world.baraka).get(f"{page}/reviews").status_code == 404
    for who in ("focal_point", "me_officer", "organisation_admin", "outsider"):
        assert reader(who).get("/reviews").status_code == 403
    for who in ("case_worker", "focal_point", "me_officer", "organisation_admin", "outsider"):
        assert reader(who).get("/team").status_code == 403
    assert not ReviewMeeting.objects.exists()


def test_a_closed_case_takes_no_meeting_and_shows_those_it_had(reader: Reader, world: World) -> None:
    rules_hold(world.amani)
    fall(world.amani)
    Child.objects.filter(pk=world.amani.child.id).update(status="closed", ended_on=TODAY)  # type: ignore[union-attr]
    client, page = reader("case_worker"), page_of(world)
    history = text_of(client, f"{page}/reviews")
    assert "not open any more" in history
    assert f'href="{page}/reviews/new"' not in history
    assert client.get(f"{page}/reviews/new").status_code == 409
    assert "called for" not in text_of(client, page)


def test_an_open_concern_changes_no_letter_of_anybody_elses_pages(reader: Reader, world: World) -> None:
    house, page = world.amani, page_of(world)
    rules_hold(house)
    send(house, 100)
    send(house, 20)
    keys = [enrolled(house.actor(name)) for name in ("focal_point", "second_focal_point")]
    pages = [
        *((who, address) for who in ("case_worker", "supervisor") for address in ("/", "/reviews", page)),
        *((who, f"{page}/reviews") for who in ("case_worker", "supervisor", "me_officer")),
        ("supervisor", "/team"),
    ]
    before = [text_of(reader(who), address) for who, address in pages]
    pass_on(house.actor("case_worker"), house.child.id, Sealed(sealed_to(keys), "high"))  # type: ignore[union-attr]
    assert [text_of(reader(who), address) for who, address in pages] == before
    assert "A concern for the child's safety is open".replace("'", "&#x27;") in text_of(reader("focal_point"), page)


def test_the_supervisor_reads_the_team_and_who_asks_for_a_talk(reader: Reader, world: World) -> None:
    house = world.amani
    rules_hold(house)
    since = TODAY.weekday() + 1
    send(house, since)
    key = write_note(house.actor("case_worker"), "I sleep badly.", asks_talk=True)
    client = reader("supervisor")
    shown = text_of(client, "/team")
    assert "Case Worker Amani" in shown
    assert "of 25 cases" in shown
    assert "minimum standards" in shown
    assert "asks for a talk" in shown
    assert "I sleep badly." not in shown
    (note,) = re.findall(r'href="(/submissions/[0-9a-f-]+)"', shown)
    assert client.get(note).status_code == 200
    assert client.post(note.replace("/submissions/", "/team/notes/") + "/read").status_code == 302
    assert "read on" in text_of(client, "/team")
    assert "I sleep badly." in text_of(client, f"/team/well-being/{key}")
    assert client.post(f"/team/well-being/{key}").status_code == 302
    assert "talked about" in text_of(client, "/team")
    assert reader("other_supervisor").get(f"/team/well-being/{key}").status_code == 404
    assert reader("case_worker").get(f"/team/well-being/{key}").status_code == 403


def test_a_case_worker_says_how_it_is(reader: Reader, world: World) -> None:
    client = reader("case_worker")
    assert client.post("/how-i-am", {}).status_code == 422
    assert client.post("/how-i-am", {"note": "Too many visits.", "asks_talk": "on"}).status_code == 302
    assert "Too many visits." in text_of(client, "/how-i-am")
    assert StaffNote.objects.get().asks_talk
    for who in ("supervisor", "focal_point", "outsider"):
        assert reader(who).get("/how-i-am").status_code == 403
    assert world.amani


@pytest.mark.parametrize("language", ["ar", "fr", "es"])
def test_the_pages_are_there_in_each_language(reader: Reader, world: World, language: str) -> None:
    rules_hold(world.amani)
    fall(world.amani)
    worker, supervisor = reader("case_worker"), reader("supervisor")
    for client in (worker, supervisor):
        client.post("/me/language", {"language": language})
    page = page_of(world)
    for address in (page, f"{page}/reviews", f"{page}/reviews/new", "/reviews", "/how-i-am"):
        shown = text_of(worker, address)
        assert "Nobody is to blame" not in shown
        assert "A score fell" not in shown
    assert "of 25 cases" not in text_of(supervisor, "/team")


def test_many_words_about_notes_ask_the_key_store_no_more_often(reader: Reader, world: World) -> None:
    house, client = world.amani, reader("case_worker")
    supervisor, writer = house.actor("supervisor"), house.people["case_worker"]

    def asked() -> int:
        store.forget()
        with CaptureQueriesContext(connections["keys"]) as found:
            assert "word 0" in text_of(client, "/how-i-am")
        return len(found)

    say_about(supervisor, house.organisation_id, uuid4(), "visit", writer, "word 0")
    first = asked()
    for number in range(1, 6):
        say_about(supervisor, house.organisation_id, uuid4(), "visit", writer, f"word {number}")
    assert asked() == first
    assert "word 5" in text_of(client, "/how-i-am")
