"""Reading the trace."""

from __future__ import annotations

from homeward.apps.audit.models import Event


def ever(*verbs: str) -> bool:
    """Whether any of these was ever done on this server."""
    return Event.objects.filter(verb__in=verbs, allowed=True).exists()
