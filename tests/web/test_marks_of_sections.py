"""Beside *Approvals* stands how many documents wait for whoever is signed in, on every page, at a price that stays."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import count

import pytest
from django.db import DatabaseError, connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from homeward.apps.audit.models import Event
from homeward.apps.cases.assessments import AssessmentFacts, decide_assessment, save_assessment
from homeward.apps.cases.closing import Ending, ask_end
from homeward.apps.cases.documents import State
from homeward.apps.cases.models import Assessment
from homeward.apps.cases.steps import move
from homeward.apps.cases.waiting import approvals, given_back, how_many_approvals
from homeward.web.ui.context import WAITING, sections, waits
from tests.ties import declared
from tests.web.conftest import Reader
from tests.world import House, World

pytestmark = pytest.mark.database
LEVELS = {"economic": "some", "social": "serious", "psychosocial": "none"}
BY_STATE = ("assessment_waits", "plan_waits", "end_request_waits")
MARK = re.compile(r'<a href="/approvals"[^>]*>.*?</a>', re.S)


def sent(house: House, who: str = "case_worker") -> None:
    """An assessment of needs that waits for a second person."""
    assert house.child is not None
    facts = AssessmentFacts("needs", levels=LEVELS, vulnerability="some", texts={"social": "x"})
    assert save_assessment(house.actor(who), house.child.code, facts, send=True)


def marks(reader: Reader, who: str, page: str = "/me") -> list[str]:
    """What stands beside the entry, in both lists of sections."""
    html = reader(who).get(page).content.decode()
    return [re.sub(r"\s+", " ", re.sub("<[^>]*>", "", each)).strip() for each in MARK.findall(html)]


@pytest.fixture
def house(world: World) -> House:
    assert world.amani.child is not None
    move(world.amani.actor("case_worker"), world.amani.child.code, "assess")
    return world.amani


def test_nothing_stands_there_while_nothing_waits(reader: Reader, house: House) -> None:
    assert marks(reader, "supervisor") == ["Approvals", "Approvals"]
    assert marks(reader, "case_worker") == []


def test_it_counts_what_this_person_may_decide_and_nothing_else(reader: Reader, world: World, house: House) -> None:
    sent(house)
    for page in ("/me", "/", "/children"):
        assert marks(reader, "supervisor", page) == ["Approvals Waiting for you: 1"] * 2, page
    assert marks(reader, "other_supervisor") == ["Approvals"] * 2, "another team"
    assert marks(reader, "case_worker") == marks(reader, "outsider") == []
    assert reader("supervisor", world.baraka).get("/me").content.decode().count("Waiting for you") == 0
    assert house.child is not None
    declared(house, "supervisor", house.child.code)
    assert marks(reader, "supervisor") == ["Approvals"] * 2


def test_what_one_wrote_or_asked_for_oneself_is_not_counted(reader: Reader, house: House) -> None:
    sent(house, "supervisor")
    assert house.child is not None
    ask_end(
        house.actor("supervisor"), house.child.code, Ending("migrated_again", told="not_possible", early="They moved")
    )
    supervisor, focal = house.actor("supervisor"), house.actor("focal_point")
    assert (how_many_approvals(supervisor), how_many_approvals(focal)) == (0, 2)
    assert how_many_approvals(focal) == len(approvals(focal))
    assert marks(reader, "supervisor") == ["Approvals"] * 2
    assert marks(reader, "focal_point") == ["Approvals Waiting for you: 2"] * 2


NUMBERS = count(100)


def of_before(house: House, who: str, state: State, kind: str = "needs", *, days: int = 1) -> None:
    """One that waits, or was given back, for longer."""
    assert house.child is not None
    then, writer = timezone.now() - timedelta(days=days), house.people[who]
    given = {"decided_at": then, "decided_by_id": house.people["focal_point"]} if state is State.RETURNED else {}
    Assessment.objects.create(
        child_id=house.child.id,
        number=next(NUMBERS),
        kind=kind,
        state=state,
        written_by_id=writer,
        writers=[str(writer)],
        submitted_at=then,
        on=then.date(),
        **given,
    )


def test_older_ones_of_ones_own_leave_room_for_what_others_wrote(
    reader: Reader, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("homeward.apps.cases.waiting.MOST", 2)
    sent(house)
    for _ in range(3):
        of_before(house, "supervisor", State.SUBMITTED)
    supervisor = house.actor("supervisor")
    assert [each.written_by for each in approvals(supervisor)] == ["Case Worker Amani"]
    assert how_many_approvals(supervisor) == 1
    assert marks(reader, "supervisor") == ["Approvals Waiting for you: 1"] * 2


def test_so_do_those_of_others_for_what_came_back_to_oneself(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("homeward.apps.cases.waiting.MOST", 1)
    of_before(house, "case_worker", State.RETURNED, "needs", days=3)
    of_before(house, "supervisor", State.RETURNED, "interests", days=2)
    assert [each.kind for each in given_back(house.actor("supervisor"))] == ["interests"]
    assert [each.kind for each in given_back(house.actor("case_worker"))] == ["needs"]


def test_what_is_decided_goes(reader: Reader, house: House) -> None:
    sent(house)
    assert house.child is not None
    decide_assessment(house.actor("supervisor"), house.child.code, Assessment.objects.get().pk, agreed=True)
    assert marks(reader, "supervisor") == ["Approvals"] * 2


def test_it_is_no_look_and_three_questions_that_open_nothing(house: House) -> None:
    sent(house)
    before = Event.objects.count()
    with CaptureQueriesContext(connection) as asked:
        assert how_many_approvals(house.actor("supervisor")) == 1
    of_cases = [each["sql"] for each in asked.captured_queries if "plans" in each["sql"] or "cases_" in each["sql"]]
    assert len(of_cases) == 3
    assert not any('"answer"' in sql or '"words"' in sql for sql in of_cases)
    assert Event.objects.count() == before


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="reads SQLite's plans")
def test_what_waits_is_found_by_its_index_however_many_children_there_are(house: House) -> None:
    for who in ("supervisor", "focal_point"):
        with CaptureQueriesContext(connection) as asked:
            how_many_approvals(house.actor(who))
        plans = [plan_of(each["sql"]) for each in asked.captured_queries if "submitted" in each["sql"]]
        assert [[name for name in BY_STATE if name in plan] for plan in plans] == [[name] for name in BY_STATE]
        assert not any("SCAN cases_" in plan for plan in plans)


def plan_of(sql: str) -> str:
    with connection.cursor() as cursor:
        return " ".join(row[3] for row in cursor.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall())


def test_a_page_of_a_fault_is_shown_where_nothing_can_be_counted(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_actor: object) -> int:
        raise DatabaseError

    monkeypatch.setattr("homeward.web.ui.context.WAITING", {"approvals": broken})
    request = RequestFactory().get("/")
    request.actor = house.actor("supervisor")  # type: ignore[attr-defined]
    assert [each["waits"] for each in sections(request) if each["url"] == "/approvals"] == [""]
    monkeypatch.setattr("homeward.web.ui.context.WAITING", {"approvals": lambda _actor: 400})
    assert [each["waits"] for each in sections(request) if each["url"] == "/approvals"] == ["99+"]


def test_what_carries_a_mark_stands_within_the_first_entries_of_the_list(world: World) -> None:
    request = RequestFactory().get("/me")
    for role in ("supervisor", "focal_point"):
        request.actor = world.amani.actor(role)  # type: ignore[attr-defined]
        found = [each["url"] for each in sections(request)]
        assert {found.index(f"/{name}") for name in WAITING} <= set(range(4)), role


def test_what_could_not_be_counted_is_logged_without_a_word_of_anybody(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_actor: object) -> int:
        raise DatabaseError("Asha Mwangi")

    monkeypatch.setitem(WAITING, "approvals", broken)  # type: ignore[arg-type]
    with caplog.at_level("ERROR", logger="homeward"):
        assert waits(world.amani.actor("supervisor"), "approvals") == ""
    assert [each.getMessage() for each in caplog.records] == [
        "what waits under approvals could not be counted: DatabaseError"
    ]
