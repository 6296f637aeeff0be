"""Of the checks before a visit the newest counts: what it forbids is not planned by milder answers from before."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from homeward.apps.visits.begun import Step
from homeward.apps.visits.models import Visit
from homeward.apps.visits.planning import Plan, plan_visit
from homeward.domain.problems import ProblemError
from homeward.domain.visiting import Answer, Check
from homeward.web.visits.begun import BEGUN
from tests.apps.test_visits import sibling, today
from tests.web.conftest import Reader
from tests.web.test_planning_a_visit import AGAIN, HOME
from tests.web.test_visits import SAFE, code_of, text
from tests.world import World

pytestmark = pytest.mark.database
NO, YES = Answer.NO, Answer.YES
CALM, DANGER = Check(NO, NO, NO, NO), Check(NO, NO, YES, NO)


def answered(client: Client, world: World, code: str, **given: str) -> str:
    day = today(world.amani).isoformat()
    return str(client.post(f"/children/{code}/visits/new", {**SAFE, "on": day, **given})["Location"])


def begins_anew(client: Client, code: str, address: str, words: str) -> None:
    """Neither is the step gone on with, nor are its answers offered again."""
    for answer in (client.get(address, follow=True), client.post(address, HOME, follow=True)):
        html = answer.content.decode()
        assert words in html
        assert "Could the visit do harm?" in html
        assert AGAIN not in html
    html = text(client, f"/children/{code}/visits/new")
    assert AGAIN not in html
    assert "checked" not in html.split("<form")[-1]


def test_what_the_newest_answers_forbid_is_not_planned_by_the_older_ones(reader: Reader, world: World) -> None:
    client, code = reader("case_worker"), code_of(world.amani)
    step = answered(client, world, code)
    assert "/visits/new/" in step
    assert "/visits/new/" not in answered(client, world, code, danger="yes")
    assert client.session[BEGUN] == []
    begins_anew(client, code, step, "The answers before this visit are no longer here")
    assert [row.mode for row in Visit.objects.all()] == [""]


def test_nor_for_a_brother_who_was_ticked_beside(reader: Reader, world: World) -> None:
    client, code, other = reader("case_worker"), code_of(world.amani), sibling(world.amani)
    step = answered(client, world, other.code)
    answered(client, world, code, danger="yes", others=other.code)
    assert client.session[BEGUN] == []
    begins_anew(client, other.code, step, "The answers before this visit are no longer here")
    assert {row.mode for row in Visit.objects.all()} == {""}


@pytest.mark.parametrize("beside", [False, True])
def test_nor_where_a_colleague_answered_meanwhile(reader: Reader, world: World, beside: bool) -> None:
    client, code, other = reader("case_worker"), code_of(world.amani), sibling(world.amani)
    whose = other.code if beside else code
    step = answered(client, world, whose, **({"others": code} if beside else {}))
    assert AGAIN in text(client, f"/children/{whose}/visits/new")
    plan_visit(world.amani.actor("supervisor"), [code], DANGER, Plan(today(world.amani)))
    begins_anew(client, whose, step, "has changed since you answered")
    assert [row.mode for row in Visit.objects.all()] == [""]


def test_it_is_refused_where_it_is_planned_too(world: World) -> None:
    worker, code, day = world.amani.actor("case_worker"), code_of(world.amani), today(world.amani)
    before = Step(uuid4(), timezone.now() - timedelta(minutes=1))
    (blocked,) = plan_visit(worker, [code], DANGER, Plan(day))
    with pytest.raises(ProblemError) as refusal:
        plan_visit(worker, [code], CALM, Plan(day, "home"), before)
    assert refusal.value.first.code == "visit.outdated"
    assert [row.pk for row in Visit.objects.all()] == [blocked]


def test_one_step_sent_twice_at_one_moment_plans_one_visit(
    reader: Reader, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have read the session, and that nothing is planned, before either plans."""
    client, code, other = reader("case_worker"), code_of(world.amani), sibling(world.amani)
    step = answered(client, world, code, others=other.code)
    kept = client.session[BEGUN]
    monkeypatch.setattr("homeward.web.visits.plan.has_led_to", lambda *_: False)
    monkeypatch.setattr("homeward.web.visits.begun.is_outdated", lambda *_: False)
    led_to = []
    for _ in range(2):
        session = client.session
        session[BEGUN] = kept
        session.save()
        with CaptureQueriesContext(connection) as asked:
            led_to.append(client.post(step, {**HOME, "again": "on"})["Location"])
        if connection.vendor == "postgresql":
            assert any("cases_child" in each["sql"] and "FOR NO KEY UPDATE" in each["sql"] for each in asked)
    assert led_to[0] == led_to[1]
    assert Visit.objects.count() == 2, "one a child"
    assert Visit.objects.filter(pk=UUID(step.rsplit("/", 1)[-1]), child__code=code).exists()
