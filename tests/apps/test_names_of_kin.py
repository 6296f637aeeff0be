"""The mother of, the son of, the daughter of, and Abdi, which is a name by itself too: in any writing found again."""

from __future__ import annotations

from uuid import UUID

import pytest

from homeward.apps.cases import names
from homeward.apps.cases.duplicates import find_duplicates
from homeward.apps.cases.marking import mark_again
from homeward.apps.cases.models import NameMark
from homeward.apps.cases.names import in_sound, marks_of, parts_of, readings_of
from homeward.domain.likeness import all_heard
from tests.apps.test_names_of_two_words import alike, found, looked_up, registered
from tests.world import World

KULTHUM = (
    *("Umm Kulthum", "Umkulthum", "Oum Kalthoum", "Umm-Kulthum", "Ummkulthum", "Om Kolthoum", "Ummu Kulthum"),
    *("أم كلثوم", "ام كلثوم", "أُم كلثوم", "أمّ كلثوم", "أمكلثوم"),
)
AHMED = (
    *("Ahmed bin Ali", "Ahmed Ali", "Ahmad ben Ali", "Ahmed ibn Ali", "Ahmed Bin-Ali"),
    *("أحمد بن علي", "أحمد ابن علي", "احمد علي", "Ахмед бен Али"),
)
FATUMA = ("Fatuma bint Said", "Fatma binti Saeed", "Fatima Said", "فاطمة بنت سعيد", "فاطمة سعيد")
RAHMAN = ("Abdi Rahman", "Abdirahman", "Abdulrahman", "Abdi-Rahman", "عبدي رحمن", "عبد الرحمن", "عبدالرحمن")


@pytest.mark.parametrize("spellings", [KULTHUM, AHMED, FATUMA, RAHMAN])
def test_each_writing_sounds_like_each_other(spellings: tuple[str, ...]) -> None:
    assert [(one, other) for one in spellings for other in spellings if not alike(one, other)] == []


def test_what_joins_and_what_stands_alone_are_both_read() -> None:
    assert readings_of("Umm Kulthum") == (("ummkulthum",), ("kulthum", "umm"))
    assert readings_of("Abdi Hassan") == (("abdihassan",), ("abdi", "hassan"))
    assert readings_of("Ahmed bin Ali") == (("ahmed", "ali"), ("ahmed", "binali"))
    assert readings_of("Mary Ben Okello") == (("mary", "okello"), ("benokello", "mary"), ("ben", "mary", "okello"))
    assert readings_of("Ben Ali") == (("benali",), ("ali", "ben"))
    assert readings_of("Nguyen Bin Minh")[-1] == readings_of("nguyen bin minh")[-1] == ("bin", "minh", "nguyen")
    assert readings_of("Asha Binti Said")[-1] == ("asha", "binti", "said")
    assert readings_of("Ahmad ben Ali")[-1] == ("ahmad", "ali", "ben")
    for alone in ("Ben", "Ibn", "Abdi", "Umm", "أم"):
        assert len(parts_of(alone)) == 1, alone
    assert parts_of("Mary Ben") == ("ben", "mary")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Abdi Ali", "Abdullah"),
        ("Abdi", "Abdullah"),
        ("Umm Said", "Said"),
        ("Umm Kulthum", "Umm Salama"),
        ("Ahmed bin Ali", "Ahmed bin Omar"),
        ("Binta Ali", "Ali"),
        ("علي", "لولا"),
    ],
)
def test_other_names_sound_otherwise(one: str, other: str) -> None:
    assert not all_heard(in_sound(parts_of(one)), in_sound(parts_of(other)))


@pytest.mark.django_db
def test_sons_get_no_mark_that_half_a_house_would_share() -> None:
    place = UUID(int=1)
    shared = marks_of(place, "Ahmed bin Ali", 10) & marks_of(place, "Omar bin Said", 10)
    assert shared == set()
    assert len(marks_of(place, "Ahmed bin Ali", 10)) <= 6
    assert len(marks_of(place, "Umm Kulthum", 10)) <= 6


@pytest.mark.database
class TestInTheHouse:
    @pytest.mark.parametrize("spellings", [KULTHUM, AHMED, FATUMA, RAHMAN])
    def test_whichever_was_registered_every_other_finds_the_child(
        self, world: World, monkeypatch: pytest.MonkeyPatch, spellings: tuple[str, ...]
    ) -> None:
        monkeypatch.setattr("homeward.apps.cases.finding.MOST_AN_HOUR", 10**6)
        for name in (spellings[0], spellings[1], spellings[-1]):
            (child,) = registered(world, name)
            for other in spellings:
                assert child.code in found(world, other), (name, other)
                assert child.pk in {match.row.id for match in looked_up(world, other).here}, (name, other)
            NameMark.objects.filter(child=child).delete()

    def test_each_word_and_the_family_name_in_one_find_the_child(self, world: World) -> None:
        (benali,) = registered(world, "Ahmed Ben Ali")
        for name in ("Ahmed Benali", "Benali", "بن علي", "Ali Ahmed"):
            assert found(world, name) == [benali.code], name
            assert [match.row.id for match in looked_up(world, name).here] == [benali.pk], name
        (umm,) = registered(world, "Umm Kulthum Osman")
        for name in ("Kulthum", "Kulthum Osman", "Osman Umkulthum", "كلثوم"):
            assert found(world, name) == [umm.code], name
        (middle,) = registered(world, "Mary Ben Okello")
        for name in ("Ben Okello", "Mary Ben", "Mary Okello"):
            assert found(world, name) == [middle.code], name

    @pytest.mark.parametrize("name", ["Nguyen Bin Minh", "Kari Bente Dahl", "Juma Bint Otieno", "Rehema Binti Moyo"])
    def test_a_name_that_means_son_or_daughter_elsewhere_is_found(self, world: World, name: str) -> None:
        first, middle, last = name.split()
        (child,) = registered(world, name)
        for words in (middle, f"{first} {middle}", f"{middle} {last}", f"{last} {first}"):
            assert found(world, words) == [child.code], words

    def test_two_records_are_shown_as_perhaps_one_child(self, world: World) -> None:
        for pair in (
            ("Umm Kulthum Hassan", "أمكلثوم حسن"),
            ("Yusuf bin Salim", "يوسف سليم"),
            ("Omar Ben Salah", "Omar Bensalah"),
        ):
            one, other = registered(world, *pair)
            pairs = find_duplicates(world.amani.actor("supervisor")).pairs
            assert frozenset((one.pk, other.pk)) in {frozenset((each.one.id, each.other.id)) for each in pairs}, pair

    @pytest.mark.parametrize("rules", [1, 2])
    def test_names_of_a_house_that_stood_are_marked_anew_once(
        self, world: World, monkeypatch: pytest.MonkeyPatch, rules: int
    ) -> None:
        """As two rules before, too: whoever left a version out is found as before, and marked anew all the same."""
        (kulthum, plain) = registered(world, "Umm Kulthum", "Ruth Okello")
        house = world.amani.organisation_id
        NameMark.objects.filter(child=kulthum).delete()
        back = rules * names.KINDS
        words = ((names.SPELLING, "umm"), (names.SPELLING, "kulthum"), (names.SOUND, "am"), (names.SOUND, "kltm"))
        for kind, text in words:
            mark = names.mark_of(house, kind - back, text, names.SHORTEST_MARK)
            NameMark.objects.create(child=kulthum, organisation_id=house, mark=mark)
        for row in NameMark.objects.filter(child=plain):
            NameMark.objects.filter(pk=row.pk).update(mark=row.mark - (back << 20))
        assert found(world, "Rut Okelo") == [plain.code]
        assert found(world, "kulthum") == found(world, "Oum Kalthoum") == [kulthum.code]
        mark_again()
        assert found(world, "Umkulthum") == found(world, "أمكلثوم") == [kulthum.code]
        assert found(world, "Rut Okelo") == [plain.code]
        assert not NameMark.objects.filter(mark__lt=names.SPELLING << 20).exists()
