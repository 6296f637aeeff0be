"""A web process that has the key looks for the lock, whoever started it."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from homeward.apps.access.keys.heeding import heed_lock
from homeward.apps.access.keys.locking import remove_lock, write_lock

PROGRAM = """
import time
import homeward.config.wsgi
from homeward.apps.access.keys import custody
print(custody.is_open(), flush=True)
time.sleep(60)
"""


def ended(calls: list[str]) -> bool:
    until = time.monotonic() + 5
    while not calls and time.monotonic() < until:
        time.sleep(0.02)
    return bool(calls)


def test_it_ends_when_somebody_locks_and_the_next_one_when_somebody_unlocks(tmp_path: Path) -> None:
    calls: list[str] = []
    first = heed_lock(tmp_path, has_key=True, supervised=False, end=lambda: calls.append("first"))
    assert first is not None
    assert not calls
    write_lock(tmp_path, "command")
    assert ended(calls)
    first.join(5)
    assert heed_lock(tmp_path, has_key=False, supervised=True) is None, "`homeward serve` replaces it"
    second = heed_lock(tmp_path, has_key=False, supervised=False, end=lambda: calls.append("second"))
    assert second is not None
    time.sleep(0.6)
    assert calls == ["first"]
    remove_lock(tmp_path)
    second.join(5)
    assert calls == ["first", "second"]
    assert heed_lock(tmp_path, has_key=False, supervised=False) is None, "it was given no key, and nobody locked"


@pytest.mark.slow
def test_a_server_of_another_kind_ends_at_the_lock_and_starts_closed(tmp_path: Path) -> None:
    """As a worker of gunicorn by itself, which is given the key in its environment."""
    env = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(Path.cwd()),
        "HOMEWARD_DATA": str(tmp_path),
        "HOMEWARD_PROFILE": "office",
        "HOMEWARD_SECRET_KEY": "x" * 60,
        "HOMEWARD_HOSTS": "office.example.org",
        "HOMEWARD_VAULT_KEY": base64.b64encode(os.urandom(32)).decode(),
    }
    said = []
    for locked in (False, True):
        child = subprocess.Popen([sys.executable, "-c", PROGRAM], env=env, stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        said.append(child.stdout.readline().strip())
        if locked:
            remove_lock(tmp_path)
        else:
            write_lock(tmp_path, "command")
        assert child.wait(20) < 0
    assert said == ["True", "False"]
