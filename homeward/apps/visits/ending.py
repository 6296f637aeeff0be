"""What becomes of visits and contact cards when something of a child ends."""

from __future__ import annotations

from uuid import UUID

from homeward.apps.visits.models import (
    ActionOutcome,
    AgreedAction,
    ContactAttempt,
    ContactFact,
    QuietTime,
    SafeContact,
    Visit,
    VisitVersion,
    VisitVoice,
)


def end_cards_of(child_id: UUID) -> None:
    """In the caller's transaction: numbers, addresses and names go with who the child is. Coded facts stay."""
    SafeContact.objects.filter(child_id=child_id).update(how=b"", second=b"", not_with=b"", code_word=b"")


def end_visit_words_of(child_id: UUID) -> None:
    """In the caller's transaction: what people wrote. That there was a visit, and how it ended, stays."""
    end_cards_of(child_id)
    SafeContact.objects.filter(child_id=child_id).update(unsaid=b"")
    Visit.objects.filter(child_id=child_id).update(words=b"", lifted_why=b"")
    AgreedAction.objects.filter(child_id=child_id).update(promise=b"")
    VisitVersion.objects.filter(child_id=child_id).update(content=b"", why=b"")


def visits_held(child_id: UUID) -> int:
    """How many an erasure would take."""
    return Visit.objects.filter(child_id=child_id).count()


def forget_visits(child_id: UUID) -> dict[str, int]:
    """In the caller's transaction, before interviews go: no row stays. Those of brothers and sisters do."""
    counts = {"visits": visits_held(child_id), "attempts": ContactAttempt.objects.filter(child_id=child_id).count()}
    ActionOutcome.objects.filter(action__child_id=child_id).delete()
    AgreedAction.objects.filter(child_id=child_id).delete()
    VisitVoice.objects.filter(visit__child_id=child_id).delete()
    VisitVersion.objects.filter(child_id=child_id).delete()
    ContactFact.objects.filter(child_id=child_id).delete()
    Visit.objects.filter(child_id=child_id).delete()
    ContactAttempt.objects.filter(child_id=child_id).delete()
    QuietTime.objects.filter(child_id=child_id).delete()
    SafeContact.objects.filter(child_id=child_id).delete()
    return counts
