"""People decide while a file is imported: on PostgreSQL both write at the same moment, and both end well."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import OperationalError, connection

from homeward.apps.surveys import import_job
from homeward.apps.surveys.import_job import run_import
from homeward.apps.surveys.importing import find_import, start_import
from homeward.apps.surveys.inbox import accept_submission
from homeward.apps.surveys.models import State, Submission
from tests.apps.test_import_again import accepted
from tests.apps.test_importing import FORM, export, line, run
from tests.apps.test_one_version_counts import IMPOSSIBLE, sent
from tests.world import World

pytestmark = pytest.mark.database
PATIENCE = 2  # seconds that one waits for the other to have written


class Meeting:
    """Two that each write to the table of interviews and go on when both have, or when one waits for the other."""

    def __init__(self) -> None:
        self.wrote = [threading.Event(), threading.Event()]

    def work(self, number: int, act: Callable[[], object]) -> None:
        def pause(execute: Any, sql: str, *args: Any) -> Any:
            done = execute(sql, *args)
            if sql.startswith('UPDATE "surveys_submission"') and not self.wrote[number].is_set():
                self.wrote[number].set()
                self.wrote[1 - number].wait(PATIENCE)
            return done

        try:
            with connection.execute_wrapper(pause):
                act()
        finally:
            connection.close()


def test_a_person_and_an_import_that_change_the_same_interview_do_not_stop_each_other(
    transactional_db: None, world: World
) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer")
    supervisor, officer = world.amani.actor("supervisor"), world.amani.actor("me_officer")
    run(world, export(line(world, "7")))
    waiting = sent(world, "uuid:abc", **IMPOSSIBLE).submission_id
    run(world, export({**line(world, "7"), "_uuid": "abc"}, line(world, "8")))
    joins = export({**line(world, "7"), "_uuid": "abc"}, {**line(world, "8", mood="bad"), "KEY": "uuid:abc"})
    job = start_import(officer, world.amani.forms[FORM], "kobo.csv", joins)
    meeting = Meeting()
    with ThreadPoolExecutor(2) as pool:
        imports = pool.submit(meeting.work, 0, lambda: run_import(str(job)))
        accepts = pool.submit(meeting.work, 1, lambda: accept_submission(supervisor, waiting, "Seen"))  # type: ignore[arg-type]
        imports.result()
        accepts.result()
    assert find_import(officer, job).state == "done"
    assert Submission.objects.get(pk=waiting).state == State.ACCEPTED
    assert accepted() == 1


class DeadlockError(Exception):
    sqlstate = "40P01"


def test_a_batch_that_a_deadlock_ended_is_written_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    written, ended = import_job._Work._written, list[bool]()

    def ends_once(work: import_job._Work, rows: Any) -> bool:
        if not ended:
            ended.append(True)
            raise OperationalError("deadlock detected") from DeadlockError()
        return written(work, rows)

    monkeypatch.setattr(import_job._Work, "_written", ends_once)
    row = run(world, export(line(world, "7")))
    assert (row.state, row.new, accepted()) == ("done", 1, 1)


def test_another_fault_of_the_database_ends_the_import(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(work: import_job._Work, rows: Any) -> bool:
        raise OperationalError("disk full")

    monkeypatch.setattr(import_job._Work, "_written", fails)
    with pytest.raises(OperationalError):
        run(world, export(line(world, "7")))
