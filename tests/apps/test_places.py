"""Whose places are whose: what is another organisation's does not exist, in services as on pages."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction

from homeward.apps.access.visibility import NotVisible
from homeward.apps.cases import services
from homeward.apps.cases.caseload import preview_caseload
from homeward.apps.cases.facts import ChildFacts
from homeward.apps.cases.models import Child
from homeward.apps.cases.places import merge_places, planned_merge
from homeward.apps.cases.queries import ChildFilter, facts_for_change, list_children
from homeward.apps.cases.services import change_child, register_child
from homeward.apps.communities.models import Place
from homeward.apps.communities.queries import places, with_descendants
from homeward.apps.communities.services import add_place, rename_place
from homeward.apps.safeguarding.models import Violation
from homeward.apps.safeguarding.recipients import current_recipients
from homeward.apps.safeguarding.violations import ViolationFacts, record_violation
from homeward.domain.envelope import Kind
from homeward.domain.problems import ProblemError
from tests.envelopes import Key, enrolled, sealed_to
from tests.world import House, World

pytestmark = pytest.mark.database
FACTS = ChildFacts(population="host_peer", sex="male", name="Juma", age=13)


def country() -> UUID:
    return Place.objects.get(level="country").pk


def added(house: House, name: str, level: str = "community", parent: UUID | None = None) -> UUID:
    return add_place(house.system(), level, name, "SU", parent_id=parent or country())


class TestReach:
    def test_own_and_shared(self, world: World) -> None:
        theirs = added(world.baraka, "Secret Bank")
        region = add_place(world.baraka.actor("me_officer"), "region", "West", "SU", parent_id=country())
        seen = {place.id for place in places(world.amani.actor("case_worker"))}
        assert seen == {country(), region, world.amani.place_id}
        assert theirs in {place.id for place in places(world.baraka.actor("case_worker"))}
        assert places(world.nobody()) == []

    def test_a_phone_sees_what_its_organisation_sees(self, world: World) -> None:
        theirs = added(world.baraka, "Secret Bank")
        seen = {place.id for place in places(world.amani.actor("enumerator"))}
        assert (theirs in seen, world.amani.place_id in seen) == (False, True)

    @pytest.mark.parametrize("there", [True, False])
    def test_an_id_of_another_organisation_is_not_found(self, world: World, there: bool) -> None:
        amani, theirs = world.amani, world.baraka.place_id if there else uuid4()
        officer, supervisor = amani.actor("me_officer"), amani.actor("supervisor")
        assert amani.child is not None
        child_id, facts = amani.child.id, facts_for_change(supervisor, amani.child.id)[0]
        for step in (
            lambda: with_descendants(officer, theirs),
            lambda: list_children(officer, ChildFilter(place_id=theirs)),
            lambda: register_child(supervisor, replace(FACTS, place_id=theirs, team_id=amani.teams[0])),
            lambda: change_child(supervisor, child_id, replace(facts, place_id=theirs)),
            lambda: add_place(officer, "community", "In it", "SU", parent_id=theirs),
            lambda: rename_place(officer, theirs, "Mine"),
            lambda: planned_merge(officer, amani.place_id, theirs),
            lambda: merge_places(officer, theirs, amani.place_id),
        ):
            with pytest.raises(NotVisible) as caught:
                step()
            assert caught.value.first.code == "place.not_found"

    def test_the_system_acting_for_one_organisation_reaches_no_other(self, world: World) -> None:
        with pytest.raises(NotVisible):
            register_child(world.amani.system(), replace(FACTS, place_id=world.baraka.place_id))

    def test_a_caseload_names_no_place_of_another(self, world: World) -> None:
        added(world.baraka, "Secret Bank")
        row = {"external_id": "N-1", "sex": "male", "age": "13", "place": "Secret Bank", "population": "host_peer"}
        found = preview_caseload(world.amani.actor("me_officer"), [row]).rows[0]
        told = next(problem for problem in found.problems if problem.where.field == "place")
        assert "Secret Bank" not in str(told.params)

    def test_a_right_in_one_organisation_renames_nothing_in_another(self, world: World) -> None:
        both = world.amani.actor("me_officer")
        worker = world.baraka.actor("case_worker")
        both = replace(both, grants=(*both.grants, *worker.grants))
        with pytest.raises(ProblemError):
            rename_place(both, world.baraka.place_id, "Mine")
        assert Place.objects.get(pk=world.baraka.place_id).name == "Riverside"


class TestOnce:
    """On both databases, also where a cell is empty."""

    @pytest.mark.parametrize(
        "fields",
        [
            {"level": "country", "name": "Sunda", "country_code": "SU"},
            {"level": "region", "name": "West", "country_code": "SU", "parent": True},
            {"level": "community", "name": "Riverside", "country_code": "SU", "parent": True, "organisation": True},
            {"level": "region", "name": "Own region", "country_code": "SU", "parent": True, "organisation": True},
        ],
    )
    def test_the_database_holds_it(self, world: World, fields: dict[str, object]) -> None:
        Place.objects.create(level="region", name="West", country_code="SU", parent_id=country())
        links = {"parent": country(), "organisation": world.amani.organisation_id}
        given = {f"{name}_id" if name in links else name: links.get(name, value) for name, value in fields.items()}
        with pytest.raises(IntegrityError), transaction.atomic():
            Place.objects.create(**given)


class TestMerging:
    def test_smaller_places_move_and_the_same_ones_become_one(self, world: World) -> None:
        amani, officer = world.amani, world.amani.actor("me_officer")
        old, new = added(amani, "Jima", "district"), added(amani, "Jimma", "district")
        twin, kept = added(amani, "market", parent=old), added(amani, "Market", parent=new)
        moving = added(amani, "Mill", parent=old)
        children = [
            register_child(amani.system(), replace(FACTS, place_id=place)).id for place in (old, twin, moving, kept)
        ]
        plan = planned_merge(officer, old, new)
        assert (plan.children, plan.places) == (3, 2)
        merge_places(officer, old, new)
        assert not Place.objects.filter(pk__in=(old, twin)).exists()
        assert Place.objects.get(pk=moving).parent_id == new
        found = dict(Child.objects.filter(pk__in=children).values_list("pk", "place_id"))
        assert [found[each] for each in children] == [new, kept, moving, kept]

    def test_what_other_apps_know_of_the_place_moves_too(self, world: World) -> None:
        """Else the merge would fail, and its failing would tell that something is recorded there."""
        amani = world.amani
        old, new = added(amani, "Jima", "district"), added(amani, "Jimma", "district")
        for name in ("focal_point", "second_focal_point"):
            enrolled(amani.actor(name))
        keys = [Key(bytes(row.public_key), b"") for row in current_recipients(amani.organisation_id, "focal")]
        facts = ViolationFacts("detained", date.today(), "child", place_id=old)
        violation = record_violation(amani.actor("focal_point"), facts, sealed_to(keys, kind=Kind.VIOLATION))
        merge_places(amani.actor("me_officer"), old, new)
        assert Violation.objects.get(pk=violation).place_id == new

    def test_only_two_of_one_kind(self, world: World) -> None:
        officer = world.amani.actor("me_officer")
        district = added(world.amani, "Jimma", "district")
        for into in (district, world.amani.place_id):
            with pytest.raises(NotVisible):
                merge_places(officer, world.amani.place_id, into)
        with pytest.raises(ProblemError) as caught:
            merge_places(officer, world.amani.place_id, country())
        assert caught.value.first.code == "place.shared"

    def test_a_place_merged_away_since_it_was_chosen_is_not_found_and_nothing_is_half_done(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As if somebody had merged it between our look at it and our transaction."""
        amani, before = world.amani, Child.objects.count()
        gone, look = added(amani, "Jima", "district"), services._check_links
        child = register_child(amani.system(), FACTS).id

        def look_and_lose(*given: UUID | None) -> None:
            look(*given)
            Place.objects.filter(pk=gone).delete()

        monkeypatch.setattr(services, "_check_links", look_and_lose)
        with pytest.raises(NotVisible):
            register_child(amani.system(), replace(FACTS, place_id=gone))
        assert Child.objects.count() == before + 1
        gone = added(amani, "Jima", "district")
        with pytest.raises(NotVisible):
            change_child(amani.actor("supervisor"), child, replace(FACTS, place_id=gone))
        assert Child.objects.get(pk=child).place_id is None

    def test_a_place_merged_away_while_it_is_renamed_is_not_found(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        gone = added(world.amani, "Jima", "district")
        monkeypatch.setattr(
            "homeward.apps.communities.services._refuse_twin", lambda *_: Place.objects.filter(pk=gone).delete()
        )
        with pytest.raises(NotVisible):
            rename_place(world.amani.actor("me_officer"), gone, "Jimma")
