"""A caseload with more of who each child is, from a table or from Primero; the same file twice changes nothing."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest

from homeward.apps.cases.caseload import CaseloadPreview, import_caseload, preview_caseload, preview_upload
from homeward.apps.cases.models import Child, ChildName, Return
from homeward.apps.cases.queries import names_of
from homeward.apps.cases.record_queries import record_of
from homeward.apps.cases.sealing import external_id_hash
from homeward.domain.problems import ProblemError
from tests.world import World

pytestmark = pytest.mark.database
RETURNED = date.today() - timedelta(days=30)
ROW = {
    "external_id": "NEW-1",
    "name": "Salma",
    "age": "9",
    "sex": "female",
    "team": "North",
    "return_date": RETURNED.isoformat(),
    "other_names": "سلمى; Selma",
    "languages": "ar; fr",
    "birth_basis": "caregiver",
    "from_country": "ly",
    "months_away": "14",
    "return_kind": "forced",
    "came_with": "unaccompanied",
    "care_arrangement": "kinship",
    "school_level": "none",
    "birth_certificate": "applied",
    "passport": "none",
}


def looked_at(world: World, *rows: dict[str, str]) -> CaseloadPreview:
    return preview_caseload(world.amani.actor("supervisor"), list(rows))


def written(world: World, *rows: dict[str, str]) -> None:
    preview = looked_at(world, *rows)
    assert [row.problems for row in preview.rows if row.problems] == []
    import_caseload(world.amani.actor("supervisor"), preview)


def child_numbered(world: World, number: str) -> Child:
    place = world.amani.organisation_id
    return Child.objects.get(organisation=place, external_id_hash=external_id_hash(place, number))


def test_all_columns_are_written_and_the_same_file_again_changes_nothing(world: World) -> None:
    written(world, ROW)
    child, supervisor = child_numbered(world, "NEW-1"), world.amani.actor("supervisor")
    found = record_of(supervisor, child.pk)
    assert [name for _, name in names_of(supervisor, child.pk).others] == ["سلمى", "Selma"]
    assert set(found.languages) == {"ar", "fr"}
    assert {kind: row.values["state"] for kind, row in found.documents.items()} == {
        "birth_certificate": "applied",
        "passport": "none",
    }
    values = found.latest("returns").values  # type: ignore[union-attr]
    assert (values["from_country"], values["months_away"], values["kind"]) == ("LY", 14, "forced")
    assert (found.latest("care").values["arrangement"], found.latest("schooling").values["level"]) == (  # type: ignore[union-attr]
        "kinship",
        "none",
    )
    again = looked_at(world, ROW)
    assert [(row.kind, row.entries) for row in again.rows] == [("unchanged", ())]


def test_only_what_is_new_is_added_and_said_before(world: World) -> None:
    written(world, ROW)
    changed = {**ROW, "languages": "ar; sw", "passport": "has", "came_with": "separated", "other_names": "Selma"}
    preview = looked_at(world, changed)
    assert [(row.kind, set(row.changes)) for row in preview.rows] == [
        ("changed", {"languages", "documents", "returns"})
    ]
    import_caseload(world.amani.actor("supervisor"), preview)
    found = record_of(world.amani.actor("supervisor"), child_numbered(world, "NEW-1").pk)
    assert set(found.languages) == {"ar", "fr", "sw"}
    assert found.documents["passport"].values["state"] == "has"
    assert [row.values["came_with"] for row in found.holding("returns")] == ["separated"]
    assert found.latest("returns").values["months_away"] == 14  # type: ignore[union-attr]
    assert (Return.objects.count(), ChildName.objects.count()) == (2, 2)


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("passport", "lost", "record.not_listed"),
        ("languages", "Arabic", "child.language"),
        ("from_country", "Libya", "record.country"),
        ("months_away", "a year", "record.away"),
        ("return_kind", "flight", "record.not_listed"),
        ("care_arrangement", "aunt", "record.not_listed"),
        ("other_names", "x" * 121, "record.name"),
    ],
)
def test_a_fault_is_told_at_its_row_and_column(world: World, column: str, value: str, code: str) -> None:
    row = looked_at(world, {**ROW, column: value}).rows[0]
    assert row.kind == "error"
    assert [(each.code, each.where.row, each.where.field) for each in row.problems] == [(code, 2, column)]


def test_an_ended_record_takes_no_entry_and_stops_no_file(world: World) -> None:
    written(world, ROW)
    Child.objects.filter(pk=child_numbered(world, "NEW-1").pk).update(status="closed")
    row = looked_at(world, {**ROW, "languages": "sw"}).rows[0]
    assert (row.kind, row.entries) == ("unchanged", ())


CASE: dict[str, Any] = {
    "id": "5f0c7c6e-6a5d-4a52-9a53-1e3b6f1f0001",
    "case_id_display": "abc1234",
    "name_first": "ሰላም",
    "name_last": "ተስፋዬ",
    "name_nickname": "Selamawit",
    "sex": "female",
    "date_of_birth": "2014/05/17",
    "date_of_return": RETURNED.isoformat(),
    "status": "open",
    "language": ["am", "om"],
    "protection_status": "unaccompanied",
    "care_arrangements_type": "kinship_care",
    "risk_level": "high",
    "family_details_section": [{"relation": "mother"}],
    "owned_by": "primero_cp",
}


def upload(world: World, content: bytes, name: str = "cases.json") -> CaseloadPreview:
    return preview_upload(world.amani.actor("me_officer"), content, name)[1]


def test_cases_of_primero_are_read_and_come_again_without_a_second_child(world: World) -> None:
    content = json.dumps({"data": [CASE], "metadata": {"total": 1}}, ensure_ascii=False).encode()
    preview = upload(world, content)
    assert [(row.kind, row.external_id) for row in preview.rows] == [("new", CASE["id"])]
    assert preview.unknown == ((1, ("family_details_section", "risk_level")),)
    import_caseload(world.amani.actor("me_officer"), preview)
    child = child_numbered(world, CASE["id"])
    found = record_of(world.amani.actor("focal_point"), child.pk)
    assert names_of(world.amani.actor("focal_point"), child.pk).name == "ሰላም ተስፋዬ"
    assert set(found.languages) == {"am", "om"}
    assert found.latest("care").values["arrangement"] == "kinship"  # type: ignore[union-attr]
    assert found.latest("returns").values["came_with"] == "unaccompanied"  # type: ignore[union-attr]
    assert [row.kind for row in upload(world, content).rows] == ["unchanged"]


def test_one_case_alone_and_a_bare_list_are_read_too(world: World) -> None:
    for content in (CASE, [CASE], {"data": CASE}):
        assert [row.kind for row in upload(world, json.dumps(content).encode()).rows] == ["new"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b'{"data": [{"id": "1"', "primero.broken"),
        (b"[" * 100_000, "primero.broken"),
        (b'{"data": "none"}', "primero.shape"),
        (b"[]", "primero.shape"),
        (b"[1, 2]", "primero.shape"),
        ('[{"name": "é"}]'.encode("latin-1"), "primero.encoding"),
        (b'[{"age": ' + b"9" * 5000 + b"}]", "primero.broken"),
        (json.dumps([{}] * 20_001).encode(), "primero.too_long"),
    ],
)
def test_a_file_that_is_none_is_refused_with_a_reason(world: World, content: bytes, code: str) -> None:
    with pytest.raises(ProblemError) as caught:
        upload(world, content)
    assert caught.value.first.code == code


def test_strange_values_are_left_out_and_stop_nothing(world: World) -> None:
    strange = {**CASE, "name_first": {"a": 1}, "language": ["language1"], "sex": ["x"], "name_nickname": "y" * 5000}
    preview = upload(world, json.dumps([strange]).encode())
    assert set(preview.unknown[0][1]) >= {"name_first", "language", "sex", "name_nickname"}
    assert [row.kind for row in preview.rows] == ["new"]
