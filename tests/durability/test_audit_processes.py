"""Several processes at once: no event is left out of the chain, no position is given twice, no job runs twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from tests.durability.servers import ROOT, Server, trials

pytestmark = [pytest.mark.database, pytest.mark.slow]
WRITERS = 4
EVENTS = trials(2_000, least=60)  # of each writer


@pytest.fixture(scope="module")
def prepared(server: Server) -> Server:
    server.prepare()
    step(server, "tables").wait(60)
    return server


def step(server: Server, *words: object) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.durability.audit_steps", *map(str, words)]
    return subprocess.Popen(command, cwd=ROOT, env=server.environment)


def command(server: Server, *words: str) -> subprocess.CompletedProcess[str]:
    called = [sys.executable, "-m", "homeward.cli.main", "audit", *words]
    return subprocess.run(called, cwd=ROOT, env=server.environment, capture_output=True, text=True, timeout=120)


def test_late_commits_and_several_sealers_leave_no_gap_and_no_event_out(prepared: Server) -> None:
    writers = [step(prepared, "write", EVENTS, 0.02) for _ in range(WRITERS)]
    sealers = [step(prepared, "seal", 6.0) for _ in range(2)]
    killed = step(prepared, "seal", 60.0)
    time.sleep(3)
    killed.send_signal(signal.SIGKILL)
    assert [each.wait(300) for each in writers] == [0] * WRITERS
    assert [each.wait(120) for each in sealers] == [0, 0]
    killed.wait()
    assert command(prepared, "seal").returncode == 0
    events = prepared.number("SELECT count(*) FROM audit_event")
    numbers = [row[0] for row in prepared.rows("SELECT number FROM audit_position ORDER BY number")]
    assert events >= WRITERS * EVENTS
    assert numbers == list(range(1, events + 1))
    assert prepared.number("SELECT count(*) FROM audit_batch") > 1
    verified = command(prepared, "verify")
    assert (verified.returncode, verified.stderr) == (0, "")
    assert "Intact." in verified.stdout


def test_a_job_never_runs_twice_at_once_and_outlives_a_killed_worker(prepared: Server) -> None:
    workers = [step(prepared, "jobs", 8.0) for _ in range(3)]
    killed = step(prepared, "jobs", 60.0)
    time.sleep(4)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert [each.wait(60) for each in workers] == [0, 0, 0]
    runs = prepared.rows("SELECT begun, ended, worker FROM job_trial ORDER BY begun")
    assert len(runs) > 20
    assert len({worker for _, _, worker in runs}) > 1
    assert [after for before, after in zip(runs, runs[1:], strict=False) if after[0] < before[1]] == []


def test_the_worker_of_the_server_seals_by_itself(prepared: Server) -> None:
    prepared.start()
    try:
        step(prepared, "write", 3, 0.0).wait(60)
        unsealed = "SELECT count(*) FROM audit_event WHERE id NOT IN (SELECT event_id FROM audit_position)"
        done = "SELECT count(*) FROM audit_periodicjob WHERE name = 'audit.seal' AND result = 'done'"
        until = time.monotonic() + 60  # another job that seals may have come first
        while (prepared.number(unsealed) or not prepared.number(done)) and time.monotonic() < until:
            time.sleep(0.5)
        assert (prepared.number(unsealed), prepared.number(done)) == (0, 1)
    finally:
        prepared.stop()


def test_the_command_tells_by_its_status(prepared: Server, tmp_path: os.PathLike[str]) -> None:
    heads = os.path.join(tmp_path, "heads.txt")
    head = command(prepared, "head")
    assert head.returncode == 0
    with open(heads, "w", encoding="utf-8") as file:
        file.write(head.stdout)
    assert command(prepared, "verify", "--heads", heads).returncode == 0
    assert command(prepared, "verify", "--heads", os.path.join(tmp_path, "none")).returncode == 2
    with open(heads, "w", encoding="utf-8") as file:
        file.write(head.stdout.replace('"batch":', '"batch":9'))
    assert command(prepared, "verify", "--heads", heads).returncode == 2
    told = command(prepared, "verify", "--json", "--key", "00" * 32)
    assert (told.returncode, '"intact": true' in told.stdout) == (0, True)  # the file beside the key is trusted too
    assert command(prepared, "create-key").returncode == 2
