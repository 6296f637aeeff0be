"""Pictures, sounds and drawings: sealed chunks in the database, added in any order and any split."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from homeward.apps.audit.ids import time_ordered_id
from homeward.apps.surveys.models import Attachment, AttachmentChunk, Submission
from homeward.apps.surveys.sealing import (
    attachment_name_hash,
    attachment_name_of,
    chunk_of,
    key_of,
    seal_attachment_name,
    seal_chunk,
)

CHUNK_SIZE = 512 * 1024
HEAVY = ("raw", "text", "coded")


@dataclass(frozen=True, slots=True)
class Upload:
    name: str
    content_type: str
    content: bytes


def keep(submission: Submission, uploads: Iterable[Upload]) -> list[Upload]:
    """Inside the caller's transaction. Returns files whose name is taken by another content: they are not kept here."""
    differing: list[Upload] = []
    for upload in uploads:
        digest = hashlib.sha256(upload.content).digest()
        try:
            with transaction.atomic():
                _insert(submission, upload, digest)
        except IntegrityError:
            before = Attachment.objects.get(
                submission=submission, name_hash=attachment_name_hash(submission.pk, upload.name)
            )
            if bytes(before.sha256) != digest:
                differing.append(upload)
    return differing


def _insert(submission: Submission, upload: Upload, digest: bytes) -> None:
    attachment_id, key = time_ordered_id(), key_of(submission)
    attachment = Attachment(
        id=attachment_id,
        submission=submission,
        name=seal_attachment_name(key, attachment_id, upload.name),
        name_hash=attachment_name_hash(submission.pk, upload.name),
        content_type=upload.content_type[:120],
        size=len(upload.content),
        sha256=digest,
    )
    attachment.save(force_insert=True)
    for number, start in enumerate(range(0, max(len(upload.content), 1), CHUNK_SIZE)):
        chunk_id = time_ordered_id()
        content = seal_chunk(key, chunk_id, upload.content[start : start + CHUNK_SIZE])
        AttachmentChunk(id=chunk_id, attachment=attachment, number=number, content=content).save(force_insert=True)


def files_of(submission: Submission, named: Iterable[str]) -> list[tuple[str, Attachment]]:
    """Files with their names: those of this version, and those of versions before it that its answers still name.

    A file is kept once, with the version it came with, also when it comes after that one was corrected.
    """
    own = list(Attachment.objects.filter(submission=submission))
    for each in own:
        each.submission = submission
    found = [(attachment_name_of(each), each) for each in own]
    missing = set(named) - {name for name, _ in found}
    before = submission.supersedes_id
    while before is not None and missing:
        hashes = {attachment_name_hash(before, name): name for name in sorted(missing)}
        rows = Attachment.objects.filter(submission_id=before, name_hash__in=list(hashes))
        rows = rows.select_related("submission").defer(*(f"submission__{name}" for name in HEAVY))
        found += [(hashes[bytes(each.name_hash)], each) for each in rows]
        missing -= {name for name, _ in found}
        before = Submission.objects.values_list("supersedes_id", flat=True).get(pk=before)
    return found


def content_of(attachment: Attachment) -> bytes:
    key = key_of(attachment.submission)
    chunks = AttachmentChunk.objects.filter(attachment=attachment).order_by("number")
    return b"".join(chunk_of(key, chunk) for chunk in chunks)
