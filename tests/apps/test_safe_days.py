"""Days on the safe-contact card: no visit is planned, allowed or agreed for another."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from homeward.apps.visits.cards import CardFacts, set_card
from homeward.apps.visits.planning import Plan, lift_block, plan_visit
from homeward.apps.visits.recording import hold_visit
from homeward.domain.problems import ProblemError
from homeward.domain.visiting import WEEK, Answer
from tests.apps.test_visits import SAFE, SEEN, planned, sibling, today
from tests.world import World

pytestmark = pytest.mark.database


def test_a_day_that_the_card_does_not_name_is_refused_also_to_a_supervisor(world: World) -> None:
    house, day = world.amani, today(world.amani)
    code, worker = house.child.code, house.actor("case_worker")  # type: ignore[union-attr]
    blocked = planned(house, check=replace(SAFE, danger=Answer.YES))
    yesterday = WEEK[(day - timedelta(days=1)).weekday()]
    set_card(worker, code, CardFacts(("home", "phone"), (yesterday,)))
    with pytest.raises(ProblemError) as refused:
        planned(house)
    assert (refused.value.first.code, refused.value.first.where.field) == ("visit.day_unsafe", "on")
    assert refused.value.first.params["next"] == (day + timedelta(days=6)).isoformat()
    with pytest.raises(ProblemError) as refused:
        lift_block(house.actor("supervisor"), blocked.pk, "phone", "He has left")
    assert refused.value.first.code == "visit.day_unsafe"
    held = planned(house, days=-3)  # what was is only written down, on whatever day
    hold_visit(worker, held.pk, replace(SEEN, on=held.planned_on, next_on=day - timedelta(days=2)))
    other = sibling(house)
    set_card(worker, other.code, CardFacts(("home",), (WEEK[day.weekday()],)))
    with pytest.raises(ProblemError) as refused:
        plan_visit(worker, [code, other.code], SAFE, Plan(day, "home"))
    assert refused.value.first.code == "visit.no_day"
