"""The step that gives places to organisations, on a database of its own with the tables as they were before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tests.apps.migrating import a_database, migrated, rows

pytestmark = pytest.mark.database
BEFORE = [("communities", "0001_initial"), ("cases", "0001_initial"), ("access", "0005_forms_retired")]
AFTER = [("communities", "0004_place_once"), *BEFORE[1:]]


@pytest.fixture
def old(request: pytest.FixtureRequest, tmp_path: Path, django_db_blocker: Any) -> Iterator[Any]:
    """The models before the step."""
    with a_database(request, tmp_path, django_db_blocker):
        yield migrated(BEFORE)


class Before:
    def __init__(self, apps: Any, *organisations: str) -> None:
        self.apps, self.children, self.places = apps, dict[str, UUID](), dict[str, UUID]()
        self.organisations = {name: rows(apps, "access.Organisation").create(name=name).pk for name in organisations}

    def place(self, level: str, name: str, parent: str = "") -> None:
        row = rows(self.apps, "communities.Place").create(
            level=level, name=name, country_code="SU", parent_id=self.places.get(parent)
        )
        self.places.setdefault(name, row.pk)

    def child(self, organisation: str, place: str) -> None:
        row = rows(self.apps, "cases.Child").create(
            code=f"{len(self.children):09}",
            organisation_id=self.organisations[organisation],
            place_id=self.places[place],
            population="host_peer",
            sex="male",
            return_date=date(2025, 1, 1),
        )
        self.children[f"{organisation} in {place}"] = row.pk

    def after(self) -> tuple[set[str], dict[str, str]]:
        """Each place as its path with its owner; each child's place in the same words."""
        apps = migrated(AFTER)
        names = {pk: name for name, pk in self.organisations.items()}
        found = {row.pk: row for row in rows(apps, "communities.Place").all()}

        def words(pk: UUID | None) -> str:
            return (
                f"{words(found[pk].parent_id)}/{found[pk].name}@{names.get(found[pk].organisation_id, '')}"
                if pk
                else ""
            )

        lives = dict(rows(apps, "cases.Child").values_list("pk", "place_id"))
        assert len({words(pk) for pk in found}) == len(found)
        return {words(pk) for pk in found}, {who: words(lives[pk]) for who, pk in self.children.items()}


def test_a_place_goes_to_whose_children_live_there_and_is_copied_for_several(old: Any) -> None:
    before = Before(old, "Amani", "Baraka")
    before.place("country", "Sunda")
    before.place("region", "West", "Sunda")
    before.place("district", "Hill", "West")
    before.place("community", "Mill", "Hill")
    before.place("community", "Ford", "Hill")
    before.place("community", "Bank", "Sunda")
    before.place("community", "Nowhere", "Sunda")
    for organisation, place in (("Amani", "Mill"), ("Baraka", "Ford"), ("Amani", "Bank"), ("Amani", "West")):
        before.child(organisation, place)
    before.child("Baraka", "Mill")
    places, children = before.after()
    assert children == {
        "Amani in Mill": "/Sunda@/West@/Hill@Amani/Mill@Amani",
        "Baraka in Mill": "/Sunda@/West@/Hill@Baraka/Mill@Baraka",
        "Baraka in Ford": "/Sunda@/West@/Hill@Baraka/Ford@Baraka",
        "Amani in Bank": "/Sunda@/Bank@Amani",
        "Amani in West": "/Sunda@/West@",
    }
    inner = {"/Sunda@/West@/Hill@Amani", "/Sunda@/West@/Hill@Baraka"}
    assert places == {*children.values(), *inner, "/Sunda@", "/Sunda@/Nowhere@"}


def test_an_unused_place_goes_to_the_only_organisation_or_with_the_place_around_it(old: Any) -> None:
    before = Before(old, "Amani")
    before.place("country", "Sunda")
    before.place("country", "Sunda")  # two people at the same moment
    before.place("district", "Hill", "Sunda")
    before.place("community", "Mill", "Hill")
    places, _children = before.after()
    assert places == {"/Sunda@", "/Sunda (2)@", "/Sunda@/Hill@Amani", "/Sunda@/Hill@Amani/Mill@Amani"} or places == {
        "/Sunda@",
        "/Sunda (2)@",
        "/Sunda (2)@/Hill@Amani",
        "/Sunda (2)@/Hill@Amani/Mill@Amani",
    }


def test_an_unused_place_inside_a_used_one_goes_with_it(old: Any) -> None:
    before = Before(old, "Amani", "Baraka")
    before.place("country", "Sunda")
    before.place("district", "Hill", "Sunda")
    before.place("community", "Mill", "Hill")
    before.child("Amani", "Hill")
    places, _children = before.after()
    assert places == {"/Sunda@", "/Sunda@/Hill@Amani", "/Sunda@/Hill@Amani/Mill@Amani"}
