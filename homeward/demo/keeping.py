"""How long records stay, in the demo: one child whose time is nearly over, one that is held for the law, one erased,
and one of whom no guardian is given a copy, which waits for a second person.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from homeward.apps.access.actors import Actor, actor_of_person_id
from homeward.apps.cases.queries import facts_for_change, find_child
from homeward.apps.cases.services import change_child
from homeward.apps.retention.carrying_out import carry_out
from homeward.apps.retention.deciding import Wish, ask_erasure, check_erasure, place_hold
from homeward.apps.retention.overriding import Withholding, ask_withholding
from homeward.demo.building import Builder
from homeward.demo.cast import House
from homeward.demo.lives import DUE, HELD, WITHHELD, draw_life, ended_on
from homeward.domain.problems import ProblemError

A_CLAIM = "The family has claimed a payment that it was promised before the return; the claim is not decided."
A_DEMAND = "A man who says that he is the stepfather demands the file, and the child is afraid of him."


def keep_or_end(builder: Builder, house: House, today: date) -> None:
    """Again it changes nothing, but for the erased child, who comes and goes once more."""
    focal, second = (actor_of_person_id(person) for person in house.focal_points)
    _ended(builder, builder.programme.children - DUE)
    _ended(builder, builder.programme.children - HELD, then_held_by=house.focal_points[0])
    _withheld(builder, focal)
    life = builder.add_child(builder.programme.children)  # one more than the programme counts
    asked = ask_erasure(focal, life.code, Wish("erasure_asked", "child"))
    check_erasure(second, asked, agreed=True)
    carry_out(asked)


def _withheld(builder: Builder, focal: Actor) -> None:
    code = draw_life(builder.programme, builder.programme.children - WITHHELD, builder.today).code
    with suppress(ProblemError):  # asked for at an earlier start
        ask_withholding(focal, code, Withholding("danger", builder.today + timedelta(days=180), A_DEMAND))


def _ended(builder: Builder, number: int, then_held_by: UUID | None = None) -> None:
    day = ended_on(builder.programme, number, builder.today)
    code = draw_life(builder.programme, number, builder.today).code
    worker = actor_of_person_id(builder.who_works_with(number)[1])
    child = find_child(worker, code).row.id
    facts = replace(facts_for_change(worker, child)[0], status="closed")
    if then_held_by is not None:  # first, so that nothing ends between the two
        with suppress(ProblemError):  # held since an earlier start
            reviewed = builder.today + timedelta(days=45)
            place_hold(actor_of_person_id(then_held_by), code, "complaint", A_CLAIM, reviewed)
    change_child(builder.system, child, facts, ended_on=day)  # as a caseload file says it
