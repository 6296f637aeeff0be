"""What fuzzing found stays tried, with some thousand changes made by chance; `make fuzz` goes on from there."""

from __future__ import annotations

import random

import pytest

from tests.durability.servers import trials
from tests.fuzz.run import changed
from tests.fuzz.targets import TARGETS, seeds


@pytest.mark.goal("S-5")
@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(TARGETS))
def test_any_bytes_end_in_words(name: str) -> None:
    target, chance = TARGETS[name], random.Random(name)
    known = [seed[:4_096] for seed in seeds(name)]
    for seed in known:
        target(seed)
    for _ in range(trials(20_000, least=200)):
        target(changed(chance.choice(known), chance))
