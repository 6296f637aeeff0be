"""The public test forms of the browser's engine, where somebody has them (HOMEWARD_PUBLIC_FORMS: their folder; they are
not ours to ship). Each is refused before publication, or both engines and the server say the same of it.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from homeward.domain.problems import ProblemError
from homeward.formats.xform.dependencies import reads
from homeward.formats.xform.evaluate import Rows
from homeward.formats.xform.expressions import is_impure
from homeward.formats.xform.model import Form
from homeward.formats.xform.publishing import check_publishable
from homeward.formats.xform.reading import read_form
from homeward.formats.xform.rules import same_value, typed
from homeward.formats.xform.tree import from_element
from tests.engines.counts import COUNTS
from tests.engines.engines import Engine, EngineError, Held, Order
from tests.engines.test_agreement import disagreements
from tests.engines.test_same_xml import OF_THE_MOMENT
from tests.engines.trial_forms import TEXTS, Built

FOLDER = os.environ.get("HOMEWARD_PUBLIC_FORMS", "")
FOUND = sorted(Path(FOLDER).rglob("*.xml")) if FOLDER else []
TRIALS = 10
POSITION = re.compile(r"\[\d+\]")
PREFIX = re.compile(r"/[^/:]+:")
LINE = re.compile(r"; (?=-?\d)")  # Collect writes a blank between the places of a line
NUMBERS = frozenset({"int", "decimal"})
pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(not FOUND, reason="HOMEWARD_PUBLIC_FORMS names no folder of forms"),
]


def refused(path: Path) -> tuple[Form | None, set[str]]:
    """The form, where it can be read, and the codes of what forbids its publication."""
    try:
        form = read_form(path.read_bytes())
    except ProblemError as error:
        return None, {error.first.code}
    return form, {each.code for each in check_publishable(form) if each.severity == "error"}


def steady(form: Form, seed: int) -> dict[str, str]:
    """Small numbers that stay through the interview for what a repeat is counted by: a sum of millions would be
    entered to the last, and Collect keeps entries when the number becomes smaller, which the browser lets go.
    """
    waiting = [path for item in form.items.values() for path in reads(item.count, item.path)]
    found: dict[str, str] = {}
    while waiting:
        item = form.items.get(waiting.pop())
        if item is None or item.name in found or (item.control is not None and item.control.chooses):
            continue
        waiting += reads(item.calculate, item.path)
        found[item.name] = str(seed % 4)
    return found


def external(form: Form, media: Path) -> dict[str, Rows] | None:
    """Rows of the files that come with a form; None where one is not there."""
    found: dict[str, Rows] = {}
    for name in form.external_files:
        path = next((path for path in (media / name, *sorted(Path(FOLDER).rglob(name))) if path.is_file()), None)
        if path is None:
            return None
        if path.suffix == ".csv":
            with path.open(encoding="utf-8-sig", newline="") as file:
                found[name] = list(csv.DictReader(file))
        elif path.suffix == ".xml":
            around = etree.Element("instance")
            around.append(etree.fromstring(path.read_bytes()))
            found[name] = from_element(around)
    return found


def leaves(element: etree._Element, above: str = "") -> Iterator[tuple[str, str]]:
    path = f"{above}/{etree.QName(element).localname}"
    if len(element) == 0:
        yield path, element.text or ""
    for child in element.iterchildren(etree.Element):
        yield from leaves(child, path)


def placed(held: Held) -> dict[str, str]:
    """Each answer by its place, with positions of repeats, which the XML alone does not tell."""
    shown = [place for place, relevant in held.relevant.items() if relevant]
    above = {place.rpartition("/")[0] for place in shown}
    texts = [text for _, text in leaves(etree.fromstring(held.xml))]
    return dict(zip((place for place in shown if place not in above), texts, strict=True))


def compared(form: Form, held: Held) -> dict[str, str]:
    """What both engines must send alike, by its place: not what differs with each moment."""
    return {
        PREFIX.sub("/", place): LINE.sub(";", text)
        for place, text in placed(held).items()
        if not _is_of_the_moment(form, plain(PREFIX.sub("/", place)))
    }


def plain(place: str) -> str:
    return POSITION.sub("", place)


def _is_of_the_moment(form: Form, path: str) -> bool:
    item = form.items.get(path)
    return path.rpartition("/")[2] in OF_THE_MOMENT or (
        item is not None and bool(item.preload or is_impure(item.calculate))
    )


def unlike(form: Form, there: dict[str, str], here: dict[str, str]) -> list[str]:
    """Numbers by their value: Collect's engine writes 0.0 where the browser's writes 0, in questions that take numbers
    and in what is calculated from them.
    """
    return [
        f"{place}: {there.get(place)!r} in Collect, {here.get(place)!r} in the browser"
        for place in dict.fromkeys([*there, *here])
        if there.get(place) != here.get(place)
        and not (
            place in there
            and place in here
            and _is_number(form, plain(place))
            and same_value(here[place], typed(there[place], "decimal"))
        )
    ]


def _is_number(form: Form, path: str) -> bool:
    item = form.items.get(path)
    return item is not None and (item.type in NUMBERS or bool(item.calculate))


@pytest.mark.parametrize("path", FOUND, ids=lambda path: str(path.relative_to(FOLDER)))
def test_refused_before_publication_or_the_same_in_both_engines(path: Path, javarosa: Engine, webforms: Engine) -> None:
    form, reasons = refused(path)
    if form is None or reasons:
        COUNTS.say("refused", path.name, ", ".join(sorted(reasons)))
        return
    built, media, rows = Built(path, form), path.parent, external(form, path.parent)
    if rows is None:
        COUNTS.say("without a file that they need", path.name)
        pytest.skip("A file that comes with the form is not in the folder.")
    for seed in range(1, TRIALS + 1):
        try:
            held = javarosa.hold(Order(path, media, seed, TEXTS, given=steady(form, seed)))
        except EngineError as error:
            COUNTS.say("not opened by Collect's engine", path.name, str(error)[-200:])
            pytest.skip(f"Collect's engine does not open it: {str(error)[-200:]}")
        assert disagreements(built, held, rows) == [], held.xml.decode()
        again = webforms.hold(Order(path, media, seed + 1, TEXTS, places=placed(held)))
        assert unlike(form, compared(form, held), compared(form, again)) == [], f"seed {seed}: {held.xml.decode()}"
    COUNTS.say("the same", path.name)
