"""Phones of the cast."""

from __future__ import annotations

import pytest

from tests.openrosa.phone import Phone, in_process
from tests.world import World


@pytest.fixture
def phone(world: World) -> Phone:
    """Carries the case worker's caseload."""
    return Phone(f"/key/{world.amani.devices['enumerator'].token}", in_process())


@pytest.fixture
def monitor(world: World) -> Phone:
    """The community monitor's own phone, with another caseload."""
    return Phone(f"/key/{world.amani.devices['community_monitor'].token}", in_process())
