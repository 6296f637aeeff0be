from __future__ import annotations

import base64
import json
import zlib

import pytest
import segno

from homeward.apps.access.devices import device_by_token
from homeward.formats.collect import collect_settings
from tests.web.conftest import Reader
from tests.world import World

GIVEN = {"label": "Phone 9", "role": "enumerator", "days": "30"}


class TestDevices:
    def test_a_new_phone_gets_its_code_once(
        self, reader: Reader, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        drawn: list[str] = []
        real = segno.make
        monkeypatch.setattr(segno, "make", lambda text, **options: (drawn.append(text), real(text, **options))[1])
        client = reader("supervisor")
        answer = client.post("/devices/new", {**GIVEN, "team": str(world.amani.teams[0])})
        assert answer.status_code == 200
        scanned = json.loads(zlib.decompress(base64.b64decode(drawn[0])))
        address = scanned["general"]["server_url"]
        assert scanned["project"] == {"name": "Homeward"}
        assert scanned["admin"] == {}
        assert scanned["general"]["delete_send"] is True
        device = device_by_token(address.rsplit("/", 1)[-1])
        assert device is not None
        assert device.label == "Phone 9"
        assert address not in client.get(f"/devices/{device.pk}").content.decode()

    def test_the_settings_send_at_once_and_keep_nothing(self) -> None:
        packed = collect_settings("https://x.example/key/t", "P")
        general = json.loads(zlib.decompress(base64.b64decode(packed)))["general"]
        assert (general["autosend"], general["delete_send"]) == ("wifi_and_cellular", True)

    def test_a_phone_that_is_cut_off_is_refused(self, reader: Reader, world: World) -> None:
        enrolled = world.amani.devices["enumerator"]
        answer = reader("supervisor").post(f"/devices/{enrolled.device_id}/cut-off", follow=True)
        assert b"The phone is cut off from now on." in answer.content
        assert device_by_token(enrolled.token) is None

    def test_too_long_a_life_is_refused_at_its_field(self, reader: Reader) -> None:
        answer = reader("me_officer").post("/devices/new", {**GIVEN, "days": "9999"})
        assert (answer.status_code, "days" in answer.context["form"].errors) == (422, True)

    def test_a_supervisor_sees_the_phones_of_the_team_alone(self, reader: Reader, world: World) -> None:
        assert "Phone 1" in reader("supervisor").get("/devices").content.decode()
        assert "Phone 1" not in reader("other_supervisor").get("/devices").content.decode()
        device = world.amani.devices["enumerator"].device_id
        for client in (reader("other_supervisor"), reader("supervisor", world.baraka)):
            assert client.get(f"/devices/{device}").status_code == 404
            assert client.post(f"/devices/{device}/cut-off").status_code == 404

    def test_roles_without_the_right_are_refused(self, reader: Reader) -> None:
        for name in ("outsider", "case_worker", "focal_point"):
            assert reader(name).get("/devices").status_code in (403, 404)
            assert reader(name).post("/devices/new", GIVEN).status_code == 403
