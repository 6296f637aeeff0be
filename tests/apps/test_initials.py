"""Initials hold letters and nothing else, one a name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from homeward.apps.cases.facts import ChildFacts, checked
from homeward.apps.cases.initials import initials_from, letters_of
from tests.world import World, day_of

NAMES = (
    ("Asha Mwangi", "AM"),
    ("'Kofi Mensah", "KM"),
    ("’Aïcha Ng'ang'a", "AN"),
    ("Ali Abdullah al-Hassan", "AAH"),
    ("ali abdullah hassan", "AAH"),
    ("Abd Allah Musa", "AM"),
    ("Abd al-Rahman Musa", "AM"),
    ("Abu Bakar Sani", "AS"),
    ("Nur ad-Din Khan", "NK"),
    ("Umm Kulthum Osman", "UO"),
    ("Oum Kalthoum", "O"),
    ("أم كلثوم عثمان", "أع"),
    ("أُمّ كلثوم", "أ"),
    ("Ben Smith", "BS"),
    ("Bent Hansen", "BH"),
    ("Mary Ben Okello", "MBO"),
    ("Nguyen Bin Minh", "NBM"),
    ("Binti Said", "BS"),
    ("Om Prakash", "OP"),
    ("Am Souvann", "AS"),
    ("Oumou Diallo", "OD"),
    ("El Hassan", "H"),
    ("Jean-Pierre Dupont", "JD"),
    ("3 Ali (Musa)", "AM"),
    ("مريم عبد الله الحسن", "معح"),
    ("عائشة موانغي", "عم"),
    ("ნინო", "ნ"),
    ("One Two Three Four", "OTT"),
    ("' - 7", ""),
    ("Al", "A"),
    ("", ""),
)


@pytest.mark.parametrize(("name", "initials"), NAMES)
def test_one_letter_a_name(name: str, initials: str) -> None:
    assert initials_from(name) == initials


def test_of_what_somebody_typed_the_letters_are_kept() -> None:
    assert [letters_of(text) for text in ("A.M.", "'K", "=A1", "عم", "ABCDEFGH", "--")] == [
        *("AM", "K", "A", "عم", "ABCDEF", ""),
    ]


def test_a_child_is_recorded_with_letters_alone(world: World) -> None:
    facts, day = (
        ChildFacts(name="'Kofi al-Hassan", sex="male", age=9, return_date_basis="unknown"),
        day_of(world.amani.organisation_id),
    )
    assert checked(facts, day).initials == "KH"
    assert checked(replace(facts, initials="K."), day).initials == "K"
    assert checked(replace(facts, initials="''"), day).initials == "KH"
