"""`homeward backup`, `restore`, `drill` and `upgrade` as people type them: exit status, words, files."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.durability.servers import ROOT, free_port
from tests.environment import without_settings
from tests.houses import Kept, binaries, copied, is_postgres

pytestmark = [pytest.mark.database, pytest.mark.slow]
WITHIN = 600  # seconds for a restore; `python -m benchmarks.backup` measures it with 50,000 interviews


class Machine:
    """A data folder, and commands in it."""

    def __init__(self, folder: Path, database: str = "") -> None:
        self.folder, self.given = folder, dict[str, str]()
        if database:
            self.given = {"HOMEWARD_DATABASE": database, "HOMEWARD_POSTGRESQL_BIN": str(binaries())}

    def run(self, *words: str | Path, plain: bool = False) -> tuple[int, Any]:
        environment = {
            **without_settings(),
            "HOMEWARD_DATA": str(self.folder),
            "DJANGO_SETTINGS_MODULE": "homeward.config.settings",
            "PYTHONPATH": str(ROOT),
            **self.given,
        }
        command = [sys.executable, "-m", "homeward.cli.main", *map(str, words), *([] if plain else ["--json"])]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)
        if plain:
            return done.returncode, done.stdout + done.stderr
        return done.returncode, json.loads(done.stdout or "{}")

    def code(self, *words: str | Path) -> str:
        """Of a refusal, which is status 2 and says what to do."""
        status, said = self.run(*words)
        problem = said["problems"][0]
        assert (status, bool(problem["action"])) == (2, True), said
        return str(problem["code"])


@pytest.fixture
def machine(request: pytest.FixtureRequest, template: Kept, tmp_path: Path) -> Iterator[Machine]:
    """With a house on it, and two recipients whose private keys lie elsewhere."""
    folder = tmp_path / "machine"
    folder.mkdir(mode=0o700)
    url = request.getfixturevalue("postgresql").url("house") if is_postgres() else ""
    made = Machine(folder, url)
    public = [made.run("backup", "keygen", tmp_path / name)[1]["public_key"] for name in ("one", "two")]
    made.given |= {
        "HOMEWARD_BACKUPS": str(tmp_path / "backups"),
        "HOMEWARD_KEY_BACKUPS": str(tmp_path / "key-backups"),
        "HOMEWARD_BACKUP_RECIPIENTS": " ".join(public),
    }
    with copied(request, template, folder):
        yield made


def test_a_pair_of_keys_is_made_once_and_for_one_person(tmp_path: Path) -> None:
    machine, path = Machine(tmp_path / "none"), tmp_path / "private"
    status, said = machine.run("backup", "keygen", path, plain=True)
    assert (status, "age1" in said, "AGE-SECRET-KEY-" in said) == (0, True, False)
    assert oct(path.stat().st_mode)[-3:] == "600"
    assert "AGE-SECRET-KEY-" in path.read_text()
    assert machine.code("backup", "keygen", path) == "backup.file_exists"
    assert machine.code("backup", "keygen") == "backup.no_file_named"
    assert not (tmp_path / "none").exists()


@pytest.mark.goal("R-13")
def test_from_this_machine_to_a_new_one(
    machine: Machine, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    status, made = machine.run("backup")
    assert (status, made["tables"] > 40, Path(made["keys"]).parent.name) == (0, True, "key-backups")
    status, sheet = machine.run("backup", "sheet", plain=True)
    key = sheet.split("is not ours:")[1].split()[0]
    assert (status, len(key), sheet.count("age1"), "AGE-SECRET" in sheet) == (0, 64, 2, False)
    new = Machine(tmp_path / "new", machine.given.get("HOMEWARD_DATABASE", "").replace("/house?", "/house_new?"))
    words = ["restore", Path(made["backup"]), "--identity", tmp_path / "two"]
    assert new.code(*words) == "backup.nobody_trusted"
    assert new.code(*words, "--key", "00" * 32) == "backup.stranger"
    words += ["--key", key]
    assert new.code(*words) == "backup.keys_missing"
    assert not list(new.folder.glob("*.sqlite3*"))
    words += ["--keys", Path(made["keys"])]
    begun = time.monotonic()
    status, said = new.run(*words)
    seconds = time.monotonic() - begun
    assert (status, said["rows"], said["children"], said["names_opened"]) == (0, made["rows"], 6, 6)
    assert seconds < WITHIN
    record_property("ran", f"{said['rows']} rows onto a new machine in {seconds:.0f} s")
    assert new.code(*words) == "backup.target_not_empty"
    status, said = new.run(*words, "--replace")
    assert (status, len(said["put_aside"])) == (0, 2)
    assert new.run("audit", "verify")[1]["intact"]
    assert new.run("keys", "verify")[0] in (0, 1)


def test_an_upgrade_without_steps_says_that_nothing_is_to_do(machine: Machine) -> None:
    for words in (["upgrade"], ["upgrade", "--look"]):
        status, said = machine.run(*words, plain=True)
        assert (status, said.startswith("Nothing to do"), "steps:" in said) == (0, True, False)
    assert machine.run("upgrade", "--look")[1] == {"waiting": [], "findings": []}


def test_commands_that_look_say_where_nothing_is(tmp_path: Path) -> None:
    nowhere = Machine(tmp_path / "nowhere")
    for words in (["templates", tmp_path / "papers"], ["health"], ["audit", "verify"], ["audit", "head"]):
        assert nowhere.code(*words) == "house.none", words
    assert not (tmp_path / "papers").exists()


def test_a_drill_says_whose_key_was_tried(machine: Machine, tmp_path: Path) -> None:
    status, said = machine.run("drill")
    assert (status, said["opened_by"], said["names_opened"], said["findings"]) == (0, "momentary", 6, [])
    assert "--identity" in said["notes"][0]
    status, said = machine.run("drill", "--identity", tmp_path / "one")
    assert (status, said["opened_by"], said["notes"]) == (0, "recipient", [])
    status, said = machine.run("backup", "list")
    assert (status, len(said["data"]), bool(said["last_drill"])) == (0, 1, True)
    assert machine.code("drill", "--identity", tmp_path / "none") == "backup.no_identity"
    newest = next(Path(machine.given["HOMEWARD_BACKUPS"]).glob("data-*"))
    newest.write_bytes(newest.read_bytes()[:-1])
    status, said = machine.run("drill", "--identity", tmp_path / "one")  # tried, and it did not come back
    assert (status, said["problems"][0]["code"]) == (1, "backup.damaged")


def test_what_is_not_set_up_says_what_to_set(machine: Machine, tmp_path: Path) -> None:
    one = machine.given["HOMEWARD_BACKUP_RECIPIENTS"].split()[0]
    assert machine.run("backup", "recipients")[0] == 0
    machine.given["HOMEWARD_BACKUP_RECIPIENTS"] = one
    assert machine.code("backup") == machine.code("backup", "recipients") == "backup.recipients"
    machine.given["HOMEWARD_BACKUPS"] = ""
    assert machine.code("backup") == "backup.no_folder"
    assert machine.code("backup", tmp_path / "key-backups") == "backup.same_folder"


def test_nothing_is_put_into_place_while_a_server_is_at_work(machine: Machine, tmp_path: Path) -> None:
    _status, made = machine.run("backup")
    words = ("restore", Path(made["backup"]), "--identity", tmp_path / "one", "--replace")
    with (machine.folder / "at-work").open("wb") as place:
        fcntl.flock(place, fcntl.LOCK_SH)
        assert machine.code(*words) == "keys.at_work"
        assert machine.code("upgrade") == "keys.at_work"
    assert machine.run(*words)[0] == 0


def test_a_server_with_children_does_not_start_before_the_upgrade(machine: Machine) -> None:
    """A house of the version before backups: its table is not there."""
    machine.given |= {
        "HOMEWARD_PROFILE": "office",
        "HOMEWARD_VAULT_KEY": base64.b64encode(b"HOMEWARD-DEMO-KEY-NO-REAL-CHILD!").decode(),
    }
    gone = ("DROP TABLE backups_backuprun", "DELETE FROM django_migrations WHERE app = 'backups'")
    if is_postgres():
        with closing(psycopg.connect(machine_url(machine), autocommit=True)) as server:
            for statement in gone:
                server.execute(statement)
    else:
        with closing(sqlite3.connect(machine.folder / "homeward.sqlite3")) as file:
            for statement in gone:
                file.execute(statement)
            file.commit()
    assert machine.run("upgrade", "--look")[1]["waiting"] == ["backups.0001_initial"]
    machine.given["HOMEWARD_PROFILE"] = "demo"
    status, said = machine.run("upgrade")
    assert (status, said["steps"]) == (0, ["backups.0001_initial"])
    assert machine.run("upgrade", "--look")[1]["waiting"] == []
    assert machine.run("backup", "list")[0] == 1  # never drilled


def machine_url(machine: Machine) -> str:
    return machine.given["HOMEWARD_DATABASE"]


def test_serve_refuses_waiting_steps(tmp_path: Path) -> None:
    from tests.keys.test_commands import Office

    office = Office(tmp_path / "office")
    office.given = {"HOMEWARD_VAULT_KEY": base64.b64encode(os.urandom(32)).decode()}
    office.build()
    with closing(sqlite3.connect(office.folder / "homeward.sqlite3")) as file:
        file.execute("DROP TABLE backups_backuprun")
        file.execute("DELETE FROM django_migrations WHERE app = 'backups'")
        file.commit()
    status, _, said = office.run("serve", "--port", str(free_port()))
    assert (status, "homeward upgrade" in said) == (2, True)
    assert "No backups are made" in said
