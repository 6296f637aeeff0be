"""A page that is reloaded, or come back to, does nothing again: each step that was taken answers with a redirect."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from homeward.apps.access.models import Device, Person
from homeward.apps.audit.models import Event
from homeward.apps.cases.facts import ChildFacts
from homeward.apps.cases.models import Assignment
from homeward.apps.cases.services import register_child
from homeward.apps.visits.models import Feed
from tests.repo import matrix
from tests.web.conftest import Reader
from tests.world import World

# Pages that answer a step themselves, and why a reload does no harm.
A_STEP_OF_A_FORM = frozenset(  # nothing is done before the last page of it, which redirects
    {"child-new", "review-new", "referral-new", "hand-over", "caseload-import", "place-merge"}
)
SHOWN_ONCE = frozenset(  # what may be kept nowhere; sent again, it is not done again
    {"person-code", "restoration-confirm", "device-new", "factor-app", "factor-key", "factor-codes", "my-calendar"}
) | {"child-copy", "caseload-apply"}
ELSE = {"lock": "the page of a locked server, which knows no session"}


@pytest.fixture(autouse=True)
def nobody_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("homeward.apps.operations.locking.write_lock", lambda *_: None)
    monkeypatch.setattr("homeward.apps.operations.locking.confirm", lambda *_: None)
    monkeypatch.setattr("homeward.apps.access.vault.lock", lambda: None)


@pytest.mark.slow
def test_every_address_that_takes_a_step_redirects_or_says_what_is_missing(world: World) -> None:
    """As whoever may: where an empty form is enough, the answer is a redirect; a page with errors says 422 or the like,
    and has done nothing.
    """
    people, objects = matrix.clients(world.amani, world.outsider), matrix.objects(world)["own"]
    shown: set[str] = set()
    for route in matrix.routes():
        for client in people.values():
            status, kind = posted(client, objects.path(route))
            if status == 200 and kind.startswith("text/html"):
                shown.add(route.name)
    assert shown - A_STEP_OF_A_FORM - SHOWN_ONCE - {*ELSE} == set()


def posted(client: Client, path: str) -> tuple[int, str]:
    session = client.cookies.copy()
    with matrix.transaction.atomic():
        response = client.post(path)
        answer = response.status_code, response.headers.get("Content-Type", "")
        response.close()
        matrix.transaction.set_rollback(True)
    client.cookies = session
    return answer


def token_of(html: str, action: str) -> str:
    """Of the form that goes there."""
    form = next(each for each in html.split("<form")[1:] if action in each.split(">")[0])
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
    assert found is not None
    return found[1]


def strict(world: World, who: str) -> Client:
    """With the tokens that a browser has."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(Person.objects.get(pk=world.amani.people[who]))
    return client


def test_a_phone_is_not_enrolled_twice_by_a_reload(world: World) -> None:
    client = strict(world, "supervisor")
    sent = {"label": "Phone 9", "role": "enumerator", "days": "30", "team": str(world.amani.teams[0])}
    sent["csrfmiddlewaretoken"] = token_of(client.get("/devices/new").content.decode(), 'method="post"')
    before = Device.objects.count()
    first = client.post("/devices/new", sent)
    assert (first.status_code, Device.objects.count()) == (200, before + 1)
    again = client.post("/devices/new", sent, follow=True)
    assert again.redirect_chain == [("/devices", 302)]
    assert "nothing was done twice" in again.content.decode()
    assert Device.objects.count() == before + 1
    sent["csrfmiddlewaretoken"] = token_of(client.get("/devices/new").content.decode(), 'method="post"')
    assert client.post("/devices/new", {**sent, "label": "Phone 10"}).status_code == 200  # another one may be added


def test_another_form_of_the_same_page_is_another_step(world: World) -> None:
    client, page = strict(world, "case_worker"), "/me/calendar"
    token = token_of(client.get(page).content.decode(), 'method="post"')
    make, end = ({"step": step, "csrfmiddlewaretoken": token} for step in ("make", "end"))
    assert client.post(page, make).status_code == 200
    assert "nothing was done twice" in client.post(page, make, follow=True).content.decode()
    assert Feed.objects.get().ended_at is None
    answer = client.post(page, end, follow=True).content.decode()
    assert "The address opens nothing any more." in answer
    assert Feed.objects.get().ended_at is not None


def test_what_was_refused_may_be_sent_again(world: World) -> None:
    client = strict(world, "supervisor")
    token = token_of(client.get("/devices/new").content.decode(), 'method="post"')
    for _ in range(2):
        assert client.post("/devices/new", {"csrfmiddlewaretoken": token}).status_code == 422


def test_a_name_stands_on_the_page_after_the_tap_and_not_after_a_reload(reader: Reader, world: World) -> None:
    client, page = reader("case_worker"), f"/children/{world.amani.child.code}"  # type: ignore[union-attr]
    answer = client.post(f"{page}/name")
    assert (answer.status_code, answer["Location"]) == (302, page)
    assert "Asha Mwangi" in client.get(page).content.decode()
    assert "Asha Mwangi" not in client.get(page).content.decode()
    assert Event.objects.filter(verb="names.see", allowed=True).count() == 1
    client.post(f"{page}/name")
    other = world.amani.peer.code if world.amani.peer else ""
    assert "Asha" not in reader("supervisor").get(f"/children/{other}").content.decode()
    client.get(f"{page}/interviews")
    assert "Asha Mwangi" in client.get(page).content.decode()


def test_a_name_is_not_shown_once_the_right_to_it_has_ended(reader: Reader, world: World) -> None:
    client, page = reader("case_worker"), f"/children/{world.amani.child.code}"  # type: ignore[union-attr]
    client.post(f"{page}/name")
    Assignment.objects.filter(child=world.amani.child.id).delete()  # type: ignore[union-attr]
    answer = client.get(page)
    assert answer.status_code == 404
    assert "Asha" not in answer.content.decode()


def test_a_search_by_name_is_a_page_that_ends_in_the_list(reader: Reader, world: World) -> None:
    client = reader("supervisor")
    for name in ("Asha Mwangi", "Juma"):
        assert client.post("/children/find", {"text": name}).status_code == 302
    facts = ChildFacts(name="Asha Mwangi", population="host_peer", age=9, team_id=world.amani.teams[0])
    register_child(world.amani.system(), facts)
    answer = client.post("/children/find", {"text": "Asha"}, follow=True)
    assert answer.redirect_chain == [("/children/named", 302)]
    assert "2 children have this name" in answer.content.decode()
    assert client.get("/children/named")["Location"] == "/children"
