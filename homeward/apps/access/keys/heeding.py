"""What a web process does about the lock, however it was started.

One that has the key ends when somebody locks. Below `homeward serve` the supervisor starts another one without it, and
replaces that one when it is given the key. A server of another kind (gunicorn by itself) starts another one too, which
finds the lock and takes up no key although it is given one (`config.env`); nobody replaces that one, so it ends by
itself when the lock is gone, and the one after it opens.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

from homeward.apps.access.keys.locking import LOOK, end_when_locked, lock_of


def heed_lock(
    folder: Path, *, has_key: bool, supervised: bool, end: Callable[[], None] | None = None
) -> threading.Thread | None:
    if has_key:
        return end_when_locked(folder, end)
    if supervised or lock_of(folder) is None:
        return None
    thread = threading.Thread(target=_watch, args=(folder, end or _end), name="lock", daemon=True)
    thread.start()
    return thread


def _watch(folder: Path, end: Callable[[], None]) -> None:
    while lock_of(folder) is not None:
        time.sleep(LOOK)
    end()


def _end() -> None:
    """Requests that are under way are answered first."""
    os.kill(os.getpid(), signal.SIGTERM)
