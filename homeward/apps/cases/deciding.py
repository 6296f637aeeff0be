"""The first step of every decision about a child: it is seen, and within the reach in which the actor may decide."""

from __future__ import annotations

from uuid import UUID

from homeward.apps.access.actors import Actor
from homeward.apps.access.guard import guard
from homeward.apps.audit.services import record
from homeward.apps.cases.models import Child
from homeward.apps.cases.queries import find_within
from homeward.apps.cases.scope import permit_for


def child_to_decide(actor: Actor, code: UUID | str, permission: str) -> Child:
    """Seen by this actor, and of a reach in which it may decide this."""
    child = find_within(actor, code, "children.see")
    require_for(actor, permission, child)
    return child


def require_for(actor: Actor, permission: str, child: Child) -> None:
    """A refusal is written down on its own, then raised; see `permit_for`."""
    place, team = child.organisation_id, child.team_id
    guard(actor, permission, place, team_id=team, what=("child", child.pk))
    if actor.kind == "system":
        return
    decision = permit_for(actor, permission, child.pk, organisation_id=place, team_id=team)
    if not decision:
        record(actor, permission, "child", child.pk, organisation_id=place, allowed=False)
    decision.require()
