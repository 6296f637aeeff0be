"""Names of two words, the article, and letters that are read in two ways: in any writing the same child is meant."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest

from homeward.apps.audit.models import Event
from homeward.apps.cases import names
from homeward.apps.cases.duplicates import find_duplicates
from homeward.apps.cases.facts import ChildFacts
from homeward.apps.cases.finding import find_by_name
from homeward.apps.cases.marking import mark_again
from homeward.apps.cases.matching import MOST_SHOWN, Matches, Sought, possible_matches
from homeward.apps.cases.models import Child, NameMark
from homeward.apps.cases.names import in_sound, marks_of, parts_of, readings_of, sound_of
from homeward.apps.cases.services import assign_child, register_child
from homeward.domain.likeness import all_heard
from tests.world import World

MARYAM = (
    *("مريم عبد الله الحسن", "مريم عبدالله الحسن", "مريم عبدالله حسن", "مريم عبد الله حسن", "Maryam Abdullah Hasan"),
    *("Mariam Abdullah El Hassan", "Maryam Abd Allah Alhasan", "Maryam Abd-Allah al-Hasan", "Meryem Abdallah Elhassan"),
)
NGOZI = (
    "Ngozi Abubakar",
    "نغوزي أبو بكر",
    "نجوزي أبوبكر",
    "نغوزي ابوبكر",
    "نگوزي ابو بكر",
    "Ngozi Abu Bakar",
    "Ngozi Aboubacar",
)
RAHMAN = (
    *("Abdul Rahman", "Abdulrahman", "Abdurrahman", "Abd al-Rahman", "Abd-el-Rahman", "Abderrahmane", "Abdul-Rahman"),
    *("عبد الرحمن", "عبدالرحمن"),
)
AZIZ = ("Abdulaziz", "Abdel Aziz", "Abd al-Aziz", "عبد العزيز", "عبدالعزيز")
DIN = ("Nur al-Din", "Nureddine", "Nour Eddine", "نور الدين", "نورالدين", "Nuruddin")
NASR = ("Nasr Allah", "Nasrallah", "نصر الله", "نصرالله", "Nasrullah")


def alike(one: str, other: str) -> bool:
    return any(all_heard(in_sound(a), in_sound(b)) for a in readings_of(one) for b in readings_of(other))


@pytest.mark.parametrize("spellings", [MARYAM, NGOZI, RAHMAN, AZIZ, DIN, NASR])
def test_each_writing_sounds_like_each_other(spellings: tuple[str, ...]) -> None:
    assert [(one, other) for one in spellings for other in spellings if not alike(one, other)] == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Abdul Karim", "Abdul Rahman"),
        ("Abdullah", "Ali"),
        ("عبد الله", "علي"),
        ("Abdi", "Abdullah"),
        ("Almaz", "Musa"),
        ("Elias", "Issa"),
        ("Abubakar", "Abu Talib"),
        ("Jamila", "Kamila"),
    ],
)
def test_other_names_sound_otherwise(one: str, other: str) -> None:
    assert not all_heard(in_sound(parts_of(one)), in_sound(parts_of(other)))


def test_a_first_name_is_not_taken_for_a_part_of_a_name_alone() -> None:
    """Abu and Abdul are names by themselves too, and some write the father's name first."""
    assert readings_of("Abu Kamara") == (("abukamara",), ("abu", "kamara"))
    assert readings_of("عبد الله") == (("bdallh",),)
    assert parts_of("Al") == ("al",)
    assert parts_of("as-Sayed") == parts_of("Sayed") == ("sayed",)
    assert sound_of("jamila") == "sml"
    assert set(sound_of(parts_of("جميلة")[0]).split("/")) == {"sml", "kml"}


@pytest.mark.django_db
def test_marks_do_not_multiply() -> None:
    """Two for a name in one word, as before; fewer where two words are one; one more only where there are two ways."""
    place = UUID(int=1)
    counted = {name: len(marks_of(place, name, 10)) for name in ("Asha Mwangi", "عبد الله", "Alhasan", "جميلة")}
    assert counted == {"Asha Mwangi": 4, "عبد الله": 2, "Alhasan": 3, "جميلة": 3}
    assert len(marks_of(place, "Abdul Karim", 10)) <= 6


def registered(world: World, *given: str, sex: str = "female") -> list[Child]:
    made = []
    for name in given:
        facts = ChildFacts(
            name=name,
            age=9,
            sex=sex,
            return_date=date.today() - timedelta(days=90),
            team_id=world.amani.teams[0],
        )
        child = register_child(world.amani.system(), facts)
        assign_child(world.amani.system(), child.id, person_id=world.amani.people["case_worker"])
        made.append(Child.objects.get(pk=child.id))
    return made


def looked_up(world: World, name: str, **known: object) -> Matches:
    sought = Sought(name, **known)  # type: ignore[arg-type]
    return possible_matches(world.amani.actor("case_worker"), world.amani.organisation_id, sought)


def found(world: World, name: str) -> list[str]:
    return [row.code for row in find_by_name(world.amani.actor("case_worker"), name).rows]


@pytest.mark.database
class TestInTheHouse:
    @pytest.mark.parametrize("spellings", [MARYAM, NGOZI])
    def test_whichever_was_registered_every_other_finds_the_child(
        self, world: World, monkeypatch: pytest.MonkeyPatch, spellings: tuple[str, ...]
    ) -> None:
        monkeypatch.setattr("homeward.apps.cases.finding.MOST_AN_HOUR", 10**6)
        for name in (spellings[0], spellings[-1]):
            (child,) = registered(world, name)
            for other in spellings:
                assert child.code in found(world, other), (name, other)
                assert child.pk in {match.row.id for match in looked_up(world, other).here}, (name, other)
            NameMark.objects.filter(child=child).delete()

    def test_a_part_of_the_name_is_enough(self, world: World) -> None:
        (child,) = registered(world, MARYAM[0])
        for name in ("مريم عبدالله", "Maryam Abdullah", "Maryam al-Hasan", "مريم الحسن", "مريم حسن", "Maryam Alhassan"):
            assert found(world, name) == [child.code], name
            assert [match.row.id for match in looked_up(world, name).here] == [child.pk], name

    def test_each_word_and_either_order_find_a_name_of_two_words(self, world: World) -> None:
        (child,) = registered(world, "Abdul Karim Osman")
        for name in ("karim", "Abdul", "Karim Abdul", "Osman Abdulkarim", "عبد الكريم"):
            assert found(world, name) == [child.code], name
        (other,) = registered(world, "Abu Bakarr Kamara")
        assert [match.row.id for match in looked_up(world, "Abu Kamara").here] == [other.pk]

    def test_two_records_are_shown_as_perhaps_one_child(self, world: World) -> None:
        one, other = registered(world, "مريم عبد الله الحسن", "Mariam Abdullah El Hassan")
        pairs = find_duplicates(world.amani.actor("supervisor")).pairs
        assert {frozenset((pair.one.id, pair.other.id)) for pair in pairs} == {frozenset((one.pk, other.pk))}

    def test_a_first_name_alone_is_told_as_a_possible_match(self, world: World) -> None:
        (child,) = registered(world, "مريم عبد الله الحسن")
        (boy,) = registered(world, "Ngozi Abubakar", sex="male")
        for name in ("مريم", "Maryam", "Mariam"):
            assert [match.row.id for match in looked_up(world, name).here] == [child.pk], name
        assert [match.row.id for match in looked_up(world, "Ngozy").here] == [boy.pk]
        assert looked_up(world, "Ngozy", sex="female").here == ()  # something speaks against it
        assert looked_up(world, "Maryam Okello").here == ()  # more of the name is known, and it is another

    def test_of_many_with_that_first_name_the_likeliest_are_shown(self, world: World) -> None:
        given = [
            f"Maryam {syllable}ko Ranu" for syllable in ("ba", "da", "fa", "ga", "ka", "la", "ma", "na", "ra", "sa")
        ]
        registered(world, *given)
        assert (len(looked_up(world, "مريم").here), looked_up(world, "مريم").more) == (MOST_SHOWN, False)
        registered(world, "Maryam Tako Ranu")
        assert (len(looked_up(world, "مريم").here), looked_up(world, "مريم").more) == (MOST_SHOWN, True)

    def test_names_that_were_there_before_are_marked_anew_once(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (child, plain) = registered(world, "Maryam Abdullah", "Ruth Okello")
        NameMark.objects.filter(child=child).delete()
        house, joined = world.amani.organisation_id, readings_of("عبد الله")[0]
        by_chance = {mark for part in joined for mark in names.marks_for(house, names.SPELLING, part)}
        by_chance |= {mark for part in in_sound(joined) for mark in names.marks_for(house, names.SOUND, part)}
        for kind, text in ((0, "mrym"), (0, "bd"), (0, "llh"), (1, "mrm"), (1, "pt"), (1, "al")):  # as they were
            mark = names.mark_of(house, kind, text, names.LONGEST_MARK)
            if mark not in by_chance:
                NameMark.objects.create(child=child, organisation_id=house, mark=mark)
        for row in NameMark.objects.filter(child=plain):
            NameMark.objects.filter(pk=row.pk).update(mark=row.mark - (names.KINDS << 20))
        assert found(world, "Rut Okelo") == [plain.code]  # found as before, until the job has come
        assert found(world, "مريم عبد الله") == []
        mark_again()
        assert found(world, "مريم عبد الله") == [child.code]
        assert found(world, "Rut Okelo") == [plain.code]
        assert NameMark.objects.filter(mark__lt=names.SPELLING << 20).count() == 0
        event = Event.objects.get(verb="mark_again")
        assert event.detail == {"children": 2}
        mark_again()
        assert Event.objects.filter(verb="mark_again").count() == 1
