"""What a page shows of a protected field, by role: a word that stands nowhere else is put into each, and looked for on
every page that answers, in every relation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client

from homeward.apps.access.actors import permit
from homeward.apps.cases.models import Child
from homeward.apps.cases.services import add_relation, change_child, facts_of
from homeward.apps.surveys.deliveries import Delivery
from homeward.apps.surveys.inbox import set_aside
from homeward.apps.surveys.intake import receive
from homeward.apps.visits.cards import CardFacts, set_card
from homeward.apps.visits.planning import Plan, plan_visit
from homeward.apps.visits.recording import Held, NewAction, hold_visit
from homeward.domain.visiting import Answer, Check
from tests.interviews import interview
from tests.repo import matrix
from tests.repo.matrix import RELATIONS, ROLES, Objects, Route
from tests.repo.test_looks import SHOWS
from tests.world import House, World, day_of

pytestmark = [pytest.mark.slow, pytest.mark.django_db, pytest.mark.goal("S-3")]
NAME, CAREGIVER, SAID, REASON = "Qzbcdfghjk", "Qxvwkpmnlr", "qkwzxvbnmj", "qjhgfdszxc"
UNSAID, NUMBER, PROMISED = "qvbzkwxmnj", "qnwxkzvbjm", "qmzkvwxbnj"
TAPS = frozenset({"child-name", "contact-open"})  # on a deliberate tap
OPENED_BY = {  # one of these permissions
    NAME: ("names.see", "children.change"),
    CAREGIVER: ("names.see", "children.change"),
    SAID: ("answers.see",),
    REASON: ("answers.see", "inbox.see"),
    matrix.PLANNED: ("plans.see",),
    UNSAID: ("visits.see",),
    NUMBER: ("contacts.see", "contacts.record"),
    PROMISED: ("visits.see",),
}


def test_a_protected_field_is_shown_only_by_permission(
    world: World, record_property: Callable[[str, object], None]
) -> None:
    made = matrix.objects(world)
    standings, places = matrix.further(world, made), related(world, made)
    people, faults = matrix.clients(world.amani, world.outsider), list[tuple[str, str, str]]()
    shown, pages = set[str](), 0
    for relation, method, route, path in steps(places):
        for role in ROLES:
            text = asked(people[role], method, path)
            pages += bool(text)
            for word in (word for word in OPENED_BY if word in text):
                shown.add(word)
                if relation == "other organisation" or not opened(world.amani, role, word):
                    faults.append((route.name, role, relation))
    closed = walked(standings["closed"], people, places)
    faults += [("closed", role, word) for role, word in closed if not opened(world.amani, role, word)]
    faults += [("conflict", role, word) for role, word in walked(standings["conflict"], people, places)]
    assert {word for _, word in closed} == set(OPENED_BY)
    assert faults == []
    assert shown == set(OPENED_BY)  # the search finds what may be seen
    record_property("ran", f"{pages} pages, {len(OPENED_BY)} fields, {len(ROLES)} roles")


def walked(
    standing: matrix.Standing, people: Mapping[str, Client], places: list[tuple[str, Objects]]
) -> set[tuple[str, str]]:
    """Which role was shown which word on a page that names the own child, in this standing of it."""
    found = set[tuple[str, str]]()
    own = [place for relation, place in places if relation == "own"]
    for route in (route for route in matrix.routes() if standing.names(route) and route.name in SHOWS | TAPS):
        for place in own if "submission_id" in route.parameters else own[:1]:
            method = "POST" if route.name in TAPS else "GET"
            for role in ROLES:
                text = asked(people[role], method, place.path(route), partial(standing.made, role))
                found |= {(role, word) for word in OPENED_BY if word in text}
    return found


def related(world: World, made: Mapping[str, Objects]) -> list[tuple[str, Objects]]:
    """Each relation twice: with the interview that says something, and with the one that was set aside."""
    found = []
    workers = (world.amani, "case_worker"), (world.amani, "other_case_worker"), (world.baraka, "case_worker")
    for relation, (house, worker) in zip(RELATIONS, workers, strict=True):
        for submission_id in sow(house, worker, str(made[relation].values["code"])):
            found.append((relation, Objects({**made[relation].values, "submission_id": submission_id})))
    return found


def steps(places: list[tuple[str, Objects]]) -> Iterator[tuple[str, str, Route, str]]:
    """Pages of a child in every relation, all others once."""
    for route in matrix.routes():
        wanted = places if set(route.parameters) - matrix.KINDS else places[:1]
        for relation, place in wanted:
            if "submission_id" in route.parameters or place is places[0][1] or route.name in SHOWS:
                yield relation, "POST" if route.name in TAPS else "GET", route, place.path(route)


def sow(house: House, worker: str, code: str) -> tuple[UUID, UUID]:
    actor, child = house.actor(worker), Child.objects.get(code=code)
    change_child(house.system(), child.pk, replace(facts_of(child), name=f"Asha {NAME}"))
    add_relation(house.system(), child.pk, "mother", CAREGIVER, is_caregiver=True)
    said = interview("child-12-14", code, instance_id=f"uuid:{child.pk}", changes={"anything_to_say": SAID})
    first = receive(actor, Delivery(said, channel="browser")).submission_id
    again = interview("child-12-14", code, instance_id=f"uuid:again-{child.pk}")
    second = receive(actor, Delivery(again, channel="browser")).submission_id
    assert first is not None
    assert second is not None
    set_aside(house.system(), second, REASON)
    set_card(actor, code, CardFacts(("home",), unsaid=UNSAID, how=NUMBER))
    check, day = Check(*[Answer.NO] * 4), day_of(house.organisation_id)
    (visit,) = plan_visit(actor, [code], check, Plan(day, "home"))
    agreed = (NewAction("we", day + timedelta(days=9), PROMISED),)
    hold_visit(actor, visit, Held(True, True, "yes", (), alone="yes", actions=agreed))
    return first, second


def asked(client: Client, method: str, path: str, before: Callable[[], None] | None = None) -> str:
    session = client.cookies.copy()
    with transaction.atomic():
        if before is not None:
            before()
        response = client.generic(method, path, content_type="application/x-www-form-urlencoded")
        if method == "POST" and response.status_code == 302:  # what a tap opens stands on the next page, once
            response = client.get(response["Location"])
        text = written(response)
        response.close()
        transaction.set_rollback(True)
    client.cookies = session
    return text


def written(response: HttpResponse) -> str:
    if response.status_code >= 300:
        return ""
    content = b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[attr-defined]
    return content.decode("utf-8", "replace")  # type: ignore[no-any-return]


def opened(house: House, role: str, word: str) -> bool:
    if role in ("anonymous", "outsider"):
        return False
    return any(permit(house.actor(role), each) for each in OPENED_BY[word])
