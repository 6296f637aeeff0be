"""Which interviews exist for an actor: about children within reach, or waiting in an inbox within reach."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.db.models import DateTimeField, Exists, Expression, ExpressionWrapper, OuterRef, Q, QuerySet, Value
from django.db.models.functions import TruncDate

from homeward.apps.access.actors import Actor
from homeward.apps.access.models import Membership
from homeward.apps.access.visibility import NotVisible
from homeward.apps.cases.models import Child
from homeward.apps.cases.scope import about_children_visible_to
from homeward.apps.surveys.models import Quarantined, State, Submission
from homeward.apps.surveys.sealing import typed_child_of
from homeward.domain.codes import normalise_code
from homeward.domain.permissions import Scope

GRACE = timedelta(days=1)
WAITING = (State.UNMATCHED, State.INVALID)
HELD = (State.ACCEPTED, State.INVALID)  # an interview took place, whether or not somebody has to look at it


def submissions_visible_to(actor: Actor, permission: str = "children.see") -> QuerySet[Submission]:
    """A device sees none: what it has sent it cannot read back."""
    if actor.kind == "device":
        return Submission.objects.none()
    if actor.kind == "system":
        return Submission.objects.filter(organisation_id__in=[actor.organisation_id])
    return Submission.objects.filter(
        Q(about_children_visible_to(actor, permission))
        | _without_child(actor, permission)
        | _without_child(actor, "inbox.see")
    )


def inbox_visible_to(actor: Actor, permission: str = "inbox.see") -> QuerySet[Submission]:
    if actor.kind == "system":
        return Submission.objects.filter(organisation_id__in=[actor.organisation_id])
    about_children = Q(about_children_visible_to(actor, permission))
    return Submission.objects.filter(about_children | _without_child(actor, permission))


def quarantined_visible_to(actor: Actor, permission: str = "inbox.see") -> QuerySet[Quarantined]:
    """To whoever has a conflict with a child only what is known to be about another one: bytes alone do not tell."""
    rows = Quarantined.objects.filter(sent_within(actor, permission))
    if not actor.conflicts:
        return rows
    same = Submission.objects.filter(organisation_id=OuterRef("organisation_id"), instance_id=OuterRef("instance_id"))
    return rows.filter(Exists(same.filter(child__isnull=False).exclude(child_id__in=actor.conflicts)))


def _without_child(actor: Actor, permission: str) -> Q:
    """To whoever has a conflict with a child those alone that wait: of the others nobody looks whom they name."""
    rows = Q(child__isnull=True) & sent_within(actor, permission)
    if not actor.conflicts:
        return rows
    return rows & Q(state__in=WAITING) & ~Q(pk__in=_naming_conflicts(actor))


def _naming_conflicts(actor: Actor) -> list[UUID]:
    """Interviews that wait and name a child with whom the actor has a conflict. The code lies sealed, so each is
    opened: few wait, and few people have a conflict.
    """
    codes = set(Child.objects.filter(pk__in=actor.conflicts).values_list("code", flat=True))
    places = {grant.organisation_id for grant in actor.grants}
    rows = Submission.objects.filter(organisation_id__in=places, state__in=WAITING, child__isnull=True)
    rows = rows.exclude(typed_child=b"")
    few = rows.only("id", "child_id", "data_key", "typed_child", "organisation_id", "instance_id")
    return [row.pk for row in few if normalise_code(typed_child_of(row)) in codes]


def sent_within(actor: Actor, permission: str) -> Q:
    """By its sender, as long as nobody knows whom it is about: the organisation's, or the team's people and phones.

    People change teams: what they sent belongs to the team that they were in then.
    """
    reach = Q(pk__in=[])
    for grant, scope in actor.grants_for(permission):
        if scope is Scope.ORGANISATION:
            reach |= Q(organisation_id=grant.organisation_id)
        elif scope is Scope.TEAM and grant.team_id is not None:
            sent = Q(device__team_id=grant.team_id) | Q(_then_in(grant.team_id, "person_id"))
            sent |= Q(_then_in(grant.team_id, "device__person_id"))
            reach |= Q(organisation_id=grant.organisation_id) & sent
    return reach


def sent_by_own_phone(actor: Actor, permission: str) -> Q:
    """For a right over the own work alone: what came from one's own phones."""
    places = [grant.organisation_id for grant, scope in actor.grants_for(permission) if scope is Scope.OWN]
    return Q(organisation_id__in=places, device__person_id=actor.person_id, device__isnull=False)


def _then_in(team_id: UUID, person: str) -> Exists:
    """A day of grace on both sides: a role begins by the clock of the house, a record by that of the server."""
    sent = OuterRef("received_at")
    return Exists(
        Membership.objects.filter(
            Q(until__isnull=True) | Q(until__gte=TruncDate(_later(sent, -GRACE))),
            since__lte=TruncDate(_later(sent, GRACE)),
            team_id=team_id,
            person_id=OuterRef(person),
        )
    )


def _later(moment: OuterRef, by: timedelta) -> Expression:
    return ExpressionWrapper(moment + Value(by), output_field=DateTimeField())


def found(rows: QuerySet[Submission], submission_id: UUID) -> Submission:
    row = rows.select_related("form_version", "child").filter(pk=submission_id).first()
    if row is None:
        raise NotVisible("interview")
    return row
