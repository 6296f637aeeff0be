"""What waits is told to the person for whom it waits, on *Today* and on the supervisor's page."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from homeward.apps.cases.plans import ActionFacts, GoalFacts, Views, add_action, add_goal, decide_plan, send_plan
from homeward.apps.visits.contacts import Attempt, decide_lost, record_attempt
from homeward.apps.visits.models import Visit
from homeward.apps.visits.planning import Plan, plan_visit
from homeward.apps.visits.recording import Held, hold_visit
from homeward.domain.visiting import NO_VISIT, Answer, Check
from tests.apps.test_visits import planned, today
from tests.web.conftest import Reader
from tests.world import World

pytestmark = pytest.mark.database
NO = Answer.NO
SEEN = Held(True, True, "no_plan", (), alone="no")
DANGER = Check(NO, NO, Answer.YES, NO, "")


def rows(reader: Reader, who: str, part: str) -> list[str]:
    return [each.code for each in reader(who).get(f"/today/{part}").context["found"].rows]


def test_a_child_whom_no_step_reached_waits_for_the_supervisor_until_it_is_decided(
    reader: Reader, world: World
) -> None:
    house, code = world.amani, world.amani.child.code  # type: ignore[union-attr]
    assert rows(reader, "supervisor", "lost") == []
    record_attempt(house.actor("case_worker"), code, Attempt("phone", "unsafe"))
    assert rows(reader, "supervisor", "lost") == [code]
    assert rows(reader, "case_worker", "lost") == []
    client = reader("supervisor")
    for path in ("/", "/team"):
        assert "Every step was tried: the supervisor decides." in client.get(path).content.decode()
    assert f"/children/{code}/visits#reach" in client.get("/").content.decode()
    assert "Lost to contact" not in reader("case_worker").get("/").content.decode()
    decide_lost(house.actor("supervisor"), code, "unsafe")
    assert rows(reader, "supervisor", "lost") == []
    for path in ("/", f"/children/{code}"):
        html = reader("case_worker").get(path).content.decode()
        assert "Lost to contact" in html, path


def test_a_visit_that_was_refused_waits_for_a_supervisor_who_may_allow_it(reader: Reader, world: World) -> None:
    house, code = world.amani, world.amani.child.code  # type: ignore[union-attr]
    worker, day = house.actor("case_worker"), today(house)
    plan_visit(worker, [code], Check(NO, NO, NO, NO, NO_VISIT), Plan(day))
    plan_visit(worker, [code], DANGER, Plan(day))
    assert rows(reader, "supervisor", "shut") == [code], "the first was planned anew"
    assert rows(reader, "case_worker", "shut") == []
    client = reader("supervisor")
    assert f"/visits/{Visit.objects.latest('checked_at').pk}" in client.get("/").content.decode()
    assert "Visits that you may allow after all" in client.get("/team").content.decode()
    planned(house)
    assert rows(reader, "supervisor", "shut") == []


def test_a_refused_visit_is_not_for_whoever_made_the_check(reader: Reader, world: World) -> None:
    house, code = world.amani, world.amani.child.code  # type: ignore[union-attr]
    plan_visit(house.actor("supervisor"), [code], DANGER, Plan(today(house)))
    assert rows(reader, "supervisor", "shut") == []


@pytest.mark.parametrize(
    ("held", "told"),
    [
        ({"observed": ("there",)}, False),
        ({"observed": ("there", "asks")}, True),
        ({"harm": ("attention",), "harm_done": "told"}, True),
    ],
)
def test_what_somebody_in_our_stead_brought_waits_for_the_case_worker(
    reader: Reader, world: World, held: dict[str, Any], told: bool
) -> None:
    house, code = world.amani, world.amani.child.code  # type: ignore[union-attr]
    worker = house.actor("case_worker")
    visit = plan_visit(worker, [code], Check(NO, NO, NO, NO, ""), Plan(today(house), "home", "volunteer"))
    hold_visit(worker, visit[0], replace(SEEN, **held))
    assert rows(reader, "case_worker", "word") == ([code] if told else [])
    planned(house, days=1)
    assert rows(reader, "case_worker", "word") == []


def test_a_plan_that_was_given_back_waits_for_its_case_worker(reader: Reader, world: World) -> None:
    house, code = world.amani, world.amani.child.code  # type: ignore[union-attr]
    worker = house.actor("case_worker")
    add_goal(worker, code, GoalFacts("social", "child", "To learn"))
    add_action(worker, code, ActionFacts("social", "education", "worker", "Talk to the school"))
    version = send_plan(worker, code, Views("agrees", "agrees"))
    assert rows(reader, "case_worker", "back") == []
    decide_plan(house.actor("supervisor"), code, version, agreed=False, answer="Ask the child first.")
    assert rows(reader, "case_worker", "back") == [code]
    assert rows(reader, "supervisor", "back") == []
    html = reader("case_worker").get("/").content.decode()
    assert f'href="/children/{code}/plan"' in html
    add_action(worker, code, ActionFacts("social", "education", "worker", "Talk to the child"))
    send_plan(worker, code, Views("agrees", "agrees"))
    assert rows(reader, "case_worker", "back") == []
