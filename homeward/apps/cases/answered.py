"""What others gave back: a case that nobody took, a referral that was not accepted. It waits for whoever offered it and
for whoever works with the child, until somebody has dealt with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from homeward.apps.access.actors import Actor, permit
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.services import record, record_look
from homeward.apps.cases.deciding import require_for
from homeward.apps.cases.models import Referral, Status, Transfer
from homeward.apps.cases.referring import MAKE, SEE
from homeward.apps.cases.scope import about_children_visible_to, assigned_to, children_visible_to, without_deaths
from homeward.apps.cases.services import hold_child
from homeward.domain.mending import that_hold
from homeward.domain.referring import Standing
from homeward.domain.transferring import Passing

MOST = 200


@dataclass(frozen=True, slots=True)
class Answered:
    """`kind`: a case that was offered, or a referral; `reason`: of the list of that kind."""

    kind: str  # transfer, referral
    id: UUID
    child_code: str
    day: date
    reason: str


def given_back_by_others(actor: Actor) -> list[Answered]:
    """Of open cases; the oldest first."""
    if not permit(actor, MAKE):
        return []
    found = sorted(_transfers(actor), key=lambda each: each.day) + sorted(_referrals(actor), key=lambda each: each.day)
    if found:
        record_look(actor, SEE, "due", detail={"rows": len(found)})
    return found


def note_returned(actor: Actor, transfer_id: UUID) -> None:
    """Somebody has read that the case came back; nothing else follows from it."""
    rows = Transfer.objects.filter(about_children_visible_to(actor, SEE), pk=transfer_id, standing=Passing.RETURNED)
    row = rows.select_related("child").first()
    if row is None:
        raise NotVisible("transfer")
    require_for(actor, MAKE, row.child)
    with transaction.atomic():
        hold_child(row.child_id)
        if Transfer.objects.filter(pk=row.pk, noted_at=None).update(noted_at=timezone.now()):
            place, child = row.child.organisation_id, row.child_id
            record(actor, "note_returned", "transfer", row.pk, organisation_id=place, child_id=child)


def _transfers(actor: Actor) -> Iterator[Answered]:
    later = Transfer.objects.filter(child=OuterRef("child"), made_at__gt=OuterRef("made_at"))
    rows = Transfer.objects.filter(
        about_children_visible_to(actor, MAKE),
        ~Exists(later),
        child__status=Status.OPEN,
        standing=Passing.RETURNED,
        noted_at=None,
    )
    mine = _mine(actor)
    for row in without_deaths(rows, "child_id").select_related("child").order_by("answered_on")[:MOST]:
        if row.answered_on is not None and (row.child_id in mine or row.made_by_id == actor.person_id):
            yield Answered("transfer", row.pk, row.child.code, row.answered_on, row.reason)


def _referrals(actor: Actor) -> Iterator[Answered]:
    """Not accepted, and nobody goes on with the need or leaves it."""
    reach = about_children_visible_to(actor, MAKE)
    rows = Referral.objects.filter(reach, child__status=Status.OPEN, standing=Standing.DECLINED)
    mine = _mine(actor)
    some = without_deaths(rows, "child_id").select_related("child").prefetch_related("steps")[:MOST]
    for row in some:
        last = that_hold(row.steps.all())[-1]
        if row.child_id in mine or row.made_by_id == actor.person_id:
            yield Answered("referral", row.pk, row.child.code, last.day, last.reason)


def _mine(actor: Actor) -> set[UUID]:
    return set(children_visible_to(actor, MAKE).filter(assigned_to(actor)).values_list("pk", flat=True))
