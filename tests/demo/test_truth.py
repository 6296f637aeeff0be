"""The stated model does what docs/demo-world.md says."""

from __future__ import annotations

from datetime import date
from random import Random

import pytest

from homeward.demo.lives import Life, draw_life, interviews
from homeward.demo.tables import programmes
from homeward.demo.truth import (
    CONTRADICTION_SHARE,
    CONTRADICTION_SIZE,
    DIMENSIONS,
    MONTHS,
    PATH_SHARES,
    Truth,
    draw_truth,
    seen_level,
)
from homeward.domain.ages import completed_years
from homeward.domain.codes import is_valid_code

TODAY = date(2026, 11, 21)
NONE = dict.fromkeys(DIMENSIONS, 0.0)


def lives() -> list[Life]:
    return [draw_life(programme, number, TODAY) for programme in programmes() for number in range(programme.children)]


def test_shares_of_paths_sum_to_one() -> None:
    assert sum(PATH_SHARES.values()) == pytest.approx(1)


def test_paths_and_contradictions_come_in_the_stated_shares() -> None:
    truths = [draw_truth(Random(seed)) for seed in range(4000)]
    for path, share in PATH_SHARES.items():
        assert sum(truth.path == path for truth in truths) / 4000 == pytest.approx(share, abs=0.025)
    assert sum(truth.contradiction for truth in truths) / 4000 == pytest.approx(CONTRADICTION_SHARE, abs=0.015)


def test_a_relapse_rises_then_falls_and_a_plateau_stays_below_recovery() -> None:
    relapse = Truth("relapse", NONE, 10, False, 99)
    assert relapse.level("social", 10) > relapse.level("social", 1)
    assert relapse.level("social", 18) < relapse.level("social", 10)
    plateau, recovering = Truth("plateau", NONE, 10, False, 99), Truth("recovering", NONE, 10, False, 99)
    assert plateau.level("economic", 24) < recovering.level("economic", 24) - 0.2


def test_levels_stay_within_their_bounds() -> None:
    for seed in range(500):
        truth = draw_truth(Random(seed))
        assert all(0.03 <= truth.level(d, month) <= 0.97 for d in DIMENSIONS for month in MONTHS)


def test_a_contradicting_caregiver_tells_a_better_psychosocial_story_and_nothing_else() -> None:
    plain, contrary = Truth("plateau", NONE, 9, False, 99), Truth("plateau", NONE, 9, True, 99)
    gap = {d: seen_level(contrary, d, 6, "caregiver") - seen_level(plain, d, 6, "caregiver") for d in DIMENSIONS}
    assert gap == pytest.approx({"economic": 0, "social": 0, "psychosocial": CONTRADICTION_SIZE})


def test_the_same_seed_gives_the_same_world() -> None:
    assert lives() == lives()


def test_the_world_has_the_stated_size_and_everybody_a_code_and_a_name_of_their_own() -> None:
    world = lives()
    assert len(world) == 1200
    assert len({life.code for life in world}) == 1200
    assert all(is_valid_code(life.code) for life in world)
    assert len({life.name for life in world}) > 600


def test_children_of_every_band_are_interviewed_and_nobody_in_the_future() -> None:
    bands = set()
    for programme in programmes():
        for number in range(60):
            life = draw_life(programme, number, TODAY)
            for interview in interviews(programme, life, TODAY):
                assert life.anchor <= interview.day <= TODAY
                age = completed_years(life.birth_date, interview.day)
                assert 0 <= age < 18
                bands.add((interview.instrument_id, interview.respondent))
    assert bands == {
        ("child-6-11", "child"),
        ("child-12-14", "child"),
        ("child-15-17", "child"),
        ("caregiver", "caregiver"),
    }
