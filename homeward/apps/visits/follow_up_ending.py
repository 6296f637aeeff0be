"""What goes with a child that is erased."""

from __future__ import annotations

from uuid import UUID

from homeward.apps.cases.models import Child
from homeward.apps.visits.clock_models import Missed, Pause
from homeward.apps.visits.outlook_models import Outlook


def forget_follow_up(child_id: UUID) -> None:
    """In the caller's transaction: no row about the child stays."""
    list(
        Child.objects.select_for_update().filter(pk=child_id).values_list("pk")
    )  # in the order of the job that makes it
    Outlook.objects.filter(child=child_id).delete()
    Missed.objects.filter(child=child_id).delete()
    Pause.objects.filter(child=child_id).delete()
