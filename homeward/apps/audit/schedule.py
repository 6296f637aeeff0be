"""Work that comes again and again. A queue brings no schedule and forgets what a dead worker had begun; this does not.

`config.jobs` says what there is and how often. Every worker looks; whoever gets the lock of a job runs it. A job is due
again one interval after it began, so one that was missed is done once and not many times.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import close_old_connections
from django.db.models import F
from django.utils import timezone
from django.utils.module_loading import import_string

from homeward.apps.audit.locks import held
from homeward.apps.audit.models import PeriodicJob
from homeward.domain.problems import ProblemError

logger = logging.getLogger("homeward")
STEP = 2.0  # seconds between two looks
GRACE = timedelta(minutes=1)  # a job is not late before this, however short its interval
TRY_AGAIN = timedelta(minutes=5)  # at the latest, after a failure
FAILED_OFTEN = 3  # times in a row
DONE, FAILED = "done", "failed"


@dataclass(frozen=True, slots=True)
class JobState:
    name: str
    interval: timedelta
    due_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    result: str
    problem: str
    failures: int
    late: bool  # should have run by now, or has failed several times in a row


def job_states() -> list[JobState]:
    """What ran and what is late, for whoever watches the house."""
    now = timezone.now()
    rows = {row.name: row for row in PeriodicJob.objects.all()}
    return [_state(name, timedelta(seconds=each), rows.get(name), now) for name, each in _periodic().items()]


def _state(name: str, interval: timedelta, row: PeriodicJob | None, now: datetime) -> JobState:
    if row is None:
        return JobState(name, interval, None, None, None, "", "", 0, True)
    late = now > row.due_at + max(interval, GRACE) or row.failures >= FAILED_OFTEN
    return JobState(
        name,
        interval,
        row.due_at,
        row.started_at,
        row.finished_at,
        row.result,
        row.problem,
        row.failures,
        late,
    )


def run_due(now: datetime | None = None, *, long: bool | None = None) -> list[str]:
    """Runs what is due and not running elsewhere; returns what ran here. `long`: only those that may take minutes, or
    only the others.
    """
    now = now or timezone.now()
    _enter(now)
    names = [name for name in _periodic() if long is None or (name in settings.HOMEWARD_LONG_JOBS) is long]
    due = PeriodicJob.objects.filter(name__in=names, due_at__lte=now).order_by("due_at", "name")
    return [name for name in due.values_list("name", flat=True) if _run(name)]


def _enter(now: datetime) -> None:
    known = set(PeriodicJob.objects.values_list("name", flat=True))
    new = [PeriodicJob(name=name, due_at=now) for name in _periodic() if name not in known]
    if new:
        PeriodicJob.objects.bulk_create(new, ignore_conflicts=True)


def _run(name: str) -> bool:
    """Looks again under the lock: another worker may have done it since. A killed worker leaves the job due."""
    with held(f"job-{name}") as mine:
        started = timezone.now()
        if not mine or not PeriodicJob.objects.filter(name=name, due_at__lte=started).exists():
            return False
        before = PeriodicJob.objects.filter(name=name).values_list("problem", flat=True).first() or ""
        problem = _problem_of(name)
        _log(name, before, problem)
        interval = timedelta(seconds=_periodic()[name])
        PeriodicJob.objects.filter(name=name).update(
            due_at=started + (min(interval, TRY_AGAIN) if problem else interval),
            started_at=started,
            finished_at=timezone.now(),
            runs=F("runs") + 1,
            result=FAILED if problem else DONE,
            problem=problem,
            failures=F("failures") + 1 if problem else 0,
        )
    return True


def _problem_of(name: str) -> str:
    """Empty if it went well. One job that fails must not stop the others, whatever it raises."""
    try:
        import_string(settings.HOMEWARD_JOBS[name])()
    except ProblemError as error:
        return error.first.code[:80]
    except Exception as error:  # noqa: BLE001
        return type(error).__name__
    return ""


def _log(name: str, before: str, problem: str) -> None:
    """Once for each change: a job that comes every ten seconds would bury all else."""
    if problem and problem != before:
        logger.error("the periodic job %s fails until further notice: %s", name, problem)
    elif before and not problem:
        logger.warning("the periodic job %s is well again", name)


def _periodic() -> dict[str, int]:
    found: dict[str, int] = dict(settings.HOMEWARD_PERIODIC)
    return found


def keep_running(stopping: threading.Event, long: bool | None = None) -> None:
    """Until told to stop. A database that is away is asked again at the next look."""
    while not stopping.wait(STEP):
        try:
            run_due(long=long)
        except Exception as error:  # noqa: BLE001
            logger.error("periodic jobs cannot run: %s", type(error).__name__)
        close_old_connections()
