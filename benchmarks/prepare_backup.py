"""Run as a program: a house in the database of the environment, backed up and restored; see `backup`."""

from __future__ import annotations

import os
import resource
import sys
import time
from pathlib import Path

from homeward.cli.serve import start_django

start_django()

from django.conf import settings  # noqa: E402 - tables exist once Django is set up
from django.db import connection, connections  # noqa: E402

from homeward.apps.access.actors import system_actor  # noqa: E402
from homeward.apps.audit.sealer import seal_all  # noqa: E402
from homeward.apps.backups.making import make_backup  # noqa: E402
from homeward.apps.backups.restoring import Plan, restore, targets  # noqa: E402
from homeward.apps.surveys.attachments import Upload  # noqa: E402
from homeward.apps.surveys.deliveries import Delivery  # noqa: E402
from homeward.apps.surveys.intake import receive  # noqa: E402
from homeward.cli.unlocking import bring_up_to_date  # noqa: E402
from homeward.formats.backup_file import identities_of, new_pair  # noqa: E402
from tests.interviews import interview  # noqa: E402
from tests.world import build  # noqa: E402

GATE = 600.0


def main(name: str, interviews: int) -> int:
    bring_up_to_date()
    start = time.perf_counter()
    fill(interviews)
    print(f"{name:11} {interviews:,} interviews taken in {time.perf_counter() - start:.0f} s", flush=True)
    pairs = [new_pair() for _ in range(2)]
    private = Path(settings.HOMEWARD_DATA) / "private"
    private.write_text(pairs[0][1])
    start = time.perf_counter()
    made, _ = make_backup(system_actor(), settings.HOMEWARD_BACKUPS, [public for public, _ in pairs])
    took = time.perf_counter() - start
    print(f"{name:11} backup of {made.rows:,} rows: {took:.1f} s, {made.size / 1e6:.0f} MB, verified", flush=True)
    target = targets("homeward_restored" if connection.vendor == "postgresql" else f"{settings.HOMEWARD_DATA}/restored")
    start = time.perf_counter()
    report = restore(system_actor(), Plan(made.path, identities_of(private)), target)
    took = time.perf_counter() - start
    print(
        f"{name:11} restore: {took:.1f} s (gate {GATE:.0f}), {report.rows:,} rows and {report.answers.events:,} audit "
        "events compared"
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{name:11} peak memory of the process {peak:.0f} MB")
    connections.close_all()
    return 0 if took <= GATE else 1


def fill(interviews: int) -> None:
    world = build()
    if connection.vendor == "sqlite":  # only while it is filled
        connection.cursor().execute("PRAGMA synchronous=OFF")
    else:
        connection.cursor().execute("SET synchronous_commit TO off")
    actor, child = world.amani.actor("enumerator"), world.amani.child
    assert child
    model = interview("child-12-14", child.code, instance_id="uuid:0000000")
    for number in range(interviews):
        files = [Upload("a.png", "image/png", os.urandom(60_000))] if number % 20 == 0 else []
        receive(actor, Delivery(model.replace(b"uuid:0000000", b"uuid:%07d" % number), files))
    seal_all()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
