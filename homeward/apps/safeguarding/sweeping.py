"""What runs again and again, so that nothing waits for one job that died: clocks run out, messages not yet sent."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from homeward.apps.access.actors import system_actor
from homeward.apps.access.models import Conflict
from homeward.apps.audit.services import record
from homeward.apps.safeguarding.models import Escalation, Group, Knock, Notice, State
from homeward.apps.safeguarding.notices import send_notices
from homeward.apps.safeguarding.scope import people_of

AT_ONCE = 200


def pass_by_conflicts() -> int:
    """Nobody works on a matter of a child with whom they have a conflict of interest: one that such a person has begun
    with, or wants to close, is raised anew for the others. Where all of the first line have one, its clock has run out.
    """
    now, passed = timezone.now(), 0
    tied = Conflict.objects.filter(child_id=OuterRef("child_id"), ended_at=None)
    rows = Escalation.objects.filter(Exists(tied), group=Group.FOCAL).exclude(state=State.CLOSED)
    for row in rows:
        if row.due_at <= now and row.state == State.RAISED:
            continue
        apart = set(
            Conflict.objects.filter(child_id__in=[row.child_id], ended_at=None).values_list("person_id", flat=True)
        )
        first_line = people_of(row.organisation_id, row.group, system_actor(row.organisation_id))
        working = {row.acknowledged_by_id, row.outcome_by_id} - {None}
        left = first_line.exclude(pk__in=apart).exists()
        if not working & apart and (working or left):
            continue
        with transaction.atomic():
            due = row.due_at if left else min(row.due_at, now)
            changes = {"state": State.RAISED, "due_at": due, "second_line_at": None}
            nobody = {"acknowledged_at": None, "acknowledged_by": None, "outcome": "", "outcome_by": None}
            as_seen = Escalation.objects.filter(pk=row.pk, state=row.state, acknowledged_by=row.acknowledged_by_id)
            if as_seen.update(**changes, **nobody):
                Notice.objects.filter(escalation=row, line__in=(1, 2) if left else (2,)).delete()
                if left:
                    Notice.objects.create(escalation_id=row.pk, line=1, created_at=now)
                record(system_actor(row.organisation_id), "pass_by_conflict", "escalation", row.pk)
                passed += 1
    return passed


def call_second_line() -> int:
    """Each once: whoever is told again and again stops reading."""
    now = timezone.now()
    late = Escalation.objects.filter(state=State.RAISED, due_at__lte=now, second_line_at=None)
    called = 0
    for row in late.order_by("due_at")[:AT_ONCE]:
        with transaction.atomic():
            if not Escalation.objects.filter(pk=row.pk, second_line_at=None, state=State.RAISED).update(
                second_line_at=now
            ):
                continue
            Notice.objects.create(escalation_id=row.pk, line=2, created_at=now)
            record(system_actor(row.organisation_id), "call_second_line", "escalation", row.pk)
            called += 1
    return called


def sweep_clocks() -> None:
    pass_by_conflicts()
    call_second_line()
    send_notices()
    Knock.objects.filter(hour__lt=timezone.now().replace(minute=0, second=0, microsecond=0)).delete()
