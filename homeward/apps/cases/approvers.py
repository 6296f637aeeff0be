"""Who may be the second person for a child: names, for whoever waits for one."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db.models import Q

from homeward.apps.access.actors import Actor, in_force_on, today_in
from homeward.apps.access.models import Conflict, Membership
from homeward.apps.cases.deciding import child_to_decide
from homeward.apps.cases.documents import SEE
from homeward.domain.permissions import Role


def approvers(actor: Actor, child_id: UUID, writers: Collection[str]) -> tuple[str, ...]:
    """Supervisors of the child's team and focal points, but whoever had a hand in it or has a tie to the child."""
    child = child_to_decide(actor, child_id, SEE)
    day = today_in(actor, child.organisation_id)
    reach = Q(role=Role.SUPERVISOR, team_id=child.team_id) | Q(role=Role.SUPERVISOR, team=None)
    rows = Membership.objects.filter(
        reach | Q(role=Role.FOCAL_POINT),
        in_force_on(day),
        organisation_id=child.organisation_id,
        person__is_active=True,
    )
    tied = Conflict.objects.filter(child_id=child.pk, ended_at=None).values("person_id")
    rows = rows.exclude(person_id__in=[UUID(key) for key in writers if key not in ("", "None")])
    return tuple(sorted({row.person.display_name for row in rows.exclude(person_id__in=tied).select_related("person")}))
