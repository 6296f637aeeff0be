"""The sealed parts of an interview. Each interview has a key of its own, so that it can be joined to a child later."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from homeward.apps.access import vault
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


def seal_raw(submission_id: UUID, xml: bytes) -> bytes:
    return vault.seal(submission_id, submission_id, RAW, xml)


def raw_of(submission: Submission) -> bytes:
    return vault.open_(submission.pk, submission.pk, RAW, submission.raw)


def seal_texts(submission_id: UUID, texts: dict[str, Any]) -> bytes:
    return vault.seal(submission_id, submission_id, TEXT, json.dumps(texts, ensure_ascii=False).encode())


def texts_of(submission: Submission) -> dict[str, Any]:
    if not submission.text:
        return {}
    found: dict[str, Any] = json.loads(vault.open_(submission.pk, submission.pk, TEXT, submission.text))
    return found


def seal_note(submission_id: UUID, field: str, text: str) -> bytes:
    """`REASON` or `TYPED_CHILD`."""
    return vault.seal_text(submission_id, submission_id, field, text)


def reason_of(submission: Submission) -> str:
    return vault.open_text(submission.pk, submission.pk, REASON, submission.reason)


def typed_child_of(submission: Submission) -> str:
    return vault.open_text(submission.pk, submission.pk, TYPED_CHILD, submission.typed_child)


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


def seal_attachment_name(submission_id: UUID, attachment_id: UUID, name: str) -> bytes:
    return vault.seal_text(submission_id, attachment_id, ATTACHMENT_NAME, name)


def attachment_name_of(attachment: Attachment) -> str:
    return vault.open_text(attachment.submission_id, attachment.pk, ATTACHMENT_NAME, attachment.name)


def seal_chunk(submission_id: UUID, chunk_id: UUID, content: bytes) -> bytes:
    return vault.seal(submission_id, chunk_id, CHUNK, content)


def chunk_of(submission_id: UUID, chunk: AttachmentChunk) -> bytes:
    return vault.open_(submission_id, chunk.pk, CHUNK, chunk.content)


def seal_import(import_id: UUID, file_name: str, content: bytes) -> tuple[bytes, bytes]:
    return vault.seal_text(import_id, import_id, FILE_NAME, file_name), vault.seal(
        import_id, import_id, CONTENT, content
    )


def import_name_of(row: Import) -> str:
    return vault.open_text(row.pk, row.pk, FILE_NAME, row.file_name)


def import_content_of(row: Import) -> bytes:
    return vault.open_(row.pk, row.pk, CONTENT, row.content)
