"""What belongs to no child: group sessions, talks with key informants, forms that name nobody."""

from __future__ import annotations

from uuid import UUID

from homeward.apps.access.actors import Actor, permit
from homeward.apps.surveys.form_queries import find_version
from homeward.apps.surveys.models import State
from homeward.apps.surveys.scope import submissions_visible_to
from homeward.apps.surveys.timeline import SubmissionRow, submission_row

SEE = "answers.see"
MOST = 200


def sessions_of(actor: Actor, form_id: UUID) -> list[SubmissionRow]:
    """Of this instrument, whichever version; the newest first. What waits for its child stands in the inbox."""
    version = find_version(actor, form_id)
    if not permit(actor, SEE, organisation_id=version.organisation_id):
        return []
    rows = (
        submissions_visible_to(actor, SEE)
        .filter(
            child__isnull=True,
            organisation_id=version.organisation_id,
            form_version__instrument_id=version.instrument_id,
        )
        .exclude(state__in=(State.UNMATCHED, State.SUPERSEDED))
        .select_related("form_version", "person", "device")
        .prefetch_related("flags")
        .defer("raw", "text", "coded", "form_version__workbook", "form_version__xform", "form_version__report")
    )
    return [submission_row(row) for row in rows.order_by("-interviewed_on", "-received_at")[:MOST]]
