"""Which escalations, violations and recipients exist for an actor. For everybody else nothing shows that any do."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from homeward.apps.access.actors import Actor, in_force_on, today_in
from homeward.apps.access.models import Membership, Person
from homeward.apps.access.visibility import NotVisible
from homeward.apps.cases.scope import without_conflicts
from homeward.apps.safeguarding.models import Escalation, Group, Recipient, State, Violation
from homeward.domain.permissions import Scope, roles_with

COUNT = "violations.count"
RECEIVES: Mapping[str, str] = {Group.FOCAL: "escalations.see", Group.STAFF: "staff_reports.see"}


def groups_of(actor: Actor) -> list[tuple[UUID, str]]:
    """Organisation and group in which the actor receives; each knows nothing of the other."""
    return [
        (grant.organisation_id, str(group))
        for group, permission in RECEIVES.items()
        for grant, scope in actor.grants_for(permission)
        if scope is Scope.ORGANISATION
    ]


def _within(actor: Actor) -> Q:
    reach = Q(pk__in=[])
    for organisation_id, group in groups_of(actor):
        reach |= Q(organisation_id=organisation_id, group=group)
    return reach


def person_of(actor: Actor) -> UUID:
    """Receiving, opening and recording are acts of a person, never of a device or the system."""
    if actor.person_id is None:
        raise NotVisible("person")
    return actor.person_id


def escalations_visible_to(actor: Actor) -> QuerySet[Escalation]:
    if actor.kind == "system":
        return Escalation.objects.filter(organisation_id__in=[actor.organisation_id])
    return without_conflicts(actor, Escalation.objects.filter(_within(actor)))


def recipients_visible_to(actor: Actor) -> QuerySet[Recipient]:
    return Recipient.objects.filter(_within(actor))


def overdue_for(actor: Actor) -> QuerySet[Escalation]:
    """What the first line has let run out, for the second: reports about staff are none of its business. It sees
    neither child nor content, and still nothing that is about a child with whom the actor has a conflict.
    """
    places = [grant.organisation_id for grant, _ in actor.grants_for("escalations.take_over")]
    rows = Escalation.objects.filter(organisation_id__in=places, group=Group.FOCAL, state=State.RAISED)
    return without_conflicts(actor, rows.filter(due_at__lte=timezone.now()))


def violations_visible_to(actor: Actor, permission: str = "violations.see") -> QuerySet[Violation]:
    rows = Violation.objects.filter(
        organisation_id__in=[grant.organisation_id for grant, _ in actor.grants_for(permission)]
    )
    return rows if permission == COUNT else without_conflicts(actor, rows)  # numbers are those of everybody


def people_of(organisation_id: UUID, group: str, actor: Actor) -> QuerySet[Person]:
    """Whoever holds the role of this group today."""
    return holders(organisation_id, [str(role) for role in roles_with(RECEIVES[group])], actor)


def holders(organisation_id: UUID, roles: list[str], actor: Actor) -> QuerySet[Person]:
    held = Membership.objects.filter(
        in_force_on(today_in(actor, organisation_id)), organisation_id=organisation_id, role__in=roles
    )
    return Person.objects.filter(pk__in=held.values("person_id"), is_active=True)
