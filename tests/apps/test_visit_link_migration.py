"""What was noted with the record of a visit before it carried a link, and what stood apart from it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.apps.migrating import a_database, migrated, rows

pytestmark = pytest.mark.database
BEFORE = [("cases", "0016_one_ledger_of_gaps"), ("visits", "0006_gaps_into_one_ledger")]
AFTER = [("visits", "0007_corrected_visits_and_moved_promises")]
DAY, CLOSED = date(2026, 2, 16), datetime(2026, 2, 17, 9, tzinfo=UTC)
SOON, LATE = CLOSED + timedelta(seconds=2), CLOSED + timedelta(minutes=2)


@pytest.mark.django_db
def test_what_was_said_at_a_visit_is_tied_to_it_and_nothing_else_is(
    request: pytest.FixtureRequest, tmp_path: Path, django_db_blocker: Any
) -> None:
    with a_database(request, tmp_path, django_db_blocker):
        expected = _as_they_were(migrated(BEFORE))
        now = migrated(AFTER)
        found = {row.pk: row.visit_id for row in rows(now, "visits.ActionOutcome")}
        found |= {row.pk: row.visit_id for row in rows(now, "visits.ContactFact")}
        assert found == expected


def _as_they_were(old: Any) -> dict[Any, Any]:
    """Keys of rows, and the visit that each belongs to afterwards."""
    house = rows(old, "access.Organisation").create(name="Amani").pk
    one, other = (_person(old, name) for name in ("asha", "baraka"))
    child, sister = (_child(old, house, code) for code in ("100000000", "200000000"))
    first = _visit(old, child, one, DAY - timedelta(days=30), CLOSED - timedelta(days=30))
    visit = _visit(old, child, one, DAY, CLOSED)
    action, of_sister, made_here = (
        rows(old, "visits.AgreedAction").create(
            child_id=whose, visit_id=where, who="we", by_when=DAY, agreed_on=DAY, promise=b"", made_by_id=one
        ).pk
        for whose, where in ((child, first), (sister, first), (child, visit))
    )  # fmt: skip
    expected = {}
    for which, on, by, at, to in (
        (action, DAY, one, SOON, visit),
        (action, DAY, one, SOON + timedelta(seconds=9), None),  # said again on its page
        (action, DAY, one, LATE, None),
        (action, DAY, other, SOON, None),
        (action, DAY + timedelta(days=1), one, SOON, None),
        (of_sister, DAY, one, SOON, None),
        (made_here, DAY, one, SOON, None),
    ):
        row = rows(old, "visits.ActionOutcome").create(
            action_id=which, kept="done", on=on, noted_by_id=by, noted_at=at
        )  # fmt: skip
        expected[row.pk] = to
    for whose, kind, by, at, to in (
        (child, "found", one, SOON, visit),
        (child, "lost", one, SOON, None),
        (child, "found", other, SOON, None),
        (child, "found", one, LATE, None),
        (sister, "found", one, SOON, None),
    ):
        row = rows(old, "visits.ContactFact").create(
            child_id=whose, kind=kind, on=DAY, person_id=by, noted_at=at
        )  # fmt: skip
        expected[row.pk] = to
    # Two visits of one day, recorded one after the other: nobody can tell.
    other_day, at = DAY + timedelta(days=5), CLOSED + timedelta(days=5)
    for _ in range(2):
        _visit(old, child, one, other_day, at)
    row = rows(old, "visits.ContactFact").create(child_id=child, kind="found", on=other_day, person_id=one, noted_at=at)
    return {**expected, row.pk: None}


def _person(old: Any, name: str) -> Any:
    return rows(old, "access.Person").create(email=f"{name}@example.org").pk


def _child(old: Any, house: Any, code: str) -> Any:
    told = {"population": "returnee", "sex": "female", "return_date": date(2025, 1, 1)}
    return rows(old, "cases.Child").create(code=code, organisation_id=house, **told).pk


def _visit(old: Any, child: Any, person: Any, day: date, at: datetime) -> Any:
    answers = dict.fromkeys(("attention", "resentment", "danger", "undermines"), "no")
    held = {"checked_at": at, "planned_on": day, "held_on": day, "closed_by_id": person, "closed_at": at}
    return rows(old, "visits.Visit").create(child_id=child, **held, **answers).pk
