"""What is sealed already is sealed once more on its way to the table: bound to its row, and gone with that key."""

from __future__ import annotations

from uuid import UUID

from homeward.apps.access import vault
from homeward.apps.safeguarding.models import Recipient, SealedNote

ENVELOPE = "safeguarding.sealednote.envelope"
WRAPPED = "safeguarding.recipient.wrapped"


def seal_envelope(note_id: UUID, envelope: bytes) -> bytes:
    return vault.seal(note_id, note_id, ENVELOPE, envelope)


def envelope_of(note: SealedNote) -> bytes:
    """As the page sent it: only the recipients' browsers open it."""
    return vault.open_(note.pk, note.pk, ENVELOPE, note.envelope)


def seal_wrapped(recipient_id: UUID, wrapped: bytes) -> bytes:
    return vault.seal(recipient_id, recipient_id, WRAPPED, wrapped)


def wrapped_of(recipient: Recipient) -> bytes:
    return vault.open_(recipient.pk, recipient.pk, WRAPPED, recipient.wrapped)
