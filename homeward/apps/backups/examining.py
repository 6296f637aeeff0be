"""A backup, opened and restored in a place apart, and everything asked that can be asked of it there."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader

from homeward import __version__
from homeward.apps.access.backup_key import trusted_keys
from homeward.apps.access.keys import store
from homeward.apps.access.keys.beside import newest_key
from homeward.apps.access.keys.faults import ErasedError, LockedError
from homeward.apps.access.keys.standing import children_without_keys, data_without_keys
from homeward.apps.audit.append_only import missing_refusals
from homeward.apps.audit.verifying import verify
from homeward.apps.audit.witness import head_of
from homeward.apps.backups.making import KIND
from homeward.apps.backups.places import (
    Settings,
    database_apart,
    in_place_of,
    is_postgresql,
    raw_connection,
    refused,
    vendor_of,
)
from homeward.apps.backups.snapshots import load
from homeward.apps.backups.tables import applied, states_listed, table_states
from homeward.apps.cases.queries import every_child
from homeward.apps.cases.sealing import name_opens
from homeward.apps.surveys.ending import keyless
from homeward.formats import backup_file
from homeward.formats.backup_file import Header

NEXT = "Take another backup; nothing was changed."
WITH_KEYS = "Restore the key store with it: --keys FILE, a keys-... backup of about the same time or later."
TRIED = 20  # children whose names are opened


@dataclass(frozen=True, slots=True)
class Answers:
    """Of the smoke questions: is this the house, and does it open?"""

    children: int
    names_opened: int
    locked: bool  # nobody gave the key, so no name was tried
    keyless: int  # interviews without a child whose own key is not here any more
    events: int
    batches: int


@dataclass(frozen=True, slots=True)
class Restored:
    """A backup that stood every question, in its place apart."""

    header: Header
    database: Settings
    tables: int
    rows: int
    answers: Answers


def checked_header(path: Path, trusted: Collection[str]) -> Header:
    """Whole, signed, of the data and of this version of Homeward."""
    header = backup_file.read(path, trusted_keys() | frozenset(trusted))
    if header.kind != KIND:
        action = "Take a file whose name begins with data-."
        raise refused(
            "backup.other_kind", "This is a backup of something else ({kind}).", action, path, kind=header.kind
        )
    if header.version != __version__:
        message = "It was made by Homeward {made}, and this is {here}."
        action = "Install {made}, restore it there, then install {here} and run `homeward upgrade`."
        raise refused("backup.other_version", message, action, path, made=header.version, here=__version__)
    return header


@contextmanager
def restored_apart(
    path: Path,
    identities: Sequence[Any],
    folder: Path,
    databases: dict[str, Settings],
    *,
    trusted: Collection[str] = (),
    older: bool = False,
) -> Iterator[Restored]:
    """`databases`: of which kind the place is (`default`), and the key store that belongs to the data (`keys`).
    `older`: tables of an earlier version may stand in it, which an upgrade changes next.
    """
    header = checked_header(path, trusted)
    payload = folder / "restored"
    listed = backup_file.unpack(path, identities, payload)
    if listed["vendor"] != vendor_of(databases["default"]):
        action = "Set HOMEWARD_DATABASE to a database of that kind."
        raise refused("backup.other_database", "It holds a database of {kind}.", action, path, kind=listed["vendor"])
    with database_apart(databases["default"], folder) as database:
        load(payload, database)
        rows = _same_rows(path, listed, database)
        _of_this_schema(path, database, older=older)
        with in_place_of({"default": database, "keys": databases["keys"]}):
            answers = _asked(path, listed, older=older)
        yield Restored(header, database, len(listed["tables"]), rows, answers)


def _same_rows(path: Path, listed: dict[str, Any], database: Settings) -> int:
    if not is_postgresql(database):
        with closing(sqlite3.connect(database["NAME"])) as raw:
            whole = raw.execute("PRAGMA integrity_check(1)").fetchone()[0]
            dangling = raw.execute("PRAGMA foreign_key_check").fetchone()
        if whole != "ok" or dangling is not None:
            what = whole if dangling is None else f"{dangling[0]} points to nothing"
            raise refused("backup.not_whole", "The restored database is not whole: {what}", NEXT, path, what=what)
    with raw_connection(database) as raw:
        found = table_states(raw)
    expected = states_listed(listed["tables"])
    differ = sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name))
    if differ:
        message = "The restored rows are not those that were backed up: {tables}."
        raise refused("backup.rows_differ", message, NEXT, path, tables=", ".join(differ[:5]))
    return sum(state.rows for state in found.values())


def _of_this_schema(path: Path, database: Settings, *, older: bool) -> None:
    with raw_connection(database) as raw:
        there = set(applied(raw))
    here = {".".join(key) for key in MigrationLoader(None).disk_migrations}
    if there - here:
        message, action = "Its tables are of a later version.", "Install that version, and restore it there."
        raise refused("backup.newer", message, action, path)
    if here - there and not older:
        message = "Its tables are of an earlier version ({missing} steps behind)."
        action = "Install the version that ran then, restore it there, and upgrade: `homeward upgrade`."
        raise refused("backup.older", message, action, path, missing=len(here - there))


def _asked(path: Path, listed: dict[str, Any], *, older: bool) -> Answers:
    """Within the place apart. What needs today's tables is not asked of older ones."""
    open_tables = missing_refusals(connection)
    if open_tables:
        message = "In the restored database the audit could be changed: {tables}."
        raise refused("backup.refusals_missing", message, NEXT, path, tables=", ".join(open_tables))
    if older:
        return Answers(0, 0, True, 0, 0, 0)
    report = verify(
        [head_of(listed["head"])] if listed["head"] else [], [bytes.fromhex(key) for key in listed["audit_keys"]]
    )
    if not report.intact:
        message = "The audit in the backup does not verify ({what})."
        action = "Take another backup, and find out who could reach the database: see docs/audit.md."
        raise refused("backup.audit_broken", message, action, path, what=report.findings[0].what)
    return _smoke(report.events, report.batches, _keys_fit(path))


def _keys_fit(path: Path) -> int:
    """How many interviews do not open here, though the key store is not too old: their keys have gone since. Interviews
    that came after the last key that is known here were sealed under keys of a later store.
    """
    try:
        without, strange = len(children_without_keys()), data_without_keys()
        if without or strange:
            message = "The key store here has no key for {count} of its children."
            raise refused("backup.keys_missing", message, WITH_KEYS, path, count=without)
        later, closed = (len(each) for each in (keyless(moment=newest_key()), keyless()))
    except LockedError:
        return 0
    except DatabaseError as error:
        message = "There is no key store here, and without it the data cannot be read. Nothing was changed."
        raise refused("backup.keys_missing", message, WITH_KEYS, path) from error
    if later:
        message = "The key store here is older than the data: {count} interviews without a child have no key in it."
        raise refused("backup.keys_older", message, WITH_KEYS, path, count=later)
    return closed


def _smoke(events: int, batches: int, closed: int) -> Answers:
    children, opened, locked = every_child(), 0, False
    store.forget()
    try:
        for child in children[:TRIED]:
            try:
                opened += name_opens(child)
            except ErasedError:
                continue
    except LockedError:
        locked = True
    finally:
        store.forget()
    return Answers(len(children), opened, locked, closed, events, batches)
