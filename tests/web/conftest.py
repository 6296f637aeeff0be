"""Readers of pages: each role signed in, and interviews that came in before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from homeward.apps.access.keys import custody
from homeward.apps.access.models import Person
from homeward.apps.surveys.deliveries import Delivery
from homeward.apps.surveys.intake import receive
from tests.interviews import interview
from tests.world import House, World

Reader = Callable[..., Client]
Interviewed = Callable[..., UUID]


@pytest.fixture
def reader(world: World) -> Reader:
    """`reader("case_worker")`, or of the other organisation: `reader("case_worker", world.baraka)`."""

    def sign_in(name: str, house: House | None = None) -> Client:
        client = Client()
        person_id = world.outsider if name == "outsider" else (house or world.amani).people[name]
        client.force_login(Person.objects.get(pk=person_id))
        return client

    return sign_in


@pytest.fixture
def interviewed(world: World) -> Interviewed:
    """One interview of the case worker's child, some days ago."""

    def send(
        reference: str = "child-12-14", days: int = 5, example: int = 0, code: str = "", **changes: object
    ) -> UUID:
        child = world.amani.child
        assert child is not None
        xml = interview(
            reference, code or child.code, example=example, on=date.today() - timedelta(days=days), **changes
        )  # type: ignore[arg-type]
        receipt = receive(world.amani.actor("case_worker"), Delivery(xml))
        assert receipt.submission_id is not None
        return receipt.submission_id

    return send


Given = dict[str, Any]  # to the app, when a phone was made ready: its device and its token


@pytest.fixture
def opened_again() -> Iterator[None]:
    """Whatever a test has locked."""
    yield
    custody.let_go(locked=False)


@pytest.fixture
def given(reader: Reader) -> Given:
    return made(reader("case_worker"))


def made(client: Client, label: str = "Blue phone") -> Given:
    answer = client.post("/app/devices", {"label": label}, content_type="application/json")
    assert answer.status_code == 201, answer.content
    found: Given = answer.json()
    return found
