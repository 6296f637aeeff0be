"""The server killed under load: what it had said "received" to is there, whole; and nothing is there in part.

SIGKILL proves that nothing waits in the memory of a process. It does not prove what a power cut leaves.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import httpx
import pytest

from tests.durability.servers import Server, post, trials
from tests.interviews import interview

pytestmark = [pytest.mark.database, pytest.mark.slow]
KILLS = trials(20, least=3)
PHONES = 8
UNDER_LOAD = 1.5  # seconds between a start and a kill
FORM = "child-12-14"


class Load:
    """Phones that send one interview after another, each with a picture, and remember what was acknowledged."""

    def __init__(self, server: Server, phone: dict[str, str]) -> None:
        self.server, self.phone = server, phone
        self.acknowledged: set[str] = set()
        self.unexpected: list[int] = []
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self._send, args=(number,)) for number in range(PHONES)]
        for thread in self.threads:
            thread.start()

    def _send(self, number: int) -> None:
        """After a lost connection the same interview is sent again, as a phone does."""
        client, count, unsent = httpx.Client(), 0, ""
        while not self.stopping.is_set():
            if not unsent:
                count += 1
                unsent = f"uuid:load-{number}-{count}"
            xml = interview(FORM, self.phone["code"], instance_id=unsent)
            try:
                status = post(client, self.server, self.phone["token"], xml, {"p.png": unsent.encode() * 2000})
            except httpx.TransportError:
                client.close()
                client = httpx.Client()
                time.sleep(0.05)
                continue
            if status not in (201, 202, 503):
                self.unexpected.append(status)
            if status < 300:
                self.acknowledged.add(unsent)
                unsent = ""
        client.close()

    def stop(self) -> None:
        self.stopping.set()
        for thread in self.threads:
            thread.join()


@pytest.mark.goal("R-1", "R-5")
def test_nothing_acknowledged_is_lost_when_the_server_is_killed(
    server: Server, record_property: Callable[[str, object], None]
) -> None:
    phone = server.prepare()
    server.start()
    load = Load(server, phone)
    try:
        for _ in range(KILLS):
            before = len(load.acknowledged)
            while len(load.acknowledged) < before + 20:
                time.sleep(0.05)
            time.sleep(UNDER_LOAD)
            server.kill()
            server.start()
    finally:
        load.stop()
    assert load.unexpected == []
    kept = {row[0] for row in server.rows("SELECT instance_id FROM surveys_submission")}
    assert load.acknowledged <= kept
    assert len(load.acknowledged) >= 20 * KILLS
    for table, column, least in (("surveys_score", "dimension", 3), ("surveys_attachment", "id", 1)):
        rows = server.rows(
            f"SELECT s.instance_id, count(t.{column}) FROM surveys_submission s"
            f" LEFT JOIN {table} t ON t.submission_id = s.id GROUP BY s.instance_id"
        )
        assert {count for _, count in rows} == {least}, table
    events = server.number("SELECT count(*) FROM audit_event WHERE verb = 'receive_submission'")
    assert events == len(kept)
    record_property("ran", f"{KILLS} kills, {len(load.acknowledged)} acknowledged, {len(kept)} kept")
