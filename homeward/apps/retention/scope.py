"""Which endings, and which decisions about them, exist for an actor."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q, QuerySet

from homeward.apps.access.actors import Actor, permit
from homeward.apps.cases.models import Child
from homeward.apps.cases.scope import about_children_visible_to, without_conflicts
from homeward.apps.retention.models import Ending, Hold, HoldReason, Override, OverrideKind
from homeward.domain.permissions import Scope
from homeward.domain.problems import Decision, Problem

REVIEW, HOLD, ASK, CHECK, SET = "retention.review", "retention.hold", "erasure.ask", "erasure.check", "retention.set"
HAND_OVER = "copies.hand_over"
OVERRIDE, CONFIRM = "copies.override", "copies.check"


def sees_all(actor: Actor, organisation_id: UUID, team_id: UUID | None) -> bool:
    """Whether this actor may know why something does not end: a hold that somebody else placed, or an open matter of
    protection. To everybody else the two look the same, for which of them it is would tell that something was told.
    """
    return actor.kind == "system" or bool(permit(actor, CHECK, organisation_id=organisation_id, team_id=team_id))


def placed(actor: Actor, row: Hold) -> bool:
    return row.placed_by_id is not None and row.placed_by_id == actor.person_id


def may_lift(actor: Actor, row: Hold | None, *, everything: bool) -> Decision:
    """Whoever placed it, but for an inquiry into staff; and whoever knows of all. One answer to everybody else, also
    where there is none.
    """
    if everything or (row is not None and placed(actor, row) and row.reason_code != HoldReason.STAFF_MATTER):
        return Decision.yes()
    message, action = "You cannot lift this hold.", "Ask a focal point."
    return Decision.no(Problem("retention.lift", message, action, status=403))


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
    return without_conflicts(actor, Ending.objects.filter(reach))


def overrides_visible_to(actor: Actor, permission: str = CONFIRM) -> QuerySet[Override]:
    """Those of children within the reach of this permission; of another organisation none."""
    return Override.objects.filter(about_children_visible_to(actor, permission))


def reads_why(actor: Actor, row: Override, child: Child) -> bool:
    """Why a copy is withheld may say that something was told: it is for focal points alone. Why one is wider is what
    the second person decides about.
    """
    return row.kind != OverrideKind.WITHHOLD or sees_all(actor, child.organisation_id, child.team_id)


def may_refuse(actor: Actor, row: Override, child: Child) -> Decision:
    if reads_why(actor, row, child):
        return Decision.yes()
    message, action = "Why it is withheld is for focal points to know.", "Only one of them can refuse it."
    return Decision.no(Problem("copies.refuse", message, action, status=403))
