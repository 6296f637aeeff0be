"""What the app for the field seals in the browser opens here: one envelope of it, kept as it was written by its own
tests (`frontend/tests/transport.test.ts`), is opened by the code that opens every other.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from homeward.apps.access.intake_keys import name_of, open_sealed
from homeward.apps.access.keys import store
from homeward.apps.access.models import IntakeKey
from homeward.apps.surveys.transport import Letter, content_of, severity_of
from homeward.domain.privacy import KeyKind
from homeward.domain.problems import ProblemError
from homeward.domain.transport import FLAG_LENGTH, Kind, header_of

pytestmark = pytest.mark.database
KEPT = Path(__file__).parents[2] / "frontend" / "tests" / "fixtures" / "app-envelope.json"


@pytest.fixture(scope="module")
def kept() -> dict[str, Any]:
    made: dict[str, Any] = json.loads(KEPT.read_text(encoding="utf-8"))
    return made | {name: base64.b64decode(made[name]) for name in ("public", "envelope", "flag")}


@pytest.fixture
def key(db: None, kept: dict[str, Any]) -> IntakeKey:
    """The key to which it was sealed, as if it were this server's."""
    number = base64.urlsafe_b64decode(kept["private"]["d"] + "==")
    public, now = kept["public"], timezone.now()
    row = IntakeKey(id=uuid4(), public=public, name=name_of(public), current=False, created_at=now, retired_at=now)
    store.keep([(row.pk, KeyKind.INTAKE, number)], public=public)
    row.save(force_insert=True)
    return row


def test_the_interview_opens_and_says_what_it_is(key: IntakeKey, kept: dict[str, Any]) -> None:
    assert open_sealed(kept["envelope"], Kind.INTERVIEW) == kept["content"].encode()
    header = header_of(kept["envelope"], Kind.INTERVIEW)
    assert (header.delivery, header.key_name) == (UUID(kept["delivery"]), key.name)
    with pytest.raises(ProblemError) as refusal:
        content_of(Letter(kept["envelope"]))  # it holds no answers: its head was read, and its body asked for them
    assert refusal.value.first.code.startswith("body.")


def test_how_grave_it_is_opens_by_itself(key: IntakeKey, kept: dict[str, Any]) -> None:
    assert len(kept["flag"]) == FLAG_LENGTH
    assert open_sealed(kept["flag"], Kind.FLAG) == bytes([kept["severity"]])
    assert severity_of(kept["flag"])
    assert header_of(kept["flag"], Kind.FLAG).delivery == UUID(kept["delivery"])


def test_a_changed_byte_opens_nothing(key: IntakeKey, kept: dict[str, Any]) -> None:
    for at in (50, 105, -1):
        changed = bytearray(kept["envelope"])
        changed[at] ^= 1
        with pytest.raises(ProblemError):
            open_sealed(bytes(changed), Kind.INTERVIEW)
