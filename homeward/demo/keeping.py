"""How long records stay, in the demo: one child whose time is nearly over, one that is held for the law, one erased."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from homeward.apps.access.actors import actor_of_person_id
from homeward.apps.cases.queries import facts_for_change, find_child
from homeward.apps.cases.services import change_child
from homeward.apps.retention.carrying_out import carry_out
from homeward.apps.retention.deciding import Wish, ask_erasure, check_erasure, place_hold
from homeward.demo.building import Builder
from homeward.demo.cast import House
from homeward.demo.lives import draw_life
from homeward.domain.problems import ProblemError
from homeward.domain.rounds import add_months

DUE, HELD = 2, 3  # from the last child back
A_CLAIM = "The family has claimed a payment that it was promised before the return; the claim is not decided."


def keep_or_end(builder: Builder, house: House, today: date) -> None:
    """Again it changes nothing, but for the erased child, who comes and goes once more."""
    focal, second = (actor_of_person_id(person) for person in house.focal_points)
    _ended(builder, DUE, add_months(today, -24) + timedelta(days=20))
    held_by = house.focal_points[0]
    _ended(builder, HELD, add_months(today, -24) - timedelta(days=30), then_held_by=held_by)
    life = builder.add_child(builder.programme.children)  # one more than the programme counts
    asked = ask_erasure(focal, life.code, Wish("erasure_asked", "child"))
    check_erasure(second, asked, agreed=True)
    carry_out(asked)


def _ended(builder: Builder, from_the_last: int, day: date, then_held_by: UUID | None = None) -> None:
    number = builder.programme.children - from_the_last
    code = draw_life(builder.programme, number, builder.today).code
    worker = actor_of_person_id(builder.who_works_with(number)[1])
    child = find_child(worker, code).row.id
    facts = replace(facts_for_change(worker, child), status="closed")
    if then_held_by is not None:  # first, so that nothing ends between the two
        with suppress(ProblemError):  # held since an earlier start
            reviewed = builder.today + timedelta(days=45)
            place_hold(actor_of_person_id(then_held_by), code, "complaint", A_CLAIM, reviewed)
    change_child(worker, child, facts, ended_on=day)
