"""Rows written straight into the tables, where only how many there are and of which day matters."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from homeward.apps.surveys.models import Submission
from tests.world import World


def bare_interview(world: World, child: UUID, days: int, **changes: Any) -> Submission:
    """Held so many days ago; nothing lies sealed in it. Not yet in the table."""
    arrived = datetime.now(UTC) - timedelta(days=changes.pop("arrived", days))
    key = uuid4()
    given: dict[str, Any] = {
        "id": key,
        "root_id": key,
        "organisation_id": world.amani.organisation_id,
        "form_version_id": world.amani.forms["child-12-14"],
        "child_id": child,
        "state": "accepted",
        "agreement": "given",
        "interviewed_on": date.today() - timedelta(days=days),
        "received_at": arrived,
        "instance_id": f"uuid:{key}",
        "raw_size": 0,
        "coded": {},
        "problems": [],
    }
    return Submission(**{**given, **changes})
