"""The list of the day: what it costs, and that the days of interviews are counted as everywhere else."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from homeward.apps.cases import queries
from homeward.apps.cases.facts import ChildFacts
from homeward.apps.cases.models import Child
from homeward.apps.cases.services import register_child
from homeward.apps.communities.models import Place
from homeward.apps.communities.services import add_place
from homeward.apps.surveys.models import Submission
from homeward.apps.surveys.reading import day_of
from homeward.apps.surveys.recent_flags import recent_flags
from homeward.apps.surveys.scope import HELD
from homeward.apps.visits import today as todays
from homeward.apps.visits.cards import CardFacts, set_card
from homeward.apps.visits.planning import Plan, plan_visit
from homeward.apps.visits.today import By, Wanted, today
from homeward.domain.rounds import round_answered, round_asked
from homeward.domain.visiting import Answer, Check
from homeward.formats.protocols import default_schedule
from tests.rows import bare_interview
from tests.world import HOME, World
from tests.world import day_of as house_day

pytestmark = pytest.mark.database
MISSING, OTHER = {"code": "interview.date_missing", "severity": "error"}, {"code": "answer.required"}


def returned(world: World, days: int) -> UUID:
    facts = ChildFacts(age=13, return_date=date.today() - timedelta(days=days), team_id=world.amani.teams[0])
    return register_child(world.amani.system(), facts).id


def interview_of(world: World, child: UUID, days: int, **changes: Any) -> UUID:
    row = bare_interview(world, child, days, **changes)
    row.save(force_insert=True)
    return row.pk


def test_an_interview_counts_on_its_day_and_not_where_nobody_knows_it(world: World) -> None:
    """Each child returned 190 days ago: the round of six months has begun, and interviews say whether it is done."""
    cases: dict[str, tuple[dict[str, Any], ...]] = {
        "none": (),
        "of the round before": ({"days": 80},),
        "of this round": ({"days": 3},),
        "of this round, with a remark": ({"days": 3, "problems": [OTHER]},),
        "without its day": ({"days": 3, "problems": [OTHER, MISSING]},),
        "dated after it arrived": ({"days": 3, "arrived": 60},),
        "dated tomorrow, from the east": ({"days": -1, "arrived": 0},),
        "both": ({"days": 80}, {"days": 3, "problems": [MISSING]}),
        "waits in the inbox": ({"days": 3, "state": "invalid"},),
        "was set aside": ({"days": 3, "state": "set_aside"},),
    }
    made = {name: returned(world, 190) for name in cases}
    for name, sent in cases.items():
        for each in sent:
            for voice in ("child", "caregiver"):
                interview_of(world, made[name], respondent=voice, **each)
    rows = {row.child.id: row for row in today(world.amani.actor("supervisor")).rows}
    schedule, returned_on = default_schedule(), date.today() - timedelta(days=190)
    for name, child in made.items():
        known, undated = _as_everywhere_else(child)
        asked = round_asked(schedule, returned_on, date.today())
        answered = [round_answered(schedule, returned_on, min(day, date.today())) for day in known]
        done = any(each and asked and each.round.number >= asked.number for each in answered)
        assert (child in rows) is not done, name
        if child in rows:
            assert (rows[child].due.last, set(rows[child].due.undated)) == (max(known, default=None), undated), name


def _as_everywhere_else(child: UUID) -> tuple[list[date], set[UUID]]:
    held = Submission.objects.filter(child_id=child, state__in=HELD)
    days = {row.pk: day_of(row.interviewed_on, row.received_at, row.problems) for row in held}
    return [day for day in days.values() if day], {key for key, day in days.items() if day is None}


def test_only_the_rows_shown_are_opened_and_any_number_of_children_costs_the_same_queries(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[object] = []
    monkeypatch.setattr(queries, "initials_of", lambda child: opened.append(child) or "AB")
    monkeypatch.setattr(todays, "PAGE", 3)
    supervisor, counts = world.amani.actor("supervisor"), []
    for _ in range(2):
        for _ in range(4):
            interview_of(world, returned(world, 190), 100, problems=[MISSING])
        opened.clear()
        with CaptureQueriesContext(connection) as found:
            shown = today(supervisor)
            recent_flags(supervisor)
        assert (len(shown.rows), len(opened)) == (3, 3)
        counts.append(len(found))
    assert counts[0] == counts[1]
    assert shown.due >= 8


def in_place(world: World, days: int, place: UUID | None = None) -> UUID:
    key = returned(world, days)
    Child.objects.filter(pk=key).update(place=place or world.amani.place_id)
    return key


def test_the_list_stands_in_the_order_that_was_asked_for(world: World) -> None:
    house = world.amani
    far = add_place(house.system(), "community", "Akhil", "SU", HOME, Place.objects.get(pk=house.place_id).parent_id)
    made = [in_place(world, days, place) for days in (190, 30, 95, 30) for place in (house.place_id, far)]
    supervisor = house.actor("supervisor")
    whole = today(supervisor).rows
    assert {row.child.id for row in whole} >= set(made)
    by_day = [row.due.due for row in today(supervisor, Wanted(by=By.DAY)).rows]
    assert by_day == sorted(by_day)
    by_place = [row.child.place for row in today(supervisor, Wanted(by=By.PLACE)).rows]
    assert [each for each in by_place if each] == sorted(each for each in by_place if each)
    for by in By:
        assert {row.child.id for row in today(supervisor, Wanted(by=by)).rows} == {row.child.id for row in whole}, by


def test_those_of_one_day_in_one_place_are_one_trip(world: World) -> None:
    house = world.amani
    pair = {in_place(world, 30) for _ in range(2)}
    alone = in_place(world, 95)
    found = today(house.actor("supervisor"))
    rows = {row.child.id: row for row in found.rows}
    assert {rows[key].trip for key in pair} == {2}
    assert rows[alone].trip == 1
    assert [(each.children, each.place, each.day) for each in found.trips] == [
        (2, "Riverside", rows[next(iter(pair))].due.due)
    ]
    where = Wanted(place_id=found.trips[0].place_id, by=By.DAY)
    assert pair <= {row.child.id for row in today(house.actor("supervisor"), where).rows}


def test_a_supervisor_reads_who_works_with_a_child_and_asks_for_one_caseload(world: World) -> None:
    house = world.amani
    assert house.child is not None
    nobodys = returned(world, 190)
    supervisor, worker = house.actor("supervisor"), house.people["case_worker"]
    rows = {row.child.id: row.workers for row in today(supervisor).rows}
    assert rows[house.child.id] == ("Case Worker Amani",)
    assert rows[nobodys] == ()
    assert [row.child.id for row in today(supervisor, Wanted(worker_id=worker)).rows] == [house.child.id]
    assert today(supervisor, Wanted(worker_id=house.people["other_case_worker"])).rows == ()  # of another team
    assert [row.workers for row in today(house.actor("case_worker")).rows] == [()]


def test_a_way_is_the_planned_one_or_of_the_card_and_a_card_shuts_it(world: World) -> None:
    house, worker = world.amani, world.amani.actor("case_worker")
    assert house.child is not None

    def by(way: str) -> list[str]:
        return [row.way for row in today(worker, Wanted(way=way)).rows]

    assert [row.way for row in today(worker).rows] == [""]
    set_card(worker, house.child.code, CardFacts(("phone", "home")))
    assert (by("phone"), by("home"), by("school")) == (["phone"], ["phone"], [])
    safe = Check(Answer.NO, Answer.NO, Answer.NO, Answer.NO)
    plan_visit(worker, [house.child.code], safe, Plan(house_day(house.organisation_id), "home"))
    assert (by("home"), by("phone")) == (["home"], [])
    set_card(worker, house.child.code, CardFacts(("phone",)))
    assert (by("home"), by("phone")) == ([], ["phone"])
