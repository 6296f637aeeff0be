"""A restore that nobody needs, so that one that somebody needs goes well."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from homeward.apps.access.actors import Actor
from homeward.apps.access.guard import permit_recorded
from homeward.apps.backups.examining import Answers, restored_apart
from homeward.apps.backups.making import backups, make_backup
from homeward.apps.backups.noting import DRILL, noted
from homeward.apps.backups.places import folder_apart, refused
from homeward.apps.backups.snapshots import settings_of

RECIPIENT, MOMENTARY = "recipient", "momentary"


@dataclass(frozen=True, slots=True)
class Drilled:
    file: str
    made_at: str
    opened_by: str
    tables: int
    rows: int
    answers: Answers
    seconds: float


def drill_newest(actor: Actor, folder: Path, identities: Sequence[Any], trusted: Collection[str] = ()) -> Drilled:
    """The newest backup, opened by a recipient's private key: the whole way that an emergency would go."""
    newest = next(iter(backups(folder, trusted)), None)
    if newest is None:
        raise refused("backup.none", "There is no backup in this folder.", "Make one: `homeward backup`.", folder)
    return drill(actor, newest.path, identities, RECIPIENT, trusted)


def drill_fresh(actor: Actor, folder: Path) -> Drilled:
    """Where no private key of a recipient may lie on the server: a backup is made now, and that very file is restored
    with the key of the moment that it is also encrypted to. It shows all but that the recipients still have their keys.
    """
    made, momentary = make_backup(actor, folder, settings.HOMEWARD_BACKUP_RECIPIENTS)
    return drill(actor, made.path, [momentary], MOMENTARY)


def drill(
    actor: Actor, path: Path, identities: Sequence[Any], opened_by: str, trusted: Collection[str] = ()
) -> Drilled:
    permit_recorded(actor, "organisations.manage")
    began = time.monotonic()
    with noted(actor, DRILL) as run:
        run.file, run.opened_by = path.name[:80], opened_by
        databases = {alias: settings_of(alias) for alias in ("default", "keys")}
        with folder_apart() as folder, restored_apart(path, identities, folder, databases, trusted=trusted) as found:
            run.made_at, run.rows = datetime.fromisoformat(found.header.made_at), found.rows
            run.size = path.stat().st_size
    seconds = round(time.monotonic() - began, 1)
    return Drilled(path.name, found.header.made_at, opened_by, found.tables, found.rows, found.answers, seconds)
