"""A device's code is for one phone: the first that says which it is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from homeward.apps.access.models import Device
from tests.web.conftest import Reader, reader
from tests.world import World

__all__ = ["reader"]
pytestmark = pytest.mark.database


def asks(world: World, sent: str = "") -> int:
    token = world.amani.devices["enumerator"].token
    query = f"?deviceID={sent}" if sent else ""
    return Client(headers={"X-OpenRosa-Version": "1.0"}).get(f"/key/{token}/formList{query}").status_code


def test_the_first_phone_keeps_the_code_and_a_second_is_refused_in_words(world: World, reader: Reader) -> None:
    page = f"/devices/{world.amani.devices['enumerator'].device_id}"
    assert [asks(world, "collect:1") for _ in range(2)] == [200, 200]
    assert b"Another phone" not in reader("supervisor").get(page).content
    token = world.amani.devices["enumerator"].token
    answer = Client(headers={"X-OpenRosa-Version": "1.0"}).get(f"/key/{token}/formList?deviceID=collect:2")
    assert (answer.status_code, b"belongs to another phone" in answer.content) == (403, True)
    assert asks(world, "collect:1") == 200
    assert b"Another phone tried to use this code" in reader("supervisor").get(page).content
    assert b"another phone" in reader("supervisor").get("/devices").content
    assert reader("outsider").get(page).status_code == 404


def test_an_app_that_does_not_say_which_phone_it_is_on_is_let_in(world: World) -> None:
    assert [asks(world), asks(world, "collect:1"), asks(world)] == [200, 200, 200]


def test_which_phone_it_is_cannot_be_read_from_the_table(world: World) -> None:
    asks(world, "collect:1")
    assert b"collect" not in bytes(Device.objects.get(pk=world.amani.devices["enumerator"].device_id).bound_hash)


def test_a_stranger_that_keeps_on_trying_is_written_down_every_ten_minutes_at_most(world: World) -> None:
    asks(world, "collect:1")
    asks(world, "collect:2")
    rows = Device.objects.filter(pk=world.amani.devices["enumerator"].device_id)
    first = rows.get().strange_at
    asks(world, "collect:2")
    assert rows.get().strange_at == first
    rows.update(strange_at=timezone.now() - timedelta(minutes=11))
    asks(world, "collect:3")
    assert rows.get().strange_at > timezone.now() - timedelta(minutes=1)  # type: ignore[operator]
