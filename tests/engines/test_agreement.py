"""Three engines, one truth: what ODK Collect's engine and ODK's browser engine send is what the server sees."""

from __future__ import annotations

import datetime
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from homeward.formats.xform.evaluate import Rows, evaluate
from homeward.formats.xform.publishing import check_publishable
from homeward.formats.xform.submission import parse_submission, read_meta
from tests.engines.counts import Counts
from tests.engines.engines import Engine, Held, Order
from tests.engines.trial_forms import FORMS, MEDIA, TEXTS, Builder, Built

TRIALS = max(2, round(float(os.environ.get("HOMEWARD_TRIALS", "0.02")) * 500))  # interviews a form and an engine
pytestmark = pytest.mark.engine


def disagreements(built: Built, held: Held, external: Mapping[str, Rows] = MEDIA) -> list[str]:
    """What the server sees otherwise than the engine that held the interview."""
    today = datetime.datetime.now(datetime.UTC)
    found = evaluate(built.form, held.xml, today, external)
    different = [
        f"{path}: asked there {asked}, here {found.relevant.get(path)}"
        for path, asked in held.relevant.items()
        if asked and not found.relevant.get(path) or not asked and found.relevant.get(path)
    ]
    different += [f"{path}: hidden here, but answered" for path in found.hidden]
    different += [f"{one.path}: {one.submitted!r} there, {one.computed!r} here" for one in found.calculated]
    broken = [f"{problem.code}: {problem.params.get('path')}" for problem in found.violations]
    if held.valid:
        different += broken
    elif not broken:
        different.append("complete here, incomplete there")
    return different


def hold_all(engine: Engine, built: Built, media: Path, counts: Counts) -> None:
    for seed in range(1, TRIALS + 1):
        languages = list(built.form.itext)
        language = languages[seed % len(languages)] if languages else ""
        held = engine.hold(Order(built.path, media, seed, TEXTS, language))
        assert disagreements(built, held) == [], f"seed {seed}: {held.xml.decode()}"
        assert read_meta(parse_submission(held.xml)).form_id == built.form.id
        counts.add(engine.name, complete=held.valid)
    assert counts.complete_share(engine.name) > 0.3


@pytest.mark.parametrize("name", FORMS)
def test_forms_are_publishable(name: str, built: Builder) -> None:
    assert [problem for problem in check_publishable(built(name).form) if problem.severity == "error"] == []


@pytest.mark.parametrize("name", FORMS)
def test_collects_engine_and_the_server_agree(
    name: str, built: Builder, javarosa: Engine, media: Path, counts: Counts
) -> None:
    hold_all(javarosa, built(name), media, counts)


@pytest.mark.parametrize("name", FORMS)
def test_the_browser_engine_and_the_server_agree(
    name: str, built: Builder, webforms: Engine, media: Path, counts: Counts
) -> None:
    hold_all(webforms, built(name), media, counts)
