"""A locked server that is killed while interviews come: once somebody unlocks, each acknowledged one is there, once."""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from uuid import UUID, uuid5

import httpx
import pytest

from tests.durability.offices import PASSPHRASE, Office
from tests.durability.servers import Server, post, trials
from tests.envelopes_of_transport import letter
from tests.interviews import interview

pytestmark = [pytest.mark.database, pytest.mark.slow]
KILLS = trials(20, least=3)
BETWEEN = trials(60, least=12)  # acknowledged interviews between two kills
PHONES = 4
FORM = "child-12-14"
SPACE = UUID(int=7)
HARMED = {"safe_home": "unsafe"}


@pytest.fixture
def office(server: Server) -> Iterator[Office]:
    made = Office(server.folder, server.database)
    try:
        yield made
    finally:
        made.stop()


class Phones:
    """Half of them of our own kind, which seal before they send; each sends the same again until it is acknowledged."""

    def __init__(self, office: Office, phone: dict[str, str], public: bytes) -> None:
        self.office, self.phone, self.public = office, phone, public
        self.acknowledged: dict[str, bytes] = {}
        self.sent: dict[str, bytes] = {}
        self.unexpected: list[int] = []
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self._send, args=(number,)) for number in range(PHONES)]
        for thread in self.threads:
            thread.start()

    def _send(self, number: int) -> None:
        client = httpx.Client(headers={"X-Forwarded-Proto": "https", "X-OpenRosa-Version": "1.0"})
        while not self.stopping.is_set():
            name = f"uuid:{number}-{secrets.token_hex(6)}"
            xml = interview(FORM, self.phone["code"], instance_id=name, changes=HARMED if number == 1 else {})
            self.sent[name] = xml
            body = letter(self.public, xml, delivery=uuid5(SPACE, name), severity=2) if number % 2 else b""
            while not self.stopping.is_set():
                try:
                    status = self._one(client, xml, body)
                except httpx.TransportError:
                    time.sleep(0.05)
                    continue
                if status in (201, 202):
                    self.acknowledged[name] = xml
                    break
                if status != 503:
                    self.unexpected.append(status)
                time.sleep(0.05)
        client.close()

    def _one(self, client: httpx.Client, xml: bytes, body: bytes) -> int:
        if not body:
            return post(client, self.office, self.phone["token"], xml)
        address = f"{self.office.url}/key/{self.phone['token']}/sealed"
        return client.post(address, content=body, headers={"Content-Type": "application/octet-stream"}).status_code

    def stop(self) -> None:
        self.stopping.set()
        for thread in self.threads:
            thread.join()


def killed_once_more(office: Office, phones: Phones) -> None:
    wanted, until = len(phones.acknowledged) + BETWEEN, time.monotonic() + 60
    while len(phones.acknowledged) < wanted:
        assert time.monotonic() < until, phones.unexpected[:5]
        time.sleep(0.02)
    office.kill()
    office.serve("")
    office.until(503)


def test_what_a_locked_server_acknowledged_is_there_once_it_is_unlocked(
    office: Office, record_property: Callable[[str, object], None]
) -> None:
    phone = office.settle()
    office.serve(f"{PASSPHRASE}\n")
    office.until(200)
    headers = {"X-Forwarded-Proto": "https", "X-OpenRosa-Version": "1.0"}
    public = base64.b64decode(httpx.get(f"{office.url}/key/{phone['token']}/intakeKey", headers=headers).content)
    assert office.command("lock").returncode == 0
    office.until(503)
    phones = Phones(office, phone, public)
    try:
        for _ in range(KILLS):
            killed_once_more(office, phones)
        assert office.number("SELECT count(*) FROM surveys_submission") == 0
        assert office.command("unlock", said=f"{PASSPHRASE}\n").returncode == 0
        office.until(200)
        time.sleep(2)  # and go on while the server opens what waits
    finally:
        phones.stop()
    waiting = "SELECT count(*) FROM surveys_sealedarrival WHERE state <> 'opened'"
    until = time.monotonic() + 120
    while office.number(waiting) and time.monotonic() < until:
        time.sleep(0.5)
    assert office.number(waiting) == 0
    assert phones.unexpected == []
    kept = {row[0]: bytes(row[1]) for row in office.rows("SELECT instance_id, raw_sha256 FROM surveys_submission")}
    assert phones.acknowledged.keys() <= kept.keys() <= phones.sent.keys()
    assert {name: hashlib.sha256(phones.sent[name]).digest() for name in kept} == kept
    sealed = office.number("SELECT count(*) FROM surveys_sealedarrival")
    escalated = office.rows("SELECT count(*), count(DISTINCT source_id) FROM safeguarding_escalation")
    told = sum(name[5] in "13" for name in kept)  # by phones that seal, each with a flag
    assert escalated == [(told, told)]
    record_property("ran", f"{KILLS} kills while locked, {len(phones.acknowledged)} acknowledged, {sealed} kept sealed")
