"""The sealed fields of visits and contact cards, named in one place."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

from homeward.apps.access import vault
from homeward.apps.visits.models import AgreedAction, SafeContact, Visit, VisitVersion

CARD_IDENTITY = ("how", "second", "not_with", "code_word")
UNSAID = "visits.safecontact.unsaid"
WORDS = "visits.visit.words"
LIFTED_WHY = "visits.visit.lifted_why"
PROMISE = "visits.agreedaction.promise"
BEFORE = "visits.visitversion.content"
WHY = "visits.visitversion.why"


def seal_for(child_id: UUID, row_id: UUID, field: str, text: str) -> bytes:
    return vault.seal_text(child_id, row_id, field, text) if text else b""


def of_card(card: SafeContact, name: str) -> str:
    """Empty once it was erased."""
    return _opened(card.child_id, card.pk, f"visits.safecontact.{name}", getattr(card, name))


def words_of(visit: Visit) -> str:
    return _opened(visit.child_id, visit.pk, WORDS, visit.words)


def lifted_why_of(visit: Visit) -> str:
    return _opened(visit.child_id, visit.pk, LIFTED_WHY, visit.lifted_why)


def promise_of(action: AgreedAction) -> str:
    return _opened(action.child_id, action.pk, PROMISE, action.promise)


def content_of(version: VisitVersion) -> str:
    return _opened(version.child_id, version.pk, BEFORE, version.content)


def why_of(version: VisitVersion) -> str:
    return _opened(version.child_id, version.pk, WHY, version.why)


def _opened(child_id: UUID, row_id: UUID, field: str, sealed: bytes | memoryview) -> str:
    with suppress(vault.ErasedError):
        return vault.open_text(child_id, row_id, field, sealed) if sealed else ""
    return ""
