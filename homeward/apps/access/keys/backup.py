"""Copies of the key store, encrypted to people whose private keys lie elsewhere, and apart from copies of the data.

A copy holds wrapped keys alone, in a file of `formats.backup_file`: one that is whole and signed has been read back
from the disk, and counts. An older copy goes only when a newer one counts, and the last never goes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

from django.db import connections, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from homeward import __version__
from homeward.apps.access.backup_key import signing_key, trusted_keys
from homeward.apps.access.keys.aside import destroy_aside, put_aside
from homeward.apps.access.keys.custody import KEYS
from homeward.apps.access.keys.models import Custody, DataKey
from homeward.domain.problems import Problem, ProblemError
from homeward.formats import backup_file
from homeward.formats.on_disk import sync_folder

KIND = "keys"
KEPT_FOR = timedelta(days=7)  # after a newer one counts
MODELS = (Custody, DataKey)
SUFFIX = ".backup"


@dataclass(frozen=True, slots=True)
class Copy:
    path: Path
    made_at: datetime
    counts: bool  # it was read back, and is still what was read
    size: int = 0


def make(folder: Path, recipients: Sequence[str], *, before_upgrade: bool = False) -> Copy:
    """A copy that counts, or ProblemError. `before_upgrade`: of tables that this version has not changed yet; the
    version that made them restores it.
    """
    backup_file.public_keys(recipients)
    now, whole = (
        timezone.now().astimezone(UTC),
        content(before_upgrade=before_upgrade),
    )  # the day first: what is destroyed meanwhile is not after it
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"keys-{now:%Y%m%dT%H%M%S%f}Z{SUFFIX}"
    backup_file.write(
        path,
        backup_file.Content(KIND, now.isoformat(), __version__, {"tables": _measured(whole)}, BytesIO(whole)),
        recipients,
        signing_key(),
    )
    return Copy(path, now, True, path.stat().st_size)


def copies(folder: Path) -> list[Copy]:
    """The newest first."""
    found = [_copy(path) for path in sorted(folder.glob(f"keys-*{SUFFIX}"), reverse=True)]
    return [each for each in found if each is not None]


def prune(
    folder: Path, *, older_than: timedelta = KEPT_FOR, now: datetime | None = None, hold_until: date | None = None
) -> list[Path]:
    """What went: copies that a newer one, of at least that age, replaces, and key stores that a restore put aside
    before it. Never the last copy that counts. What does not count is for a person to look at: another machine may have
    signed it. `hold_until`: after a restore all stay until that day, for they may hold more than what was restored.
    """
    moment = now or timezone.now()
    if hold_until is not None and moment.date() < hold_until:
        return []
    counting = [each for each in copies(folder) if each.counts]
    newer = next((each for each in counting if moment - each.made_at >= older_than), None)
    gone = [each.path for each in counting if newer is not None and each.made_at < newer.made_at]
    for path in gone:
        path.unlink()
    if gone:
        sync_folder(folder)
    old = [each for each in put_aside() if newer is not None and each.made_at < newer.made_at]
    return gone + [Path(each.place) for each in old if destroy_aside(each)]


def holds_all(folder: Path) -> bool:
    """Whether no key was made or destroyed since the newest copy that counts."""
    newest = next((each for each in copies(folder) if each.counts), None)
    if newest is None:
        return False
    since = Q(created_at__gte=newest.made_at) | Q(destroyed_at__gte=newest.made_at)
    return not DataKey.objects.using(KEYS).filter(since).exists()


def opened(path: Path, identities: Sequence[Any], trusted: Collection[str] = ()) -> dict[str, list[dict[str, Any]]]:
    """What stands in a copy; an identity is the private half of a recipient's key. `trusted`: keys that sign, besides
    those of this machine.
    """
    header = backup_file.read(path, trusted_keys() | frozenset(trusted))
    if header.kind != KIND:
        action = "Take a file whose name begins with keys-."
        raise _refused("keys.other_backup", "This is a backup of something else.", action)
    found: dict[str, list[dict[str, Any]]] = json.loads(backup_file.unpack_in_memory(path, identities))
    return found


def restore(found: dict[str, list[dict[str, Any]]]) -> int:
    """Into an empty key store: what is there is never replaced."""
    if any(model._default_manager.using(KEYS).exists() for model in MODELS):
        message, action = "The key store is not empty.", "Put it aside first; nothing was changed."
        raise _refused("keys.not_empty", message, action)
    rows = {model: [_row(model, values) for values in found[model._meta.model_name or ""]] for model in MODELS}
    with transaction.atomic(using=KEYS):
        for model, made in rows.items():
            model._default_manager.using(KEYS).bulk_create(made, batch_size=500)
    return sum(map(len, rows.values()))


def content(*, before_upgrade: bool = False) -> bytes:
    """Every row of the key store, in one order: equal stores have equal content."""
    whole = {model._meta.model_name: list(_rows(model, before_upgrade=before_upgrade)) for model in MODELS}
    return json.dumps(whole, sort_keys=True).encode()


def _rows(model: Any, *, before_upgrade: bool) -> Iterable[dict[str, Any]]:
    names = [field.name for field in model._meta.concrete_fields]
    if before_upgrade:
        names = _names_there(model)
    for row in model._default_manager.using(KEYS).order_by("pk").values(*names):
        yield {name: _plain(value) for name, value in row.items()}


def _names_there(model: Any) -> list[str]:
    """Of the columns that the table has by now; one that this version does not know would be missing in the copy."""
    known = {field.column: field.name for field in model._meta.concrete_fields}
    with connections[KEYS].cursor() as cursor:
        there = [
            each.name for each in connections[KEYS].introspection.get_table_description(cursor, model._meta.db_table)
        ]
    strange = sorted(set(there) - known.keys())
    if strange:
        message = "The key store has columns that this version does not know, so it cannot be copied ({columns})."
        action = "Copy it with the version that ran before: `homeward keys backup`. Nothing was changed."
        raise ProblemError(Problem("keys.strange_columns", message, action, params={"columns": ", ".join(strange)}))
    return [known[column] for column in there]


def _plain(value: Any) -> Any:
    if isinstance(value, (bytes, memoryview)):
        return bytes(value).hex()
    return value if value is None or isinstance(value, (int, str)) else str(value)


def _row(model: Any, values: dict[str, Any]) -> Any:
    row = model()
    if values.keys() != {field.name for field in model._meta.concrete_fields}:
        message = "It was made by another version, whose key store had other columns."
        action = "Install that version, restore it there, and upgrade: `homeward upgrade`. Nothing was changed."
        raise _refused("keys.other_version", message, action)
    for field in model._meta.concrete_fields:
        value = values[field.name]
        if field.get_internal_type() == "BinaryField":
            value = bytes.fromhex(value)
        elif field.get_internal_type() == "DateTimeField" and value:
            value = parse_datetime(value)
        setattr(row, field.name, field.to_python(value) if not isinstance(value, bytes) else value)
    return row


def _refused(code: str, message: str, action: str) -> ProblemError:
    """Said at the command line alone, which speaks English."""
    return ProblemError(Problem(code, message, action))


def _measured(whole: bytes) -> dict[str, dict[str, str | int]]:
    tables: dict[str, list[Any]] = json.loads(whole)
    return {
        name: {"rows": len(rows), "sha256": hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()}
        for name, rows in tables.items()
    }


def _copy(path: Path) -> Copy | None:
    try:
        made_at = datetime.strptime(path.stem, "keys-%Y%m%dT%H%M%S%fZ").replace(tzinfo=UTC)
    except ValueError:
        return None
    counts = False
    with suppress(ProblemError):
        counts = backup_file.read(path, trusted_keys()).kind == KIND
    return Copy(path, made_at, counts, path.stat().st_size)
