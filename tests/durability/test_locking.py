"""Locking and unlocking the real server: no process of it has the key afterwards, and nothing is shown."""

from __future__ import annotations

import os
import secrets
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from homeward.apps.access.keys.locking import CONFIRMED, ask
from tests.durability.offices import PASSPHRASE, Office, in_memory_of
from tests.durability.servers import Server, post
from tests.interviews import interview

pytestmark = [pytest.mark.database, pytest.mark.slow]
FORM = "child-12-14"
TOLD = ("Amani", "Asha", "Homeward", "sign-in", "ODK")


@pytest.fixture
def office(server: Server, tmp_path: Path) -> Iterator[Office]:
    made = Office(server.folder, server.database)
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="module")
def phone(server: Server) -> dict[str, str]:
    return Office(server.folder, server.database).settle()


def test_a_lock_takes_the_key_from_every_process_and_unlocking_gives_it_back(
    office: Office, phone: dict[str, str]
) -> None:
    key = office.key()
    assert len(key) == 32
    office.serve(f"{PASSPHRASE}\n")
    office.until(200)
    before = office.pids()
    holders = [pid for pid in before if in_memory_of(pid, key)]
    assert len(holders) >= 3  # the search finds it: two web processes and the worker; not the supervisor
    assert before[0] not in holders
    assert not any(in_memory_of(pid, PASSPHRASE.encode()) for pid in before)

    locked = office.command("lock")
    assert (locked.returncode, locked.stdout) == (0, "Locked: no process of this server has the key any more.\n")
    assert [pid for pid in before[1:] if Path(f"/proc/{pid}").exists()] == []
    page = office.until(503)
    assert "Call 555." in page.text
    assert [word for word in TOLD if word in page.text] == []
    assert page.headers["X-Frame-Options"] == "DENY"
    now = office.pids()
    assert now[0] == before[0]
    assert [pid for pid in now if in_memory_of(pid, key)] == []
    for path in ("/", "/children", "/health", "/static/mark.svg", "/key/x/formList", "/nowhere", "/me"):
        for method in ("GET", "POST", "PUT"):
            assert office.until(503, path, method).status_code == 503, path

    wrong = office.command("unlock", said="another one that nobody has said\n")
    assert wrong.returncode == 2
    assert ask(office.folder, "state") == "locked"
    opened = office.command("unlock", said=f"{PASSPHRASE}\n")
    assert (opened.returncode, opened.stdout) == (0, "Open.\n")
    office.until(200)
    assert office.pids()[0] == before[0]
    with httpx.Client(headers={"X-Forwarded-Proto": "https"}) as client:
        xml = interview(FORM, phone["code"], instance_id=f"uuid:{secrets.token_hex(8)}")
        assert post(client, office, phone["token"], xml) == 201
    verbs = office.rows("SELECT verb FROM audit_event WHERE verb LIKE '%lock_server' ORDER BY id")
    assert [row[0] for row in verbs] == ["lock_server", "unlock_server"]


def test_without_a_passphrase_it_starts_locked_and_a_lock_outlives_a_kill(
    office: Office, phone: dict[str, str]
) -> None:
    office.serve("")
    office.until(503)
    assert office.command("unlock", said=f"{PASSPHRASE}\n").returncode == 0
    office.until(200)
    (office.folder / "locked").write_text("{}")  # as any process of the server writes it
    office.until(503)
    office.kill()
    office.serve("")
    office.until(503)
    assert office.command("health").returncode == 2
    assert "The server is locked since" in office.command("health").stdout
    office.stop()
    office.serve(f"{PASSPHRASE}\n")  # somebody is there: that opens
    office.until(200)
    assert not (office.folder / "locked").exists()


def test_a_process_that_reads_the_lock_itself_ends(office: Office, phone: dict[str, str]) -> None:
    """Where the supervisor stands still, each process looks for itself."""
    office.serve(f"{PASSPHRASE}\n")
    office.until(200)
    key, (supervisor, *others) = office.key(), office.pids()
    os.kill(supervisor, signal.SIGSTOP)
    try:
        (office.folder / "locked").write_text("{}")
        until = time.monotonic() + 10
        while any(in_memory_of(pid, key) for pid in others) and time.monotonic() < until:
            time.sleep(0.1)
        assert [pid for pid in others if in_memory_of(pid, key)] == []
        time.sleep(3)  # the web server starts its processes anew, and these find the lock
        assert [pid for pid in office.pids() if in_memory_of(pid, key)] == []
        office.until(503)
    finally:
        os.kill(supervisor, signal.SIGCONT)
        (office.folder / "locked").unlink(missing_ok=True)


def test_nobody_confirms(office: Office, phone: dict[str, str]) -> None:
    office.locks_after = "1"
    office.serve(f"{PASSPHRASE}\n")
    office.until(200)
    long_ago = time.time() - 3_500
    os.utime(office.folder / CONFIRMED, (long_ago, long_ago))  # of an hour, a hundred seconds are left
    time.sleep(1)
    assert ask(office.folder, "state") == "open"
    os.utime(office.folder / CONFIRMED, (long_ago - 200, long_ago - 200))
    office.until(503)
    assert '"timer"' in (office.folder / "locked").read_text()
    assert office.command("unlock", said=f"{PASSPHRASE}\n").returncode == 0
    office.until(200)
