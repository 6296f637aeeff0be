"""From a file to a running house. Everything is tried in a place apart; the target changes in one last step.

What was in the target before is kept aside, under its own name with the time behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.utils.module_loading import import_string

from homeward.apps.access.actors import Actor
from homeward.apps.access.guard import permit_recorded
from homeward.apps.access.keys import backup as key_copies
from homeward.apps.backups.examining import WITH_KEYS, Answers, Restored, checked_header, restored_apart
from homeward.apps.backups.noting import RESTORE, noted
from homeward.apps.backups.places import Settings, database_apart, folder_apart, in_place_of, is_postgresql, refused
from homeward.apps.backups.placing import Placed, is_there, put_in_place
from homeward.apps.backups.snapshots import settings_of


@dataclass(frozen=True, slots=True)
class Targets:
    """Where the data go, and where their key store lies or goes."""

    data: Settings
    keys: Settings


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be restored: `keys_file`, where the key store is lost too; `replace`, what is there is put aside."""

    path: Path
    identities: Sequence[Any]
    keys_file: Path | None = None
    trusted: Collection[str] = ()
    replace: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    made_at: str
    tables: int
    rows: int
    answers: Answers
    keys: int
    aside: list[str] = field(default_factory=list)


def nothing() -> None:
    """Where the key store is open already."""


def targets(into: str = "") -> Targets:
    """Those of the settings, or: a folder for SQLite, the name of a database on the same server for PostgreSQL."""
    data, keys = settings_of("default"), settings_of("keys")
    if not into:
        return Targets(data, keys)
    if is_postgresql(data):
        beside = f"{into}_keys" if is_postgresql(keys) else str(Path(keys["NAME"]).with_name(f"{into}-keys.sqlite3"))
        return Targets({**data, "NAME": into}, {**keys, "NAME": beside})
    folder = Path(into).expanduser().resolve()
    if is_postgresql(keys):
        return Targets({**data, "NAME": str(folder / "homeward.sqlite3")}, {**keys, "NAME": f"{keys['NAME']}_restored"})
    places = [str(folder / name) for name in ("homeward.sqlite3", "keys.sqlite3")]
    return Targets({**data, "NAME": places[0]}, {**keys, "NAME": places[1]})


def restore(actor: Actor, plan: Plan, target: Targets, open_keys: Callable[[], None] = nothing) -> Report:
    """Nobody may be at work in the target. Refused at any point before the last, it leaves every byte of it alone.
    `open_keys` asks for the passphrase of the key store that is in place when it is called: what ended since the backup
    can be ended again only under an open one.
    """
    permit_recorded(actor, "organisations.manage")
    checked_header(plan.path, plan.trusted)
    _require_free(plan, target)
    with ExitStack() as stack:
        folder = stack.enter_context(folder_apart(_beside(target.data)))
        keys, count = settings_of("keys"), 0
        if plan.keys_file is not None:
            keys, count = _keys_apart(stack, plan, target.keys, folder)
        with in_place_of({"keys": keys}):
            open_keys()
        places = {"default": target.data, "keys": keys}
        restored = stack.enter_context(restored_apart(plan.path, plan.identities, folder, places, trusted=plan.trusted))
        with in_place_of({"default": restored.database, "keys": keys}):
            _settle(actor, plan, restored)
        aside = _placed(plan, target, keys, restored.database)
        return Report(restored.header.made_at, restored.tables, restored.rows, restored.answers, count, aside)


def after_restore() -> None:
    """What restored tables are told before anybody uses them; `config.jobs` lists it. Whoever keeps a ledger of what
    was erased adds a function there that repeats it.
    """
    for name in settings.HOMEWARD_AFTER_RESTORE:
        import_string(name)()


def _settle(actor: Actor, plan: Plan, restored: Restored) -> None:
    after_restore()
    with noted(actor, RESTORE) as run:
        run.file, run.rows, run.opened_by = plan.path.name[:80], restored.rows, "recipient"
        run.made_at, run.size = datetime.fromisoformat(restored.header.made_at), plan.path.stat().st_size


def _require_free(plan: Plan, target: Targets) -> None:
    if plan.keys_file is None and not is_there(settings_of("keys")):
        message = "There is no key store here, and without it the data cannot be read. Nothing was changed."
        raise refused("backup.keys_missing", message, WITH_KEYS, plan.path)
    wanted = [target.data] + ([target.keys] if plan.keys_file is not None else [])
    for database in wanted:
        if is_there(database) and not plan.replace:
            message = "There is a database already: {name}. Nothing was changed."
            action = "Name another place (--into), or say --replace: then it is put aside, not deleted."
            raise refused("backup.target_not_empty", message, action, name=str(database["NAME"]))


def _beside(database: Settings) -> Path | None:
    """On the disk of the target, so that the last step is a renaming."""
    return None if is_postgresql(database) else Path(database["NAME"]).parent


def _keys_apart(stack: ExitStack, plan: Plan, target: Settings, folder: Path) -> tuple[Settings, int]:
    assert plan.keys_file is not None  # noqa: S101 - asked by the only caller # nosec B101
    found = key_copies.opened(plan.keys_file, plan.identities, plan.trusted)
    keys = stack.enter_context(database_apart(target, folder, "keys.sqlite3"))
    with in_place_of({"keys": keys}):
        call_command("migrate", "keys", database="keys", verbosity=0, interactive=False)
        return keys, key_copies.restore(found)


def _placed(plan: Plan, target: Targets, keys: Settings, data: Settings) -> list[str]:
    """The keys first: keys without data are harmless. If the data then find no place, the keys go back."""
    done: list[Placed] = []
    try:
        if plan.keys_file is not None:
            done.append(put_in_place(keys, target.keys))
        done.append(put_in_place(data, target.data))
    except BaseException:
        for each in reversed(done):
            each.undo()
        raise
    return [each.aside for each in done if each.aside]
