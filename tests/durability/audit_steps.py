"""Run as a program with HOMEWARD_DATABASE set: what another process does to the audit and to periodic jobs."""

from __future__ import annotations

import sys
import time

from django.conf import settings

from homeward.cli.serve import start_django

start_django()

from django.db import connection, transaction  # noqa: E402 - tables exist once Django is set up

from homeward.apps.access.actors import system_actor  # noqa: E402
from homeward.apps.audit.schedule import run_due  # noqa: E402
from homeward.apps.audit.sealer import seal  # noqa: E402
from homeward.apps.audit.services import record  # noqa: E402
from tests.durability.trials_of_jobs import create_tables  # noqa: E402


def write(count: int, slowly: float) -> None:
    """Transactions that commit out of the order in which their ids were made."""
    for number in range(count):
        with transaction.atomic():
            record(system_actor(), "found_organisation", "organisation", str(number))
            time.sleep(slowly if number % 7 == 0 and connection.vendor == "postgresql" else 0)


def keep_sealing(seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        seal()


def run_jobs(seconds: float) -> None:
    """A job that takes longer than its interval, looked for all the time."""
    settings.HOMEWARD_JOBS = {"slow": "tests.durability.trials_of_jobs.slow"}
    settings.HOMEWARD_PERIODIC = {"slow": 0}
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        run_due()


STEPS = {"write": write, "seal": keep_sealing, "jobs": run_jobs, "tables": create_tables}

if __name__ == "__main__":
    STEPS[sys.argv[1]](*(float(word) if "." in word else int(word) for word in sys.argv[2:]))
