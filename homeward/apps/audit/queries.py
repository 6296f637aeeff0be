"""Reading the trace."""

from __future__ import annotations

from datetime import datetime

from homeward.apps.audit.models import Event
from homeward.apps.audit.services import Who


def ever(*verbs: str) -> bool:
    """Whether any of these was ever done on this server."""
    return Event.objects.filter(verb__in=verbs, allowed=True).exists()


def looked(who: Who, verb: str, object_kind: str, object_id: str, *, since: datetime) -> bool:
    """Whether this very look stands in the trace already."""
    rows = Event.objects.filter(object_kind=object_kind, object_id=object_id, at__gte=since)
    return rows.filter(verb=verb, allowed=True, actor_kind=who.kind, actor_id=who.id).exists()


def how_often(verb: str, object_kind: str, object_id: str, *, since: datetime) -> int:
    """For limits: what was allowed and done with this object since then."""
    rows = Event.objects.filter(object_kind=object_kind, object_id=object_id, at__gte=since)
    return rows.filter(verb=verb, allowed=True).count()
