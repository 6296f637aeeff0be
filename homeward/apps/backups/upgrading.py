"""New tables for a house with children in it: rehearsed on a restored copy of a fresh backup, and only then done.

Tables that no step of the upgrade names must be the same row by row afterwards, in the rehearsal and in the house;
those that are named may not lose rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections
from django.db.migrations import Migration, RunPython, RunSQL, SeparateDatabaseAndState
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.operations.base import Operation

from homeward.apps.access.actors import Actor
from homeward.apps.access.guard import permit_recorded
from homeward.apps.access.keys import backup as key_copies
from homeward.apps.audit.append_only import missing_refusals
from homeward.apps.audit.verifying import verify
from homeward.apps.backups.examining import restored_apart
from homeward.apps.backups.making import written
from homeward.apps.backups.noting import UPGRADE, noted
from homeward.apps.backups.places import Settings, database_apart, folder_apart, in_place_of, raw_connection, refused
from homeward.apps.backups.snapshots import load, settings_of, take
from homeward.apps.backups.tables import MIGRATIONS, TableState, table_states
from homeward.apps.visits.outlook_triggers import NOTES, OUTLOOKS

ALIASES = ("keys", "default")
DJANGO_S_OWN = frozenset({MIGRATIONS, "django_content_type", "auth_permission"})  # written after any migration

# What any step may make worthless: it follows from other facts, is no fact itself, and is made anew.
KEPT = frozenset({OUTLOOKS, NOTES})


@dataclass(frozen=True, slots=True)
class Upgraded:
    steps: list[str]
    backup: str
    keys_backup: str
    unchanged: int  # tables, the same row by row
    touched: list[str]


def pending() -> list[str]:
    """Steps that the databases have not been through."""
    return [str(step) for alias in ALIASES for step in _plan(alias)]


def has_rows() -> bool:
    """Whether there is anything that an upgrade could harm."""
    with connection.cursor() as cursor:
        return "access_organisation" in connection.introspection.table_names(cursor) and bool(
            _first(cursor, "SELECT 1 FROM access_organisation LIMIT 1")
        )


def upgrade(actor: Actor, folder: Path) -> Upgraded:
    """Nobody may be at work. Refused in the rehearsal, nothing was changed but that there is a new backup."""
    permit_recorded(actor, "organisations.manage")
    steps, touched = pending(), sorted({name for alias in ALIASES for name in _touched(_plan(alias))})
    if not steps:
        return Upgraded([], "", "", 0, [])
    backup, keys = _rehearsed(folder, touched)
    before = {alias: _states(settings_of(alias)) for alias in ALIASES}
    connections.close_all()
    for alias in ALIASES:
        _migrated(alias, "The upgrade failed in the house itself ({kind}) at {step}.", backup)
    unchanged = sum(_compared(before[alias], _states(settings_of(alias)), touched) for alias in ALIASES)
    with noted(actor, UPGRADE) as run:
        run.file, run.rows = backup.name, sum(state.rows for each in before.values() for state in each.values())
    return Upgraded(steps, str(backup), str(keys), unchanged, touched)


def _rehearsed(folder: Path, touched: list[str]) -> tuple[Path, Path]:
    """The backups, of the data and of the keys, each read back. Nothing is noted yet: the tables of this version, in
    which it would be, may not be there.
    """
    made, momentary = written(folder, settings.HOMEWARD_BACKUP_RECIPIENTS)
    kept, readers = Path(settings.HOMEWARD_KEY_BACKUPS), settings.HOMEWARD_KEY_BACKUP_RECIPIENTS
    key_copy = key_copies.make(kept, readers, before_upgrade=bool(_plan("keys")))
    databases = {alias: settings_of(alias) for alias in ALIASES}
    with (
        folder_apart() as apart,
        _keys_copied(databases["keys"], apart) as keys,
        restored_apart(made.path, [momentary], apart, {**databases, "keys": keys}, older=True) as restored,
    ):
        copies = {"default": restored.database, "keys": keys}
        before = {alias: _states(copies[alias]) for alias in ALIASES}
        with in_place_of(copies):
            for alias in ALIASES:
                _migrated(alias, "The rehearsal failed ({kind}) at {step}; the house was not touched.", made.path)
            _whole(made.path)
        for alias in ALIASES:
            _compared(before[alias], _states(copies[alias]), touched)
    return made.path, key_copy.path


@contextmanager
def _keys_copied(database: Settings, folder: Path) -> Iterator[Settings]:
    with database_apart(database, folder, "keys-apart.sqlite3") as copy:
        load(take(database, folder / "keys-payload").payload, copy)
        yield copy


def _migrated(alias: str, message: str, backup: Path) -> None:
    try:
        call_command("migrate", *(["keys"] if alias == "keys" else []), database=alias, verbosity=0, interactive=False)
    except Exception as error:  # whatever a step raises, it is named and nothing goes on
        steps = _plan(alias)
        action = "Tell whoever makes Homeward; the backup of before is {backup}."
        kind, step = type(error).__name__, str(steps[0]) if steps else "the end"
        raise refused("upgrade.failed", message, action, kind=kind, step=step, backup=str(backup)) from error


def _whole(backup: Path) -> None:
    report = verify()
    if missing_refusals(connection) or not report.intact:
        action = "Tell whoever makes Homeward."
        raise refused("upgrade.audit", "After the rehearsal the audit does not verify.", action, backup)


def _compared(before: dict[str, TableState], after: dict[str, TableState], touched: list[str]) -> int:
    """How many tables are the same; ProblemError where one that nobody named is not."""
    same = 0
    for name, state in before.items():
        if name in DJANGO_S_OWN | KEPT:
            continue
        now = after.get(name)
        fewer = now is not None and now.rows < state.rows
        if (name in touched and fewer) or (name not in touched and now != state):
            action = "Tell whoever makes Homeward."
            raise refused("upgrade.changed", "The upgrade would change or lose rows of {table}.", action, table=name)
        same += now == state
    return same


def _states(database: Settings) -> dict[str, TableState]:
    with raw_connection(database) as raw:
        return table_states(raw)


def _plan(alias: str) -> list[Migration]:
    executor = MigrationExecutor(connections[alias])
    if not executor.loader.applied_migrations:
        return []  # not there yet: it is made, and nothing is lost by that
    targets = [key for key in executor.loader.graph.leaf_nodes() if alias != "keys" or key[0] == "keys"]
    return [step for step, _backwards in executor.migration_plan(targets)]


def _touched(steps: Iterable[Migration]) -> Iterator[str]:
    """Tables that the steps name. A step with code or SQL of its own may change whatever its app has."""
    for step in steps:
        for operation in _flat(step.operations):
            if isinstance(operation, RunPython | RunSQL):
                yield from (model._meta.db_table for model in apps.get_app_config(step.app_label).get_models())
            yield from _named(operation, step.app_label)


def _flat(operations: Iterable[Operation]) -> Iterator[Operation]:
    for operation in operations:
        yield operation
        if isinstance(operation, SeparateDatabaseAndState):
            yield from _flat([*operation.database_operations, *operation.state_operations])


def _named(operation: Operation, app: str) -> Iterator[str]:
    for attribute in ("model_name", "name", "old_name", "new_name"):
        name = getattr(operation, attribute, None)
        if isinstance(name, str):
            yield f"{app}_{name.lower()}"


def _first(cursor: Any, sql: str) -> Any:
    cursor.execute(sql)
    return cursor.fetchone()
