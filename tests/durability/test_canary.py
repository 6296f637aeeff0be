"""What lies sealed stands readable in no file of the data folder, however it is written; what lies plain is found."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from homeward.apps.access.registry import fields_of
from homeward.domain.privacy import Level, Storage
from homeward.formats.backup_file import identities_of, new_pair, unpack
from tests.durability.canaries import files_with, found_in, sow
from tests.durability.servers import ROOT, Server

pytestmark = [pytest.mark.slow]
NOT_SOWN = {"cases.child.birth_date"}  # a date is a date: it is looked for as it is sealed


@pytest.fixture(scope="module")
def sown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    folder = tmp_path_factory.mktemp("sown")
    texts = sow(Server(folder, ""))
    del texts["phone"], texts["code"]
    return folder, texts


def test_every_sealed_field_was_sown(sown: tuple[Path, dict[str, str]]) -> None:
    sealed = {field.name for field in fields_of(storage=Storage.SEALED) if field.privacy.level < Level.L4}
    assert sealed - NOT_SOWN == sown[1].keys() - {"plain"}


@pytest.mark.goal("P-2")
def test_the_search_finds_what_lies_plain(sown: tuple[Path, dict[str, str]]) -> None:
    folder, texts = sown
    assert {name.removesuffix("-wal") for name in files_with(folder, texts["plain"])} == {"homeward.sqlite3"}
    assert {"homeward.sqlite3-wal", "keys.sqlite3-wal"} <= {path.name for path in folder.iterdir()}


@pytest.mark.goal("P-2")
def test_nothing_that_lies_sealed_is_found_in_a_backup_nor_in_what_it_holds(
    sown: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    """What lies plain is found in the content, which is the control, and not in the file around it."""
    folder, texts = sown
    pairs, made = [new_pair() for _ in range(2)], tmp_path / "backups"
    private = tmp_path / "private"
    private.write_text(pairs[0][1])
    settings = {
        "HOMEWARD_BACKUP_RECIPIENTS": " ".join(public for public, _ in pairs),
        "HOMEWARD_KEY_BACKUPS": str(tmp_path / "keys"),
        "HOMEWARD_BACKUP_KEY": str(tmp_path / "signing" / "key.pem"),
    }
    command = [sys.executable, "-m", "homeward.cli.main", "backup", str(made)]
    environment = {**Server(folder, "").environment, **settings}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    (data,), (keys,) = made.iterdir(), (tmp_path / "keys").iterdir()
    for path, name in ((data, "data"), (keys, "key-rows")):
        unpack(path, identities_of(private), tmp_path / name)
    assert files_with(tmp_path, texts["plain"]) == {"data"}
    found = found_in([tmp_path], texts)
    assert {field for field, files in found.items() if files} == {"plain"}


@pytest.mark.goal("P-2")
def test_nothing_that_lies_sealed_is_found(sown: tuple[Path, dict[str, str]]) -> None:
    folder, texts = sown
    found = found_in([folder], texts)
    assert {field for field, files in found.items() if files} == {"plain"}
