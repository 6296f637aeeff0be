"""The key that signs backups. Made with the first one; its public half belongs on paper, beside the recipients."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from homeward.apps.audit.key_files import KeyFile


def signing_key() -> Ed25519PrivateKey:
    return _file().made()


def trusted_keys() -> frozenset[str]:
    """Of this machine, in hexadecimal digits; none where it never made a backup."""
    return frozenset(each.hex() for each in _file().trusted())


def public_key() -> str:
    """Of the key that signs now."""
    return signing_key().public_key().public_bytes_raw().hex()


def _file() -> KeyFile:
    message = "The key that signs backups cannot be read."
    action = "Put the file and its .pub aside: the next backup makes another. Then print the sheet again."
    return KeyFile(settings.HOMEWARD_BACKUP_KEY, "backup", message, action)
