"""The public test forms of the browser's engine, where somebody has them (HOMEWARD_PUBLIC_FORMS: their folder; they are
not ours to ship). Each is refused before publication, or both engines and the server say the same of it.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from homeward.domain.problems import ProblemError
from homeward.formats.xform.model import Form
from homeward.formats.xform.publishing import check_publishable
from homeward.formats.xform.reading import read_form
from tests.engines.engines import Engine, EngineError, Order
from tests.engines.test_agreement import disagreements
from tests.engines.test_same_xml import submitted
from tests.engines.trial_forms import TEXTS, Built

FOLDER = os.environ.get("HOMEWARD_PUBLIC_FORMS", "")
FOUND = sorted(Path(FOLDER).rglob("*.xml")) if FOLDER else []
TRIALS = 4
pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(not FOUND, reason="HOMEWARD_PUBLIC_FORMS names no folder of forms"),
]


def publishable(path: Path) -> Form | None:
    """None: refused, with its reasons."""
    try:
        form = read_form(path.read_bytes())
    except ProblemError:
        return None
    return None if any(each.severity == "error" for each in check_publishable(form)) else form


@pytest.mark.parametrize("path", FOUND, ids=lambda path: str(path.relative_to(FOLDER)))
def test_refused_before_publication_or_the_same_in_both_engines(path: Path, javarosa: Engine, webforms: Engine) -> None:
    form = publishable(path)
    if form is None:
        return
    built, media = Built(path, form), path.parent
    for seed in range(1, TRIALS + 1):
        try:
            held = javarosa.hold(Order(path, media, seed, TEXTS))
        except EngineError as error:
            pytest.skip(f"Collect's engine does not open it: {str(error)[-200:]}")
        assert disagreements(built, held) == [], held.xml.decode()
        there = submitted(held.xml)
        given = {place.rpartition("/")[2]: text for place, text in there}
        if len(given) != len(there):
            continue  # answers are given by the names of questions, and two have one
        here = submitted(webforms.hold(Order(path, media, seed + 1, TEXTS, given=given)).xml)
        assert here == there, seed
