"""A change of the record writes what was changed and nothing else, whatever happened since it was read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from homeward.apps.access.visibility import NotVisible
from homeward.apps.cases import services
from homeward.apps.cases.consenting import withdraw
from homeward.apps.cases.ending import forget_child
from homeward.apps.cases.facts import ChildFacts, facts_of
from homeward.apps.cases.models import Child, Status
from homeward.apps.cases.queries import facts_for_change
from homeward.apps.cases.recording import add_entry
from homeward.apps.cases.services import change_child, register_child
from homeward.domain.problems import ProblemError
from tests.world import House, World

pytestmark = pytest.mark.database


def between(monkeypatch: pytest.MonkeyPatch, house: House, meanwhile: Callable[[], object]) -> None:
    """Somebody's change of the sex, in the midst of which something else is committed."""
    held = services._hold_place
    seen = facts_of(Child.objects.get(pk=house.child.id))

    def after(*given: object) -> None:
        held(*given)  # type: ignore[arg-type]
        meanwhile()

    monkeypatch.setattr(services, "_hold_place", after)
    change_child(house.actor("case_worker"), house.child.id, replace(seen, sex="male"))


def test_an_agreement_taken_back_meanwhile_stays_taken_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    house = world.amani
    between(monkeypatch, house, lambda: withdraw(house.actor("case_worker"), house.child.code, "child"))
    child = Child.objects.get(pk=house.child.id)
    assert (child.sex, child.withdrew) == ("male", True)
    assert child.not_counted_since is not None


def test_an_erased_child_does_not_come_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    house = world.amani
    with pytest.raises(NotVisible):
        between(monkeypatch, house, lambda: forget_child(house.child.id))


def test_nobody_writes_a_name_again_that_has_ended(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    house = world.amani
    ended = Child.objects.filter(pk=house.child.id)
    with pytest.raises(NotVisible):
        between(monkeypatch, house, lambda: ended.update(identity_ended_on=date.today()))


def test_a_case_that_was_ended_meanwhile_is_not_opened_by_a_change(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = world.amani
    ended = Child.objects.filter(pk=house.child.id)
    with pytest.raises(ProblemError) as caught:
        between(monkeypatch, house, lambda: ended.update(status=Status.CLOSED, ended_on=date.today()))
    assert caught.value.first.code == "child.status_by_step"


def test_whoever_writes_over_a_later_version_is_told_and_changes_nothing(world: World) -> None:
    house = world.amani
    worker = house.actor("case_worker")
    facts, version = facts_for_change(worker, house.child.id)
    change_child(worker, house.child.id, replace(facts, language="fr"), seen=version)
    with pytest.raises(ProblemError) as caught:
        change_child(worker, house.child.id, replace(facts, sex="male"), seen=version)
    assert (caught.value.first.code, caught.value.first.status) == ("child.changed_meanwhile", 409)
    child = Child.objects.get(pk=house.child.id)
    assert (child.sex, child.language) == ("female", "fr")


@pytest.mark.parametrize("basis", ["known", "estimated"])
def test_a_day_of_return_that_becomes_known_stands_on_the_record(world: World, basis: str) -> None:
    house = world.amani
    facts = ChildFacts(sex="male", name="Bo", age=10, return_date_basis="unknown", team_id=house.teams[0])
    child = register_child(house.actor("case_worker"), facts)
    day = date.today() - timedelta(days=9)
    add_entry(house.actor("case_worker"), child.id, "returns", {"returned_on": day, "basis": basis})
    row = Child.objects.get(pk=child.id)
    assert (row.return_date, row.return_date_basis) == (day, basis)
