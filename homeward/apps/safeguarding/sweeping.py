"""What runs again and again, so that nothing waits for one job that died: clocks run out, messages not yet sent."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from homeward.apps.access.actors import system_actor
from homeward.apps.audit.services import record
from homeward.apps.safeguarding.models import Escalation, Knock, Notice, State
from homeward.apps.safeguarding.notices import send_notices

AT_ONCE = 200


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
    call_second_line()
    send_notices()
    Knock.objects.filter(hour__lt=timezone.now().replace(minute=0, second=0, microsecond=0)).delete()
