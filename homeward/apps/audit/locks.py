"""Doing something in one process at a time, over all processes. Whoever is killed holds nothing any more.

PostgreSQL keeps the lock with the session, the operating system keeps that of a file with the process: neither needs a
clock, so a slow holder is never overtaken and a dead one never waited for.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

_in_memory: dict[str, threading.Lock] = {}


@contextmanager
def held(name: str) -> Iterator[bool]:
    """Whether it is ours; never waits. Not to be taken twice by the same process."""
    if connection.vendor == "postgresql":
        yield from _held_by_session(name)
        return
    database = str(connection.settings_dict["NAME"])
    if "mode=memory" in database or database == ":memory:":
        lock = _in_memory.setdefault(name, threading.Lock())
        mine = lock.acquire(blocking=False)
        try:
            yield mine
        finally:
            if mine:
                lock.release()
        return
    handle = os.open(f"{database}.{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield _locked(handle)
    finally:
        os.close(handle)  # frees it


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _held_by_session(name: str) -> Iterator[bool]:
    key = int.from_bytes(hashlib.sha256(f"homeward {name}".encode()).digest()[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        mine = bool(cursor.fetchone()[0])
    try:
        yield mine
    finally:
        if mine and connection.connection is not None:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [key])
