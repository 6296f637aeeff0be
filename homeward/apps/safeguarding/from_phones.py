"""Forms that phones encrypt as a whole. Their arrival is itself the flag: each raises one escalation in the commit that
keeps it, whether anything was told in it or not. Nothing in it is read, scored or searched here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from homeward.apps.access.actors import Actor, system_actor
from homeward.apps.access.writing import writing
from homeward.apps.audit.services import record
from homeward.apps.safeguarding.models import Escalation, PhoneFile, PhoneForm, Source
from homeward.apps.safeguarding.programme_keys import private_halves
from homeward.apps.safeguarding.raising import DISCLOSURE, Raised, rows_for
from homeward.apps.safeguarding.sealing import (
    drop,
    manifest_of,
    phone_file_name_hash,
    phone_file_of,
    seal_manifest,
    seal_phone_file,
)
from homeward.domain.escalations import UNREAD


@dataclass(frozen=True, slots=True)
class Arrived:
    """What a phone sent: the manifest as it is, and who it says it is."""

    organisation_id: UUID
    instrument_id: str
    version: str
    instance_id: str
    manifest: bytes
    files: Sequence[tuple[str, bytes]] = ()


class Kept(StrEnum):
    """Whatever came is kept; this says what the phone is told of it."""

    NEW = "new"
    AGAIN = "again"
    OTHER_BYTES = "other_bytes"
    OTHER_FILE = "other_file"


@dataclass(frozen=True, slots=True)
class HandedForm:
    """As it lies here, for a browser that can open it."""

    instrument_id: str
    version: str
    received_at: datetime
    manifest: bytes
    files: tuple[tuple[str, bytes], ...]
    private_halves: tuple[bytes, ...]  # the form does not say to which of the programme's keys it was encrypted


def keep_phone_form(actor: Actor, arrived: Arrived) -> Kept:
    """For intake, which has asked whether the actor may send. Committed when it returns, at once or long ago."""
    digest = hashlib.sha256(arrived.manifest).digest()
    same_id = PhoneForm.objects.filter(organisation_id=arrived.organisation_id, instance_id=arrived.instance_id)
    row, new, differs = same_id.filter(sha256=digest).first(), False, False
    if row is None:
        with suppress(IntegrityError):  # the same came at the same moment, and was first
            row, new = _new(actor, arrived, digest), True
        row = row or same_id.get(sha256=digest)
    if not new and arrived.files:
        with writing():
            differs = _add(row, arrived.files)
    if same_id.order_by("received_at", "id").values_list("pk", flat=True).first() != row.pk:
        return Kept.OTHER_BYTES
    return Kept.OTHER_FILE if differs else Kept.NEW if new else Kept.AGAIN


def _new(actor: Actor, arrived: Arrived, digest: bytes) -> PhoneForm:
    row = PhoneForm(
        organisation_id=arrived.organisation_id,
        instrument_id=arrived.instrument_id[:80],
        version=arrived.version[:40],
        instance_id=arrived.instance_id,
        sha256=digest,
        device_id=actor.device_id,
        received_at=timezone.now(),
    )
    row.manifest = seal_manifest(row.pk, arrived.manifest)
    try:
        with writing():
            row.save(force_insert=True)
            _add(row, arrived.files)
            _raise(row)
    except IntegrityError:
        drop([row.pk])
        raise
    return row


def _raise(row: PhoneForm) -> None:
    """One matter a form; where other bytes came under its id, somebody reads those too, and both are of one thread."""
    first = PhoneForm.objects.filter(organisation_id=row.organisation_id, instance_id=row.instance_id)
    thread = first.order_by("received_at", "id").values_list("pk", flat=True)[0]
    raised = Raised(row.organisation_id, Source.PHONE, row.pk, thread)
    rows_for(raised, [(DISCLOSURE, UNREAD)], None, row.received_at).write()
    record(system_actor(row.organisation_id), "keep_sealed", "phone_form", organisation_id=row.organisation_id)


def _add(row: PhoneForm, files: Iterable[tuple[str, bytes]]) -> bool:
    """Inside the caller's transaction. Whether one of them has another content than the file known by its name."""
    differs = False
    for name, content in files:
        name_hash, digest = phone_file_name_hash(row.pk, name), hashlib.sha256(content).digest()
        known = [bytes(each) for each in _named(row, name_hash).values_list("sha256", flat=True)]
        differs = differs or bool(known) and known[0] != digest
        if digest not in known:
            _insert(row, name, content, (name_hash, digest))
    return differs


def _named(row: PhoneForm, name_hash: bytes) -> QuerySet[PhoneFile]:
    return PhoneFile.objects.filter(form=row, name_hash=name_hash).order_by("received_at", "id")


def _insert(row: PhoneForm, name: str, content: bytes, hashes: tuple[bytes, bytes]) -> None:
    file_id = uuid4()
    sealed_name, sealed = seal_phone_file(file_id, name, content)
    file = PhoneFile(
        id=file_id,
        form=row,
        name_hash=hashes[0],
        sha256=hashes[1],
        name=sealed_name,
        content=sealed,
        received_at=timezone.now(),
    )
    try:
        with transaction.atomic():
            file.save(force_insert=True)
    except IntegrityError:
        drop([file_id])


def form_of(row: Escalation) -> PhoneForm | None:
    if row.source != Source.PHONE:
        return None
    return PhoneForm.objects.select_related("device", "device__person").filter(pk=row.source_id).first()


def handed_form(row: PhoneForm) -> HandedForm:
    """Of several contents under one name the first, as the phone that sent it was told."""
    files: dict[str, bytes] = {}
    for each in PhoneFile.objects.filter(form=row).order_by("received_at", "id"):
        name, content = phone_file_of(each)
        files.setdefault(name, content)
    halves = tuple(private_halves(row.organisation_id))
    return HandedForm(row.instrument_id, row.version, row.received_at, manifest_of(row), tuple(files.items()), halves)
