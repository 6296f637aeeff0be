"""Which endings, and which decisions about them, exist for an actor."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from homeward.apps.access.actors import Actor
from homeward.apps.retention.models import Ending
from homeward.domain.permissions import Scope

REVIEW, HOLD, ASK, CHECK, SET = "retention.review", "retention.hold", "erasure.ask", "erasure.check", "retention.set"
HAND_OVER = "copies.hand_over"


def endings_visible_to(actor: Actor, permission: str = REVIEW) -> QuerySet[Ending]:
    """The system sees its organisation's; people those of their reach, by code."""
    if actor.kind == "system":
        return Ending.objects.filter(organisation_id__in=[actor.organisation_id])
    reach = Q(pk__in=[])
    for grant, scope in actor.grants_for(permission):
        if scope is Scope.ORGANISATION:
            reach |= Q(organisation_id=grant.organisation_id)
        elif scope is Scope.TEAM and grant.team_id is not None:
            reach |= Q(organisation_id=grant.organisation_id, team_id=grant.team_id)
    return Ending.objects.filter(reach)
