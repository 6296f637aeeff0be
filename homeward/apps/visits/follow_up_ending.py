"""What goes with a child that is erased."""

from __future__ import annotations

from uuid import UUID

from homeward.apps.visits.clock_models import Missed, Pause


def forget_follow_up(child_id: UUID) -> None:
    """In the caller's transaction: no row about the child stays."""
    Missed.objects.filter(child=child_id).delete()
    Pause.objects.filter(child=child_id).delete()
