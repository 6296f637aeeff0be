"""What is sealed already is sealed once more on its way to the table: bound to its row, and gone with that key."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from homeward.apps.access import vault
from homeward.apps.safeguarding.models import PhoneFile, PhoneForm, ProgrammeKey, Recipient, Resealed, SealedNote

ENVELOPE = "safeguarding.sealednote.envelope"
WRAPPED = "safeguarding.recipient.wrapped"
PRIVATE_HALF = "safeguarding.programmekey.envelope"
RESEALED = "safeguarding.resealed.envelope"
MANIFEST = "safeguarding.phoneform.manifest"
FILE_NAME = "safeguarding.phonefile.name"
FILE = "safeguarding.phonefile.content"


def seal_envelope(note_id: UUID, envelope: bytes) -> bytes:
    return vault.seal(note_id, note_id, ENVELOPE, envelope)


def envelope_of(note: SealedNote) -> bytes:
    """As the page sent it: only the recipients' browsers open it."""
    return vault.open_(note.pk, note.pk, ENVELOPE, note.envelope)


def seal_anew(row_id: UUID, envelope: bytes) -> bytes:
    return vault.seal(row_id, row_id, RESEALED, envelope)


def resealed_of(row: Resealed) -> bytes:
    return vault.open_(row.pk, row.pk, RESEALED, row.envelope)


def seal_wrapped(recipient_id: UUID, wrapped: bytes) -> bytes:
    return vault.seal(recipient_id, recipient_id, WRAPPED, wrapped)


def wrapped_of(recipient: Recipient) -> bytes:
    return vault.open_(recipient.pk, recipient.pk, WRAPPED, recipient.wrapped)


def seal_private_half(key_id: UUID, envelope: bytes) -> bytes:
    return vault.seal(key_id, key_id, PRIVATE_HALF, envelope)


def private_half_of(key: ProgrammeKey) -> bytes:
    return vault.open_(key.pk, key.pk, PRIVATE_HALF, key.envelope)


def seal_manifest(form_id: UUID, manifest: bytes) -> bytes:
    return vault.seal(form_id, form_id, MANIFEST, manifest)


def manifest_of(form: PhoneForm) -> bytes:
    return vault.open_(form.pk, form.pk, MANIFEST, form.manifest)


def seal_phone_file(file_id: UUID, name: str, content: bytes) -> tuple[bytes, bytes]:
    return vault.seal_text(file_id, file_id, FILE_NAME, name), vault.seal(file_id, file_id, FILE, content)


def phone_file_of(file: PhoneFile) -> tuple[str, bytes]:
    return vault.open_text(file.pk, file.pk, FILE_NAME, file.name), vault.open_(file.pk, file.pk, FILE, file.content)


def phone_file_name_hash(form_id: UUID, name: str) -> bytes:
    return vault.keyed_hash("phone_file", form_id, name)


def drop(row_ids: Iterable[UUID]) -> None:
    """The keys of rows that did not come to be: who sends again and again must not fill the key store."""
    vault.drop_unused(row_ids)
