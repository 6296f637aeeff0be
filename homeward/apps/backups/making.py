"""Making backups, and letting go of old ones.

A backup of the data is one file for its recipients. The key store goes into another folder, in files of its own: who
finds one of the two has nothing. Data come first, the keys after them, so that the keys of every row are there.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from homeward import __version__
from homeward.apps.access.actors import Actor
from homeward.apps.access.backup_key import signing_key, trusted_keys
from homeward.apps.access.guard import permit_recorded
from homeward.apps.access.keys import backup as key_copies
from homeward.apps.audit.sealer import last_batch
from homeward.apps.audit.signing import trusted_keys as audit_keys
from homeward.apps.audit.witness import head_line
from homeward.apps.backups.noting import BACKUP, KEYS, noted
from homeward.apps.backups.places import folder_apart, refused
from homeward.apps.backups.snapshots import settings_of, take
from homeward.apps.retention.clocks import stands_still_until
from homeward.domain.problems import ProblemError
from homeward.domain.retention import COPIES_KEPT
from homeward.formats import backup_file
from homeward.formats.on_disk import sync_folder

KIND = "data"
SUFFIX = ".backup"
EXPIRES = COPIES_KEPT
ALL_KEPT = timedelta(days=2)  # afterwards one a day


@dataclass(frozen=True, slots=True)
class Backup:
    path: Path
    made_at: datetime
    size: int
    rows: int = 0
    tables: int = 0


def configured() -> bool:
    return bool(settings.HOMEWARD_BACKUPS and settings.HOMEWARD_BACKUP_RECIPIENTS)


def folder_of(given: Path | None = None) -> Path:
    """Where backups of the data go; never where those of the keys do."""
    folder: Path | None = given.expanduser().resolve() if given else settings.HOMEWARD_BACKUPS
    if folder is None:
        raise refused("backup.no_folder", "No folder for backups is named.", "Name one, or set HOMEWARD_BACKUPS.")
    keys = Path(settings.HOMEWARD_KEY_BACKUPS)
    if folder == keys or folder in keys.parents or keys in folder.parents:
        action = "Give HOMEWARD_KEY_BACKUPS a folder elsewhere, best on another disk."
        raise refused("backup.same_folder", "Backups of the keys would lie with those of the data.", action, folder)
    return folder


def make_backup(actor: Actor, folder: Path, recipients: Sequence[str]) -> tuple[Backup, Any]:
    """The backup, and the private key of the moment that a drill may restore it with."""
    permit_recorded(actor, "organisations.manage")
    with noted(actor, BACKUP) as run:
        made, momentary = written(folder, recipients)
        run.file, run.made_at, run.size, run.rows = made.path.name, made.made_at, made.size, made.rows
    return made, momentary


def written(folder: Path, recipients: Sequence[str]) -> tuple[Backup, Any]:
    """The same without a trace, for an upgrade, which leaves its own."""
    backup_file.public_keys(recipients)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    made_at = timezone.now().astimezone(UTC)
    path = folder / f"data-{made_at:%Y%m%dT%H%M%S%f}Z{SUFFIX}"
    batch = last_batch()
    seen = {"head": head_line(batch) if batch else "", "audit_keys": sorted(key.hex() for key in audit_keys())}
    with folder_apart() as apart:
        snapshot = take(settings_of("default"), apart / "payload")
        with snapshot.payload.open("rb") as payload:
            listed = {**snapshot.listed(), **seen}
            content = backup_file.Content(KIND, made_at.isoformat(), __version__, listed, payload)
            momentary = backup_file.write(path, content, recipients, signing_key())
    rows = sum(state.rows for state in snapshot.tables.values())
    return Backup(path, made_at, path.stat().st_size, rows, len(snapshot.tables)), momentary


def make_key_backup(actor: Actor, *, after_destroying: bool = False) -> tuple[Backup, int]:
    """The backup, and how many older ones went: after a key was destroyed by command all of them, else none while
    everything stands still after a restore.
    """
    permit_recorded(actor, "organisations.manage")
    folder = Path(settings.HOMEWARD_KEY_BACKUPS)
    with noted(actor, KEYS) as run:
        made = key_copies.make(folder, settings.HOMEWARD_KEY_BACKUP_RECIPIENTS)
        run.file, run.made_at, run.size = made.path.name, made.made_at, made.size
    if after_destroying:
        gone = key_copies.prune(folder, older_than=timedelta(0))
    else:
        gone = key_copies.prune(folder, hold_until=stands_still_until())
    return Backup(made.path, made.made_at, made.size), len(gone)


def backups(folder: Path, trusted: Collection[str] = ()) -> list[Backup]:
    """Those whose header is signed by us, the newest first. Whether the rest is whole is asked when one is opened."""
    ours = trusted_keys() | frozenset(trusted)
    found = [_backup(path, ours) for path in sorted(folder.glob(f"data-*{SUFFIX}"), reverse=True)]
    return [each for each in found if each is not None]


def strangers(folder: Path) -> list[Path]:
    """Files that have the name of a backup, and are damaged at their beginning or signed by nobody whom we know."""
    ours = {each.path for each in backups(folder)}
    return [path for path in sorted(folder.glob(f"data-*{SUFFIX}")) if path not in ours]


def expire(folder: Path, now: datetime | None = None) -> list[Path]:
    """What went: past 90 days, and all but the last of each day once it is two days old. The newest always stays."""
    now, days, gone = now or timezone.now(), set[object](), list[Path]()
    for number, each in enumerate(backups(folder)):
        day = each.made_at.date()
        thinned = now - each.made_at > ALL_KEPT and day in days
        days.add(day)
        if number and (thinned or now - each.made_at > EXPIRES):
            each.path.unlink()
            gone.append(each.path)
    if gone:
        sync_folder(folder)
    return gone


def _backup(path: Path, trusted: Collection[str]) -> Backup | None:
    with suppress(ValueError, ProblemError):
        made_at = datetime.strptime(path.stem, "data-%Y%m%dT%H%M%S%fZ").replace(tzinfo=UTC)
        header = backup_file.peek(path)
        if header.kind == KIND and header.key in trusted:
            return Backup(path, made_at, path.stat().st_size)
    return None
