"""What an erasure would take, counted before anybody agrees to it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from homeward.apps.access.actors import Actor
from homeward.apps.access.guard import guard
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.services import record_look
from homeward.apps.cases.models import Referral, Relation
from homeward.apps.monitoring.ending import meetings_held
from homeward.apps.retention.known import mark_of, open_ids
from homeward.apps.retention.listing import EndingRow, ending_rows
from homeward.apps.retention.models import UNDECIDED, Ending, EndingKind
from homeward.apps.retention.scope import CHECK, REVIEW, endings_visible_to
from homeward.apps.retention.two_people import moved
from homeward.apps.safeguarding.ending import told_about
from homeward.apps.surveys.ending import held_of_child, unlinked_naming
from homeward.apps.surveys.models import Attachment
from homeward.apps.visits.ending import visits_held


@dataclass(frozen=True, slots=True)
class Going:
    row: EndingRow
    counts: dict[str, int]
    mark: str  # comes back with the answer, which counts for what was shown here alone


def what_goes(actor: Actor, ending_id: UUID) -> Going:
    """For whoever may agree. Interviews that nobody has linked and that name the child are counted too, for they go."""
    rows = endings_visible_to(actor, CHECK).select_related("asked_by_person", "checked_by")
    asked = rows.filter(pk=ending_id, kind=EndingKind.ERASURE)
    row = asked.first()
    if row is None:
        raise NotVisible("ending")
    place, child = row.organisation_id, row.child_id
    guard(actor, CHECK, place, what=("ending", row.pk))
    if row.state not in UNDECIDED:
        raise moved()
    record_look(actor, REVIEW, "ending", row.pk, organisation_id=place, child_id=child)
    ids = open_ids(row)
    (shown,) = ending_rows(actor, asked)
    return Going(replace(shown, open_matter=bool(ids)), _counts(row), mark_of(row, ids))


def _counts(row: Ending) -> dict[str, int]:
    held = held_of_child(row.organisation_id, row.child_id, unlinked_naming(row.organisation_id, row.code))
    return {
        "interviews": len(held.submissions),
        "files": Attachment.objects.filter(submission__in=held.submissions).count(),
        "kept_apart": len(held.quarantined),
        "sealed_notes": len(told_about(row.child_id, held.submissions)),
        "visits": visits_held(row.child_id),
        "review_meetings": meetings_held(row.child_id),
        "relations": Relation.objects.filter(child=row.child_id).count(),
        "referrals": Referral.objects.filter(child=row.child_id).count(),
    }
