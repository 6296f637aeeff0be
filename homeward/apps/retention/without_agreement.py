"""Interviews that waited for agreement in vain: erased after their days, whatever has become of them since.

A hold for the law stops it, as it stops every end. An open matter does not: what had to be said to protect the child
stands with the focal points, apart from the answers, and stays there.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db import transaction

from homeward.apps.access import vault
from homeward.apps.access.actors import system_actor
from homeward.apps.audit.services import record
from homeward.apps.retention.clocks import Periods, lock_child
from homeward.apps.retention.models import Hold
from homeward.apps.surveys.ending import forget_interviews, held_of, leave_tombstones
from homeward.apps.surveys.models import Submission
from homeward.apps.surveys.releasing import unagreed_before
from homeward.domain.retention import WITHOUT_AGREEMENT

REASON = "retention_ended"
AT_ONCE = 200


def end_without_agreement(periods: Periods, today: date) -> int:
    """Returns how many were erased. What came on a day is here for thirty days after it, by the organisation's day."""
    place, done = periods.organisation.pk, 0
    due = unagreed_before(place, periods.start_of(today - WITHOUT_AGREEMENT))
    rows = Submission.objects.filter(due).order_by("pk").values_list("pk", "child_id")
    for key, child_id in list(rows[: AT_ONCE * 10]):
        done += _end_one(place, key, child_id, periods, today)
    return done


def _end_one(place: UUID, key: UUID, child_id: UUID | None, periods: Periods, today: date) -> bool:
    held = held_of(place, [key])
    with transaction.atomic():
        if child_id is not None:
            lock_child(child_id)  # whoever holds it, or lets the interview count, has this row before or after
        due = unagreed_before(place, periods.start_of(today - WITHOUT_AGREEMENT))
        kept = Hold.objects.filter(child=child_id, lifted_at__isnull=True).exists() if child_id else False
        if kept or not Submission.objects.filter(due, pk=key).exists():
            return False
        leave_tombstones(held, REASON)
        forget_interviews(held)
        record(system_actor(place), "run_out", "submission", key, organisation_id=place, child_id=child_id)
    vault.drop_own(held.own_keys)
    return True
