"""One worker process: background tasks from the queue, and beside them the periodic jobs.

A worker that is killed is started again by the supervisor; its locks go with it.
"""

from __future__ import annotations

import sys
import threading

import django
from django.core.management import call_command

django.setup()

from homeward.apps.audit.schedule import keep_running  # noqa: E402 - tables exist once Django is set up


def main() -> int:
    stopping = threading.Event()
    clocks = [
        threading.Thread(target=keep_running, args=(stopping, long), name="periodic", daemon=True)
        for long in (False, True)  # a backup takes minutes, which an escalation must not wait
    ]
    for clock in clocks:
        clock.start()
    try:
        call_command("db_worker", startup_delay=False, verbosity=0)
    finally:
        stopping.set()
        for clock in clocks:
            clock.join(timeout=10)  # a batch that is half written is rolled back by the database, and sealed next time
    return 0


if __name__ == "__main__":
    sys.exit(main())
