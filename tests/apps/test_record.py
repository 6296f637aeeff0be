"""Who a child is, beyond its record: entries with days, spells that follow each other, and what was struck out."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.models import Event as Traced
from homeward.apps.cases.facts import ChildFacts, facts_of
from homeward.apps.cases.family import (
    count_household,
    end_relation,
    join_household,
    link_siblings,
    strike_relation,
)
from homeward.apps.cases.finding import find_by_name
from homeward.apps.cases.models import Child, ChildName, Household, Relation, Return
from homeward.apps.cases.queries import find_child, names_of
from homeward.apps.cases.record_queries import events_of, record_of
from homeward.apps.cases.recording import add_entry, end_spell, strike_out
from homeward.apps.cases.services import add_relation, change_child, register_child
from homeward.domain.problems import ProblemError
from tests.world import World

pytestmark = pytest.mark.database
TODAY = date.today()


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


class TestNames:
    def test_a_child_is_found_by_each_of_its_names_in_any_script(self, world: World) -> None:
        worker, child = world.amani.actor("case_worker"), world.amani.child.id
        for kind, name in (("spelling", "عائشة موانغي"), ("other", "ሰላም ተስፋዬ"), ("spelling", "ნინო")):
            add_entry(worker, child, "names", {"kind": kind, "name": name})
        for typed in ("Asha", "عائشة", "Selam Tesfaye", "ნინო", "Nino"):
            assert [row.id for row in find_by_name(worker, typed).rows] == [child], typed
        assert [name for _, name in names_of(worker, child).others] == ["عائشة موانغي", "ሰላም ተስፋዬ", "ნინო"]

    def test_a_name_struck_out_finds_nobody_and_stays_readable_as_a_row(self, world: World) -> None:
        worker, child = world.amani.actor("case_worker"), world.amani.child.id
        wrong = add_entry(worker, child, "names", {"kind": "other", "name": "Bekele"})
        strike_out(worker, child, "names", wrong, "wrong_child")
        strike_out(worker, child, "names", wrong, "mistake")  # again it changes nothing
        assert find_by_name(worker, "Bekele").rows == ()
        assert [row.struck_reason for row in record_of(worker, child).entries["names"]] == ["wrong_child"]
        assert len(find_by_name(worker, "Asha").rows) == 1

    def test_a_changed_first_name_leaves_the_others_findable(self, world: World) -> None:
        worker, child = world.amani.actor("case_worker"), world.amani.child.id
        add_entry(worker, child, "names", {"kind": "other", "name": "Bekele"})
        facts = facts_of(Child.objects.get(pk=child))
        change_child(
            worker, child, ChildFacts(**{n: getattr(facts, n) for n in ChildFacts.__slots__} | {"name": "Zuri"})
        )
        assert len(find_by_name(worker, "Zuri").rows) == len(find_by_name(worker, "Bekele").rows) == 1

    def test_no_name_lies_readable(self, world: World) -> None:
        worker, child = world.amani.actor("case_worker"), world.amani.child.id
        add_entry(worker, child, "names", {"kind": "other", "name": "Bekele"})
        assert b"Bekele" not in bytes(ChildName.objects.get().name)


class TestCodedEntries:
    def test_what_holds_is_the_latest_of_each_kind(self, world: World) -> None:
        worker, child = world.amani.actor("case_worker"), world.amani.child.id
        for day, state in ((ago(90), "none"), (ago(9), "applied")):
            add_entry(worker, child, "documents", {"kind": "birth_certificate", "state": state}, told_on=day)
        add_entry(worker, child, "documents", {"kind": "passport", "state": "has"}, told_on=ago(80))
        add_entry(worker, child, "languages", {"language": "sw"})
        add_entry(worker, child, "languages", {"language": "ar"})
        add_entry(worker, child, "birth", {"basis": "document"}, said_by="paper")
        found = record_of(worker, child)
        assert {kind: row.values["state"] for kind, row in found.documents.items()} == {
            "birth_certificate": "applied",
            "passport": "has",
        }
        assert set(found.languages) == {"sw", "ar"}
        assert found.latest("birth").said_by == "paper"  # type: ignore[union-attr]

    @pytest.mark.parametrize(
        ("topic", "values", "code", "field"),
        [
            ("documents", {"kind": "licence", "state": "has"}, "record.not_listed", "kind"),
            ("documents", {"kind": "passport"}, "record.not_listed", "state"),
            ("languages", {"language": "Swahili"}, "child.language", "language"),
            ("names", {"kind": "given", "name": "  "}, "record.name", "name"),
            ("schooling", {"level": "primary"}, "record.since", "since"),
            ("schooling", {"level": "primary", "since": ago(3), "until": ago(9)}, "record.backwards", "until"),
            ("schooling", {"level": "primary", "since": ago(-3)}, "record.future", "since"),
            ("schooling", {"level": "primary", "since": date(1999, 1, 1)}, "record.before_birth", "since"),
            ("returns", {"returned_on": ago(3), "from_country": "Libya"}, "record.country", "from_country"),
            ("returns", {"basis": "unknown", "returned_on": ago(3)}, "record.return_day", "returned_on"),
            ("returns", {"basis": "known"}, "record.return_day", "returned_on"),
            ("functioning", {"form": "2-4", "results": {"seeing": "none"}}, "record.form", "told_on"),
            ("functioning", {"form": "5-17", "results": {"flying": "none"}}, "record.results", "results"),
            ("shoes", {}, "record.topic", ""),
        ],
    )
    def test_what_cannot_be_is_refused_with_its_field(
        self, world: World, topic: str, values: dict[str, object], code: str, field: str
    ) -> None:
        with pytest.raises(ProblemError) as caught:
            add_entry(world.amani.actor("case_worker"), world.amani.child.id, topic, values)
        assert (caught.value.first.code, caught.value.first.where.field) == (code, field)

    def test_functioning_is_what_the_domains_come_to(self, world: World) -> None:
        worker, child = world.amani.actor("case_worker"), world.amani.child.id
        add_entry(worker, child, "functioning", {"form": "5-17", "results": {"seeing": "none"}}, told_on=ago(50))
        assert record_of(worker, child).functioning == "not_determined"
        add_entry(worker, child, "functioning", {"form": "5-17", "results": {"walking": "difficulty"}})
        assert record_of(worker, child).functioning == "difficulty"


class TestSpells:
    def test_a_spell_that_begins_ends_the_one_before_and_striking_it_out_lets_that_run_again(
        self, world: World
    ) -> None:
        worker, child = world.amani.actor("case_worker"), world.amani.child.id
        first = add_entry(worker, child, "care", {"arrangement": "parents", "since": ago(100)})
        second = add_entry(worker, child, "care", {"arrangement": "kinship", "since": ago(10), "reason": "poverty"})
        spells = {row.id: (row.day, row.until) for row in record_of(worker, child).entries["care"]}
        assert spells == {first: (ago(100), ago(11)), second: (ago(10), None)}
        assert [(e.day, e.codes) for e in events_of(worker, child) if e.kind == "care_changed"] == [
            (ago(100), ("parents", "")),
            (ago(10), ("kinship", "poverty")),
        ]
        strike_out(worker, child, "care", second, "mistake")
        assert [(row.id, row.until) for row in record_of(worker, child).holding("care")] == [(first, None)]

    def test_striking_out_one_of_three_leaves_no_day_with_two(self, world: World) -> None:
        worker, child = world.amani.actor("case_worker"), world.amani.child.id
        first = add_entry(worker, child, "care", {"arrangement": "parents", "since": ago(100)})
        second = add_entry(worker, child, "care", {"arrangement": "kinship", "since": ago(50), "reason": "poverty"})
        third = add_entry(worker, child, "care", {"arrangement": "parents", "since": ago(10), "reason": "poverty"})
        strike_out(worker, child, "care", second, "mistake")
        spells = {row.id: (row.day, row.until) for row in record_of(worker, child).entries["care"] if row.id != second}
        assert spells == {first: (ago(100), ago(11)), third: (ago(10), None)}
        strike_out(worker, child, "care", third, "mistake")
        assert [(row.id, row.until) for row in record_of(worker, child).holding("care")] == [(first, None)]

    def test_a_spell_does_not_end_within_the_next_one(self, world: World) -> None:
        worker, child = world.amani.actor("case_worker"), world.amani.child.id
        first = add_entry(worker, child, "schooling", {"level": "primary", "since": ago(100)})
        add_entry(worker, child, "schooling", {"level": "religious", "since": ago(50)})
        with pytest.raises(ProblemError) as caught:
            end_spell(worker, child, "schooling", first, ago(20), "cost")
        assert caught.value.first.code == "record.overlap"
        end_spell(worker, child, "schooling", first, ago(60), "cost")

    def test_two_spells_share_no_day(self, world: World) -> None:
        worker, child = world.amani.actor("case_worker"), world.amani.child.id
        add_entry(worker, child, "schooling", {"level": "primary", "since": ago(100), "until": ago(50)})
        for since, until in ((ago(60), None), (ago(120), ago(100)), (ago(120), None)):
            with pytest.raises(ProblemError) as caught:
                add_entry(worker, child, "schooling", {"level": "religious", "since": since, "until": until})
            assert caught.value.first.code == "record.overlap"
        add_entry(worker, child, "schooling", {"level": "primary", "since": ago(49)})

    def test_a_child_leaves_school_for_a_reason(self, world: World) -> None:
        worker, child = world.amani.actor("case_worker"), world.amani.child.id
        spell = add_entry(worker, child, "schooling", {"level": "primary", "attending": "sometimes", "since": ago(90)})
        with pytest.raises(ProblemError):
            end_spell(worker, child, "schooling", spell, ago(4), "tired")
        end_spell(worker, child, "schooling", spell, ago(4), "refused")
        assert [(e.kind, e.codes) for e in events_of(worker, child) if e.kind.startswith("school")] == [
            ("school_began", ("primary",)),
            ("school_left", ("primary", "refused")),
        ]


class TestReturns:
    def test_a_second_return_is_a_new_episode_and_the_record_holds_its_day(self, world: World) -> None:
        worker, child = world.amani.actor("case_worker"), world.amani.child.id
        first = Child.objects.get(pk=child).return_date
        again = add_entry(
            worker, child, "returns", {"returned_on": ago(20), "kind": "forced", "from_country": "LY", "months_away": 4}
        )
        assert find_child(worker, world.amani.child.code).row.return_date == ago(20)
        rows = record_of(worker, child).holding("returns")
        assert [(row.values["number"], row.values["returned_on"]) for row in rows] == [(2, ago(20)), (1, first)]
        strike_out(worker, child, "returns", again, "mistake")
        assert find_child(worker, world.amani.child.code).row.return_date == first

    def test_details_of_the_return_on_record_are_no_second_one(self, world: World) -> None:
        worker, child = world.amani.actor("case_worker"), world.amani.child.id
        day = Child.objects.get(pk=child).return_date
        add_entry(worker, child, "returns", {"returned_on": day, "came_with": "unaccompanied"})
        assert [row.number for row in Return.objects.all()] == [1]
        add_entry(worker, child, "returns", {"returned_on": ago(700)})  # an earlier one, told later
        assert [(row.number, row.came_with) for row in Return.objects.order_by("number")] == [
            (1, "unknown"),
            (2, "unaccompanied"),
        ]
        add_entry(worker, child, "returns", {"returned_on": ago(700), "kind": "forced"})  # and what is known of it
        assert [(row.number, row.kind) for row in Return.objects.order_by("number")] == [(1, "forced"), (2, "unknown")]
        with pytest.raises(ProblemError, match="is recorded"):
            add_entry(worker, child, "returns", {"returned_on": day})

    def test_an_earlier_return_told_later_takes_the_first_number(self, world: World) -> None:
        worker, child = world.amani.actor("case_worker"), world.amani.child.id
        add_entry(worker, child, "returns", {"returned_on": ago(900)})
        numbers = {row.returned_on: row.number for row in Return.objects.all()}
        assert numbers == {ago(900): 1, ago(200): 2}
        assert find_child(worker, world.amani.child.code).row.return_date == ago(200)

    def test_a_day_corrected_on_the_record_is_corrected_in_the_episode(self, world: World) -> None:
        worker, child = world.amani.actor("case_worker"), world.amani.child.id
        add_entry(worker, child, "returns", {"returned_on": ago(20)})
        facts = facts_of(Child.objects.get(pk=child))
        values = {name: getattr(facts, name) for name in ChildFacts.__slots__} | {"return_date": ago(25)}
        change_child(worker, child, ChildFacts(**values))
        assert {row.number: row.returned_on for row in Return.objects.all()} == {1: ago(200), 2: ago(25)}


class TestFamily:
    def test_siblings_are_linked_both_ways_once_and_part_together(self, world: World) -> None:
        supervisor, child = world.amani.actor("supervisor"), world.amani.child
        brother = register_child(supervisor, ChildFacts(name="Omar", age=8, return_date=ago(200)))
        link = link_siblings(supervisor, child.id, brother.code)
        assert link_siblings(supervisor, child.id, brother.code) == link
        assert [row.other_code for row in record_of(supervisor, brother.id).family] == [child.code]
        assert Relation.objects.filter(kind="sibling").count() == 2
        strike_relation(supervisor, child.id, link, "mistake")
        assert {row.struck_reason for row in Relation.objects.filter(kind="sibling")} == {"mistake"}
        link_siblings(supervisor, brother.id, child.code)
        assert Relation.objects.filter(kind="sibling", struck_on=None).count() == 2

    def test_a_sibling_out_of_reach_is_no_child_of_yours(self, world: World) -> None:
        worker = world.amani.actor("case_worker")
        for code in (world.amani.other_child.code, world.baraka.child.code, world.amani.child.code, "1"):
            with pytest.raises(ProblemError) as caught:
                link_siblings(worker, world.amani.child.id, code)
            assert caught.value.first.code == "relation.other"

    def test_a_change_of_caregiver_is_an_event(self, world: World) -> None:
        worker, child = world.amani.actor("case_worker"), world.amani.child
        Relation.objects.update(since=ago(90))
        mother = record_of(worker, child.id).family[0]
        end_relation(worker, child.id, mother.id, ago(5))
        aunt = add_relation(worker, child.id, "relative", "Aunt", is_caregiver=True, since=ago(4))
        add_entry(worker, child.id, "care", {"arrangement": "kinship", "since": ago(4), "caregiver_id": aunt})
        assert find_child(worker, child.code).relations == (("relative", True),)
        days = [(e.day, e.kind) for e in events_of(worker, child.id) if e.day > ago(10)]
        assert days == [(ago(5), "relation_ended"), (ago(4), "relation_began"), (ago(4), "care_changed")]

    def test_nobody_cares_who_is_a_relation_of_another_child(self, world: World) -> None:
        worker = world.amani.actor("case_worker")
        stranger = Relation.objects.get(child=world.baraka.child.id)
        values = {"arrangement": "kinship", "since": ago(4), "caregiver_id": stranger.pk}
        with pytest.raises(NotVisible):
            add_entry(worker, world.amani.child.id, "care", values)

    def test_siblings_in_one_household_and_then_in_two(self, world: World) -> None:
        supervisor, child = world.amani.actor("supervisor"), world.amani.child
        brother = register_child(supervisor, ChildFacts(name="Omar", age=8, return_date=ago(200)))
        join_household(supervisor, child.id, ago(100), members=6, children=3)
        join_household(supervisor, brother.id, ago(90), with_code=child.code)
        assert record_of(supervisor, child.id).lives_with == (brother.code,)
        count_household(supervisor, brother.id, 7)
        assert record_of(supervisor, child.id).latest("household").values["members"] == 7  # type: ignore[union-attr]
        join_household(supervisor, brother.id, ago(10))
        assert record_of(supervisor, child.id).lives_with == ()
        assert Household.objects.count() == 2
        with pytest.raises(ProblemError) as caught:
            count_household(supervisor, child.id, 3, 4)
        assert caught.value.first.code == "household.count"


class TestReach:
    def test_only_who_may_change_the_child_adds_to_its_record(self, world: World) -> None:
        child = world.amani.child.id
        for house, name in (("amani", "other_case_worker"), ("baraka", "supervisor"), ("amani", "programme_manager")):
            with pytest.raises(NotVisible):
                add_entry(getattr(world, house).actor(name), child, "languages", {"language": "sw"})
        for name in ("me_officer", "focal_point"):
            with pytest.raises(ProblemError) as caught:
                add_entry(world.amani.actor(name), child, "languages", {"language": "sw"})
            assert caught.value.first.status == 403
        assert record_of(world.amani.actor("me_officer"), child).languages == ()

    def test_an_ended_record_takes_no_more(self, world: World) -> None:
        worker, child = world.amani.actor("case_worker"), world.amani.child.id
        Child.objects.filter(pk=child).update(status="closed")
        with pytest.raises(ProblemError) as caught:
            add_entry(worker, child, "languages", {"language": "sw"})
        assert caught.value.first.code == "record.ended"

    def test_each_entry_and_each_strike_leaves_a_trace_without_its_content(self, world: World) -> None:
        worker, child = world.amani.actor("case_worker"), world.amani.child.id
        name = add_entry(worker, child, "names", {"kind": "other", "name": "Bekele"})
        strike_out(worker, child, "names", name, "not_so")
        rows = Traced.objects.filter(child_id=child, verb__in=("add_to_record", "strike_out")).order_by("at")
        assert [(row.verb, row.detail) for row in rows] == [
            ("add_to_record", {"topic": "names"}),
            ("strike_out", {"topic": "names", "reason": "not_so"}),
        ]
