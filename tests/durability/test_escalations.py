"""Flagged interviews while the server is killed again and again: each reaches one escalation, and each a message."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import httpx
import pytest

from tests.durability.servers import Server, post, trials
from tests.interviews import interview

pytestmark = [pytest.mark.database, pytest.mark.slow]
FLAGGED = trials(200, least=24)
KILLS = trials(20, least=3)
PHONES = 4
FORM = "child-12-14"
HARMED = {"safe_home": "unsafe"}
WITHIN = 60.0  # seconds from the acknowledgement to the message


class Flags:
    """Phones that send flagged interviews until enough were acknowledged; after a lost answer the same one again."""

    def __init__(self, server: Server, phone: dict[str, str]) -> None:
        self.server, self.phone = server, phone
        self.acknowledged: dict[str, float] = {}
        self.unexpected: list[int] = []
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self._send, args=(number,)) for number in range(PHONES)]
        for thread in self.threads:
            thread.start()

    def _send(self, number: int) -> None:
        client, count, unsent = httpx.Client(), 0, ""
        while not self.stopping.is_set() and (unsent or len(self.acknowledged) < FLAGGED):
            if not unsent:
                count += 1
                unsent = f"uuid:flag-{number}-{count}"
            xml = interview(FORM, self.phone["code"], instance_id=unsent, changes=HARMED)
            try:
                status = post(client, self.server, self.phone["token"], xml)
            except httpx.TransportError:
                client.close()
                client = httpx.Client()
                time.sleep(0.05)
                continue
            if status not in (201, 202, 503):
                self.unexpected.append(status)
            if status < 300:
                self.acknowledged[unsent] = time.time()
                unsent = ""
                time.sleep(0.15)  # so that every kill falls among them
        client.close()

    def stop(self) -> None:
        self.stopping.set()
        for thread in self.threads:
            thread.join()


@pytest.mark.goal("R-15")
def test_each_flagged_interview_has_one_escalation_however_often_the_server_dies(
    server: Server, record_property: Callable[[str, object], None]
) -> None:
    phone = server.prepare()
    server.start()
    flags, kills = Flags(server, phone), 0
    try:
        while kills < KILLS:
            before = len(flags.acknowledged)
            until = time.monotonic() + 30
            wanted = min(FLAGGED - 1, before + max(1, FLAGGED // (KILLS + 1)))
            while len(flags.acknowledged) < wanted and time.monotonic() < until:
                time.sleep(0.02)
            server.kill()
            kills += 1
            server.start()
        for thread in flags.threads:
            thread.join(120)
    finally:
        flags.stop()
    assert flags.unexpected == []
    assert len(flags.acknowledged) >= FLAGGED
    kept = server.number("SELECT count(*) FROM surveys_submission")
    flagged = server.number("SELECT count(DISTINCT submission_id) FROM surveys_flag")
    assert kept == flagged
    assert flags.acknowledged.keys() <= {row[0] for row in server.rows("SELECT instance_id FROM surveys_submission")}
    joined = (
        "SELECT count(*), count(DISTINCT e.source_id) FROM safeguarding_escalation e"
        " JOIN surveys_submission s ON s.id = e.source_id"
    )
    assert server.rows(joined) == [(kept, kept)]
    assert server.number("SELECT count(*) FROM safeguarding_escalation") == kept
    assert server.number("SELECT count(*) FROM safeguarding_notice") == kept
    took = sorted(seconds(*row) for row in all_sent(server))
    late = took[math.ceil(0.95 * len(took)) - 1]
    assert late <= WITHIN
    record_property("ran", f"{kills} kills, {len(flags.acknowledged)} flagged, p95 of messages {late:.1f} s")


def all_sent(server: Server) -> list[tuple[Any, ...]]:
    """Once the worker has handed every message over; a queue that lost its worker is taken up by the next."""
    until = time.monotonic() + WITHIN
    while server.number("SELECT count(*) FROM safeguarding_notice WHERE sent_at IS NULL"):
        assert time.monotonic() < until
        time.sleep(0.2)
    return server.rows("SELECT created_at, sent_at FROM safeguarding_notice")


def seconds(created: Any, sent: Any) -> float:
    """SQLite keeps moments as text."""
    first, last = (datetime.fromisoformat(str(each)) for each in (created, sent))
    return (last - first).total_seconds()
