from __future__ import annotations

from pathlib import Path

import pytest

from homeward.domain.problems import ProblemError
from homeward.formats.xlsform.library import (
    CHECKSUMS,
    Library,
    freeze,
    frozen_checksums,
    open_instrument,
    thawed,
    version_key,
)
from homeward.formats.xlsform.packing import unpack
from homeward.formats.xlsform.template import template

EXPECTED = {
    "rss-adult",
    "child-6-11",
    "child-12-14",
    "child-15-17",
    "caregiver",
    "visit-reflection",
    "community-observation",
    "fgd",
    "kii",
    "case-study",
    "child-drawings",
}


def put(folder: Path, instrument_id: str, version: str) -> Path:
    path = folder / instrument_id / version
    unpack(template(instrument_id), path)
    for name in ("about", "settings"):
        sheet = path / f"{name}.csv"
        sheet.write_text(sheet.read_text("utf-8").replace("0.1", version), encoding="utf-8")
    return path


def test_the_library_holds_what_homeward_ships() -> None:
    assert {entry.id for entry in Library().entries()} >= EXPECTED


def test_a_published_version_never_changes() -> None:
    assert thawed() == ()


def test_every_published_version_is_frozen() -> None:
    assert set(frozen_checksums()) == {(entry.id, entry.version) for entry in Library().entries()}


class TestADeploymentsOwnFolder:
    def test_adds_instruments_and_versions(self, tmp_path: Path) -> None:
        put(tmp_path, "our-form", "1.9")
        put(tmp_path, "our-form", "1.10")
        put(tmp_path, "child-6-11", "9.0")
        library = Library(tmp_path)
        assert library.find("our-form").version == "1.10"
        assert library.find("our-form@1.9").load().instrument.version == "1.9"
        assert library.find("child-6-11").version == "9.0"
        assert library.find("child-6-11@1.0").packaged

    def test_may_keep_instruments_beside_other_definitions(self, tmp_path: Path) -> None:
        put(tmp_path / "instruments", "our-form", "1.0")
        assert Library(tmp_path).find("our-form").id == "our-form"

    def test_that_is_not_there_adds_nothing(self, tmp_path: Path) -> None:
        assert Library(tmp_path / "nowhere").entries() == Library().entries()


@pytest.mark.parametrize(
    ("reference", "code"),
    [
        ("nothing", "library.unknown_instrument"),
        ("rss-adult@0.0", "library.unknown_version"),
        ("", "library.unknown_instrument"),
    ],
)
def test_what_is_not_there_is_refused_with_what_is(reference: str, code: str) -> None:
    with pytest.raises(ProblemError) as caught:
        Library().find(reference)
    assert caught.value.first.code == code
    assert "rss-adult@1.0" in str(caught.value.first)


def test_versions_are_ordered_as_people_count() -> None:
    ordered = ["0.9", "1.0-rc1", "1.0", "1.0.1", "1.9", "1.10", "2024"]
    mixed = ["1.10", "2024", "1.0", "1.9", "1.0-rc1", "0.9", "1.0.1"]
    assert sorted(mixed, key=version_key) == ordered


def test_a_path_or_a_name_opens_an_instrument(tmp_path: Path) -> None:
    path = put(tmp_path, "our-form", "1.0")
    assert open_instrument(str(path), Library()).instrument.id == "our-form"
    assert open_instrument("rss-adult", Library()).instrument.id == "rss-adult"


class TestFreezing:
    def test_writes_new_versions_and_finds_changed_ones(self, tmp_path: Path) -> None:
        path = put(tmp_path, "our-form", "1.0")
        assert freeze(tmp_path) == ("our-form@1.0",)
        assert thawed(tmp_path) == ()
        choices = path / "choices.csv"
        choices.write_text(choices.read_text("utf-8").replace("0.5", "0.4"), encoding="utf-8")
        put(tmp_path, "our-form", "1.1")
        assert freeze(tmp_path) == ("our-form@1.1",)
        assert [problem.code for problem in thawed(tmp_path)] == ["library.version_changed"]

    def test_finds_versions_that_were_never_frozen_or_are_gone(self, tmp_path: Path) -> None:
        put(tmp_path, "our-form", "1.0")
        (tmp_path / CHECKSUMS).write_text("id,version,checksum\ngone,1.0,abc\n", encoding="utf-8")
        assert {problem.code for problem in thawed(tmp_path)} == {
            "library.version_changed",
            "library.version_not_frozen",
        }
