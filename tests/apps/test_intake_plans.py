"""What intake asks of the table of interviews goes by an index, so that the thousandth costs what the first did."""

from __future__ import annotations

import re
from copy import copy
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from homeward.apps.access.statements import _in_numbers
from homeward.apps.surveys import edits, versions
from homeward.apps.surveys.deliveries import Delivery
from homeward.apps.surveys.intake import receive
from homeward.apps.surveys.models import Submission
from tests.interviews import interview
from tests.world import World

pytestmark = pytest.mark.django_db


def asked_by_intake(world: World) -> list[tuple[str, Any]]:
    """The statements of one more interview with a form that was read before."""
    asked: list[tuple[str, Any]] = []

    def keep(execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:
        asked.append((sql, parameters))
        return execute(sql, parameters, many, context)

    assert world.amani.child is not None
    sender, code = world.amani.actor("enumerator"), world.amani.child.code
    receive(sender, Delivery(interview("child-12-14", code)))
    with connection.execute_wrapper(keep):
        receive(sender, Delivery(interview("child-12-14", code)))
    return [(sql, given) for sql, given in asked if " FROM " in sql or " INTO " in sql]


@pytest.mark.database
def test_one_interview_asks_for_a_tombstone_its_form_its_child_and_a_waiting_edit_and_writes_four_tables(
    world: World,
) -> None:
    asked = [re.findall(r'(FROM|INTO) "(\w+)"', sql) for sql, _ in asked_by_intake(world)]
    touched = [(verb, table) for found in asked for verb, table in found[:1] + found[1:] * (found[0][0] == "INTO")]
    assert touched == [
        ("FROM", "surveys_tombstone"),
        ("FROM", "surveys_formversion"),
        ("FROM", "cases_child"),
        ("INTO", "surveys_submission"),
        ("INTO", "surveys_score"),
        ("INTO", "cases_consententry"),
        ("INTO", "audit_event"),
        ("FROM", "surveys_submission"),
    ]


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="reads SQLite's plans")
def test_no_look_of_intake_reads_through_the_table_of_interviews(world: World) -> None:
    looks = [
        each for each in asked_by_intake(world) if each[0].startswith("SELECT") and "surveys_submission" in each[0]
    ]
    assert looks
    with connection.cursor() as cursor:
        for sql, given in looks:
            plan = " ".join(row[3] for row in cursor.execute(f"EXPLAIN QUERY PLAN {sql}", given).fetchall())
            assert "SCAN surveys_submission" not in plan
            assert "submission_inbox (organisation_id=?)" not in plan


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="reads SQLite's plans")
def test_which_version_counts_is_found_by_the_index_that_lets_one_count(world: World) -> None:
    assert "counts_once (root_id=?)" in versions.counting([uuid4()]).explain()


@pytest.mark.database
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="reads PostgreSQL's plans")
def test_nor_does_it_when_postgresql_knows_that_hardly_any_interview_is_an_edit(world: World) -> None:
    """A plan kept for every value goes by statistics, which come with the first thousands of rows."""
    assert world.amani.child is not None
    receive(world.amani.actor("enumerator"), Delivery(interview("child-12-14", world.amani.child.code)))
    row = Submission.objects.get()
    copies = []
    for number in range(3_000):
        row.pk = row.root_id = uuid4()
        row.instance_id, row.alike = f"uuid:{number}", None
        copies.append(copy(row))
    Submission.objects.bulk_create(copies)
    sql, _ = edits.WAITING_FOR._compile("default").statement({"place": uuid4(), "original": "uuid:x"})
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE surveys_submission")
        cursor.execute(f"EXPLAIN (GENERIC_PLAN) {_in_numbers(sql)}")
        plan = " ".join(line for (line,) in cursor.fetchall())
    assert "submission_edit_of" in plan, plan
    assert "counts_once" in versions.counting([uuid4()]).explain()
