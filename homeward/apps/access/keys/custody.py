"""The key-encryption key (KEK): made from a passphrase or given as 32 bytes, held in memory, written nowhere.

The key store keeps how it is made (Argon2id with its salt and costs) and a proof: a known text under it, by which a
wrong passphrase is told from a damaged store.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.apps import apps
from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from homeward.apps.access.keys.faults import LockedError, VaultError

if TYPE_CHECKING:  # the command line asks for the passphrase before the models are loaded
    from homeward.apps.access.keys.models import Custody, DataKey

KEYS = "keys"  # the alias of the key store
CURRENT, INCOMING, RETIRED = "current", "incoming", "retired"
DEMO, GIVEN, PASSPHRASE = "demo", "key", "passphrase"
KEY_LENGTH, NONCE_LENGTH = 32, 12
TIME_COST, MEMORY_COST, PARALLELISM = 4, 128 * 1024, 1  # about a third of a second, once a start
_PROOF = b"homeward key store"


@dataclass(frozen=True, slots=True)
class Kek:
    """A key-encryption key in memory. It is never printed."""

    version: int
    key: bytes = field(repr=False)
    cipher: AESGCM = field(repr=False, compare=False)

    @classmethod
    def of(cls, version: int, key: bytes) -> Kek:
        return cls(version, key, AESGCM(key))

    def wrap(self, key: bytes, bound: bytes) -> bytes:
        nonce = os.urandom(NONCE_LENGTH)
        return nonce + self.cipher.encrypt(nonce, key, bound)

    def unwrap(self, wrapped: bytes, bound: bytes) -> bytes:
        try:
            return self.cipher.decrypt(wrapped[:NONCE_LENGTH], wrapped[NONCE_LENGTH:], bound)
        except (InvalidTag, ValueError) as error:
            raise VaultError("key") from error


def bound_to(row: DataKey, custody: int) -> bytes:
    """Owner, kind and versions: a wrapped key that is moved to another row does not unwrap."""
    return bound(row.owner_id.bytes, row.kind, row.version, custody)


def bound(owner: bytes, kind: str, version: int, custody: int) -> bytes:
    return b"homeward data key" + custody.to_bytes(2, "big") + version.to_bytes(2, "big") + owner + kind.encode()


class _Held:
    """What this process holds. `locked` stands above the settings, so that a lock is not undone by the next request."""

    def __init__(self) -> None:
        self.kek: Kek | None = None
        self.locked = False
        self.lock = threading.Lock()


_held = _Held()


def kek() -> Kek:
    """LockedError where this process has none that fits."""
    if _held.kek is None:
        with _held.lock:
            _held.kek = _held.kek or _from_settings()
    return _held.kek


def is_open() -> bool:
    """Whether this process has the key, or finds it where it was started with it."""
    return _held.kek is not None or (not _held.locked and settings.HOMEWARD_VAULT_KEY is not None)


def _from_settings() -> Kek:
    if _held.locked:
        raise LockedError("somebody locked it.")
    key: bytes | None = settings.HOMEWARD_VAULT_KEY
    if key is None:
        raise LockedError("it has not been given its passphrase.")
    row = current()
    if row is None:
        if settings.HOMEWARD_PROFILE != "demo":
            raise LockedError("the key store is empty.")
        return found(key, DEMO)
    return proved(row, key)


def current() -> Custody | None:
    return _rows().filter(state=CURRENT).first()


def incoming() -> Custody | None:
    """A rotation that was begun and is not finished."""
    return _rows().filter(state=INCOMING).first()


def proved(row: Custody, key: bytes) -> Kek:
    made = Kek.of(row.version, key)
    try:
        made.unwrap(bytes(row.proof), _proof_bound(row.version))
    except VaultError as error:
        raise LockedError("this is not the key of this key store.") from error
    return made


def key_from(row: Custody, passphrase: str) -> bytes:
    return hash_secret_raw(
        passphrase.encode(),
        bytes(row.salt),
        time_cost=row.time_cost,
        memory_cost=row.memory_cost,
        parallelism=row.parallelism,
        hash_len=KEY_LENGTH,
        type=Type.ID,
    )


def found(key: bytes, kind: str, state: str = CURRENT) -> Kek:
    """A new KEK that is given as it is. Of two processes that found the first at once, both go on with the same."""
    row = _row(kind, state)
    row.proof = Kek.of(row.version, key).wrap(_PROOF, _proof_bound(row.version))
    defaults = {name: getattr(row, name) for name in _COLUMNS}
    kept, _made = _rows().get_or_create(version=row.version, defaults=defaults)
    return proved(kept, key)


def found_by_passphrase(passphrase: str, state: str = CURRENT) -> Kek:
    row = _row(PASSPHRASE, state)
    row.salt, row.time_cost = os.urandom(16), TIME_COST
    row.memory_cost, row.parallelism = MEMORY_COST, PARALLELISM
    made = Kek.of(row.version, key_from(row, passphrase))
    row.proof = made.wrap(_PROOF, _proof_bound(row.version))
    row.save(using=KEYS, force_insert=True)
    return made


_COLUMNS = ("kind", "state", "salt", "time_cost", "memory_cost", "parallelism", "proof", "created_at")


def _row(kind: str, state: str) -> Custody:
    last = _rows().order_by("-version").values_list("version", flat=True).first()
    version = 1 if state == CURRENT else (last or 0) + 1
    return _rows().model(version=version, kind=kind, state=state, created_at=timezone.now())


def _rows() -> QuerySet[Custody]:
    model: type[Custody] = apps.get_model("keys", "Custody")
    return model.objects.using(KEYS)


def _proof_bound(version: int) -> bytes:
    return b"homeward proof" + version.to_bytes(2, "big")


def hold(kek_: Kek) -> None:
    """From now on this process opens with it."""
    _held.kek, _held.locked = kek_, False


def let_go(*, locked: bool) -> None:
    _held.kek, _held.locked = None, locked
