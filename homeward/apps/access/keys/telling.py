"""How every process of this machine learns that a key is gone: a file in the data folder, changed by each such end.

A process that remembers a key asks for the state of that file before it uses it, which costs a millionth of a second,
so it opens nothing from the moment on at which the file was changed. On another machine a key is remembered a minute.
"""

from __future__ import annotations

import logging
import os
import secrets
from contextlib import suppress

from django.conf import settings

CHANGED = "keys-changed"
MOST = 2_048  # bytes: another length each time, besides another file and another moment
logger = logging.getLogger("homeward")
State = tuple[int, int, int]
NEVER: State = (0, 0, 0)


def state() -> State:
    """Another one after each change. To be asked before the key store is read: what was read earlier is then old."""
    try:
        found = os.stat(f"{settings.HOMEWARD_DATA}/{CHANGED}")
    except OSError:
        return NEVER
    return (found.st_ino, found.st_mtime_ns, found.st_size)


def tell() -> None:
    """Once the end of the key is committed. Where it cannot be written, others forget within a minute, and the log says
    so: the key is gone all the same.
    """
    folder = settings.HOMEWARD_DATA
    draft = f"{folder}/.{CHANGED}.{os.getpid()}.{secrets.token_hex(4)}"
    try:
        with open(draft, "wb", opener=lambda path, flags: os.open(path, flags, 0o600)) as out:
            out.write(bytes(1 + secrets.randbelow(MOST)))
        os.replace(draft, f"{folder}/{CHANGED}")
    except OSError as error:
        if os.path.isdir(folder):
            logger.error("other processes were not told that a key is gone: %s", type(error).__name__)
        with suppress(OSError):
            os.unlink(draft)
