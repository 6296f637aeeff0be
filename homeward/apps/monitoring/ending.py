"""What becomes of review meetings when something of the child ends."""

from __future__ import annotations

from uuid import UUID

from homeward.apps.monitoring.models import NoteRead, ReviewMeeting
from homeward.apps.monitoring.note_words import forget_words_about


def meetings_held(child_id: UUID) -> int:
    return ReviewMeeting.objects.filter(child=child_id).count()


def end_meeting_words(child_id: UUID) -> None:
    """In the caller's transaction: what people wrote goes; that there was a meeting, and how it ended, stays."""
    ReviewMeeting.objects.filter(child=child_id).update(child_view=b"", reason=b"", decided=b"")


def forget_meetings(child_id: UUID) -> dict[str, int]:
    """In the caller's transaction: no row stays."""
    counts = {"review_meetings": meetings_held(child_id)}
    read = NoteRead.objects.filter(child=child_id)
    forget_words_about(read.values_list("note_id", flat=True))
    read.delete()
    ReviewMeeting.objects.filter(child=child_id).delete()
    return counts
