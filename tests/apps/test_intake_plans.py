"""What intake asks of the table of interviews goes by an index, so that the thousandth costs what the first did."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from homeward.apps.surveys.intake import Delivery, receive
from tests.interviews import interview
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="reads SQLite's plans")
def test_no_look_of_intake_reads_through_the_table_of_interviews(world: World) -> None:
    asked: list[tuple[str, Any]] = []

    def keep(execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:
        asked.append((sql, parameters))
        return execute(sql, parameters, many, context)

    assert world.amani.child is not None
    with connection.execute_wrapper(keep):
        receive(world.amani.actor("enumerator"), Delivery(interview("child-12-14", world.amani.child.code)))
    looks = [(sql, given) for sql, given in asked if sql.startswith("SELECT") and "surveys_submission" in sql]
    assert looks
    with connection.cursor() as cursor:
        for sql, given in looks:
            plan = " ".join(row[3] for row in cursor.execute(f"EXPLAIN QUERY PLAN {sql}", given).fetchall())
            assert "SCAN surveys_submission" not in plan
            assert "submission_inbox (organisation_id=?)" not in plan
