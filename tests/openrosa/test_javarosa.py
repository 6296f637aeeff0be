"""From the form on a phone to the score: fetched as Collect does, filled by Collect's own engine, sent, and scored.

What is expected is read from the engine's own view of the interview (what it asked, what it wrote), not from the
server's reading of the XML.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

import pytest
from lxml import etree

from homeward.domain.codes import random_code
from homeward.domain.instruments import Answer, Instrument, Missing, Question
from homeward.domain.scoring import Result, compile_instrument
from homeward.formats.xlsform.library import Library
from tests.engines import engines
from tests.engines.engines import Engine, Held, Order
from tests.openrosa.collect import Collect, collects_headers
from tests.openrosa.conftest import Running
from tests.openrosa.phone import Phone

pytestmark = [
    pytest.mark.database,
    pytest.mark.engine,
    pytest.mark.slow,
    pytest.mark.xdist_group("openrosa-door"),
]
TRIALS = max(5, round(100 * float(os.environ.get("HOMEWARD_TRIALS", "0.02"))))  # interviews an instrument
INSTRUMENTS = {"caregiver": "caregiver", "child-12-14": "child"}  # -> who answers; for the age of the cast's child
AGREED = {"in_private": "yes", "caregiver_consent": "yes", "child_assent": "yes"}


@pytest.fixture(scope="module")
def javarosa(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = engines.javarosa(tmp_path_factory.mktemp("javarosa"))
    yield engine
    engine.close()


@lru_cache
def instrument(name: str) -> Instrument:
    return Library().load(name).instrument


def leaves(root: etree._Element, path: str = "") -> Iterator[tuple[str, str]]:
    for child in root:
        here = f"{path}/{etree.QName(child).localname}"
        if len(child):
            yield from leaves(child, here)
        else:
            yield here, child.text or ""


def as_answered(name: str, held: Held) -> dict[str, Answer]:
    """By question, from the engine's XML and from what it says was asked."""
    root = etree.fromstring(held.xml)
    written = dict(leaves(root))
    asked = {key.removeprefix(f"/{etree.QName(root).localname}"): value for key, value in held.relevant.items()}
    found: dict[str, Answer] = {}
    for question in instrument(name).questions:
        path = "/" + "/".join((*question.path, question.name))
        if question.type in ("select_one", "select_multiple", "integer", "decimal"):
            found[question.name] = read(question, written.get(path, ""), asked[path])
    return found


def read(question: Question, text: str, asked: bool) -> Answer:
    if not text:
        return Missing.NO_ANSWER if asked else Missing.NOT_ASKED
    if question.type == "select_multiple":
        return tuple(text.split())
    return Decimal(text) if question.type in ("integer", "decimal") else text


def scored(result: Result) -> dict[str, Decimal | None]:
    return {dimension: score.value for dimension, score in result.dimensions.items()}


def stored_scores(running: Running, instance_id: str) -> dict[str, Decimal | None]:
    rows = running.door.rows(
        "SELECT dimension, value FROM surveys_score JOIN surveys_submission s ON s.id = submission_id"
        f" WHERE s.instance_id = '{instance_id}'"
    )
    return {dimension: None if value is None else Decimal(str(value)) for dimension, value in rows}


def instance_id(held: Held) -> str:
    found = etree.fromstring(held.xml).findtext(".//{*}instanceID")
    assert found
    return found


@pytest.mark.parametrize("name", INSTRUMENTS)
def test_an_interview_filled_by_collects_engine_is_scored_as_its_answers_say(
    name: str,
    running: Running,
    javarosa: Engine,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    collect = Collect(Phone(running.phone().base, running.phone(chunked=True).send, collects_headers()), tmp_path)
    listed = collect.update(name)
    assert listed.version == "1.0"
    told: Mapping[str, str] = {
        **AGREED,
        "child_known": "yes",
        "child_listed": running.code,
        "respondent": INSTRUMENTS[name],
        "child_age_years": "13",
        "interview_date": datetime.now(UTC).date().isoformat(),  # from this and the record follows the age
    }
    statuses: Counter[int] = Counter()
    with_number = 0
    for seed in range(1, TRIALS + 1):
        order = Order(tmp_path / f"{name}.xml", tmp_path / f"{name}-media", seed, (running.code, "قول"), given=told)
        held = javarosa.hold(order)
        (answer,) = collect.send(held.xml, [])
        statuses[answer.status] += 1
        expected = scored(compile_instrument(instrument(name)).score(as_answered(name, held), 13))
        assert stored_scores(running, instance_id(held)) == expected, held.xml.decode()
        with_number += sum(value is not None for value in expected.values())
    assert set(statuses) <= {201, 202}
    assert statuses[201] > 0
    assert with_number > TRIALS
    record_property("ran", f"{TRIALS} interviews, {dict(statuses)}, {with_number} scores with a number")


def test_the_choice_of_the_child_comes_from_this_phones_own_list(
    running: Running, javarosa: Engine, tmp_path: Path
) -> None:
    collect = Collect(Phone(running.phone().base, running.phone().send, collects_headers()), tmp_path)
    collect.update("caregiver")
    held = javarosa.hold(
        Order(tmp_path / "caregiver.xml", tmp_path / "caregiver-media", 7, given={**AGREED, "child_known": "yes"})
    )
    assert dict(leaves(etree.fromstring(held.xml)))["/start/child_listed"] == running.code
    (answer,) = collect.send(held.xml, [])
    assert answer.status in (201, 202)
    (row,) = running.door.rows(
        "SELECT c.code FROM surveys_submission s JOIN cases_child c ON c.id = s.child_id"
        f" WHERE s.instance_id = '{instance_id(held)}'"
    )
    assert row == (running.code,)


def test_a_typed_code_that_is_nobody_s_goes_to_the_inbox_without_a_score(
    running: Running, javarosa: Engine, tmp_path: Path
) -> None:
    collect = Collect(Phone(running.phone().base, running.phone().send, collects_headers()), tmp_path)
    collect.update("caregiver")
    told = {**AGREED, "child_known": "no", "child_typed": random_code(lambda top: 7 % top)}
    held = javarosa.hold(Order(tmp_path / "caregiver.xml", tmp_path / "caregiver-media", 3, given=told))
    (answer,) = collect.send(held.xml, [])
    assert answer.status == 202
    assert stored_scores(running, instance_id(held)) == {}
