"""A place in the queue of writers. SQLite has one write lock, and whoever finds it taken sleeps and looks again, ever
longer; with many phones at once that wastes most of the time. So writers queue for a file lock first, which wakes them.
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

_of_this_process = threading.Lock()
_handles: dict[tuple[int, str], int] = {}


@contextmanager
def writing() -> Iterator[None]:
    """`transaction.atomic()` for intake. Who writes without it still waits its turn at the database itself."""
    name = str(connection.settings_dict["NAME"])
    if connection.vendor != "sqlite" or connection.in_atomic_block or "mode=memory" in name:
        with transaction.atomic():
            yield
        return
    with _of_this_process:
        handle = _handle(f"{name}.writers")
        fcntl.flock(handle, fcntl.LOCK_EX)
        try:
            with transaction.atomic():
                yield
        finally:
            fcntl.flock(handle, fcntl.LOCK_UN)


def wait_for_writers(table: str) -> None:
    """Until everybody who was writing to a table has committed, so that a look afterwards misses none of them. SQLite
    has one writer at a time, and nothing to wait for; inside a transaction there is no "afterwards".
    """
    if connection.vendor == "postgresql" and not connection.in_atomic_block:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {connection.ops.quote_name(table)} IN SHARE MODE")


def _handle(path: str) -> int:
    """One a process: the lock belongs to the open file, which a fork would share. A killed process frees its own."""
    key = (os.getpid(), path)
    if key not in _handles:
        _handles[key] = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    return _handles[key]
