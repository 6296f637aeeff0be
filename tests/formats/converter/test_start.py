"""What is said at start and on a page where the machine cannot isolate."""

from __future__ import annotations

from typing import Any

import pytest

from homeward.config import checks, env
from homeward.domain.problems import ProblemError
from homeward.formats.converter import apart
from homeward.formats.converter.confinement import Barriers
from homeward.formats.pictures import to_show
from homeward.formats.tables.isolation import first_sheet
from tests.pictures import picture


@pytest.mark.parametrize(
    ("held", "required", "said"),
    [
        (Barriers(network=True, files=True), True, ""),
        (Barriers(network=True, files=False), True, "cannot shut off files from"),
        (Barriers(network=False, files=True), True, "cannot shut off the network from"),
        (Barriers(network=False, files=False), True, "are refused"),
        (Barriers(network=False, files=False), False, "only its time and memory are limited"),
    ],
)
def test_one_line_says_what_stays_open(
    monkeypatch: pytest.MonkeyPatch, settings: Any, held: Barriers, required: bool, said: str
) -> None:
    monkeypatch.setattr(checks, "barriers", lambda: held)
    settings.HOMEWARD_ISOLATION_REQUIRED = required
    found = checks.check_isolation(None)
    assert len(found) == bool(said)
    assert all(said in each.msg and each.id == "homeward.W003" for each in found)


def test_the_demo_alone_does_without(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {profile: env.isolation_required(profile) for profile in env.Profile}
    assert asked == {env.Profile.DEMO: False, env.Profile.OFFICE: True, env.Profile.PRODUCTION: True}
    monkeypatch.setenv("HOMEWARD_ISOLATION", "limits")
    assert not env.isolation_required(env.Profile.PRODUCTION)
    monkeypatch.setenv("HOMEWARD_ISOLATION", "sometimes")
    with pytest.raises(env.SettingError):
        env.isolation_required(env.Profile.OFFICE)


def test_a_list_and_a_picture_are_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    program = apart._program
    lost = "import homeward.formats.converter.child as c; c.confine = lambda *paths: c.Barriers(False, True)"
    monkeypatch.setattr(apart, "_required", True)
    monkeypatch.setattr(
        apart,
        "_program",
        lambda *given, **more: program(*given, **more).replace("from homeward", f"{lost}; from homeward", 1),
    )
    for opening in (lambda: first_sheet(b"a\n1\n", "a.csv", 9), lambda: to_show(picture())):
        with pytest.raises(ProblemError) as caught:
            opening()
        assert caught.value.first.code == "converter.not_isolated"
