"""The power is cut while phones send: what they were told arrived is there, whole, and the server comes back by itself.

That the harness sees a loss is shown by houses that were set up carelessly: each must lose something.
"""

from __future__ import annotations

import os
import random
import sqlite3
import time
from collections.abc import Callable
from functools import partial
from glob import glob
from pathlib import Path

import httpx
import psycopg
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage

from homeward.config import env
from tests.durability.servers import trials
from tests.houses import is_postgres
from tests.powercut.cluster import NoDatabaseError
from tests.powercut.disk import Disk
from tests.powercut.journal import Journal, Stored, Told, faults
from tests.powercut.phones import Phones, bags
from tests.powercut.place import Manner, Place, Prepared, place_in

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("power cut")]
CUTS = trials(5, least=1)
IN_FULL = float(env.read("HOMEWARD_TRIALS")) >= 1
SEED = 20_261
FEWEST = 20  # acknowledged between a start and a cut
SHORTEST, LONGEST = 0.2, 4.0  # seconds after that
FILES = 100
TRIES = 5  # cuts within which a careless house must lose something
STATIC = "homeward/web/ui/static/homeward.css"
CARELESS_SQLITE = (
    Manner("SQLite, synchronous=NORMAL", synchronous="NORMAL"),
    Manner("SQLite, synchronous=OFF", synchronous="OFF"),
)
LAZY = ("wal_writer_delay=10s", "wal_writer_flush_after=1GB")  # else three writes a second hide it on a slow machine
CARELESS_POSTGRESQL = (
    Manner("PostgreSQL, synchronous_commit=off", settings=("synchronous_commit=off", *LAZY)),
    Manner("PostgreSQL, fsync=off", settings=("fsync=off",)),
)
EATEN = Manner("libeatmydata", preloaded=next(iter(glob("/usr/lib/*/libeatmydata.so")), ""))
CARELESS = (*(CARELESS_POSTGRESQL if is_postgres() else CARELESS_SQLITE), EATEN)


def cut_under_load(
    place: Place, phones: Phones, dice: random.Random, before: Callable[[], None] = lambda: None
) -> None:
    """At a moment that nobody chose, after some interviews at least were acknowledged."""
    try:
        until = time.monotonic() + 120
        while phones.acknowledged < FEWEST:
            assert time.monotonic() < until, phones.unexpected
            time.sleep(0.02)
        before()
        time.sleep(dice.uniform(SHORTEST, LONGEST))
        place.cut()
    finally:
        phones.stop()


def examine(place: Place, journal: Journal) -> Told:
    """Raises where anything is lost, changed, there twice, there in part, or the audit does not hold."""
    told = journal.read()
    found = place.examined()
    names = [each["name"] for each in found["interviews"]]
    stored = {each["name"]: Stored(each["raw"], each["files"]) for each in found["interviews"]}
    assert len(names) == len(stored) > 0
    assert faults(told, stored, journal.read()) == {}
    assert [each["name"] for each in found["interviews"] if not each["scored"]] == []
    assert (found["damage"], found["intact"], found["quarantined"]) == ([], True, 0)
    assert found["pinned"] == (found["signed"] > 0)  # a cut before the first batch is one before there was a key
    assert found["received"] == len(stored)
    assert found["flagged"] == found["escalations"] == found["notices"] > 0
    return told


def cuts_in_words(count: int) -> str:
    return f"{count} cut{'s' if count > 1 else ''}"


def static_file(place: Place) -> bytes:
    return httpx.get(f"{place.server.url}/static/{Path(STATIC).name}").content


@pytest.mark.database
@pytest.mark.goal("R-2", "R-5")
def test_nothing_acknowledged_is_lost_when_the_power_is_cut(
    prepared: Prepared, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    carried, dice, journal = bags(SEED), random.Random(SEED), Journal(tmp_path / "journal.txt")
    with place_in(tmp_path / "place", is_postgres(), Manner(), prepared.image) as place:
        assert os.stat(journal.path).st_dev != os.stat(place.disk.root).st_dev
        place.start()
        for _ in range(CUTS):
            phones = Phones(place.server, prepared.phone, journal, carried)
            cut_under_load(place, phones, dice)
            assert phones.unexpected == []
            place.start()
            examine(place, journal)
            assert static_file(place) == Path(STATIC).read_bytes()
        last = Phones(place.server, prepared.phone, journal, carried, only_unsent=True)
        last.wait()
        assert (last.unexpected, [bag.number for bag in carried if bag.unsent]) == ([], [])
        told = examine(place, journal)
        assert told.acknowledged.keys() == told.sent.keys()
        place.program("homeward.cli.main", "audit", "verify", "--heads", str(place.folder / "heads.txt"))
        place.stop()
    record_property("ran", f"{cuts_in_words(CUTS)}, {len(told.acknowledged)} interviews acknowledged, 0 lost")


def names_in(place: Place) -> set[str]:
    """Looked at from outside."""
    return {row[0] for row in place.server.rows("SELECT instance_id FROM surveys_submission")}


def nothing_lost(place: Place, journal: Journal) -> None:
    """While there is power, or the look afterwards would find a loss in anything."""
    told = journal.read()
    assert told.acknowledged.keys() <= names_in(place)


def lost_of(place: Place, journal: Journal) -> int:
    """All of it where the database does not open any more."""
    told = journal.read()
    try:
        place.start_database()
        kept = names_in(place)
    except (NoDatabaseError, sqlite3.DatabaseError, psycopg.Error):
        kept = set()
    return len(told.acknowledged.keys() - kept)


@pytest.mark.goal("R-2")
def test_what_is_made_once_outlives_a_cut_right_afterwards(
    cuttable: None, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """The server's secret, the key that signs the audit, and its public half, without which the audit looks forged."""
    with place_in(tmp_path / "place", False, Manner()) as place:
        place.program("homeward.cli.main", "audit", "create-key")
        made = kept_files(place)
        assert set(made) == {"secret_key", "audit/key.pem", "audit/key.pem.pub"}
        place.cut()
        assert kept_files(place) == made
    record_property("ran", f"1 cut right after {len(made)} files were made, 0 lost")


def kept_files(place: Place) -> dict[str, bytes]:
    folder = place.server.folder
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in (folder / "secret_key", *sorted((folder / "audit").glob("*")))
        if path.exists()
    }


@pytest.mark.database
@pytest.mark.goal("R-2")
@pytest.mark.parametrize("manner", CARELESS if IN_FULL else CARELESS[:1], ids=lambda manner: manner.name)
def test_a_careless_house_loses_what_it_acknowledged(
    manner: Manner, prepared: Prepared, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """Or the test above would prove nothing."""
    if not (manner.careless or manner.preloaded):
        pytest.skip("libeatmydata is not installed")
    dice, lost, cuts, acknowledged = random.Random(f"{SEED} {manner.name}"), 0, 0, 0
    while not lost and cuts < TRIES:
        with place_in(tmp_path / f"place{cuts}", is_postgres(), manner, prepared.image) as place:
            place.start()
            cuts += 1
            journal = Journal(tmp_path / f"journal{cuts}.txt")  # of this house: the next one never heard of its phones
            phones = Phones(place.server, prepared.phone, journal, bags(cuts))
            cut_under_load(place, phones, dice, partial(nothing_lost, place, journal))
            acknowledged += len(journal.read().acknowledged)
            lost = lost_of(place, journal)
    record_property("ran", f"{manner.name}: {cuts_in_words(cuts)}, {acknowledged} acknowledged, {lost} lost")
    assert lost > 0


def written(disk: Disk, folder: str, synced: bool) -> dict[str, bytes]:
    """A hundred files through Django's own storage, each acknowledged when it returns."""
    storage, made = FileSystemStorage(location=disk.root / folder), {}
    for number in range(FILES):
        name = storage.save(f"{number}.bin", ContentFile(os.urandom(20_000)))
        made[name] = (disk.root / folder / name).read_bytes()
        if synced:
            for path in (disk.root / folder / name, disk.root / folder, disk.root):
                sync(path)
    return made


def sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@pytest.mark.goal("R-2")
@pytest.mark.parametrize("synced", [False, True], ids=["as Django writes them", "synced with their folder"])
def test_files_are_lost_where_nobody_syncs_them(
    synced: bool, cuttable: None, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """Why interviews lie in the database, and another control: files that are synced come through the same cut."""
    disk = Disk(tmp_path, megabytes=64)
    try:
        disk.format()
        disk.mount()
        made = written(disk, "files", synced)
        disk.cut()
        disk.unmount()
        disk.mount()
        lost = [name for name, content in made.items() if content_of(disk.root / "files" / name) != content]
    finally:
        disk.remove()
    record_property("ran", f"files{', synced' if synced else ''}: 1 cut, {FILES} acknowledged, {len(lost)} lost")
    assert not lost if synced else lost


def content_of(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""
