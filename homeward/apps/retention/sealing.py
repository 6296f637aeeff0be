"""Why somebody prolonged, held, withheld or widened: sealed under the record key of the child, and gone with it."""

from __future__ import annotations

from uuid import UUID

from homeward.apps.access import vault
from homeward.apps.retention.models import Hold, Override, Review

REVIEW_REASON = "retention.review.reason"
HOLD_REASON = "retention.hold.reason"
OVERRIDE_WORDS = "retention.override.words"
LONGER_REASON = "retention.extension.reason"


def seal_reason(child_id: UUID, row_id: UUID, field: str, reason: str) -> bytes:
    """ErasedError once the record has ended."""
    return vault.seal(child_id, row_id, field, reason.encode())


def seal_reason_to_keep(row_id: UUID, reason: str) -> bytes:
    """Of what names no child: under a key of its own."""
    return vault.seal(row_id, row_id, LONGER_REASON, reason.encode())


def reason_of(row: Review | Hold) -> str:
    return _opened(row, HOLD_REASON if isinstance(row, Hold) else REVIEW_REASON, bytes(row.reason))


def words_of(row: Override) -> str:
    return _opened(row, OVERRIDE_WORDS, bytes(row.words))


def _opened(row: Review | Hold | Override, field: str, sealed: bytes) -> str:
    try:
        return vault.open_(row.child_id, row.pk, field, sealed).decode() if sealed else ""
    except vault.ErasedError:
        return ""
