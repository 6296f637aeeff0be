"""Run as a program with HOMEWARD_DATABASE set: opens everything that lies there and prints what it is.

Heads of the audit that were given out before stand in the file named by the first argument; the newest is added.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from django.db import connections

from homeward.cli.serve import start_django

start_django()

from homeward.apps.audit.models import Event  # noqa: E402 - models exist now
from homeward.apps.audit.signing import trusted_keys  # noqa: E402 - models exist now
from homeward.apps.audit.verifying import verify  # noqa: E402 - models exist now
from homeward.apps.audit.witness import newest_head, read_heads  # noqa: E402 - models exist now
from homeward.apps.safeguarding.models import Escalation, Notice  # noqa: E402 - models exist now
from homeward.apps.surveys.attachments import content_of  # noqa: E402 - models exist now
from homeward.apps.surveys.models import Attachment, Flag, Quarantined, Score, Submission  # noqa: E402 - models exist now
from homeward.apps.surveys.sealing import attachment_name_of, raw_of  # noqa: E402 - models exist now
from tests.powercut.journal import digest  # noqa: E402 - after Django

DIMENSIONS = 3  # with the composite; without a child there is no age, and nothing is scored


def interviews() -> list[dict[str, Any]]:
    found = []
    for row in Submission.objects.iterator(200):
        files = [(attachment_name_of(each), content_of(each)) for each in Attachment.objects.filter(submission=row)]
        scored = Score.objects.filter(submission=row).count() == (0 if row.child_id is None else DIMENSIONS)
        kept = {name: digest(content) for name, content in files}
        found.append({"name": row.instance_id, "raw": digest(raw_of(row)), "files": kept, "scored": scored})
    return found


def damage() -> list[str]:
    """What SQLite itself finds wrong with its files."""
    found: list[str] = []
    for alias in ("default", "keys"):
        if connections[alias].vendor == "sqlite":
            with connections[alias].cursor() as cursor:
                found += [row[0] for row in cursor.execute("PRAGMA integrity_check") if row[0] != "ok"]
                found += [str(row) for row in cursor.execute("PRAGMA foreign_key_check")]
    return found


def main(heads: Path) -> None:
    report = verify(read_heads(heads) if heads.exists() else [], trusted_keys())
    said = {
        "interviews": interviews(),
        "damage": damage(),
        "intact": report.intact,
        "pinned": report.pinned,
        "signed": report.batches,
        "received": Event.objects.filter(verb="receive_submission").count(),
        "quarantined": Quarantined.objects.count(),
        "flagged": Flag.objects.values("submission").distinct().count(),
        "escalations": Escalation.objects.count(),
        "notices": Notice.objects.count(),
    }
    with heads.open("a", encoding="utf-8") as file:
        file.write(f"{newest_head()}\n")
    sys.stdout.write(json.dumps(said))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
