"""Sealing and opening. Every text, medium and exact place about a child passes here before it reaches a table.

One key per child or submission, derived from one key of the deployment; the vault with stored, destroyable keys keeps
these signatures. A sealed value is: format byte, key version (2 bytes), nonce (12), ciphertext with its tag. Table,
field, row and key version are bound to it, so that a value moved to another place does not open.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from functools import lru_cache
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

FORMAT = 1
KEY_VERSION = 1
HEADER_LENGTH, NONCE_LENGTH = 3, 12


class VaultError(Exception):
    """A value that does not open: damaged, moved, or sealed under another key."""


def seal(owner_id: UUID, row_id: UUID, field: str, plaintext: bytes) -> bytes:
    """`owner_id` is the child (or submission) whose key is used; `field` is `app.model.field`."""
    nonce = os.urandom(NONCE_LENGTH)
    header = bytes((FORMAT,)) + KEY_VERSION.to_bytes(2, "big")
    return header + nonce + _cipher(owner_id).encrypt(nonce, plaintext, _bound(header, row_id, field))


def open_(owner_id: UUID, row_id: UUID, field: str, sealed: bytes | memoryview) -> bytes:
    sealed = bytes(sealed)
    header, nonce = sealed[:HEADER_LENGTH], sealed[HEADER_LENGTH : HEADER_LENGTH + NONCE_LENGTH]
    if len(nonce) != NONCE_LENGTH or header[0] != FORMAT:
        raise VaultError(field)
    try:
        return _cipher(owner_id).decrypt(nonce, sealed[HEADER_LENGTH + NONCE_LENGTH :], _bound(header, row_id, field))
    except InvalidTag as error:
        raise VaultError(field) from error


def seal_text(owner_id: UUID, row_id: UUID, field: str, text: str) -> bytes:
    """Empty text stays an empty value: there is nothing to protect and nothing to open."""
    return seal(owner_id, row_id, field, text.encode()) if text else b""


def open_text(owner_id: UUID, row_id: UUID, field: str, sealed: bytes | memoryview | None) -> str:
    return open_(owner_id, row_id, field, sealed).decode() if sealed else ""


def keyed_hash(purpose: str, scope: UUID, value: str) -> bytes:
    """To find a value again without keeping it: equal values of one scope and purpose have equal hashes."""
    return hmac.digest(_derived(f"hash:{purpose}".encode()), scope.bytes + value.encode(), "sha256")


def secret_hash(secret: str) -> bytes:
    """Of a random secret of ours (device token, app password): long enough that a slow hash adds nothing."""
    return hmac.digest(_derived(b"secret"), secret.encode(), "sha256")


def _bound(header: bytes, row_id: UUID, field: str) -> bytes:
    return header + row_id.bytes + field.encode()


@lru_cache(maxsize=4096)
def _cipher(owner_id: UUID) -> AESGCM:
    return AESGCM(_derived(b"owner:" + owner_id.bytes))


def _derived(purpose: bytes) -> bytes:
    """HKDF-Expand with one block: the deployment's key is uniformly random, so no extraction is needed."""
    return hmac.digest(settings.HOMEWARD_VAULT_KEY, b"homeward:" + purpose + b"\x01", hashlib.sha256)
