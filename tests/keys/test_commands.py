"""`homeward keys` and `homeward serve` as whoever keeps the passphrase uses them: real processes, real files."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import httpx
import pyrage
import pytest

from tests.durability.servers import ROOT, free_port
from tests.environment import without_settings

pytestmark = pytest.mark.slow
PASSPHRASE = "rivers lantern copper meadow thirteen willow"
OTHER = "gravel orchid window seventeen harbour pencil"
BUILD = """
import sys
from homeward.cli.serve import start_django
start_django()
from datetime import date
from homeward.cli.unlocking import bring_up_to_date, unlock
bring_up_to_date(); unlock()
from homeward.apps.access.actors import system_actor
from homeward.apps.access.services import found_organisation
from homeward.apps.cases.facts import ChildFacts
from homeward.apps.cases.services import register_child
house = system_actor(found_organisation(system_actor(), "Amani", "UTC", ("en",)))
facts = ChildFacts(name="Asha Mwangi", age=9, return_date=date(2025, 1, 1), external_id="CASE-1")
print(register_child(house, facts).code)
"""


class Office:
    """A data folder of the office profile, and commands in it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.given = folder, dict[str, str]()

    @property
    def environment(self) -> dict[str, str]:
        return {
            **without_settings(),
            "HOMEWARD_PROFILE": "office",
            "HOMEWARD_DATA": str(self.folder),
            "DJANGO_SETTINGS_MODULE": "homeward.config.settings",
            "PYTHONPATH": str(ROOT),
            **self.given,
        }

    def run(self, *words: str, said: str = "") -> tuple[int, Any, str]:
        command = [sys.executable, "-m", "homeward.cli.main", *words, "--json"]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, input=said, capture_output=True, text=True, timeout=120
        )
        return done.returncode, json.loads(done.stdout) if done.stdout.startswith("{") else done.stdout, done.stderr

    def build(self, said: str = "") -> str:
        command = [sys.executable, "-c", BUILD]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, input=said, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path / "office")


def test_a_passphrase_makes_opens_and_replaces(office: Office) -> None:
    status, said, _ = office.run("keys", "status")
    assert status == 2
    status, said, _ = office.run("keys", "create", said="short\n")
    assert (status, said["problems"][0]["code"]) == (2, "keys.short")
    status, said, _ = office.run("keys", "create", said=f"{PASSPHRASE}\n")
    assert (status, said["kind"]) == (0, "passphrase")
    assert office.run("keys", "create", said=f"{PASSPHRASE}\n")[0] == 2
    code = office.build(f"{PASSPHRASE}\n")
    status, said, _ = office.run("keys", "verify", said=f"{OTHER}\n")
    assert (status, said["problems"][0]["code"]) == (2, "keys.wrong")
    status, said, _ = office.run("keys", "verify", said=f"{PASSPHRASE}\n")
    assert (status, said["keys"]) == (0, said["opened"])
    status, said, _ = office.run("keys", "rotate", "--child", code, said=f"{PASSPHRASE}\n")
    assert (status, said["children"], said["values"] >= 4) == (0, 1, True)
    status, said, _ = office.run("keys", "rotate", "--kek", said=f"{PASSPHRASE}\n{OTHER}\n")
    assert (status, said["version"]) == (1, 2)  # no backup is configured: said, and done all the same
    assert office.run("keys", "verify", said=f"{PASSPHRASE}\n")[0] == 2
    assert office.run("keys", "verify", said=f"{OTHER}\n")[0] == 0
    status, said, _ = office.run("keys", "status")
    assert (status, said["custody"], said["version"], said["without_keys"]) == (1, "passphrase", 2, 0)


def test_a_key_file_and_a_backup_that_goes_on_without_what_was_destroyed(office: Office, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for path in (one, two):
        path.write_text(base64.b64encode(os.urandom(32)).decode())
    recipient, other = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
    (tmp_path / "private").write_text(f"# kept elsewhere\n{recipient}\n")
    office.given = {
        "HOMEWARD_VAULT_KEY": one.read_text(),
        "HOMEWARD_KEY_BACKUP_RECIPIENTS": f"{recipient.to_public()} {other.to_public()}",
    }
    code = office.build()
    first = office.run("keys", "backup")[1]["backup"]
    status, said, _ = office.run("keys", "destroy", code, "--both", "--reason", "erasure_asked", "--yes")
    assert (status, said["destroyed"], said["older_backups_deleted"]) == (0, 2, 1)
    assert not Path(first).exists()
    status, said, _ = office.run("keys", "verify", "--copy", said["backup"], "--identity", str(tmp_path / "private"))
    assert (status, said["copy_differs_in"]) == (0, 0)
    status, said, _ = office.run("keys", "rotate", "--kek", "--key-file", str(two))
    assert (status, said["version"]) == (0, 2)
    status, said, _ = office.run("keys", "verify")
    assert (status, said["problems"][0]["code"]) == (2, "vault.locked")
    office.given["HOMEWARD_VAULT_KEY"] = two.read_text()
    assert office.run("keys", "verify")[0] == 0
    wal = office.folder / "keys.sqlite3-wal"
    assert not wal.exists() or wal.stat().st_size == 0


def test_a_destroyed_key_is_in_no_file_of_the_key_store(office: Office, tmp_path: Path) -> None:
    office.given = {"HOMEWARD_VAULT_KEY": base64.b64encode(os.urandom(32)).decode()}
    code = office.build()
    with closing(sqlite3.connect(office.folder / "homeward.sqlite3")) as data:
        (child,) = data.execute("SELECT id FROM cases_child WHERE code = ?", (code,)).fetchone()
    with closing(sqlite3.connect(office.folder / "keys.sqlite3")) as keys:
        wrapped = [
            row[0] for row in keys.execute("SELECT wrapped FROM keys_datakey WHERE owner_id = ?", (child,)).fetchall()
        ]
    assert len(wrapped) == 2
    assert all(len(each) == 60 for each in wrapped)
    before = b"".join(path.read_bytes() for path in office.folder.glob("keys.sqlite3*"))
    assert all(each in before for each in wrapped)
    assert office.run("keys", "destroy", code, "--both", "--reason", "erasure_asked", "--yes")[0] == 1
    after = b"".join(path.read_bytes() for path in office.folder.glob("keys.sqlite3*"))
    assert [each in after for each in wrapped] == [False, False]


def test_keys_are_not_replaced_while_a_server_is_at_work(office: Office) -> None:
    office.given = {"HOMEWARD_VAULT_KEY": base64.b64encode(os.urandom(32)).decode()}
    office.build()
    with (office.folder / "at-work").open("wb") as place:
        fcntl.flock(place, fcntl.LOCK_SH)
        status, said, _ = office.run("keys", "rotate", "--children")
        assert (status, said["problems"][0]["code"]) == (2, "keys.at_work")
    assert office.run("keys", "rotate", "--children")[0] == 0


def test_data_without_their_key_store_are_refused_with_one_line(office: Office) -> None:
    office.given = {"HOMEWARD_VAULT_KEY": base64.b64encode(os.urandom(32)).decode()}
    office.build()
    for path in office.folder.glob("keys.sqlite3*"):
        path.unlink()
    status, _, said = office.run("serve", "--port", str(free_port()))
    lines = [line for line in said.splitlines() if line.startswith("error")]
    assert (status, len(lines)) == (2, 1)
    assert "holds no key for the data" in lines[0]


def test_the_key_store_must_not_lie_with_the_data(office: Office) -> None:
    place = office.folder / "homeward.sqlite3"
    office.given = {
        "HOMEWARD_VAULT_KEY": base64.b64encode(os.urandom(32)).decode(),
        "HOMEWARD_KEYS_DATABASE": f"sqlite:{place}",
    }
    status, _, said = office.run("serve", "--port", str(free_port()))
    assert (status, "lies in the database of the data" in said) == (2, True)
    assert not place.exists()


def test_the_server_is_given_the_passphrase_once_and_hands_the_key_on_unseen(office: Office) -> None:
    """Its processes open without it standing in their arguments or environment; one that dies is started anew."""
    office.given = {"HOMEWARD_BEHIND_PROXY": "1"}
    office.run("keys", "create", said=f"{PASSPHRASE}\n")
    office.build(f"{PASSPHRASE}\n")
    port = free_port()
    command = [sys.executable, "-m", "homeward.cli.main", "serve", "--port", str(port), "--no-worker"]
    server = subprocess.Popen(command, cwd=ROOT, env=office.environment, stdin=subprocess.PIPE, text=True)
    try:
        assert server.stdin
        server.stdin.write(f"{PASSPHRASE}\n")
        server.stdin.close()
        for _round in range(2):
            answer = asked(port)
            assert answer.status_code == 404, answer.text  # an unknown phone: its token was hashed with the house's key
            workers = children_of(children_of(server.pid)[0])
            for pid in (*children_of(server.pid), *workers):
                seen = b"".join(Path(f"/proc/{pid}/{name}").read_bytes() for name in ("environ", "cmdline"))
                assert PASSPHRASE.encode() not in seen
                assert b"HOMEWARD_VAULT_KEY" not in seen
            os.kill(workers[0], signal.SIGKILL)
            time.sleep(1)
    finally:
        server.terminate()
        server.wait(60)


def test_a_wrong_passphrase_starts_nothing(office: Office) -> None:
    office.run("keys", "create", said=f"{PASSPHRASE}\n")
    status, said, _ = office.run("serve", "--port", str(free_port()), said=f"{OTHER}\n")
    assert (status, said["problems"][0]["code"]) == (2, "keys.wrong")


def asked(port: int) -> httpx.Response:
    headers = {"X-OpenRosa-Version": "1.0", "X-Forwarded-Proto": "https"}
    for _ in range(300):
        with suppress(httpx.TransportError):
            return httpx.get(f"http://127.0.0.1:{port}/key/unknown/formList", headers=headers, timeout=10)
        time.sleep(0.1)
    raise AssertionError("the server did not start")


def children_of(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
