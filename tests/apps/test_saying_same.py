"""Whoever works with a child says that it may be registered twice; nobody makes a record a second one by a tick."""

from __future__ import annotations

from dataclasses import replace

import pytest

from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.models import Event
from homeward.apps.cases.caseload import import_caseload, preview_caseload
from homeward.apps.cases.duplicates import find_duplicates, tell_apart
from homeward.apps.cases.facts import ChildFacts, facts_of
from homeward.apps.cases.merging import merge_children
from homeward.apps.cases.models import Child, SaidSame
from homeward.apps.cases.saying_same import said_of, say_same
from homeward.apps.cases.services import Registered, assign_child, register_child
from homeward.domain.problems import ProblemError
from tests.world import World

pytestmark = pytest.mark.database


@pytest.fixture
def other(world: World) -> Registered:
    """A child with another name and sex: by names and marks alone, nobody would compare the two."""
    known = facts_of(Child.objects.get(pk=world.amani.child.id))
    given = replace(known, name="Binyam Gobena Lidetu", initials="", external_id="CASE-77", sex="male")
    made = register_child(world.amani.system(), given)
    assign_child(world.amani.system(), made.id, person_id=world.amani.people["case_worker"])
    return made


def refused(code: str, *given: object) -> None:
    with pytest.raises(ProblemError) as caught:
        say_same(*given)  # type: ignore[arg-type]
    assert caught.value.first.code == code


def test_what_a_case_worker_says_stands_first_where_the_supervisor_decides(world: World, other: Registered) -> None:
    worker, supervisor = world.amani.actor("case_worker"), world.amani.actor("supervisor")
    assert not any(other.code in (pair.one.code, pair.other.code) for pair in find_duplicates(supervisor).pairs)
    for _ in range(2):
        say_same(worker, world.amani.child.code, other.code)
    assert SaidSame.objects.count() == 1
    assert Event.objects.filter(verb="say_same").count() == 2  # on both records, once
    first = find_duplicates(supervisor).pairs[0]
    assert {first.one.code, first.other.code} == {world.amani.child.code, other.code}
    assert first.said_by == "Case Worker Amani"
    assert said_of(other.id) == (world.amani.child.code,)
    assert {row.status for row in Child.objects.filter(pk__in=(world.amani.child.id, other.id))} == {"open"}
    merge_children(supervisor, other.code, world.amani.child.code)
    assert said_of(other.id) == ()


def test_two_children_are_not_said_to_be_one_again(world: World, other: Registered) -> None:
    worker, supervisor = world.amani.actor("case_worker"), world.amani.actor("supervisor")
    say_same(worker, other.code, world.amani.child.code)
    tell_apart(supervisor, other.code, world.amani.child.code)
    assert not SaidSame.objects.exists()
    refused("same.apart", worker, other.code, world.amani.child.code)


def test_only_of_records_that_this_person_sees(world: World, other: Registered) -> None:
    worker = world.amani.actor("case_worker")
    refused("same.unseen", worker, other.code, world.baraka.child.code)
    refused("same.itself", worker, other.code, other.code)
    with pytest.raises(NotVisible):
        say_same(world.amani.actor("other_case_worker"), other.code, world.amani.child.code)
    assert not SaidSame.objects.exists()


def test_a_file_makes_no_record_a_second_one_and_takes_none_apart(world: World, other: Registered) -> None:
    officer = world.amani.actor("me_officer")

    def problems(status: str, number: str = "CASE-77") -> list[str]:
        rows = [{"external_id": number, "status": status, "name": "A", "age": "9", "return_date": "2025-01-01"}]
        preview = preview_caseload(officer, rows)
        import_caseload(officer, preview)
        return [problem.code for row in preview.rows for problem in row.problems]

    assert problems("duplicate") == ["child.status_by_pair"]
    assert problems("duplicate", "CASE-NEW") == ["child.status_by_pair"]
    merge_children(world.amani.actor("supervisor"), other.code, world.amani.child.code)
    assert problems("open") == ["child.merged"]
    assert problems("closed") == ["child.merged"]
    assert Child.objects.get(pk=other.id).status == "duplicate"


def test_nobody_registers_a_second_record_as_such(world: World) -> None:
    facts = ChildFacts(name="Bo", age=12, return_date_basis="unknown", status="duplicate")
    with pytest.raises(ProblemError) as caught:
        register_child(world.amani.actor("case_worker"), facts)
    assert caught.value.first.code == "child.status_by_pair"
