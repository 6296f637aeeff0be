"""What came sealed and could not be taken: it stays sealed, is tried again every hour, and a person sees why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from homeward.apps.access.actors import Actor
from homeward.apps.access.guard import guard
from homeward.apps.surveys.models import SealedArrival
from homeward.apps.surveys.scope import sent_within

MOST = 200


@dataclass(frozen=True, slots=True)
class Unopened:
    reason: str  # code of what stood against it
    sender: str
    received_at: datetime


def list_unopened(actor: Actor) -> list[Unopened]:
    """Of the phones and people within reach. To whoever has a conflict with a child none: nothing tells whose it is."""
    guard(actor, "inbox.see")
    if actor.conflicts:
        return []
    rows = SealedArrival.objects.filter(sent_within(actor, "inbox.see"), state="refused").defer("envelope")
    rows = rows.select_related("person", "device").order_by("id")
    return [Unopened(row.problem, str(row.device or row.person or ""), row.received_at) for row in rows[:MOST]]
