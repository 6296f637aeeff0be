"""Two confirmations, two hand-overs, and a hand-over while somebody asks to withhold, at the same moment."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.durability.servers import ROOT, Server, trials

pytestmark = [pytest.mark.database, pytest.mark.slow]
ROUNDS = trials(60, least=4)


@pytest.mark.goal("P-9")
def test_of_those_who_act_at_once_one_acts_and_no_copy_is_made_after_an_ask(
    server: Server, record_property: Callable[[str, object], None]
) -> None:
    command = [sys.executable, "-m", "tests.durability.guardians_at_once", str(ROUNDS)]
    done = subprocess.run(command, cwd=ROOT, env=server.environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["faults"] == []
    record_property("ran", f"{ROUNDS} rounds, {found['tried']} hand-overs while somebody asked to withhold")
