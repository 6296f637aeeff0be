"""Copies of the key store, encrypted to people whose private keys lie elsewhere, and apart from copies of the data.

A copy holds wrapped keys alone, encrypted once more with age. It counts once it has been read back from the disk: for
that it is also encrypted to a key made for the moment, which is then thrown away. An older copy goes only when a newer
one counts, and the last never goes.
"""

from __future__ import annotations

import hashlib
import json
import os
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyrage
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from homeward.apps.access.keys.custody import KEYS
from homeward.apps.access.keys.models import Custody, DataKey
from homeward.domain.problems import Problem, ProblemError

KEPT_FOR = timedelta(days=7)  # after a newer one counts
MODELS = (Custody, DataKey)
SUFFIX, PROOF = ".age", ".verified"


@dataclass(frozen=True, slots=True)
class Copy:
    path: Path
    made_at: datetime
    counts: bool  # it was read back, and is still what was read


def make(folder: Path, recipients: Sequence[str]) -> Copy:
    """A copy that counts, or ProblemError."""
    if not recipients:
        message = "Nobody is named who could open a backup of the key store."
        raise _refused("keys.no_recipients", message, "Set HOMEWARD_KEY_BACKUP_RECIPIENTS.")
    whole, now = content(), timezone.now().astimezone(UTC)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"keys-{now:%Y%m%dT%H%M%S%f}Z{SUFFIX}"
    momentary = pyrage.x25519.Identity.generate()
    sealed = pyrage.encrypt(zlib.compress(whole), [*_public(recipients), momentary.to_public()])
    _write(path, sealed)
    if zlib.decompress(pyrage.decrypt(path.read_bytes(), [momentary])) != whole:
        raise _refused("keys.backup_unreadable", "The backup did not come back as written.", "Try again.")
    _write(path.with_suffix(PROOF), hashlib.sha256(sealed).hexdigest().encode())
    return Copy(path, now, True)


def copies(folder: Path) -> list[Copy]:
    """The newest first."""
    found = [_copy(path) for path in sorted(folder.glob(f"keys-*{SUFFIX}"), reverse=True)]
    return [each for each in found if each is not None]


def prune(folder: Path, *, older_than: timedelta = KEPT_FOR, now: datetime | None = None) -> list[Path]:
    """What went. Never the last that counts, and nothing while none does."""
    newest = next((each for each in copies(folder) if each.counts), None)
    if newest is None or (now or timezone.now()) - newest.made_at < older_than:
        return []
    gone = [each.path for each in copies(folder) if each.made_at < newest.made_at]
    for path in gone:
        path.unlink()
        path.with_suffix(PROOF).unlink(missing_ok=True)
    return gone


def opened(path: Path, identity: str) -> dict[str, list[dict[str, Any]]]:
    """What stands in a copy; the identity is the private half of one recipient's key."""
    try:
        whole = pyrage.decrypt(path.read_bytes(), [pyrage.x25519.Identity.from_str(identity.strip())])
        found: dict[str, list[dict[str, Any]]] = json.loads(zlib.decompress(whole))
    except (pyrage.DecryptError, pyrage.IdentityError, zlib.error, ValueError, OSError) as error:
        action = "Take the private key of a recipient, and another copy if it stays so."
        raise _refused("keys.backup_closed", "This backup does not open.", action) from error
    return found


def restore(found: dict[str, list[dict[str, Any]]]) -> int:
    """Into an empty key store: what is there is never replaced."""
    if any(model._default_manager.using(KEYS).exists() for model in MODELS):
        message, action = "The key store is not empty.", "Put it aside first; nothing was changed."
        raise _refused("keys.not_empty", message, action)
    rows = 0
    for model in MODELS:
        made = [_row(model, values) for values in found[model._meta.model_name or ""]]
        model._default_manager.using(KEYS).bulk_create(made, batch_size=500)
        rows += len(made)
    return rows


def content() -> bytes:
    """Every row of the key store, in one order: equal stores have equal content."""
    whole = {model._meta.model_name: [_values(row) for row in _rows(model)] for model in MODELS}
    return json.dumps(whole, sort_keys=True).encode()


def _rows(model: Any) -> Iterable[Any]:
    rows: Iterable[Any] = model._default_manager.using(KEYS).order_by("pk")
    return rows


def _values(row: Any) -> dict[str, Any]:
    return {field.name: _plain(getattr(row, field.name)) for field in row._meta.concrete_fields}


def _plain(value: Any) -> Any:
    if isinstance(value, (bytes, memoryview)):
        return bytes(value).hex()
    return value if value is None or isinstance(value, (int, str)) else str(value)


def _row(model: Any, values: dict[str, Any]) -> Any:
    row = model()
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


def _public(recipients: Sequence[str]) -> list[Any]:
    try:
        return [pyrage.x25519.Recipient.from_str(each) for each in recipients]
    except pyrage.RecipientError as error:
        action = "They begin with age1: correct HOMEWARD_KEY_BACKUP_RECIPIENTS."
        raise _refused("keys.recipient", "A recipient is no age public key.", action) from error


def _copy(path: Path) -> Copy | None:
    try:
        made_at = datetime.strptime(path.stem, "keys-%Y%m%dT%H%M%S%fZ").replace(tzinfo=UTC)
        said = path.with_suffix(PROOF)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        return Copy(path, made_at, said.exists() and said.read_text(encoding="ascii") == digest)
    except (ValueError, OSError):
        return None


def _write(path: Path, content: bytes) -> None:
    """On the disk, name and all, when it returns."""
    draft = path.with_name(f".{path.name}.part")
    with open(draft, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
