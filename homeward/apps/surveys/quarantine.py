"""Bytes that cannot become an interview as they are: kept sealed, once, and shown to a person."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.utils import timezone

from homeward.apps.access.actors import Actor
from homeward.apps.access.vault import keyed_hash
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.services import record
from homeward.apps.surveys.attachments import Upload
from homeward.apps.surveys.models import Quarantined, Submission
from homeward.apps.surveys.sealing import drop_key, seal_quarantined
from homeward.formats.xform.submission import Meta


def keep(actor: Actor, meta: Meta, xml: bytes, files: Iterable[Upload], reason: str) -> None:
    if actor.organisation_id is None:
        raise NotVisible("organisation")
    row = Quarantined(
        organisation_id=actor.organisation_id,
        instance_id=meta.instance_id,
        kind="submission",
        instrument_id=meta.form_id[:80],
        version=meta.version[:40],
        reason=reason,
    )
    _insert(actor, row, xml)
    for file in files:
        _insert(actor, _file_row(actor.organisation_id, meta.instance_id, file, reason), file.content, file.name)


def keep_files(actor: Actor, submission: Submission, files: Iterable[Upload]) -> None:
    for file in files:
        row = _file_row(submission.organisation_id, submission.instance_id, file, "other_attachment")
        _insert(actor, row, file.content, file.name)


def decided(organisation_id: UUID, instance_id: str, digest: bytes) -> Quarantined | None:
    """A person has dealt with these very bytes: whoever sends them again is told that they arrived."""
    rows = Quarantined.objects.filter(organisation_id=organisation_id, instance_id=instance_id, sha256=digest)
    settled = rows.filter(kind="submission", settled_at__isnull=False)
    return settled.select_related("taken_as").defer("raw", "taken_as__raw").first()


def undecided(submission: Submission, files: Iterable[Upload]) -> list[Upload]:
    """Files that no person has dealt with."""
    rows = Quarantined.objects.filter(organisation_id=submission.organisation_id, instance_id=submission.instance_id)
    settled = rows.filter(kind="attachment", settled_at__isnull=False)
    known = {(bytes(name), bytes(sha256)) for name, sha256 in settled.values_list("name_hash", "sha256")}
    return [file for file in files if (_name_hash(submission.organisation_id, file), _digest(file)) not in known]


def _digest(file: Upload) -> bytes:
    return hashlib.sha256(file.content).digest()


def _name_hash(organisation_id: UUID, file: Upload) -> bytes:
    return keyed_hash("quarantined", organisation_id, file.name)


def _file_row(organisation_id: UUID, instance_id: str, file: Upload, reason: str) -> Quarantined:
    return Quarantined(
        organisation_id=organisation_id,
        instance_id=instance_id,
        kind="attachment",
        name_hash=_name_hash(organisation_id, file),
        reason=reason,
    )


def _insert(actor: Actor, row: Quarantined, content: bytes, name: str = "") -> None:
    """A unique constraint keeps the same bytes from piling up, however often and however simultaneously they come."""
    row.id = uuid4()
    row.sha256 = hashlib.sha256(content).digest()
    row.raw, row.name = seal_quarantined(row.id, content, name)
    row.person_id, row.device_id = actor.person_id, actor.device_id
    row.received_at = timezone.now()
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            detail = {"reason": row.reason, "kind": row.kind}
            record(actor, "quarantine", "quarantined", row.pk, organisation_id=row.organisation_id, detail=detail)
    except IntegrityError:
        drop_key(row.id)
