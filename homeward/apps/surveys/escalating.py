"""From flags to escalations: one an interview, however often things crash. Intake writes it in its own transaction; the
sweep looks for what any other way in has missed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from homeward.apps.safeguarding.models import Escalation, Source
from homeward.apps.safeguarding.raising import Raised, Rows, Sealed, known_kinds, rows_for
from homeward.apps.safeguarding.sweeping import sweep_clocks
from homeward.apps.surveys.models import Flag, Submission

LOOKS_BACK = 7  # days
AT_ONCE = 500


def escalation_rows(
    row: Submission, flags: Iterable[Flag], sealed: Sealed | None = None, *, root_id: UUID | None = None
) -> Rows:
    """None where nothing is flagged and nothing came sealed; what an earlier version raised is not raised again.
    `root_id`: of the interview that a version belongs to once it is written.
    """
    marks = [(flag.kind, flag.severity) for flag in flags]
    if not marks and sealed is None:
        return Rows()
    root = root_id or row.root_id
    raised = Raised(row.organisation_id, Source.INTERVIEW, row.pk, root, row.child, row.person_id)
    known = known_kinds(root) if marks and root != row.pk else ()
    return rows_for(raised, marks, sealed, row.received_at, known)


def raise_flags(rows: Iterable[Submission], flags: Iterable[Flag]) -> None:
    """Inside the caller's transaction."""
    of: dict[UUID, list[Flag]] = defaultdict(list)
    for flag in flags:
        of[flag.submission_id].append(flag)
    for row in rows:
        escalation_rows(row, of.get(row.pk, ())).write()


def sweep(days: int = LOOKS_BACK) -> int:
    """Returns how many flags had none. `days` 0: however old."""
    there = Escalation.objects.filter(source=Source.INTERVIEW, source_id=OuterRef("submission_id"))
    flags = Flag.objects.filter(~Exists(there))
    if days:
        flags = flags.filter(raised_at__gte=timezone.now() - timedelta(days=days))
    keys = list(flags.order_by("raised_at").values_list("submission_id", flat=True).distinct()[:AT_ONCE])
    found = 0
    for row in Submission.objects.select_related("child").defer("raw", "text", "coded").filter(pk__in=keys):
        try:
            with transaction.atomic():
                rows = escalation_rows(row, Flag.objects.filter(submission=row))
                rows.write()
                found += len(rows.escalations)
        except IntegrityError:  # another sweep was as fast
            continue
    sweep_clocks()
    return found
