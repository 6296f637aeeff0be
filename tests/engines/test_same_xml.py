"""The same answers, given in Collect's engine and in ours, leave both as the same submission."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest
from lxml import etree

from homeward.formats.xlsform.loading import load
from tests.engines.engines import Engine, Order
from tests.engines.trial_forms import CODES, INSTRUMENTS, LIBRARY, TEXTS, Builder

TRIALS = max(2, round(float(os.environ.get("HOMEWARD_TRIALS", "0.02")) * 100))  # interviews a form
pytestmark = pytest.mark.engine
AGREED = {"caregiver_consent": "yes", "child_assent": "yes", "consent": "yes", "participants_consent": "yes"}
OF_THE_MOMENT = {"start", "end", "today", "deviceid", "instanceID", "instanceName"}


def leaves(element: etree._Element, above: str = "") -> Iterator[tuple[str, str]]:
    """Every answer by its place, in the order of the form; what differs with each interview is left out."""
    path = f"{above}/{etree.QName(element).localname}"
    if len(element) == 0 and etree.QName(element).localname not in OF_THE_MOMENT:
        yield path, element.text or ""
    for child in element.iterchildren(etree.Element):
        yield from leaves(child, path)


def submitted(xml: bytes) -> list[tuple[str, str]]:
    return list(leaves(etree.fromstring(xml)))


@lru_cache
def asked_once() -> list[str]:
    """Forms without groups that are asked as often as somebody likes: answers to those go by more than their names."""
    return [name for name in INSTRUMENTS if not any(each.repeat for each in load(LIBRARY / name).instrument.questions)]


@pytest.mark.parametrize("name", asked_once())
def test_the_same_answers_leave_both_engines_as_the_same_submission(
    name: str, built: Builder, javarosa: Engine, webforms: Engine, media: Path
) -> None:
    form, compared, filled = built(name).path, 0, 0
    for seed in range(1, TRIALS * 4):
        held = javarosa.hold(Order(form, media, seed, TEXTS, given=AGREED))
        if not held.valid:
            continue
        there = submitted(held.xml)
        given = {path.rpartition("/")[2]: text for path, text in there}
        assert len(given) == len(there), "answers are given by the names of questions"
        here = submitted(webforms.hold(Order(form, media, seed + 1, TEXTS, given=given)).xml)
        assert here == there, seed
        compared, filled = compared + 1, filled + sum(bool(text) for _, text in there)
        if compared == TRIALS:
            break
    assert compared == TRIALS
    assert filled >= 4 * compared


def test_a_drawing_stands_in_both_by_the_name_of_its_file(
    built: Builder, javarosa: Engine, webforms: Engine, media: Path
) -> None:
    form, stems = built("child-drawings/1.0").path, ("drawing", "lifeline", "people")
    pictures = {f"{stem}_picture": f"{stem}.png" for stem in stems}
    words = {f"{stem}_own_words": f"What {stem} says" for stem in stems}
    scopes = {f"{stem}_scope": "team report" for stem in stems}
    start = {"child_known": "no", "child_typed": CODES[0], "fifteen_or_older": "no", "in_private": "yes"}
    given = {**AGREED, **start, "respondent": "child", "interview_date": "2026-01-15", **pictures, **words, **scopes}
    there = submitted(javarosa.hold(Order(form, media, 1, TEXTS, given=given)).xml)
    named = {path.rpartition("/")[2]: text for path, text in there}
    assert {name: named[name] for name in pictures} == pictures
    here = submitted(webforms.hold(Order(form, media, 2, TEXTS, given=named)).xml)
    assert here == there
