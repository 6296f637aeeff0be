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
from homeward.apps.cases.services import register_child
from homeward.apps.surveys.models import Submission
from homeward.apps.surveys.reading import day_of
from homeward.apps.surveys.recent_flags import recent_flags
from homeward.apps.surveys.scope import HELD
from homeward.apps.visits import today as todays
from homeward.apps.visits.today import today
from homeward.domain.rounds import round_answered, round_asked
from homeward.formats.protocols import default_schedule
from tests.rows import bare_interview
from tests.world import World

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
