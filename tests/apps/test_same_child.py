"""Tables that leave the house name the record that stays, where two records of one child were put together."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from homeward.apps.cases.facts import ChildFacts
from homeward.apps.cases.merging import merge_children, undo_merge
from homeward.apps.cases.same_child import stays_for
from homeward.apps.cases.services import assign_child, register_child
from homeward.apps.surveys.answer_downloads import Wish, answer_tables
from homeward.apps.surveys.downloads import children_table, flags_table, scores_table
from tests.monitoring.histories import BAD, send
from tests.ties import declared
from tests.world import House, World, agree

pytestmark = pytest.mark.database


def twin(house: House, name: str = "Asha") -> Any:
    day = date.today() - timedelta(days=200)
    facts = ChildFacts(sex="female", name=name, age=13, return_date=day, team_id=house.teams[0])
    made = register_child(house.system(), facts)
    assign_child(house.system(), made.id, person_id=house.people["case_worker"], since=day)
    agree(house, made, day)
    return made


def column(rows: Any, code: str) -> dict[str, str]:
    """By the record's own code, under which code it is read."""
    head, *rest = [list(row) for row in rows]
    return {row[head.index(code)]: row[head.index("same_child")] for row in rest}


def test_every_table_joins_what_is_of_one_child(world: World) -> None:
    house, officer = world.amani, world.amani.actor("me_officer")
    other, code = twin(house), house.child.code  # type: ignore[union-attr]
    send(house, 30, example=BAD, code=other.code)
    send(house, 20, example=BAD)
    own = {code: code, other.code: other.code}
    assert column(scores_table(officer), "child_code") == own
    merge = merge_children(house.actor("supervisor"), other.code, code)
    joined = {code: code, other.code: code}
    assert column(scores_table(officer), "child_code") == joined
    assert column(flags_table(officer), "child_code") == joined
    assert column(children_table(officer), "code").items() >= joined.items()
    main = answer_tables(officer, Wish(house.forms["child-12-14"]))[0]
    head = list(main.header)
    places = head.index("child_code"), head.index("_same_child")
    assert {row[places[0]]: row[places[1]] for row in main.rows} == joined
    undo_merge(house.actor("supervisor"), merge)
    assert column(scores_table(officer), "child_code") == own


def test_a_chain_is_followed_to_the_record_that_stays(world: World) -> None:
    house, supervisor = world.amani, world.amani.actor("supervisor")
    first, second = twin(house), twin(house, "Aisha")
    merge_children(supervisor, first.code, second.code)
    merge_children(supervisor, second.code, house.child.code)  # type: ignore[union-attr]
    key = house.child.id  # type: ignore[union-attr]
    assert stays_for([first.id, second.id, key]) == {first.id: key, second.id: key}


def test_a_record_outside_ones_reach_is_not_named(world: World) -> None:
    house = world.amani
    other = twin(house)
    merge_children(house.actor("supervisor"), other.code, house.child.code)  # type: ignore[union-attr]
    declared(house, "me_officer")  # with the child whose record stays, and so with the other record of it
    rows = column(children_table(house.actor("me_officer")), "code")
    assert not {other.code, house.child.code} & {*rows, *rows.values()}  # type: ignore[union-attr]
