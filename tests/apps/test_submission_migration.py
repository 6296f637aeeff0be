"""Interviews that were there before: what corrects none loses its empty id, and nothing else changes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.apps.migrating import a_database, migrated, rows

pytestmark = pytest.mark.database
LONG_AGO = datetime(2026, 1, 2, tzinfo=UTC)


def test_an_empty_id_becomes_none_and_back(
    request: pytest.FixtureRequest, tmp_path: Path, django_db_blocker: Any
) -> None:
    with a_database(request, tmp_path, django_db_blocker):
        before = migrated([("surveys", "0008_score_again")])
        organisation = rows(before, "access.Organisation").create(name="Amani")
        version = rows(before, "surveys.FormVersion").create(
            organisation=organisation, instrument_id="x", version="1", created_at=LONG_AGO
        )
        for name, corrects in (("uuid:first", ""), ("uuid:edit", "uuid:first")):
            rows(before, "surveys.Submission").create(
                organisation=organisation,
                form_version=version,
                instance_id=name,
                deprecated_id=corrects,
                root_id=uuid4(),
                state="accepted",
                channel="collect",
                interviewed_on=LONG_AGO.date(),
                raw=b"sealed",
                raw_sha256=b"sum",
                raw_size=6,
                received_at=LONG_AGO,
            )
        assert corrected(migrated([("surveys", "0010_no_empty_ids")])) == {
            "uuid:first": None,
            "uuid:edit": "uuid:first",
        }
        assert corrected(migrated([("surveys", "0008_score_again")])) == {"uuid:first": "", "uuid:edit": "uuid:first"}


def corrected(apps: Any) -> dict[str, str | None]:
    return dict(rows(apps, "surveys.Submission").values_list("instance_id", "deprecated_id"))
