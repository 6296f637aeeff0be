"""When a backup was last made, and last restored, for whoever watches the house."""

from __future__ import annotations

from homeward.apps.backups.models import BackupRun
from homeward.apps.backups.noting import BACKUP, DRILL, KEYS, RESTORE


def last_backup() -> BackupRun | None:
    """The newest backup of the data that went well; `finished_at` says when."""
    return last_run(BACKUP)


def last_key_backup() -> BackupRun | None:
    return last_run(KEYS)


def last_drill() -> BackupRun | None:
    """`opened_by` says whether a recipient's private key was tried, or the key of the moment alone."""
    return last_run(DRILL)


def last_restore() -> BackupRun | None:
    """That brought these tables here: whatever they say of runs before it happened on another machine, or before a
    loss. Nothing of that says how this one stands.
    """
    return last_run(RESTORE)


def last_run_here(kind: str, *, ok: bool = True) -> BackupRun | None:
    """The same, of this machine alone."""
    restore = last_restore()
    rows = BackupRun.objects.filter(kind=kind, ok=ok).order_by("-started_at")
    return (rows.filter(started_at__gte=restore.finished_at) if restore else rows).first()


def last_run(kind: str, *, ok: bool = True) -> BackupRun | None:
    """The newest of a kind; with `ok=False` the newest that failed."""
    return BackupRun.objects.filter(kind=kind, ok=ok).order_by("-started_at").first()
