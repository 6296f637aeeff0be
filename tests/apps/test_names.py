"""A child is found by its name across spellings and scripts: within reach, by marks that several children share."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest

from homeward.apps.access.keys import store
from homeward.apps.audit.models import Event
from homeward.apps.cases import finding
from homeward.apps.cases.ending import IDENTITY, destroy_keys
from homeward.apps.cases.facts import ChildFacts
from homeward.apps.cases.finding import find_by_name
from homeward.apps.cases.models import Child, NameMark
from homeward.apps.cases.names import SOUND, bits_for, mark_of, marks_for, marks_of, parts_of, sound_of
from homeward.apps.cases.queries import facts_for_change
from homeward.apps.cases.services import assign_child, change_child, register_child
from homeward.domain.permissions import roles_with, scope_of
from homeward.domain.problems import ProblemError
from tests.world import House, World

pytestmark = pytest.mark.database


def registered(house: House, *names: str, team: int = 0) -> list[str]:
    codes = []
    for name in names:
        returned = date.today() - timedelta(days=90)
        child = register_child(
            house.system(), ChildFacts(name=name, age=9, return_date=returned, team_id=house.teams[team])
        )
        assign_child(
            house.system(), child.id, person_id=house.people["case_worker" if not team else "other_case_worker"]
        )
        codes.append(child.code)
    return codes


def codes(house: House, text: str, who: str = "case_worker") -> tuple[list[str], bool]:
    found = find_by_name(house.actor(who), text)
    return [row.code for row in found.rows], found.exact


@pytest.mark.parametrize(
    "spellings",
    [
        ("Mohammed", "Muhamed", "Мухаммед", "محمد"),
        ("Hussein", "Husayn", "حسين", "Хусейн"),
        ("Fatima", "Fatimah", "فاطمة", "Фатима"),
        ("José", "Jose", "JOSÉ"),
        ("Yusuf", "Youssef", "يوسف"),
        ("Giorgi", "გიორგი"),
        ("Tesfaye", "ተስፋዬ"),
        ("Katherine", "Catherine"),
        ("Zainab", "Zaynab", "زينب"),
    ],
)
def test_spellings_of_one_name_sound_alike(spellings: tuple[str, ...]) -> None:
    assert len({sound_of(part) for name in spellings for part in parts_of(name)}) == 1


def test_other_names_sound_otherwise() -> None:
    names = ("Mohammed", "Ahmed", "Hussein", "Fatima", "Yusuf", "Giorgi", "Tesfaye", "Katherine", "Juma", "Maria")
    assert len({sound_of(part) for name in names for part in parts_of(name)}) == len(names)


def test_the_parts_of_a_name_stand_in_one_order() -> None:
    assert parts_of("Asha  Mwangi") == parts_of("mwangi, ASHA") == ("asha", "mwangi")
    assert parts_of("D'Angelo O’Neill-Núñez") == ("dangelo", "nunez", "oneill")
    assert parts_of(" \u200f 12 ") == ()


def test_a_child_is_found_by_any_part_of_its_name_and_in_another_script(world: World) -> None:
    assert world.amani.child
    mine = world.amani.child.code
    (other,) = registered(world.amani, "Mohammed Ali Farah")
    assert codes(world.amani, "asha") == ([mine], True)
    assert codes(world.amani, "Mwangi Asha") == ([mine], True)
    assert codes(world.amani, "Asha Farah") == ([], False)
    assert codes(world.amani, "محمد") == ([other], False)
    assert codes(world.amani, "Muhamed") == ([other], False)
    assert codes(world.amani, "farah ali mohammed") == ([other], True)


def test_only_within_the_caseload_and_by_whoever_may_see_names(world: World) -> None:
    assert world.amani.other_child
    theirs = world.amani.other_child.code
    assert codes(world.amani, "Tesfaye") == ([], False)
    assert codes(world.amani, "Tesfaye", "other_case_worker") == ([theirs], True)
    assert codes(world.amani, "Tesfaye", "focal_point") == ([theirs], True)
    assert codes(world.baraka, "Juma", "case_worker") == ([], False)  # the peer is of another caseload
    for name in ("me_officer", "organisation_admin", "programme_manager"):
        with pytest.raises(ProblemError) as error:
            find_by_name(world.amani.actor(name), "Asha")
        assert error.value.first.status == 403


def test_lists_found_by_name_are_sorted_by_code(world: World) -> None:
    made = registered(world.amani, "Zala Ker", "Ada Ker", "Mira Ker")
    assert codes(world.amani, "ker") == (sorted(made), True)


def test_a_search_is_written_down_without_what_was_typed(world: World) -> None:
    find_by_name(world.amani.actor("case_worker"), "Asha Mwangi")
    event = Event.objects.get(verb="find_by_name")
    assert (event.object_id, event.detail) == (str(world.amani.people["case_worker"]), {"found": 1, "exact": True})


def test_nobody_searches_without_end(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "MOST_AN_HOUR", 3)
    actor = world.amani.actor("case_worker")
    for _ in range(3):
        find_by_name(actor, "Asha")
    with pytest.raises(ProblemError) as error:
        find_by_name(actor, "Asha")
    assert error.value.first.status == 429
    assert len(find_by_name(world.amani.actor("supervisor"), "Asha").rows) == 1


def test_a_changed_name_is_found_and_the_earlier_one_is_not(world: World) -> None:
    assert world.amani.child
    actor, child = world.amani.actor("case_worker"), world.amani.child
    facts = facts_for_change(actor, child.id)[0]
    change_child(actor, child.id, ChildFacts(**{**{n: getattr(facts, n) for n in facts.__slots__}, "name": "Wanjiru"}))
    assert codes(world.amani, "wanjiru") == ([child.code], True)
    assert codes(world.amani, "asha") == ([], False)


def test_with_the_identity_key_the_marks_go(world: World) -> None:
    assert world.amani.child
    child = world.amani.child
    assert NameMark.objects.filter(child_id=child.id).count() >= 2
    destroy_keys(world.amani.system(), child.code, IDENTITY, "retention_ended")
    store.forget()
    assert NameMark.objects.filter(child_id=child.id).count() == 0
    assert Child.objects.get(pk=child.id).external_id_hash is None
    assert codes(world.amani, "asha") == ([], False)


@pytest.mark.django_db
def test_marks_are_shared_by_several_children_and_grow_with_the_organisation() -> None:
    assert [bits_for(children) for children in (0, 200, 300, 1_200, 20_000, 100_000, 10_000_000)] == [
        4,
        4,
        4,
        6,
        10,
        10,
        10,
    ]
    place = uuid4()
    for children in (1_200, 20_000):
        bits = bits_for(children)
        marks = Counter(mark_of(place, SOUND, f"name{number}", bits) for number in range(children))
        assert children / len(marks) >= 16
        assert set(marks) <= {mark for number in range(children) for mark in marks_for(place, SOUND, f"name{number}")}


@pytest.mark.django_db
def test_marks_of_two_organisations_have_nothing_in_common() -> None:
    one, two = (marks_of(UUID(int=number), " ".join(f"name{'abcdefgh'[n]}" for n in range(8)), 10) for number in (1, 2))
    assert len(one & two) <= 2


def test_who_may_see_names_may_see_the_children() -> None:
    """A search asks for the first right alone."""
    for role in roles_with("names.see"):
        assert scope_of(role, "names.see") == scope_of(role, "children.see")
