"""Which interviews exist for an actor: about children within reach, or waiting in an inbox within reach."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q, QuerySet

from homeward.apps.access.actors import Actor
from homeward.apps.access.models import Device, Membership
from homeward.apps.access.visibility import NotVisible
from homeward.apps.cases.scope import children_visible_to
from homeward.apps.surveys.models import Quarantined, Submission
from homeward.domain.permissions import Scope


def submissions_visible_to(actor: Actor, permission: str = "children.see") -> QuerySet[Submission]:
    """A device sees none: what it has sent it cannot read back."""
    if actor.kind == "device":
        return Submission.objects.none()
    if actor.kind == "system":
        return Submission.objects.filter(organisation_id__in=[actor.organisation_id])
    about_children = Q(child__in=children_visible_to(actor, permission))
    return Submission.objects.filter(
        about_children | _without_child(actor, permission) | _without_child(actor, "inbox.see")
    )


def inbox_visible_to(actor: Actor, permission: str = "inbox.see") -> QuerySet[Submission]:
    if actor.kind == "system":
        return Submission.objects.filter(organisation_id__in=[actor.organisation_id])
    about_children = Q(child__in=children_visible_to(actor, permission))
    return Submission.objects.filter(about_children | _without_child(actor, permission))


def quarantined_visible_to(actor: Actor, permission: str = "inbox.see") -> QuerySet[Quarantined]:
    return Quarantined.objects.filter(_sent_within(actor, permission))


def _without_child(actor: Actor, permission: str) -> Q:
    return Q(child__isnull=True) & _sent_within(actor, permission)


def _sent_within(actor: Actor, permission: str) -> Q:
    """By its sender, as long as nobody knows whom it is about: the organisation's, or the team's people and phones."""
    reach = Q(pk__in=[])
    for grant, scope in actor.grants_for(permission):
        if scope is Scope.ORGANISATION:
            reach |= Q(organisation_id=grant.organisation_id)
        elif scope is Scope.TEAM and grant.team_id is not None:
            members = Membership.objects.filter(team_id=grant.team_id).values("person_id")
            phones = Device.objects.filter(Q(team_id=grant.team_id) | Q(person_id__in=members)).values("pk")
            reach |= Q(organisation_id=grant.organisation_id) & (Q(device_id__in=phones) | Q(person_id__in=members))
    return reach


def found(rows: QuerySet[Submission], submission_id: UUID) -> Submission:
    row = rows.select_related("form_version", "child").filter(pk=submission_id).first()
    if row is None:
        raise NotVisible("interview")
    return row
