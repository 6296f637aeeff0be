"""The sealer's key: a file that the web server never opens. Beside it lies the public half, which verifying trusts."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from django.conf import settings

from homeward.domain.problems import Problem, ProblemError, Where


def key_path() -> Path:
    return Path(settings.HOMEWARD_AUDIT_KEY)


def public_path() -> Path:
    return key_path().with_name(f"{key_path().name}.pub")


def create_key(*, replace: bool = False) -> str:
    """Makes both files. With `replace` the old key goes, and its public half stays trusted for what it has signed."""
    path = key_path()
    if path.exists() and not replace:
        message, action = "There is a key already.", "Use --replace to sign with another from now on."
        raise ProblemError(Problem("audit.key_exists", message, action, Where(file=str(path))))
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = Ed25519PrivateKey.generate()
    draft = path.with_name(f"{path.name}.part")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        file.flush()
        os.fsync(file.fileno())
    public = public_bytes(key).hex()
    with public_path().open("a", encoding="ascii") as file:  # first: a key whose public half is unknown signs nothing
        file.write(f"{public}\n")
    draft.replace(path)
    return public


def signing_key() -> Ed25519PrivateKey:
    """The demo makes its own; elsewhere somebody decides where it lies."""
    path = key_path()
    if not path.exists() and settings.HOMEWARD_PROFILE == "demo":
        create_key()
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError) as error:
        message, action = "The key that signs the audit cannot be read.", "Run `homeward audit create-key`."
        raise ProblemError(Problem("audit.no_key", message, action, Where(file=str(path)))) from error
    if not isinstance(key, Ed25519PrivateKey):
        message, action = "The key that signs the audit is of another kind.", "Run `homeward audit create-key`."
        raise ProblemError(Problem("audit.no_key", message, action, Where(file=str(path))))
    return key


def public_bytes(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def trusted_keys() -> frozenset[bytes]:
    """Every public key that ever signed here; none where the file does not lie on this machine."""
    path = public_path()
    if not path.exists():
        return frozenset()
    try:
        return frozenset(bytes.fromhex(line) for line in path.read_text(encoding="ascii").split())
    except ValueError as error:
        message, action = "The file of public keys cannot be read.", "Bring it back from where a copy lies."
        raise ProblemError(Problem("audit.bad_keys", message, action, Where(file=str(path)))) from error


def signed_by(key: bytes, signature: bytes, content: bytes, trusted: Collection[bytes]) -> bool:
    """`trusted` empty: by whichever key it says."""
    if trusted and key not in trusted:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, content)
    except (InvalidSignature, ValueError):
        return False
    return True
