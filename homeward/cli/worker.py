"""One worker process: background tasks from the queue, and beside them the periodic jobs.

A worker that is killed is started again by the supervisor; its locks go with it. While the server is locked it does
what needs no key: it seals the audit and tells the witness.
"""

from __future__ import annotations

import sys
import threading

import django
from django.conf import settings
from django.core.management import call_command

django.setup()

from homeward.apps.access.keys import custody  # noqa: E402 - tables exist once Django is set up
from homeward.apps.access.keys.locking import LOOK, end_when_locked, lock_of  # noqa: E402
from homeward.apps.audit.schedule import keep_running  # noqa: E402


def main() -> int:
    stopping = threading.Event()
    is_open = custody.is_open()
    if is_open:
        end_when_locked(settings.HOMEWARD_DATA)
    else:
        settings.HOMEWARD_PERIODIC = {
            name: every for name, every in settings.HOMEWARD_PERIODIC.items() if name in settings.HOMEWARD_WHILE_LOCKED
        }
    clocks = [
        threading.Thread(target=keep_running, args=(stopping, long), name="periodic", daemon=True)
        for long in (False, True)  # a backup takes minutes, which an escalation must not wait
    ]
    for clock in clocks:
        clock.start()
    try:
        if is_open:
            call_command("db_worker", startup_delay=False, verbosity=0)
        else:
            _wait(stopping)
    finally:
        stopping.set()
        for clock in clocks:
            clock.join(timeout=10)  # a batch that is half written is rolled back by the database, and sealed next time
    return 0


def _wait(stopping: threading.Event) -> None:
    """`homeward serve` ends a locked worker itself; one that was started in another way ends when the lock goes."""
    was_locked = lock_of(settings.HOMEWARD_DATA) is not None
    while not (was_locked and lock_of(settings.HOMEWARD_DATA) is None):
        stopping.wait(LOOK)


if __name__ == "__main__":
    sys.exit(main())
