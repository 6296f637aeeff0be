"""The server killed while people read: nobody was shown a record, or refused one, without a row that says so."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from uuid import UUID

import httpx
import pytest

from tests.durability.servers import Server, trials

pytestmark = [pytest.mark.database, pytest.mark.slow]
KILLS = trials(20, least=3)
READERS = 6
UNDER_LOAD = 1.0  # seconds between a start and a kill
ASSIGNED = (
    "SELECT c.code FROM cases_child c JOIN cases_assignment a ON a.child_id = c.id JOIN access_person p"
    " ON p.id = a.person_id WHERE p.email = 'case_worker@amani.example.org'"
)
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class Reading:
    """People who open one page after another; what they were fully answered is counted."""

    def __init__(self, server: Server, cookies: dict[str, str], shown: str, hidden: str) -> None:
        self.server, self.cookies = server, cookies
        self.pages = ((f"/children/{shown}", 200), (f"/children/{hidden}", 404))
        self.answered = {200: 0, 404: 0}
        self.unexpected: list[int] = []
        self.stopping, self.lock = threading.Event(), threading.Lock()
        self.threads = [threading.Thread(target=self._read, args=(number,)) for number in range(READERS)]
        for thread in self.threads:
            thread.start()

    def _read(self, number: int) -> None:
        client = httpx.Client(cookies=self.cookies)
        while not self.stopping.is_set():
            path, expected = self.pages[number % 2]
            try:
                status = client.get(f"{self.server.url}{path}", timeout=30).status_code
            except httpx.TransportError:
                time.sleep(0.05)
                continue
            with self.lock:
                if status == expected:
                    self.answered[expected] += 1
                elif status != 503:
                    self.unexpected.append(status)
        client.close()

    def stop(self) -> None:
        self.stopping.set()
        for thread in self.threads:
            thread.join()


def signed_in(server: Server, person: str) -> dict[str, str]:
    with httpx.Client() as client:
        found = TOKEN.search(client.get(f"{server.url}/sign-in").text)
        assert found is not None
        answer = client.post(f"{server.url}/sign-in/as/{person}", data={"csrfmiddlewaretoken": found[1]})
        assert answer.status_code == 302
        return dict(client.cookies)


@pytest.mark.goal("P-4")
def test_what_was_shown_or_refused_is_written_down_whenever_the_server_dies(
    server: Server, record_property: Callable[[str, object], None]
) -> None:
    mine = server.prepare()["code"]
    (person,) = server.rows("SELECT id FROM access_person WHERE email = 'case_worker@amani.example.org'")
    other = server.rows(f"SELECT code FROM cases_child WHERE code NOT IN ({ASSIGNED})")[0]
    server.start()
    reading = Reading(server, signed_in(server, str(UUID(str(person[0])))), mine, str(other[0]))
    try:
        for _ in range(KILLS):
            before = sum(reading.answered.values())
            until = time.monotonic() + 60
            while sum(reading.answered.values()) < before + 20:
                assert time.monotonic() < until, (reading.answered, reading.unexpected[:5])
                time.sleep(0.02)
            time.sleep(UNDER_LOAD)
            server.kill()
            server.start()
    finally:
        reading.stop()
    assert reading.unexpected == []
    looks = server.number("SELECT count(*) FROM audit_event WHERE verb = 'children.see' AND object_kind = 'child'")
    refusals = server.number("SELECT count(*) FROM audit_event WHERE verb = 'open_page' AND object_kind = 'child'")
    assert 0 < reading.answered[200] <= looks
    assert 0 < reading.answered[404] <= refusals
    record_property(
        "ran", f"{KILLS} kills, {reading.answered} answered, {looks} looks and {refusals} refusals recorded"
    )
