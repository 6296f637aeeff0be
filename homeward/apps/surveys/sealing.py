"""The sealed parts of an interview. Each has a data key of its own: under its child's record key once it has a child,
so that joining it to one seals nothing anew, and in the key store until then.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from homeward.apps.access import vault
from homeward.apps.access.vault import DataKey
from homeward.apps.surveys.models import Attachment, AttachmentChunk, Import, Quarantined, Submission

RAW = "surveys.submission.raw"
TEXT = "surveys.submission.text"
REASON = "surveys.submission.reason"
TYPED_CHILD = "surveys.submission.typed_child"
QUARANTINED_RAW = "surveys.quarantined.raw"
QUARANTINED_NAME = "surveys.quarantined.name"
QUARANTINED_REASON = "surveys.quarantined.settled_reason"
ATTACHMENT_NAME = "surveys.attachment.name"
CHUNK = "surveys.attachmentchunk.content"
FILE_NAME = "surveys.import.file_name"
CONTENT = "surveys.import.content"
AGREED_WHY = "surveys.import.agreed_why"


def key_of(submission: Submission) -> DataKey:
    return vault.data_key_of(submission.pk, submission.child_id, submission.data_key)


def keep_key(submission: Submission, key: DataKey) -> None:
    """Before the row is written. An interview without a child has its key in the key store when this returns."""
    if submission.child_id is None:
        vault.keep_own([key])
    else:
        submission.data_key = vault.wrapped_for(submission.child_id, key)


def keep_keys(keys: Sequence[tuple[Submission, DataKey]]) -> None:
    """The same for many, with one look at the key store for all their children."""
    vault.prefetch(row.child_id for row, _ in keys if row.child_id is not None)
    vault.keep_own([key for row, key in keys if row.child_id is None])
    for row, key in keys:
        if row.child_id is not None:
            row.data_key = vault.wrapped_for(row.child_id, key)


def join_key(submission: Submission, child_id: UUID) -> None:
    """Its key under that of the child it is about. Save `data_key` with `child`; then `keep_beside`."""
    submission.data_key = vault.wrapped_for(child_id, key_of(submission))


def drop_key(row_id: UUID) -> None:
    """The key in the key store, where the row never came to be."""
    vault.drop_unused([row_id])


def seal_raw(key: DataKey, xml: bytes) -> bytes:
    return vault.seal(key, key.owner_id, RAW, xml)


def raw_of(submission: Submission) -> bytes:
    """ErasedError where the time to keep them is over."""
    if not submission.raw:
        raise vault.ErasedError(RAW)
    return vault.open_(key_of(submission), submission.pk, RAW, submission.raw)


def seal_texts(key: DataKey, texts: dict[str, Any]) -> bytes:
    return vault.seal(key, key.owner_id, TEXT, json.dumps(texts, ensure_ascii=False).encode())


def texts_of(submission: Submission) -> dict[str, Any]:
    if not submission.text:
        return {}
    found: dict[str, Any] = json.loads(vault.open_(key_of(submission), submission.pk, TEXT, submission.text))
    return found


def seal_note(key: DataKey, field: str, text: str) -> bytes:
    """`REASON` or `TYPED_CHILD`."""
    return vault.seal_text(key, key.owner_id, field, text)


def reason_of(submission: Submission) -> str:
    return _note_of(submission, REASON, submission.reason)


def typed_child_of(submission: Submission) -> str:
    return _note_of(submission, TYPED_CHILD, submission.typed_child)


def _note_of(submission: Submission, field: str, sealed: bytes | memoryview) -> str:
    return vault.open_text(key_of(submission), submission.pk, field, sealed) if sealed else ""


def seal_quarantined(row_id: UUID, content: bytes, name: str) -> tuple[bytes, bytes]:
    """The bytes, and the name of the file, without which it would fit nowhere when somebody releases it."""
    sealed = vault.seal(row_id, row_id, QUARANTINED_RAW, content)
    return sealed, vault.seal_text(row_id, row_id, QUARANTINED_NAME, name)


def quarantined_of(row: Quarantined) -> bytes:
    return vault.open_(row.pk, row.pk, QUARANTINED_RAW, row.raw)


def quarantined_name_of(row: Quarantined) -> str:
    return vault.open_text(row.pk, row.pk, QUARANTINED_NAME, row.name)


def seal_settled_reason(row_id: UUID, reason: str) -> bytes:
    return vault.seal_text(row_id, row_id, QUARANTINED_REASON, reason)


def settled_reason_of(row: Quarantined) -> str:
    return vault.open_text(row.pk, row.pk, QUARANTINED_REASON, row.settled_reason)


def attachment_name_hash(submission_id: UUID, name: str) -> bytes:
    return vault.keyed_hash("attachment", submission_id, name)


def seal_attachment_name(key: DataKey, attachment_id: UUID, name: str) -> bytes:
    return vault.seal_text(key, attachment_id, ATTACHMENT_NAME, name)


def attachment_name_of(attachment: Attachment) -> str:
    return vault.open_text(key_of(attachment.submission), attachment.pk, ATTACHMENT_NAME, attachment.name)


def seal_chunk(key: DataKey, chunk_id: UUID, content: bytes) -> bytes:
    return vault.seal(key, chunk_id, CHUNK, content)


def chunk_of(key: DataKey, chunk: AttachmentChunk) -> bytes:
    return vault.open_(key, chunk.pk, CHUNK, chunk.content)


def seal_import(import_id: UUID, file_name: str, content: bytes) -> tuple[bytes, bytes]:
    return vault.seal_text(import_id, import_id, FILE_NAME, file_name), vault.seal(
        import_id, import_id, CONTENT, content
    )


def import_name_of(row: Import) -> str:
    return vault.open_text(row.pk, row.pk, FILE_NAME, row.file_name)


def import_content_of(row: Import) -> bytes:
    return vault.open_(row.pk, row.pk, CONTENT, row.content)


def seal_import_agreement(import_id: UUID, text: str) -> bytes:
    return vault.seal_text(import_id, import_id, AGREED_WHY, text) if text else b""


def import_agreement_of(row: Import) -> str:
    return vault.open_text(row.pk, row.pk, AGREED_WHY, row.agreed_why) if row.agreed_why else ""
