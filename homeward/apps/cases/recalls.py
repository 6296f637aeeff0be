"""What is still on its way to somebody when an agreement to tell them is taken back."""

from __future__ import annotations

from datetime import date

from django.utils import timezone

from homeward.apps.access.actors import Actor
from homeward.apps.audit.services import record
from homeward.apps.cases.models import Child, Transfer
from homeward.apps.cases.sealing import transfer_recipient_of
from homeward.apps.cases.taken_back import may_tell
from homeward.domain.transferring import Passing


def offered_to(row: Transfer) -> str:
    """By the name to which child and caregiver agreed."""
    return row.to_organisation.name if row.to_organisation else transfer_recipient_of(row)


def recall_offers(actor: Actor, child: Child, today: date) -> None:
    """In the transaction that added to the ledger, with the child held: offers that nobody answered yet are taken back,
    where what was agreed holds no more. Whoever received one is not told why.
    """
    rows = Transfer.objects.filter(child=child, standing=Passing.OFFERED).select_related("to_organisation")
    for row in rows:
        if may_tell(child, today, offered_to(row)):
            continue
        row.standing, row.answered_on = Passing.RECALLED, today
        row.answered_by_id, row.answered_at = actor.person_id, timezone.now()
        row.save(update_fields=["standing", "answered_on", "answered_by", "answered_at"])
        record(actor, "recall_transfer", "transfer", row.pk, organisation_id=row.organisation_id, child_id=child.pk)
        if row.to_organisation_id:
            record(actor, "recall_transfer", "transfer", row.pk, organisation_id=row.to_organisation_id)
