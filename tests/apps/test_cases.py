"""Registering, changing and importing children."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
import time_machine

from homeward.apps.access.roles import grant_role
from homeward.apps.audit.models import Event
from homeward.apps.cases.caseload import import_caseload, preview_caseload
from homeward.apps.cases.facts import ChildFacts, checked
from homeward.apps.cases.models import Child
from homeward.apps.cases.queries import ChildFilter, current_band, facts_for_change, find_child, list_children
from homeward.apps.cases.services import assign_child, change_child, register_child
from homeward.apps.surveys.downloads import children_table
from homeward.domain.codes import is_valid_code
from homeward.domain.problems import ProblemError
from tests.world import World

pytestmark = pytest.mark.database
RETURNED = date.today() - timedelta(days=30)


def test_a_case_worker_registers_into_the_own_caseload_under_a_random_code(world: World) -> None:
    worker = world.amani.actor("case_worker")
    made = register_child(worker, ChildFacts(name="مريم علي", age=9, return_date=RETURNED, sex="female"))
    assert is_valid_code(made.code)
    detail = find_child(worker, made.code)
    assert (detail.row.initials, detail.row.age_band, detail.age, detail.birth_estimated) == ("مع", "6-11", 9, True)
    assert detail.row.team == "North"
    assert [row.who for row in detail.assignments] == ["Case Worker Amani"]


def test_nothing_that_names_a_child_lies_readable_in_the_table(world: World) -> None:
    register_child(
        world.amani.actor("case_worker"),
        ChildFacts(name="Zawadi", birth_date=date(2014, 5, 17), return_date=RETURNED, external_id="XK-77"),
    )
    everything = b" ".join(
        bytes(value) if isinstance(value, (bytes, memoryview)) else str(value).encode()
        for row in Child.objects.values_list()
        for value in row
    )
    for secret in (b"Zawadi", b"XK-77", b"2014-05-17"):
        assert secret not in everything


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        (ChildFacts(return_date=RETURNED), "child.birth_missing"),
        (ChildFacts(age=10), "child.return_missing"),
        (ChildFacts(age=10, return_date=date.today() + timedelta(days=2)), "child.return_future"),
        (ChildFacts(birth_date=date(1960, 1, 1), return_date=RETURNED), "child.birth_impossible"),
        (ChildFacts(age=300, return_date=RETURNED), "child.birth_missing"),
        (ChildFacts(birth_date=date.today(), return_date=RETURNED), "child.return_before_birth"),
        (ChildFacts(age=10, return_date=RETURNED, sex="x"), "child.not_listed"),
    ],
)
def test_impossible_facts_are_refused_with_a_reason(world: World, facts: ChildFacts, code: str) -> None:
    with pytest.raises(ProblemError) as caught:
        register_child(world.amani.actor("case_worker"), facts)
    assert caught.value.first.code == code


def test_a_second_child_with_the_same_external_number_is_refused(world: World) -> None:
    with pytest.raises(ProblemError) as caught:
        register_child(world.amani.actor("supervisor"), ChildFacts(age=9, return_date=RETURNED, external_id="CASE-1"))
    assert caught.value.first.status == 409


def test_two_organisations_may_use_the_same_external_number(world: World) -> None:
    register_child(world.baraka.actor("supervisor"), ChildFacts(age=9, return_date=RETURNED, external_id="CASE-9"))
    register_child(world.amani.actor("supervisor"), ChildFacts(age=9, return_date=RETURNED, external_id="CASE-9"))
    assert list_children(world.amani.actor("me_officer"), ChildFilter(text="CASE-9")).total == 1


def test_a_change_keeps_what_it_names_and_its_trace_names_fields_only(world: World) -> None:
    worker, child = world.amani.actor("case_worker"), world.amani.child
    assert child is not None
    facts = facts_for_change(worker, child.id)[0]
    change_child(worker, child.id, replace(facts, name="Asha M. Mwangi", language="fr"))
    assert facts_for_change(worker, child.id)[0].name == "Asha M. Mwangi"
    event = Event.objects.get(verb="change_child", object_id=str(child.id))
    assert event.detail == {"fields": "language name"}


def test_an_age_band_moves_on_without_anybody_changing_the_record(world: World) -> None:
    child = Child.objects.get(pk=world.amani.child.id)  # type: ignore[union-attr]
    assert child.age_changes_on is not None
    assert current_band(child, child.age_changes_on - timedelta(days=1)) == "12-14"
    assert current_band(child, child.age_changes_on + timedelta(days=40)) == "15-17"


def test_search_finds_a_code_as_people_type_it(world: World) -> None:
    officer, code = world.amani.actor("me_officer"), world.amani.child.code  # type: ignore[union-attr]
    for text in (code, f"{code[:3]} {code[3:6]}-{code[6:]}", code[:5], "CASE-1"):
        assert [row.code for row in list_children(officer, ChildFilter(text=text)).rows] == [code]
    assert list_children(officer, ChildFilter(text="nobody")).total == 0


def test_a_child_is_assigned_within_the_organisation_only(world: World) -> None:
    for person in (world.baraka.people["case_worker"], world.amani.people["me_officer"]):
        with pytest.raises(ProblemError) as caught:
            assign_child(world.amani.actor("supervisor"), world.amani.child.id, person_id=person)  # type: ignore[union-attr]
        assert caught.value.first.status == 404


ROWS = [
    {"external_id": "CASE-1", "sex": "male"},  # known, changed
    {"external_id": "CASE-2"},  # of the other team
    {"external_id": "N-1", "name": "Lina", "age": "8", "return_date": RETURNED.isoformat(), "sex": "female"},
    {"external_id": "N-1", "name": "Lina", "age": "8", "return_date": RETURNED.isoformat()},
    {"external_id": "", "name": "Nobody", "age": "8", "return_date": RETURNED.isoformat()},
    {"external_id": "N-2", "age": "eight", "return_date": RETURNED.isoformat()},
    {"external_id": "N-3", "age": "8", "return_date": "31/12/2024"},
    {"external_id": "N-4", "age": "9" * 5000, "return_date": RETURNED.isoformat()},
]


def test_a_caseload_is_previewed_by_row_before_anything_changes(world: World) -> None:
    officer = world.amani.actor("me_officer")
    before = Child.objects.count()
    preview = preview_caseload(officer, [{**row, "team": "North"} for row in ROWS[:1] + ROWS[2:]])
    assert Child.objects.count() == before
    assert [(row.number, row.kind) for row in preview.rows] == [
        (2, "changed"),
        (3, "new"),
        (4, "error"),
        (5, "error"),
        (6, "error"),
        (7, "error"),
        (8, "error"),
    ]
    assert preview.rows[0].changes == ("sex",)
    wrong = [(row.problems[0].where.row, row.problems[0].where.field) for row in preview.rows if row.problems]
    assert wrong == [(4, "external_id"), (5, "external_id"), (6, "age"), (7, "return_date"), (8, "age")]


def test_an_import_carries_out_its_preview_and_changes_nothing_the_second_time(world: World) -> None:
    officer = world.amani.actor("me_officer")
    row = {**ROWS[2], "team": "South", "place": "Riverside", "case_worker": "case_worker@amani.example.org"}
    result = import_caseload(officer, preview_caseload(officer, [row]))
    assert (result.new, result.changed) == (1, 0)
    again = preview_caseload(officer, [row])
    assert (again.unchanged, again.new) == (1, 0)
    code = list_children(officer, ChildFilter(text="N-1")).rows[0].code
    assert find_child(world.amani.actor("case_worker"), code).row.place == "Riverside"


def test_a_supervisor_imports_into_the_own_team_only(world: World) -> None:
    supervisor = world.amani.actor("supervisor")
    row = {**ROWS[2], "external_id": "N-9"}
    preview = preview_caseload(supervisor, [{**row, "team": "South"}, ROWS[1]])
    assert [each.kind for each in preview.rows] == ["error", "error"]
    assert preview_caseload(supervisor, [{**row, "team": "North"}]).new == 1


def test_a_right_in_another_organisation_carries_nothing_over(world: World) -> None:
    grant_role(world.baraka.system(), world.amani.people["supervisor"], "me_officer", since=date(2025, 1, 1))
    preview = preview_caseload(world.amani.actor("supervisor"), [{**ROWS[2], "team": "South"}])
    assert [row.problems[0].code for row in preview.rows] == ["caseload.foreign_team"]


def test_a_case_worker_registers_into_the_own_team_only(world: World) -> None:
    worker, facts = world.amani.actor("case_worker"), ChildFacts(age=9, return_date=RETURNED)
    with pytest.raises(ProblemError) as caught:
        register_child(worker, replace(facts, team_id=world.amani.teams[1]))
    assert caught.value.first.code == "child.foreign_team"
    assert Event.objects.filter(verb="children.register", allowed=False, actor_id=worker.id).count() == 1
    register_child(worker, replace(facts, team_id=world.amani.teams[0]))


def test_the_age_filter_finds_children_by_the_band_that_is_shown(world: World) -> None:
    child = world.amani.child
    assert child
    with time_machine.travel(date.today() + timedelta(days=3 * 365)):
        supervisor = world.amani.actor("supervisor")
        (row,) = list_children(supervisor, ChildFilter(text=child.code)).rows
        assert row.age_band == "15-17"
        for band in ("12-14", "15-17", "18+"):
            found = list_children(supervisor, ChildFilter(age_band=band)).rows
            assert {each.age_band for each in found} <= {band}
            assert (child.code in {each.code for each in found}) == (band == "15-17")
            rows = list(children_table(supervisor, ChildFilter(age_band=band)))
            assert (child.code in {line[0] for line in rows}) == (band == "15-17")


def test_a_baby_that_returned_months_ago_was_born_before(world: World) -> None:
    today = date.today()
    for days in (0, 100, 240, 360):
        facts = checked(ChildFacts(age=0, return_date=today - timedelta(days=days)), today)
        assert facts.birth_date
        assert facts.birth_date <= today - timedelta(days=days)
    with pytest.raises(ProblemError) as caught:
        checked(ChildFacts(age=0, return_date=today - timedelta(days=800)), today)
    assert caught.value.first.code == "child.return_before_birth"


@pytest.mark.parametrize("language", ["Português do Brasil", "", "e", "portuguese", "fr\x00"])
def test_a_language_is_a_code(world: World, language: str) -> None:
    with pytest.raises(ProblemError) as caught:
        register_child(world.amani.actor("supervisor"), ChildFacts(age=9, return_date=RETURNED, language=language))
    assert caught.value.first.code == "child.language"
    if language:
        preview = preview_caseload(
            world.amani.actor("supervisor"), [{**ROWS[2], "team": "North", "language": language}]
        )
        assert [row.problems[0].code for row in preview.rows] == ["child.language"]


def test_a_child_that_moves_leaves_the_caseloads_of_its_old_team_and_the_preview_says_so(world: World) -> None:
    amani, officer = world.amani, world.amani.actor("me_officer")
    moved = [{"external_id": "CASE-1", "team": "South"}]
    preview = preview_caseload(officer, moved)
    assert preview.rows[0].changes == ("team_id", "case_worker")
    assert list_children(amani.actor("case_worker")).total == 1
    import_caseload(officer, preview)
    assert list_children(amani.actor("case_worker")).total == 0
    assert list_children(amani.actor("enumerator")).total == 0
    assert Event.objects.filter(verb="end_assignment", object_id=str(amani.child.id)).exists()  # type: ignore[union-attr]
    back = [{"external_id": "CASE-1", "team": "North", "case_worker": "case_worker@amani.example.org"}]
    import_caseload(officer, preview_caseload(officer, back))
    assert list_children(amani.actor("case_worker")).total == 1


def test_unknown_columns_are_named(world: World) -> None:
    with pytest.raises(ProblemError) as caught:
        preview_caseload(world.amani.actor("me_officer"), [{"external_id": "1", "fathers_name": "x"}])
    assert "fathers_name" in str(caught.value)
