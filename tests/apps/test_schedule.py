"""Periodic jobs: run when due, once, whatever failed before; and what is late is said."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.conf import LazySettings
from django.db import connection
from django.utils import timezone

from homeward.apps.audit.locks import held
from homeward.apps.audit.models import PeriodicJob
from homeward.apps.audit.schedule import job_states, run_due
from homeward.domain.problems import Problem, ProblemError

pytestmark = [pytest.mark.database, pytest.mark.django_db]
ran: list[str] = []


def well() -> None:
    ran.append("well")


def badly() -> None:
    ran.append("badly")
    raise RuntimeError("with a child's name in it")


def without_key() -> None:
    raise ProblemError(Problem("audit.no_key", "The key is not there.", "Make one."))


@pytest.fixture(autouse=True)
def jobs(settings: LazySettings) -> None:
    ran.clear()
    settings.HOMEWARD_JOBS = {"a.well": "tests.apps.test_schedule.well", "b.badly": "tests.apps.test_schedule.badly"}
    settings.HOMEWARD_PERIODIC = {"a.well": 10, "b.badly": 3600}


def test_what_is_due_runs_once_and_is_due_again_after_its_interval() -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        assert run_due() == ["a.well", "b.badly"]
        assert run_due() == []
        clock.shift(9)
        assert run_due() == []
        clock.shift(1)
        assert run_due() == ["a.well"]
        clock.shift(3600)  # missed 360 times, done once
        assert run_due() == ["a.well", "b.badly"]
    assert ran.count("well") == 3


def test_one_that_fails_stops_no_other_is_tried_sooner_and_says_its_kind_alone() -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        run_due()
        row = PeriodicJob.objects.get(name="b.badly")
        assert (row.result, row.problem, row.failures) == ("failed", "RuntimeError", 1)
        assert row.due_at == timezone.now() + timedelta(minutes=5)
        clock.shift(600)
        assert run_due() == ["b.badly", "a.well"] or run_due() == []
        assert PeriodicJob.objects.get(name="b.badly").failures == 2


def test_one_that_goes_on_failing_is_logged_once_and_again_when_it_is_well(
    settings: LazySettings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.HOMEWARD_JOBS = {**settings.HOMEWARD_JOBS, "b.badly": "tests.apps.test_schedule.without_key"}
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(4):
            run_due()
            clock.shift(301)
        row = PeriodicJob.objects.get(name="b.badly")
        assert (row.problem, row.failures) == ("audit.no_key", 4)
        assert [record.getMessage() for record in caplog.records if "b.badly" in record.getMessage()] == [
            "the periodic job b.badly fails until further notice: audit.no_key"
        ]
        settings.HOMEWARD_JOBS = {**settings.HOMEWARD_JOBS, "b.badly": "tests.apps.test_schedule.well"}
        run_due()
    assert caplog.records[-1].getMessage() == "the periodic job b.badly is well again"


def test_what_never_ran_did_not_run_in_time_or_fails_again_and_again_is_late() -> None:
    def late() -> list[str]:
        return [state.name for state in job_states() if state.late]

    with time_machine.travel(timezone.now(), tick=False) as clock:
        assert late() == ["a.well", "b.badly"]
        run_due()
        assert late() == []
        clock.shift(69)
        assert late() == []
        clock.shift(2)
        assert late() == ["a.well"]
        for _ in range(2):
            clock.shift(301)
            run_due()
        assert late() == ["b.badly"]


def test_long_jobs_and_short_ones_run_beside_each_other(settings: LazySettings) -> None:
    settings.HOMEWARD_LONG_JOBS = frozenset({"b.badly"})
    assert run_due(long=False) == ["a.well"]
    assert run_due(long=True) == ["b.badly"]
    assert run_due() == []


def test_what_runs_elsewhere_is_left_alone() -> None:
    """Held by somebody else: on PostgreSQL that is another session, which a thread has."""
    with ThreadPoolExecutor(1) as other:
        lock = held("job-a.well")
        assert other.submit(lock.__enter__).result()
        try:
            assert run_due() == ["b.badly"]
        finally:
            other.submit(lock.__exit__, None, None, None).result()
            other.submit(lambda: connection.close()).result()  # that of the thread
    assert run_due() == ["a.well"]
