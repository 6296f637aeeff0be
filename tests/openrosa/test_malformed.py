"""Bodies that are no submission, sent through the real door: each refused in words, at little cost. 300 always, and the
same damage at each hundredth of one in `make test-deep`.
"""

from __future__ import annotations

import http.client
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from itertools import chain

import pytest

from tests.formats.malformed.corpus import Case, corpus, everywhere_else
from tests.interviews import interview
from tests.openrosa.conftest import Running
from tests.openrosa.phone import RESPONSE, Answer, xml_part
from tests.openrosa.server import Cost

pytestmark = [pytest.mark.database, pytest.mark.slow, pytest.mark.xdist_group("openrosa-door")]
MOST_SECONDS, MOST_MEGABYTES = 1.0, 200.0


def printable(case: Case) -> bool:
    """A header that no HTTP may hold is refused by the web server itself, before there is an OpenRosa to speak."""
    return all(" " <= letter <= "~" for letter in case.content_type)


def send(running: Running, case: Case) -> Answer:
    headers = {"Content-Type": case.content_type} if case.content_type else {}
    return running.phone().call("POST", "/submission", case.body, headers, checked=printable(case))


def told(case: Case, answer: Answer) -> str:
    """What is wrong with the answer; empty where nothing is."""
    if not 400 <= answer.status < 500:
        return f"{case}: {answer.status}"
    if printable(case) and not (RESPONSE[1:-1].encode() in answer.body and answer.message):
        return f"{case}: no message"
    return ""


@pytest.mark.goal("S-4")
def test_every_malformed_body_is_refused_in_words_and_costs_little(
    running: Running, record_property: Callable[[str, object], None]
) -> None:
    process = running.door.web_process()
    refused = refusals(running)
    kept, written = all_kept(running), len(running.door.written())
    wrong: list[str] = []
    costs: dict[str, Cost] = {}
    statuses: Counter[int] = Counter()
    for case in chain(corpus(), everywhere_else()):
        with process.watched() as cost:
            answer = send(running, case)
        costs[str(case)] = cost[0]
        statuses[answer.status] += 1
        if problem := told(case, answer):
            wrong.append(problem)
    assert wrong == []
    assert len(costs) >= 300 + 12
    assert {name: cost for name, cost in costs.items() if cost.seconds > MOST_SECONDS} == {}
    assert {name: cost for name, cost in costs.items() if cost.megabytes > MOST_MEGABYTES} == {}
    dearest = max(costs.items(), key=lambda each: each[1].seconds)
    largest = max(costs.items(), key=lambda each: each[1].megabytes)
    record_property("ran", f"{len(costs)} bodies, {dict(statuses)}; dearest {dearest}, largest {largest}")
    assert running.door.web_process().pid == process.pid  # the same process has answered all
    assert all_kept(running) == kept
    assert refusals(running) > refused  # one row a reason and minute, so that nobody fills the disk with them
    assert list(running.door.temporary.iterdir()) == []
    assert running.token not in running.door.written()
    assert "Traceback" not in running.door.written()[written:]


def all_kept(running: Running) -> list[int]:
    tables = ("surveys_submission", "surveys_quarantined", "surveys_attachment")
    return [running.door.number(f"SELECT count(*) FROM {table}") for table in tables]


def refusals(running: Running) -> int:
    return running.door.number("SELECT count(*) FROM audit_event WHERE verb = 'refuse_submission'")


def test_a_sound_interview_passes_afterwards(running: Running) -> None:
    with suppress(http.client.HTTPException):
        send(running, Case("broken", "nothing at all", b"", ""))
    assert running.phone().post(xml_part(interview("child-12-14", running.code))).status == 201


@pytest.mark.parametrize("repeats", [300, 12_000])
def test_a_document_of_many_small_elements_costs_little(running: Running, repeats: int) -> None:
    """Within all limits, and long: unknown elements, which a form's rules must not walk again and again."""
    xml = interview("child-12-14", running.code, instance_id=f"uuid:many-{repeats}")
    more = b"<row><a>1</a><b>2</b></row>" * repeats
    with running.door.web_process().watched() as cost:
        answer = running.phone().submit(xml.replace(b"<meta>", more + b"<meta>"))
    assert answer.status in (201, 202)
    assert cost[0].seconds < 2 * MOST_SECONDS
    assert cost[0].megabytes < MOST_MEGABYTES
