"""Protocols are data: what is wrong with one is told by file, row and field, and a version never changes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from homeward.domain.problems import ProblemError
from homeward.formats.protocols import DEFAULT, PACKAGED, ProtocolLibrary, load_protocol, thawed

SHIPPED = PACKAGED / "homeward-default" / "1.0"


def changed(folder: Path, sheet: str, old: str, new: str) -> Path:
    copy = folder / "homeward-default" / "1.0"
    shutil.copytree(SHIPPED, copy)
    path = copy / f"{sheet}.csv"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return copy


def test_the_shipped_protocol_has_eight_rounds_and_is_what_it_was() -> None:
    found = ProtocolLibrary().load(DEFAULT)
    assert [str(each.months_after) for each in found.rounds] == ["0.5", "1", "3", "6", "9", "12", "18", "24"]
    every = {level: rule.every for level, rule in found.contacts.items()}
    assert every["high"] < every["medium"] < every["low"]
    assert all(each.tolerance("high") <= each.tolerance("low") for each in found.rounds)
    assert {voice.respondent for voice in found.asked("m6", "12-14")} == {"child", "caregiver"}
    assert {voice.respondent: voice.required for voice in found.asked("m6", "15-17")} == {
        "child": True,
        "caregiver": False,
    }
    assert thawed() == ()


@pytest.mark.parametrize(
    ("sheet", "old", "new", "told"),
    [
        ("rounds", "m3,3", "m1,3", ("rounds.csv", 4, "code", "protocol.code")),
        ("rounds", "m6,6,0,14", "m6,six,0,14", ("rounds.csv", 5, "months", "protocol.number")),
        ("rounds", "m6,6,0,14", "m6,3,0,14", ("rounds.csv", 5, "before", "protocol.order")),
        ("rounds", "m9,9,0,14", "m9,9,0,130", ("rounds.csv", 6, "before", "protocol.order")),
        ("rounds", "after_high", "after_hi", ("rounds.csv", None, "after_hi", "protocol.column")),
        ("contacts", "high,2", "grave,2", ("contacts.csv", 2, "risk", "protocol.risk")),
        ("contacts", "high,2,7", "high,9,7", ("contacts.csv", 2, "first", "protocol.first")),
        ("respondents", ",0-5,caregiver", ",0-4,caregiver", ("respondents.csv", 2, "band", "protocol.not_listed")),
        ("respondents", ",0-5", "m7,0-5", ("respondents.csv", 2, "rounds", "protocol.unknown_round")),
        (
            "respondents",
            "adult,survey,required",
            "adult,survey,with_permission",
            ("respondents.csv", None, "band", "protocol.nobody_asked"),
        ),
        ("about", "version,1.0", "version,1.1", ("about.csv", 3, "version", "protocol.name")),
    ],
)
def test_a_fault_is_told_by_file_row_and_field(
    tmp_path: Path, sheet: str, old: str, new: str, told: tuple[str, int | None, str, str]
) -> None:
    with pytest.raises(ProblemError) as refused:
        load_protocol(changed(tmp_path, sheet, old, new))
    places = [
        (each.where.file.rsplit("/", 1)[-1], each.where.row, each.where.field, each.code)
        for each in refused.value.problems
    ]
    assert told in places
    assert all(each.action for each in refused.value.problems)


def test_a_missing_sheet_is_named(tmp_path: Path) -> None:
    copy = changed(tmp_path, "about", "own proposal", "ours")
    (copy / "contacts.csv").unlink()
    with pytest.raises(ProblemError, match="This sheet is missing"):
        load_protocol(copy)


def test_a_deployment_adds_its_own_and_replaces_none(tmp_path: Path) -> None:
    own = tmp_path / "protocols"
    copy = changed(own, "rounds", "m24,24,0,14,30", "m24,24,0,14,60")
    shutil.copytree(copy, own / "ours" / "2.0")
    about = own / "ours" / "2.0" / "about.csv"
    about.write_text(about.read_text("utf-8").replace("homeward-default", "ours").replace("1.0", "2.0"), "utf-8")
    library = ProtocolLibrary(tmp_path)
    assert library.references() == (DEFAULT, "ours@2.0")
    assert library.load("ours@2.0").rounds[-1].after == 60
    assert library.load(DEFAULT).rounds[-1].after == 30
    with pytest.raises(ProblemError, match="no protocol"):
        library.load("theirs@1.0")


def test_a_change_of_a_published_version_is_found(tmp_path: Path) -> None:
    changed(tmp_path, "rounds", "m24,24,0,14,30", "m24,24,0,14,31")
    shutil.copy(PACKAGED / "CHECKSUMS.csv", tmp_path)
    assert thawed(tmp_path) == (DEFAULT,)
