"""A child that may be registered already, two records of one child, and the codes that leave the house."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
import time_machine
from django.forms.models import model_to_dict

from homeward.apps.access.actors import running_on
from homeward.apps.access.models import Organisation
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.models import Event
from homeward.apps.cases import names
from homeward.apps.cases.case_queries import case_of
from homeward.apps.cases.conflicts import declare_own
from homeward.apps.cases.consenting import withdraw
from homeward.apps.cases.consents import may_now
from homeward.apps.cases.duplicates import find_duplicates, tell_apart
from homeward.apps.cases.facts import facts_of
from homeward.apps.cases.matching import Matches, Sought, possible_matches
from homeward.apps.cases.merging import merge_children, merges, undo_merge
from homeward.apps.cases.models import Assignment, Child, Merge, NameMark, Relation
from homeward.apps.cases.queries import find_child
from homeward.apps.cases.recipient_codes import child_of, codes_for
from homeward.apps.cases.recording import add_entry
from homeward.apps.cases.same_child import merged_with
from homeward.apps.cases.services import Registered, assign_child, change_child, register_child
from homeward.apps.retention.clocks import Periods, clocks_of
from homeward.apps.retention.deciding import Wish, ask_erasure, check_erasure
from homeward.apps.surveys.deliveries import Delivery
from homeward.apps.surveys.intake import receive
from homeward.apps.surveys.models import Submission
from homeward.apps.surveys.timeline import timeline
from homeward.domain.codes import is_valid_code
from homeward.domain.consent import MONITORING
from homeward.domain.problems import ProblemError
from tests.interviews import interview
from tests.world import World, agree, day_of

pytestmark = pytest.mark.database
STRANGER = (
    "Binyam",
    "Gobena",
    "Lidetu",
    "Roksan",
    "Vilma",
)  # marks are few: a short name falls on somebody's by chance
RETURNED = date.today() - timedelta(days=200)


def again(world: World, name: str = "عائشة موانغي", **facts: object) -> Registered:
    """Another record of the case worker's child, as a colleague of the same team would make it."""
    known = facts_of(Child.objects.get(pk=world.amani.child.id))
    given = replace(known, name=name, initials="", external_id="", **facts)  # type: ignore[arg-type]
    return register_child(world.amani.system(), given)


def looked_up(world: World, who: str, name: str, **known: object) -> Matches:
    return possible_matches(world.amani.actor(who), world.amani.organisation_id, Sought(name, **known))  # type: ignore[arg-type]


class TestBeforeAChildIsRegistered:
    @pytest.mark.parametrize("name", ["Asha Mwangi", "Aisha Muangi", "عائشة موانغي", "MWANGI, asha"])
    def test_it_is_found_in_any_spelling_or_script_with_the_reasons(self, world: World, name: str) -> None:
        found = looked_up(world, "case_worker", name, sex="female", returned=RETURNED)
        assert [match.row.id for match in found.here] == [world.amani.child.id]
        assert found.here[0].reasons[0] in ("same_spelling", "same_sound")
        assert "same_return" in found.here[0].reasons
        assert found.elsewhere == ()

    def test_in_another_caseload_only_whom_to_ask_is_said(self, world: World) -> None:
        found = looked_up(world, "other_case_worker", "Asha Mwangi", sex="female")
        assert found.here == ()
        assert [(each.team, each.ask) for each in found.elsewhere] == [("North", ("Supervisor Amani",))]
        assert world.amani.child.code not in repr(found)

    def test_nothing_is_opened_that_is_out_of_reach(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        opened: list[UUID] = []
        monkeypatch.setattr(
            "homeward.apps.cases.matching.names_opened",
            lambda child, _others: opened.append(child.pk) or ("Asha Mwangi",),
        )
        looked_up(world, "other_case_worker", "Asha Mwangi")
        assert world.amani.child.id not in opened
        looked_up(world, "case_worker", "Asha Mwangi")
        assert world.amani.child.id in opened

    def test_one_word_finds_nobody_out_of_reach_and_other_organisations_are_never_searched(self, world: World) -> None:
        assert not looked_up(world, "other_case_worker", "Asha")
        actor = world.baraka.actor("case_worker")
        found = possible_matches(actor, world.baraka.organisation_id, Sought(" ".join(STRANGER)))
        assert not found

    def test_whoever_has_a_conflict_of_interest_hears_nothing(self, world: World) -> None:
        worker = world.amani.actor("case_worker")
        declare_own(worker, world.amani.child.code, "neighbour")
        assert not looked_up(world, "case_worker", "Asha Mwangi", sex="female")

    def test_it_is_written_down_without_the_name_and_not_without_end(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        looked_up(world, "case_worker", "Asha Mwangi", sex="female")
        event = Event.objects.filter(verb="find_by_name").latest("at")
        assert event.detail == {"found": 1, "exact": False, "elsewhere": 0}
        monkeypatch.setattr("homeward.apps.cases.finding.MOST_AN_HOUR", 1)
        with pytest.raises(ProblemError) as caught:
            looked_up(world, "case_worker", "Asha Mwangi")
        assert caught.value.first.status == 429


class TestTwoRecordsOfOneChild:
    def test_they_are_shown_by_code_with_reasons_and_the_older_one_first(self, world: World) -> None:
        twin = again(world)
        found = find_duplicates(world.amani.actor("supervisor"))
        assert [(pair.one.id, pair.other.id, pair.verdict) for pair in found.pairs] == [
            (world.amani.child.id, twin.id, "likely")
        ]
        assert found.whole
        assert {"same_sound", "same_birth_date", "same_place", "same_return"} <= set(found.pairs[0].reasons)
        assert "Asha" not in repr(found)

    def test_another_name_is_enough_to_find_them(self, world: World) -> None:
        twin = again(world, name="Zuri Kamau")
        assert find_duplicates(world.amani.actor("supervisor")).pairs == ()
        add_entry(world.amani.system(), twin.id, "names", {"kind": "spelling", "name": "Asha Mwangi"})
        assert len(find_duplicates(world.amani.actor("supervisor")).pairs) == 1

    @pytest.mark.parametrize("length", [4, 9])
    def test_sounds_that_fall_on_one_mark_hide_nobody(
        self, world: World, monkeypatch: pytest.MonkeyPatch, length: int
    ) -> None:
        """With sixteen marks, one child in twenty has a name of two sounds and one mark."""
        known = names.mark_of

        def fallen(organisation: UUID, kind: int, text: str, bits: int) -> int:
            same = kind == names.SOUND and text in names.sounds_of("Asha Mwangi")
            return kind << 20 | bits << 12 | 1 << bits - 4 if same else known(organisation, kind, text, bits)

        monkeypatch.setattr(names, "mark_of", fallen)
        names.mark_name(Child.objects.get(pk=world.amani.child.id), "Asha Mwangi")
        monkeypatch.setattr(names, "bits_for", lambda _children: length)
        twin = again(world, name="Zuri Kamau")
        add_entry(world.amani.system(), twin.id, "names", {"kind": "spelling", "name": "Asha Mwangi"})
        assert len(find_duplicates(world.amani.actor("supervisor")).pairs) == 1

    def test_marks_of_another_length_are_compared_too(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(names, "bits_for", lambda _children: 9)
        again(world)
        lengths = {mark >> 12 & 0xFF for mark in NameMark.objects.values_list("mark", flat=True)}
        assert len(lengths) == 2
        assert len(find_duplicates(world.amani.actor("supervisor")).pairs) == 1

    def test_who_sees_which_pairs(self, world: World) -> None:
        twin = again(world)
        assert len(find_duplicates(world.amani.actor("focal_point")).pairs) == 1
        assert not find_duplicates(world.amani.actor("focal_point")).pairs[0].may_merge
        assert find_duplicates(world.amani.actor("other_supervisor")).pairs == ()
        for who in ("case_worker", "me_officer", "programme_manager"):
            with pytest.raises(ProblemError) as caught:
                find_duplicates(world.amani.actor(who))
            assert caught.value.first.status == 403
        with pytest.raises(NotVisible):
            tell_apart(world.amani.actor("other_supervisor"), world.amani.child.code, twin.code)

    def test_two_children_once_told_apart_are_shown_no_more(self, world: World) -> None:
        twin, supervisor = again(world), world.amani.actor("supervisor")
        tell_apart(supervisor, twin.code, world.amani.child.code)
        tell_apart(supervisor, world.amani.child.code, twin.code)
        assert find_duplicates(supervisor).pairs == ()
        assert Event.objects.filter(verb="tell_apart").count() == 2  # once on each record


def everything(*children: UUID) -> list[dict[str, object]]:
    """All that hangs on these children, as it is stored; when it was touched last is left out."""
    rows: list[dict[str, object]] = [
        {key: bytes(v) if isinstance(v, memoryview) else v for key, v in each.items() if key != "changed_at"}
        for model in (Child, Assignment, Relation, Submission, NameMark)
        for each in model._default_manager.filter(**{"pk__in" if model is Child else "child__in": children})
        .order_by("pk")
        .values()
        if model is not Assignment or each["until"] is None or each["until"] >= each["since"]
    ]
    return rows


class TestMerging:
    def test_interviews_of_both_are_read_on_the_record_that_stays(self, world: World) -> None:
        worker, supervisor = world.amani.actor("case_worker"), world.amani.actor("supervisor")
        twin = again(world)
        assign_child(world.amani.system(), twin.id, person_id=world.amani.people["case_worker"])
        for code, days in ((world.amani.child.code, 40), (twin.code, 20)):
            day = date.today() - timedelta(days=days)
            receive(worker, Delivery(interview("child-12-14", code, on=day, instance_id=f"uuid:{code}")))
        merge_children(supervisor, twin.code, world.amani.child.code)
        history = timeline(worker, world.amani.child.id)
        assert len(history.submissions) == 2
        assert {len(series.points) for series in history.series} == {2}
        assert merged_with(world.amani.child.id) == (twin.id,)
        assert find_child(worker, twin.code).row.status == "duplicate"
        late = interview("child-12-14", twin.code, on=date.today(), instance_id="uuid:late")
        receive(worker, Delivery(late))
        assert Submission.objects.get(instance_id="uuid:late").child_id in (twin.id, None)

    def test_undoing_is_exact_and_nothing_is_lost(self, world: World) -> None:
        supervisor, mine = world.amani.actor("supervisor"), world.amani.child
        twin = again(world)
        receive(world.amani.actor("case_worker"), Delivery(interview("child-12-14", mine.code)))
        before = everything(mine.id, twin.id)
        merged = merge_children(supervisor, twin.code, mine.code)
        assert everything(mine.id, twin.id) != before
        assert Assignment.objects.filter(child=twin.id, person_id=world.amani.people["case_worker"]).exists()
        assert [(row.code, row.into_code) for row in merges(supervisor)] == [(twin.code, mine.code)]
        undo_merge(supervisor, merged)
        assert everything(mine.id, twin.id) == before
        assert merges(supervisor) == []
        with pytest.raises(NotVisible):
            undo_merge(supervisor, merged)
        merge_children(supervisor, mine.code, twin.code)  # and the other way round
        assert merged_with(twin.id) == (mine.id,)

    def test_the_case_stands_where_it_stood_when_two_are_taken_apart(self, world: World) -> None:
        supervisor, twin = world.amani.actor("supervisor"), again(world)
        Child.objects.filter(pk=twin.id).update(status="closed", ended_on=date(2026, 1, 5))
        step = case_of(supervisor, twin.id).step
        merged = merge_children(supervisor, twin.code, world.amani.child.code)
        assert Child.objects.get(pk=twin.id).ended_on is None
        undo_merge(supervisor, merged)
        row = Child.objects.get(pk=twin.id)
        assert (row.status, row.ended_on, case_of(supervisor, twin.id).step) == ("closed", date(2026, 1, 5), step)

    def test_a_duplicate_is_kept_as_long_as_the_record_that_stays(self, world: World) -> None:
        supervisor, mine, twin = world.amani.actor("supervisor"), world.amani.child, again(world)
        merge_children(supervisor, twin.code, mine.code)
        facts = facts_of(Child.objects.get(pk=mine.id))
        change_child(world.amani.system(), mine.id, replace(facts, status="closed"))
        assert Child.objects.get(pk=twin.id).ended_on == Child.objects.get(pk=mine.id).ended_on is not None
        periods = Periods(Organisation.objects.get(pk=world.amani.organisation_id))
        assert {each.clock for each in clocks_of(periods, Child.objects.get(pk=twin.id))} >= {"monitoring"}
        change_child(world.amani.system(), mine.id, facts)
        assert Child.objects.get(pk=twin.id).ended_on is None

    def test_nobody_is_erased_by_half(self, world: World) -> None:
        supervisor, mine, twin = world.amani.actor("supervisor"), world.amani.child, again(world)
        before = ask_erasure(supervisor, mine.code, Wish("consent_withdrawn", "child"))
        merge_children(supervisor, twin.code, mine.code)
        with pytest.raises(ProblemError) as caught:
            check_erasure(world.amani.actor("focal_point"), before, agreed=True)
        assert caught.value.first.code == "erasure.moved"
        check_erasure(world.amani.actor("focal_point"), before, agreed=False)
        with pytest.raises(ProblemError) as caught:
            ask_erasure(supervisor, mine.code, Wish("consent_withdrawn", "child"))
        assert caught.value.first.code == "erasure.merged"
        ask_erasure(supervisor, twin.code, Wish("consent_withdrawn", "child"))

    def test_what_was_taken_back_under_one_record_is_taken_back_for_the_child(self, world: World) -> None:
        house, mine, twin = world.amani, world.amani.child, again(world)
        agree(house, twin, RETURNED)
        withdraw(house.actor("case_worker"), mine.code, "child", (MONITORING,))
        supervisor = house.actor("supervisor")
        merged = merge_children(supervisor, mine.code, twin.code)
        stays = Child.objects.get(pk=twin.id)
        assert stays.withdrew
        assert stays.not_counted_since is not None
        assert not may_now(stays, MONITORING, day_of(house.organisation_id))
        undo_merge(supervisor, merged)
        stays.refresh_from_db()
        assert (stays.withdrew, stays.not_counted_since) == (None, None)
        assert may_now(stays, MONITORING, day_of(house.organisation_id))
        assert Child.objects.get(pk=mine.id).withdrew

    @pytest.mark.parametrize("later", [False, True])
    def test_a_tie_with_one_record_is_a_tie_with_the_other(self, world: World, *, later: bool) -> None:
        house, twin = world.amani, again(world)
        worker, supervisor = house.actor("case_worker"), house.actor("supervisor")
        assign_child(house.system(), twin.id, person_id=house.people["case_worker"])
        if not later:
            declare_own(worker, twin.code, "neighbour")
        merge_children(supervisor, twin.code, house.child.code)
        if later:
            declare_own(worker, twin.code, "neighbour")
        for each in (house.child.id, twin.id):
            with pytest.raises(NotVisible):
                find_child(house.actor("case_worker"), each)
        assert not Assignment.objects.filter(
            running_on(date.today()), child=house.child.id, person_id=house.people["case_worker"]
        ).exists()

    def test_after_thirty_days_it_stays(self, world: World) -> None:
        supervisor, twin = world.amani.actor("supervisor"), again(world)
        merged = merge_children(supervisor, twin.code, world.amani.child.code)
        with time_machine.travel(date.today() + timedelta(days=32)), pytest.raises(ProblemError) as caught:
            undo_merge(supervisor, merged)
        assert caught.value.first.code == "merge.late"

    def test_a_duplicate_is_opened_again_by_taking_the_two_apart_alone(self, world: World) -> None:
        supervisor, twin = world.amani.actor("supervisor"), again(world)
        merged = merge_children(supervisor, twin.code, world.amani.child.code)
        facts = replace(facts_of(Child.objects.get(pk=twin.id)), status="open")
        with pytest.raises(ProblemError) as caught:
            change_child(supervisor, twin.id, facts)
        assert caught.value.first.code == "child.merged"
        undo_merge(supervisor, merged)
        change_child(supervisor, twin.id, facts)

    def test_what_cannot_be_merged(self, world: World) -> None:
        supervisor, twin = world.amani.actor("supervisor"), again(world)
        mine = world.amani.child.code
        with pytest.raises(ProblemError):
            merge_children(supervisor, mine, mine)
        for code in (world.amani.other_child.code, world.baraka.child.code):
            with pytest.raises(NotVisible):
                merge_children(supervisor, code, mine)
        merge_children(supervisor, twin.code, mine)
        for one, other in ((twin.code, mine), (mine, twin.code)):
            with pytest.raises(ProblemError) as caught:
                merge_children(supervisor, one, other)
            assert caught.value.first.code == "merge.state"
        assert Merge.objects.count() == 1

    def test_a_case_worker_merges_nothing(self, world: World) -> None:
        twin = again(world)
        for who in ("case_worker", "focal_point", "me_officer"):
            with pytest.raises(NotVisible):
                merge_children(world.amani.actor(who), twin.code, world.amani.child.code)
        assert model_to_dict(Child.objects.get(pk=twin.id))["status"] == "open"

    def test_nobody_gets_a_child_back_by_a_merge_with_whom_a_conflict_was_declared(self, world: World) -> None:
        twin = again(world)
        assign_child(world.amani.system(), twin.id, person_id=world.amani.people["case_worker"])
        declare_own(world.amani.actor("case_worker"), world.amani.child.code, "neighbour")
        merge_children(world.amani.actor("supervisor"), twin.code, world.amani.child.code)
        day = date.today() + timedelta(days=1)
        rows = Assignment.objects.filter(child=world.amani.child.id, person_id=world.amani.people["case_worker"])
        assert not rows.filter(until=None).exists()
        assert not rows.filter(until__gte=day).exists()


class TestCodesForRecipients:
    def test_each_recipient_has_codes_of_its_own_that_stay(self, world: World) -> None:
        officer = world.amani.actor("me_officer")
        keys = [world.amani.child.id, world.amani.other_child.id, world.baraka.child.id]
        first = codes_for(officer, keys, "Ministry", "children.download")
        other = codes_for(officer, keys, "Donor", "children.download")
        assert set(first) == set(other) == set(keys[:2])  # within reach alone
        known = {world.amani.child.code, world.amani.other_child.code}
        assert not set(first.values()) & set(other.values())
        assert not (set(first.values()) | set(other.values())) & known
        assert all(is_valid_code(code) for code in (*first.values(), *other.values()))
        assert codes_for(officer, keys, " ministry ", "children.download") == first

    def test_a_code_means_nobody_to_another_recipient(self, world: World) -> None:
        officer, key = world.amani.actor("me_officer"), world.amani.child.id
        code = codes_for(officer, [key], "Ministry", "children.download")[key]
        assert child_of(officer, code, "Ministry") == key
        assert child_of(officer, code, "Donor") is None
        assert child_of(world.baraka.actor("me_officer"), code, "Ministry") is None

    def test_a_recipient_without_a_name_gets_none(self, world: World) -> None:
        with pytest.raises(ProblemError) as caught:
            codes_for(world.amani.actor("me_officer"), [world.amani.child.id], "  ", "children.download")
        assert caught.value.first.code == "recipient.name"
