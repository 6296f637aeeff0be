"""What runs by itself: the worker, its jobs, backups, and the chain of the audit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from homeward.apps.access.keys import backup as key_backup
from homeward.apps.audit.models import PeriodicJob
from homeward.apps.audit.schedule import DONE, FAILED, job_states
from homeward.apps.audit.sealer import last_batch, unsealed
from homeward.apps.backups.noting import BACKUP, DRILL, KEYS
from homeward.apps.backups.queries import last_restore, last_run_here
from homeward.apps.operations.findings import Finding, Grade, alarm, moment, since, warning, well
from homeward.apps.surveys.transport import arrivals

SILENT = timedelta(minutes=2)  # the worker seals the audit every ten seconds
UNOPENED = timedelta(minutes=5)
UNSEALED = timedelta(minutes=10)
WITNESSED = timedelta(days=2)
NO_KEY = "audit.no_key"


@dataclass(frozen=True, slots=True)
class Kept:
    """A job that makes or tries copies: after how long without a good one somebody is told."""

    job: str
    late: timedelta
    too_late: timedelta
    unset: Grade  # where nobody has set it up
    missing: str
    failing: str
    action: str
    good: str


BACKUPS = (
    Kept(
        "backup",
        timedelta(hours=3),
        timedelta(days=1),
        Grade.ALARM,
        "Backups of the data are not set up. If the disk breaks, everything is lost.",
        "The last good backup of the data is of {at}. What came in since then would be lost with the disk.",
        "Look at `homeward backup recipients`, then run `homeward backup`. `homeward backup list` says what is there.",
        "The last backup of the data is of {at}.",
    ),
    Kept(
        "key_backup",
        timedelta(days=2),
        timedelta(days=8),
        Grade.ALARM,
        "Backups of the keys are not set up. Without the keys nobody can read the data, nor any backup of them.",
        "The last good backup of the keys is of {at}. No backup could show a child registered since then.",
        "Name recipients in HOMEWARD_KEY_BACKUP_RECIPIENTS and run `homeward keys backup`.",
        "The last backup of the keys is of {at}.",
    ),
    Kept(
        "drill",
        timedelta(days=10),
        timedelta(days=31),
        Grade.WARNING,
        "Nobody has tried to bring a backup back. A backup that was never brought back is a hope.",
        "A backup was last brought back, as a trial, on {at}.",
        "Run `homeward drill`: it restores the newest backup in a place apart and overwrites nothing.",
        "The last drill was on {at}.",
    ),
)


def _makes_backups() -> bool:
    return bool(settings.HOMEWARD_BACKUPS and settings.HOMEWARD_BACKUP_RECIPIENTS)


RUNS: Mapping[str, tuple[str, Callable[[], bool]]] = {  # kind of run, and whether the settings ask for it
    "backup": (BACKUP, _makes_backups),
    "key_backup": (KEYS, lambda: bool(settings.HOMEWARD_KEY_BACKUP_RECIPIENTS)),
    "drill": (DRILL, _makes_backups),
}
MOMENTARY = "momentary"


@dataclass(frozen=True, slots=True)
class LastRun:
    """The one place that knows where results of backups, key backups and drills stand."""

    set_up: bool
    good_at: datetime | None
    without_recipient: bool = False  # a drill with the key of the moment: no recipient's private key was tried


def last_run(job: str) -> LastRun:
    kind, wanted = RUNS[job]
    run = last_run_here(kind)
    good = run.finished_at if run is not None else None
    if job == "key_backup":  # those made before the house kept a list
        copies = (each.made_at for each in key_backup.copies(Path(settings.HOMEWARD_KEY_BACKUPS)) if each.counts)
        good = max([*copies, *([good] if good else [])], default=None)
    is_set_up = bool(wanted()) or good is not None or last_run_here(kind, ok=False) is not None
    return LastRun(is_set_up, good, run is not None and run.opened_by == MOMENTARY)


def backup_findings() -> Iterator[Finding]:
    for kept in BACKUPS:
        run = last_run(kept.job)
        if run.good_at is None:
            yield _not_yet(kept, run)
            continue
        age, at = since(run.good_at), moment(run.good_at)
        if age > kept.late:
            yield (alarm if age > kept.too_late else warning)(kept.job, kept.failing, kept.action, at=at)
        else:
            yield well(kept.job, _WITHOUT_RECIPIENT if run.without_recipient else kept.good, at=at)


def _not_yet(kept: Kept, run: LastRun) -> Finding:
    restore = last_restore()
    if run.set_up and restore is not None:
        late = since(restore.finished_at) > kept.late
        return (alarm if late else warning)(kept.job, _SINCE_RESTORE, kept.action, at=moment(restore.finished_at))
    grade = Grade.WARNING if settings.HOMEWARD_PROFILE == "demo" else kept.unset
    make = alarm if grade is Grade.ALARM or run.set_up else warning
    return make(kept.job, kept.missing if not run.set_up else _NEVER, kept.action)


_SINCE_RESTORE = "A backup was brought back here on {at}. Since then this has not succeeded once on this machine."
_NEVER = "It is set up and has not succeeded once."
_WITHOUT_RECIPIENT = "The last drill was on {at}, without the private key of a recipient: try one of those by hand too."


def worker_findings() -> Iterator[Finding]:
    newest = PeriodicJob.objects.order_by("-finished_at").exclude(finished_at=None).first()
    last = newest.finished_at if newest is not None else None
    if last is None or since(last) > SILENT:
        yield alarm(
            "worker",
            "Nothing runs in the background since {at}: no escalation is passed on, nothing is sealed, no import ends.",
            "Start the server again; if a worker of its own runs elsewhere, start that one. Then look here again.",
            at=moment(last) if last else "–",
        )
        return
    yield well("worker", "The worker is at work; it last finished something at {at}.", at=moment(last))
    watched = {kept.job for kept in BACKUPS}
    late = [state.name for state in job_states() if state.late and state.name not in watched]
    if late:
        yield warning(
            "jobs",
            "Late, or failing again and again: {jobs}.",
            "Look into the log for the name of the job. If it stays so, tell whoever looks after the software.",
            jobs=", ".join(late),
        )
    else:
        yield well("jobs", "All jobs ran when they should.")


def arrival_findings() -> Iterator[Finding]:
    """What came sealed while nobody could open it."""
    waiting, refused, first = arrivals()
    if refused:
        yield alarm(
            "arrivals",
            "{count} sealed interviews could not be taken in, the first since {at}. They are kept as they came.",
            "Look why: a form that is gone, a key that was dropped, a copied code. The server tries again each hour.",
            count=refused,
            at=moment(first) if first else "–",
        )
    elif waiting and first is not None and since(first) > UNOPENED:
        message = "{count} sealed interviews wait since {at}. What was told in them nobody knows yet."
        action = "Unlock the server; if it is open, see whether the worker is at work."
        yield alarm("arrivals", message, action, count=waiting, at=moment(first))
    else:
        yield well("arrivals", "No interview waits to be opened.")


def chain_findings() -> Iterator[Finding]:
    if PeriodicJob.objects.filter(name="audit.seal", result=FAILED, problem=NO_KEY).exists():
        yield alarm(
            "chain",
            "Nothing of who did what is sealed: the key that signs it is not here, or the worker may not read it.",
            "After a restore elsewhere that is usual: run `homeward audit create-key` as the worker's user, "
            "and give its public key to the witness.",
        )
        yield from _witness()
        return
    batch = last_batch()
    waiting = unsealed(timezone.now() - timedelta(days=7)).order_by("id").values_list("at", flat=True).first()
    if waiting is not None and since(waiting) > UNSEALED:
        yield alarm(
            "chain",
            "The record of who did what is not sealed since {at}: what is changed in it meanwhile leaves no trace.",
            "Is the worker at work, and has it a key? `homeward audit create-key` makes one.",
            at=moment(waiting),
        )
    elif batch is not None:
        yield well("chain", "The record of who did what is sealed up to {at}.", at=moment(batch.sealed_at))
    yield from _witness()


def _witness() -> Iterator[Finding]:
    row, restore = PeriodicJob.objects.filter(name="audit.head", result=DONE).first(), last_restore()
    elsewhere = restore is not None and row is not None and row.started_at and row.started_at < restore.finished_at
    if elsewhere and restore is not None:
        yield warning(
            "witness",
            "A backup was brought back here on {at}. Since then no signed head of the audit went to the witness.",
            "It goes within a day. Tell the witness of the restore, and give `homeward audit head` to it now.",
            at=moment(restore.finished_at),
        )
    elif row is None or row.finished_at is None or since(row.finished_at) > WITNESSED:
        yield warning(
            "witness",
            "No signed head of the audit went to the witness for more than two days.",
            "See whether the file of the witness can be written. Without a witness whoever has the key rewrites all.",
        )
    elif _beside_data() and settings.HOMEWARD_PROFILE != "demo":
        yield warning(
            "witness",
            "The witness of the audit lies in the data folder, where whoever changes the audit can change it too.",
            "Let HOMEWARD_AUDIT_WITNESS name a place that this server can add to and not change.",
        )
    else:
        yield well("witness", "The witness of the audit was last told at {at}.", at=moment(row.finished_at))


def _beside_data() -> bool:
    return Path(settings.HOMEWARD_AUDIT_WITNESS).is_relative_to(settings.HOMEWARD_DATA)
