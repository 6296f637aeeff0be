"""Sealing and opening. Every text, medium and exact place about a child passes here before it reaches a table.

A child has two keys, one for who it is (L2) and one for what is recorded of it (L3). An interview has a data key of its
own, which lies in the interview's row, wrapped under the child's record key; what belongs to no child yet has a key
of its own in the key store. A destroyed key closes what lay under it for ever.

A sealed value is: format byte, key version (2 bytes), nonce (12), ciphertext with its tag. Table, column, row and key
version are bound to it, so that a value moved to another place does not open.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.utils import timezone

from homeward.apps.access.keys import custody, store
from homeward.apps.access.keys.faults import ErasedError, LockedError, VaultError
from homeward.apps.access.registry import field_named
from homeward.domain.privacy import KeyKind, Storage

__all__ = (
    "DataKey",
    "ErasedError",
    "LockedError",
    "VaultError",
    "create_child_keys",
    "data_key_of",
    "drop_own",
    "drop_unused",
    "identity_ended",
    "keep_beside",
    "keep_own",
    "keyed_hash",
    "lock",
    "new_data_key",
    "open_",
    "open_text",
    "prefetch",
    "record_ended",
    "seal",
    "seal_text",
    "secret_hash",
    "wrapped_for",
)

FORMAT = 2  # 1 was derived from one key of the house, and is not read
HEADER_LENGTH, NONCE_LENGTH = 3, 12
WRAPPED_KEY = b"surveys.submission.data_key"


@dataclass(frozen=True, slots=True)
class DataKey:
    """The key of one interview, out of its wrapping."""

    owner_id: UUID
    key: bytes = field(repr=False)


Owner = UUID | DataKey


def seal(owner: Owner, row_id: UUID, field: str, plaintext: bytes) -> bytes:
    """`owner` is the child, the interview's data key, or the row whose own key it is; `field` is `app.model.field`."""
    version, cipher = _sealing(owner, field)
    return _sealed(cipher, version, _bound(row_id, field), plaintext)


def open_(owner: Owner, row_id: UUID, field: str, sealed: bytes | memoryview) -> bytes:
    """VaultError where it does not open; ErasedError where its key was destroyed."""
    sealed = bytes(sealed)
    if len(sealed) < HEADER_LENGTH + NONCE_LENGTH or sealed[0] != FORMAT:
        raise VaultError(field)
    cipher = _opening(owner, int.from_bytes(sealed[1:HEADER_LENGTH], "big"), field)
    return _opened(cipher, _bound(row_id, field), sealed, field)


def seal_text(owner: Owner, row_id: UUID, field: str, text: str) -> bytes:
    """Empty text stays an empty value: there is nothing to protect and nothing to open."""
    return seal(owner, row_id, field, text.encode()) if text else b""


def open_text(owner: Owner, row_id: UUID, field: str, sealed: bytes | memoryview | None) -> str:
    return open_(owner, row_id, field, sealed).decode() if sealed else ""


def create_child_keys(child_ids: Iterable[UUID]) -> None:
    """For many children at once; one child's are made when its first value is sealed."""
    store.create(child_ids)


def new_data_key(submission_id: UUID) -> DataKey:
    """Random, and so far only here: `wrapped_for` its child, or `keep_own`, before the row is written."""
    return DataKey(submission_id, os.urandom(custody.KEY_LENGTH))


def wrapped_for(child_id: UUID, key: DataKey) -> bytes:
    """For the column `data_key`, under the child's record key: whoever ends that key ends its interviews."""
    keys = store.ensure(child_id, store.CHILD)
    version = keys.current(KeyKind.RECORD, "data_key")
    return _sealed(AESGCM(keys.raw[KeyKind.RECORD, version]), version, _wrapping(child_id, key.owner_id), key.key)


def keep_own(keys: Iterable[DataKey]) -> None:
    """For interviews without a child: into the key store, and committed there when this returns."""
    store.keep([(key.owner_id, KeyKind.OWN, key.key) for key in keys])


def data_key_of(submission_id: UUID, child_id: UUID | None, wrapped: bytes | memoryview) -> DataKey:
    """Out of its column, or, while the interview has no child, out of the key store."""
    wrapped = bytes(wrapped)
    if not wrapped:
        keys = store.keys_of(submission_id)
        version = keys.current(KeyKind.OWN, "data_key")
        if not version:
            raise VaultError("data_key")
        return DataKey(submission_id, keys.raw[KeyKind.OWN, version])
    if child_id is None or len(wrapped) < HEADER_LENGTH + NONCE_LENGTH:
        raise VaultError("data_key")
    version = int.from_bytes(wrapped[1:HEADER_LENGTH], "big")
    cipher = store.keys_of(child_id).cipher(KeyKind.RECORD, version, "data_key")
    return DataKey(submission_id, _opened(cipher, _wrapping(child_id, submission_id), wrapped, "data_key"))


def keep_beside(owner_id: UUID, child_id: UUID) -> None:
    """The interview lies under this child's record key now. Its own key stays for copies of the data from before: until
    none can be left, or until that record key is destroyed.
    """
    own = store.rows().filter(owner_id=owner_id, kind=KeyKind.OWN, destroyed_at=None)
    own.update(ends_with=child_id, kept_since=timezone.now())
    if record_ended(child_id):  # at this very moment: whoever destroyed it did not see this one
        drop_own([owner_id])


def drop_own(owner_ids: Iterable[UUID]) -> None:
    """For good: what lay under them alone opens for nobody any more."""
    owners = list(owner_ids)
    _delete_own(owners)
    store.forget_everywhere(owners)


def drop_unused(owner_ids: Iterable[UUID]) -> None:
    """Keys whose rows never came to be: nothing lies under them."""
    owners = list(owner_ids)
    _delete_own(owners)
    store.forget(owners)


def _delete_own(owners: list[UUID]) -> None:
    rows = store.rows()
    for start in range(0, len(owners), store.AT_ONCE):
        rows.filter(owner_id__in=owners[start : start + store.AT_ONCE], kind=KeyKind.OWN).delete()


def identity_ended(child_id: UUID) -> bool:
    return store.keys_of(child_id).ended(KeyKind.IDENTITY)


def record_ended(child_id: UUID) -> bool:
    return store.keys_of(child_id).ended(KeyKind.RECORD)


def prefetch(owner_ids: Iterable[UUID]) -> None:
    """The keys of a list's children in a few looks. Not needed for opening, only faster."""
    store.prefetch(owner_ids)


def lock() -> None:
    """This process opens nothing from now on, until it is given the key again."""
    custody.let_go(locked=True)
    store.forget()


def keyed_hash(purpose: str, scope: UUID, value: str) -> bytes:
    """To find a value again without keeping it: equal values of one scope and purpose have equal hashes."""
    return hmac.digest(_derived(f"hash:{purpose}".encode()), scope.bytes + value.encode(), "sha256")


def secret_hash(secret: str) -> bytes:
    """Of a random secret of ours (recovery code, one-time code): long enough that a slow hash adds nothing."""
    return hmac.digest(_derived(b"secret"), secret.encode(), "sha256")


def _sealing(owner: Owner, field: str) -> tuple[int, AESGCM]:
    if isinstance(owner, DataKey):
        return 1, AESGCM(owner.key)
    kind = _kind(field)
    kinds = (KeyKind.OWN,) if kind is KeyKind.OWN else store.CHILD
    keys = store.ensure(owner, kinds)
    version = keys.current(kind, field)
    return version, AESGCM(keys.raw[kind, version])


def _opening(owner: Owner, version: int, field: str) -> AESGCM | None:
    if isinstance(owner, DataKey):
        return AESGCM(owner.key) if version == 1 else None
    return store.keys_of(owner).cipher(_kind(field), version, field)


def _kind(field: str) -> KeyKind:
    """By what the field declares. A field that nobody declared as sealed is a programming error."""
    declared = field_named(field)
    if declared.privacy.storage is not Storage.SEALED or declared.sealed_under is None:
        raise TypeError(f"{field} is not declared as sealed")
    return KeyKind.OWN if declared.sealed_under.owner == "own" else declared.privacy.key_kind


def _sealed(cipher: AESGCM, version: int, bound: bytes, plaintext: bytes) -> bytes:
    nonce = os.urandom(NONCE_LENGTH)
    header = bytes((FORMAT,)) + version.to_bytes(2, "big")
    return header + nonce + cipher.encrypt(nonce, plaintext, header + bound)


def _opened(cipher: AESGCM | None, bound: bytes, sealed: bytes, field: str) -> bytes:
    header, nonce = sealed[:HEADER_LENGTH], sealed[HEADER_LENGTH : HEADER_LENGTH + NONCE_LENGTH]
    if cipher is None:
        raise VaultError(field)
    try:
        return cipher.decrypt(nonce, sealed[HEADER_LENGTH + NONCE_LENGTH :], header + bound)
    except InvalidTag as error:
        raise VaultError(field) from error


def _bound(row_id: UUID, field: str) -> bytes:
    return row_id.bytes + field.encode()


def _wrapping(child_id: UUID, submission_id: UUID) -> bytes:
    return WRAPPED_KEY + submission_id.bytes + child_id.bytes


def _derived(purpose: bytes) -> bytes:
    """HKDF-Expand with one block: the house's index key is uniformly random, so no extraction is needed."""
    keys = store.ensure(store.HOUSE, (KeyKind.INDEX,))
    known = keys.derived.get(purpose)
    if known is None:
        key = keys.raw[KeyKind.INDEX, keys.newest[KeyKind.INDEX]]
        known = keys.derived[purpose] = hmac.digest(key, b"homeward:" + purpose + b"\x01", hashlib.sha256)
    return known
