"""A row for the health page and an event for the audit, for each thing done with backups, also where it failed."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import DatabaseError, transaction
from django.utils import timezone

from homeward.apps.access.actors import Actor
from homeward.apps.audit.services import record
from homeward.apps.backups.models import BackupRun
from homeward.domain.problems import ProblemError

BACKUP, KEYS, DRILL, RESTORE, UPGRADE = "backup", "keys", "drill", "restore", "upgrade"
VERBS: Mapping[str, str] = {
    BACKUP: "make_backup",
    KEYS: "make_key_backup",
    DRILL: "drill_backup",
    RESTORE: "restore_backup",
    UPGRADE: "upgrade_house",
}
logger = logging.getLogger("homeward")


@contextmanager
def noted(actor: Actor, kind: str) -> Iterator[BackupRun]:
    """What is done inside fills the row. It is written at the end, whatever comes; what failed is raised again."""
    run = BackupRun(kind=kind, started_at=timezone.now())
    try:
        yield run
    except ProblemError as error:
        _write_failure(actor, run, error.first.code)
        raise
    except Exception as error:
        _write_failure(actor, run, type(error).__name__)
        raise
    write(actor, run, ok=True)


def write(actor: Actor, run: BackupRun, *, ok: bool) -> None:
    run.ok, run.finished_at = ok, timezone.now()
    detail: dict[str, Any] = {"file": run.file, "rows": run.rows, "ok": ok}
    if run.kind == RESTORE and run.made_at is not None:
        detail["made_at"] = run.made_at.isoformat()  # what a witness has seen since then is not there any more
    if run.problem:
        detail["problem"] = run.problem
    with transaction.atomic():
        run.save(force_insert=True)
        record(actor, VERBS[run.kind], "house", detail=detail)


def _write_failure(actor: Actor, run: BackupRun, problem: str) -> None:
    """Where even that cannot be written, the log has it, and what went wrong first is what is told."""
    run.problem = problem[:80]
    try:
        write(actor, run, ok=False)
    except DatabaseError as error:
        logger.error("a failed %s could not be noted: %s", run.kind, type(error).__name__)
