"""What becomes of the entries of a child's record when something of the child ends."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from homeward.apps.cases.models import (
    CareSpell,
    Child,
    ChildName,
    Household,
    HouseholdStay,
    Merge,
    NotSame,
    RecipientCode,
    Return,
    SaidSame,
)
from homeward.apps.cases.topics import TOPICS


def coarsen_record(child: Child, return_date: date | None) -> None:
    """In the caller's transaction, as who it is ends: other names go, and the links that lead to somebody else; days of
    returns become coarse, the one on the record as there. Coded entries stay under the code.
    """
    ChildName.objects.filter(child=child).delete()
    CareSpell.objects.filter(child=child).update(caregiver=None)
    RecipientCode.objects.filter(child=child).delete()
    _leave_households(child.pk)
    for row in Return.objects.filter(child=child, returned_on__isnull=False):
        if row.returned_on is not None:
            coarse = return_date if row.returned_on == child.return_date else row.returned_on.replace(day=1)
            Return.objects.filter(pk=row.pk).update(returned_on=coarse)
    for row in Return.objects.filter(child=child, left_on__isnull=False):
        if row.left_on is not None:
            Return.objects.filter(pk=row.pk).update(left_on=row.left_on.replace(day=1))


def forget_record(child_id: UUID) -> int:
    """In the caller's transaction: no entry stays."""
    _leave_households(child_id)
    for pairs in (NotSame, SaidSame):
        pairs._default_manager.filter(child=child_id).delete()
        pairs._default_manager.filter(other_child=child_id).delete()
    Merge.objects.filter(child=child_id).delete()
    Merge.objects.filter(into=child_id).delete()
    RecipientCode.objects.filter(child=child_id).delete()
    rows = [model._default_manager.filter(child=child_id) for model in TOPICS.values()]
    return sum(row.delete()[0] for row in rows)


def _leave_households(child_id: UUID) -> None:
    """A household in which no child of ours is left goes too."""
    lived_in = list(HouseholdStay.objects.filter(child=child_id).values_list("household", flat=True))
    HouseholdStay.objects.filter(child=child_id).delete()
    Household.objects.filter(pk__in=lived_in, stays__isnull=True).delete()
