"""The first step of every service: may this actor do this there? A refusal is written down on its own, then raised."""

from __future__ import annotations

from uuid import UUID

from homeward.apps.access.actors import Actor, permit
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.services import record
from homeward.domain.problems import Decision


def guard(
    actor: Actor,
    permission: str,
    organisation_id: UUID | None = None,
    *,
    team_id: UUID | None = None,
    what: tuple[str, UUID | str] = ("", ""),
) -> UUID:
    """Returns the organisation to act in. The system itself, which sets up a house and runs its jobs, may.

    Call it before the service opens its transaction, so that the record of a refusal is not rolled back with it.
    """
    target = organisation_id or actor.organisation_id
    if target is None:
        raise NotVisible("organisation")
    if actor.kind == "system":
        return target
    decision = permit(actor, permission, organisation_id=target, team_id=team_id)
    if not decision:
        kind, key = what if what[0] else ("organisation", target)
        record(actor, permission, kind, key, organisation_id=target, allowed=False)
        if all(grant.organisation_id != target for grant in actor.grants):
            raise NotVisible("organisation")
    decision.require()
    return target


def permit_recorded(actor: Actor, permission: str) -> None:
    """The same for what belongs to no organisation: organisations themselves, and places."""
    decision = Decision.yes() if actor.kind == "system" else permit(actor, permission)
    if not decision:
        record(actor, permission, "house", allowed=False)
    decision.require()
