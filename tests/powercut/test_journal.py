"""What a power cut is judged by: each kind of damage is told from the others, and what is whole raises nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.powercut.journal import Journal, Stored, Told, digest, faults

XML, A, B, C = b"<data/>", b"a", b"b", b"c"


@pytest.fixture
def told(tmp_path: Path) -> Told:
    """One interview in two requests, of which the first was acknowledged; and one of which nothing was heard."""
    journal = Journal(tmp_path / "journal.txt")
    journal.sending("split", XML, {"a": A, "b": B})
    journal.acknowledged("split", ["a", "b"])
    journal.sending("split", XML, {"c": C})
    journal.sending("alone", XML, {"a": A})
    journal.close()
    return journal.read()


def stored(raw: bytes = XML, **files: bytes) -> Stored:
    return Stored(digest(raw), {name: digest(content) for name, content in files.items()})


@pytest.mark.parametrize(
    "kept",
    [
        {"split": stored(a=A, b=B)},
        {"split": stored(a=A, b=B, c=C)},
        {"split": stored(a=A, b=B), "alone": stored(a=A)},
    ],
)
def test_what_was_acknowledged_must_be_there_and_what_was_sent_may_be(told: Told, kept: dict[str, Stored]) -> None:
    assert faults(told, kept, told) == {}


@pytest.mark.parametrize(
    ("kept", "found"),
    [
        ({}, {"lost": ["split"]}),
        ({"split": stored(a=A)}, {"lost": ["split"], "in part": ["split"]}),
        ({"split": stored(raw=b"", a=A, b=B)}, {"changed": ["split"]}),
        ({"split": stored(a=A, b=b"other")}, {"changed": ["split"]}),
        ({"split": stored(a=A, b=B), "alone": stored()}, {"in part": ["alone"]}),
        ({"split": stored(a=A, b=B, d=C)}, {"never sent": ["split"]}),
        ({"split": stored(a=A, b=B), "unheard": stored()}, {"never sent": ["unheard"]}),
    ],
)
def test_each_kind_of_damage_is_found(told: Told, kept: dict[str, Stored], found: dict[str, list[str]]) -> None:
    assert faults(told, kept, told) == found
