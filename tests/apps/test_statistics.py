"""SQLite knows how large its tables are, so that looking up a hundred children does not read through all of them."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from homeward.apps.cases.answered import given_back_by_others
from homeward.apps.cases.models import Child
from homeward.apps.cases.scope import children_visible_to
from homeward.apps.cases.waiting import given_back, how_many_approvals
from homeward.apps.operations.statistics import SMALL, take_statistics
from homeward.apps.retention.listing import how_many_wait
from homeward.apps.surveys.inbox import waiting
from homeward.apps.surveys.models import Submission
from homeward.apps.surveys.recent_flags import recent_flags
from homeward.domain.codes import with_check_digits
from tests.rows import bare_interview
from tests.world import World

pytestmark = pytest.mark.database


def many(world: World) -> list[Child]:
    rows = [
        Child(
            code=with_check_digits(2_000_000 + number),
            organisation_id=world.amani.organisation_id,
            population="host_peer",
            sex="unknown",
            age_band="6-11",
        )
        for number in range(SMALL + 500)
    ]
    return Child.objects.bulk_create(rows)


def test_a_hundred_children_are_looked_up_by_their_ids(world: World) -> None:
    ids = [row.pk for row in many(world)[:100]]
    wanted = children_visible_to(world.amani.actor("focal_point")).filter(pk__in=ids).order_by()
    take_statistics()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE cases_child")  # its own workers do
    plan = wanted.explain()
    assert "organisation" not in plan.replace("(organisation_id = ", ""), plan
    assert wanted.count() == 100


def test_of_small_tables_nothing_is_said_because_they_may_have_grown_by_the_next_hour(world: World) -> None:
    take_statistics()
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT tbl FROM sqlite_stat1")
        assert "access_organisation" not in {row[0] for row in cursor.fetchall()}


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="reads SQLite's plans")
@pytest.mark.parametrize("role", ["supervisor", "focal_point"])
def test_the_first_page_reads_through_neither_all_children_nor_all_interviews(world: World, role: str) -> None:
    children = many(world)
    Submission.objects.bulk_create(bare_interview(world, child.pk, days) for child in children for days in range(4))
    take_statistics()
    actor = world.amani.actor(role)
    with CaptureQueriesContext(connection) as asked:
        recent_flags(actor)
        waiting(actor)
        how_many_wait(actor)
        how_many_approvals(actor)
        given_back(actor)
        given_back_by_others(actor)
    looks = [each["sql"] for each in asked.captured_queries if re.match(r"SELECT (?!.* WHERE \(0 AND )", each["sql"])]
    with connection.cursor() as cursor:
        for sql in looks:
            plan = " ".join(row[3] for row in cursor.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall())
            for through in ("SCAN cases_child", "SCAN surveys_submission", "child_list (organisation_id=?"):
                assert through not in plan, (sql, plan)
