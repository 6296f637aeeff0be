"""The sealer's key: a file that the web server never opens. Beside it lies the public half, which verifying trusts."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings

from homeward.apps.audit.key_files import KeyFile


def key_path() -> Path:
    return Path(settings.HOMEWARD_AUDIT_KEY)


def _file() -> KeyFile:
    message, action = "The key that signs the audit cannot be read.", "Run `homeward audit create-key`."
    return KeyFile(key_path(), "audit", message, action)


def create_key(*, replace: bool = False) -> str:
    """Makes both files. With `replace` the old key goes, and its public half stays trusted for what it has signed."""
    return _file().create(replace=replace)


def signing_key() -> Ed25519PrivateKey:
    """The demo makes its own; elsewhere somebody decides where it lies."""
    return _file().made() if settings.HOMEWARD_PROFILE == "demo" else _file().key()


def public_bytes(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()


def trusted_keys() -> frozenset[bytes]:
    """Every public key that ever signed here; none where the file does not lie on this machine."""
    return _file().trusted()


def signed_by(key: bytes, signature: bytes, content: bytes, trusted: Collection[bytes]) -> bool:
    """`trusted` empty: by whichever key it says."""
    if trusted and key not in trusted:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, content)
    except (InvalidSignature, ValueError):
        return False
    return True
