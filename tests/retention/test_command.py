"""Real processes and real files: the command that tells what is held, an erasure killed in the middle, and an old copy
of the database put back beside the key store of today.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.durability.servers import ROOT
from tests.keys.test_commands import PASSPHRASE, Office

pytestmark = pytest.mark.slow
START = """
import os, signal, sys
from homeward.cli.serve import start_django
start_django()
from homeward.cli.unlocking import unlock
unlock()
from django.utils import timezone
from homeward.apps.cases.models import Child
from homeward.apps.retention import carrying_out
from homeward.apps.retention.models import Ending
from homeward.apps.retention.repeating import repeat_erasures
from homeward.apps.retention.running_out import go_on
"""
ERASE = """
child = Child.objects.get()
row = Ending(organisation_id=child.organisation_id, child_id=child.pk, code=child.code, kind="erasure",
             reason="erasure_asked", asked_for="child", state="running", asked_at=timezone.now())
row.save()
def killed(*given):
    os.kill(os.getpid(), signal.SIGKILL)
carrying_out.forget_child = killed
carrying_out.carry_out(row.pk)
"""
GO_ON = "go_on(); print(Ending.objects.get().state, Child.objects.count())"
REPEAT = "print(repeat_erasures().erasures, Child.objects.count())"


def run(office: Office, what: str) -> tuple[int, str]:
    command = [sys.executable, "-c", START + what]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=office.environment,
        input=f"{PASSPHRASE}\n",
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.returncode, done.stdout.strip() or done.stderr


@pytest.mark.goal("P-8")
def test_an_erasure_killed_goes_on_and_an_old_copy_of_the_data_names_nobody(tmp_path: Path) -> None:
    office = Office(tmp_path / "data")
    said = f"{PASSPHRASE}\n"
    assert office.run("keys", "create", said=said)[0] == 0
    code = office.build(said)
    began = time.monotonic()
    for whom in ("child", "guardian"):
        status, told, _ = office.run("subject-access", code, "--for", whom, said=said)
        assert status == 0
        assert "Asha Mwangi" in str(told)
    assert time.monotonic() - began < 120  # five minutes each is what was promised
    old = tmp_path / "old.sqlite3"
    shutil.copyfile(office.folder / "homeward.sqlite3", old)
    assert run(office, ERASE)[0] == -signal.SIGKILL
    status, told, _ = office.run("subject-access", code, "--for", "child", said=said)
    assert "Asha" not in str(told)
    assert run(office, GO_ON) == (0, "done 0")
    status, _, fault = office.run("subject-access", code, "--for", "child", said=said)
    assert status == 2
    for path in office.folder.glob("homeward.sqlite3*"):
        path.unlink()
    shutil.copyfile(old, office.folder / "homeward.sqlite3")
    status, told, _ = office.run("subject-access", code, "--for", "child", said=said)
    assert status == 0
    assert "Asha" not in str(told)
    assert "CASE-1" not in str(told)
    assert run(office, REPEAT) == (0, "1 0")
    assert run(office, REPEAT) == (0, "0 0")
