"""The sealed fields of this topic, named in one place."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

from homeward.apps.access import vault
from homeward.apps.monitoring.models import NoteWords, ReviewMeeting, StaffNote

CHILD_VIEW = "monitoring.reviewmeeting.child_view"
REASON = "monitoring.reviewmeeting.reason"
DECIDED = "monitoring.reviewmeeting.decided"
STAFF_NOTE = "monitoring.staffnote.words"
NOTE_WORDS = "monitoring.notewords.words"


def seal_of_meeting(child_id: UUID, row_id: UUID, field: str, text: str) -> bytes:
    return vault.seal_text(child_id, row_id, field, text)


def words_of(row: ReviewMeeting, field: str, sealed: bytes | memoryview) -> str:
    """Empty once what people wrote has ended."""
    with suppress(vault.ErasedError):
        return vault.open_text(row.child_id, row.pk, field, sealed)
    return ""


def seal_of_staff_note(row_id: UUID, text: str) -> bytes:
    return vault.seal_text(row_id, row_id, STAFF_NOTE, text)


def staff_note_of(row: StaffNote) -> str:
    return vault.open_text(row.pk, row.pk, STAFF_NOTE, row.words)


def seal_of_words(row_id: UUID, text: str) -> bytes:
    return vault.seal_text(row_id, row_id, NOTE_WORDS, text)


def words_about_note(row: NoteWords) -> str:
    """Empty once the key is gone."""
    with suppress(vault.ErasedError):
        return vault.open_text(row.pk, row.pk, NOTE_WORDS, row.words)
    return ""
