"""Versions that were there before: one line for each interview, one of them counts, and nothing else changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import pytest
from django.db import IntegrityError, connections

from tests.apps.migrating import ALIAS, a_database, migrated, rows

pytestmark = pytest.mark.database
LONG_AGO = datetime(2026, 1, 2, tzinfo=UTC)
SPACE = UUID(int=7)
BEFORE = "0010_no_empty_ids"
# name, root, supersedes, state, channel; in the order they came
VERSIONS = (
    ("lone", "lone", None, "accepted", "collect"),
    ("aside", "aside", None, "set_aside", "collect"),
    # both count, by phone and by file
    ("phone", "phone", None, "accepted", "collect"),
    ("file", "phone", "phone", "accepted", "import"),
    # two corrections of one, by somebody faster and by somebody slower
    ("first", "first", None, "superseded", "collect"),
    ("faster", "first", "first", "accepted", "collect"),
    ("slower", "first", "first", "accepted", "browser"),
    ("slowest", "first", "slower", "unmatched", "collect"),
    # joined while a correction was on its way, which kept the root of before
    ("original", "original", None, "accepted", "collect"),
    ("edit", "original", "original", "superseded", "collect"),
    ("late", "edit", "edit", "accepted", "browser"),
)


def key(name: str) -> UUID:
    return uuid5(SPACE, name)


def laid_down(apps: Any) -> None:
    organisation = rows(apps, "access.Organisation").create(name="Amani")
    version = rows(apps, "surveys.FormVersion").create(
        organisation=organisation, instrument_id="x", version="1", created_at=LONG_AGO
    )
    for number, (name, root, before, state, channel) in enumerate(VERSIONS):
        rows(apps, "surveys.Submission").create(
            id=key(name),
            organisation=organisation,
            form_version=version,
            instance_id=name,
            root_id=key(root),
            supersedes_id=key(before) if before else None,
            state=state,
            channel=channel,
            interviewed_on=LONG_AGO.date(),
            raw=name.encode(),
            raw_sha256=b"sum",
            raw_size=6,
            received_at=LONG_AGO + timedelta(hours=number),
        )


def told(apps: Any) -> dict[str, tuple[str, str, str]]:
    names = {key(name): name for name, *_ in VERSIONS}
    found = rows(apps, "surveys.Submission").order_by("received_at")
    assert all(bytes(row.raw) == row.instance_id.encode() for row in found)
    return {row.instance_id: (names[row.root_id], names.get(row.supersedes_id, ""), row.state) for row in found}


def without_its_constraint() -> None:
    """As PostgreSQL has been since step 0004."""
    with connections[ALIAS].cursor() as cursor:
        cursor.execute("DROP INDEX IF EXISTS superseded_once")


def test_versions_are_put_in_line_and_one_of_them_counts(
    request: pytest.FixtureRequest, tmp_path: Path, django_db_blocker: Any
) -> None:
    with a_database(request, tmp_path, django_db_blocker):
        before = migrated([("surveys", BEFORE)])
        without_its_constraint()
        laid_down(before)
        after = migrated([("surveys", "0012_one_version_counts")])
        assert told(after) == {
            "lone": ("lone", "", "accepted"),
            "aside": ("aside", "", "set_aside"),
            "phone": ("phone", "", "accepted"),
            "file": ("phone", "phone", "superseded"),
            "first": ("first", "", "superseded"),
            "faster": ("first", "first", "superseded"),
            "slower": ("first", "faster", "accepted"),
            "slowest": ("first", "slower", "unmatched"),
            "original": ("original", "", "superseded"),
            "edit": ("original", "original", "superseded"),
            "late": ("original", "edit", "accepted"),
        }
        for changes in ({"root_id": key("phone")}, {"supersedes_id": key("first")}):
            with pytest.raises(IntegrityError):
                rows(after, "surveys.Submission").filter(instance_id="lone").update(**changes)
        again = migrated([("surveys", BEFORE)])
        assert rows(again, "surveys.Submission").filter(state="accepted").count() == 4
