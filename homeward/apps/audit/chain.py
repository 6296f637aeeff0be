"""What is hashed and signed, byte for byte. Whoever verifies the chain without Homeward needs this page alone.

An event's canonical bytes are JSON of its fields, names sorted, no spaces, times in UTC with six decimals; its digest
is their SHA-256 after a fixed prefix. The head after an event is SHA-256 of the head before and the event's digest. A
batch is signed (Ed25519) over JSON of what `statement` lists.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from homeward.apps.audit.models import Batch, Event

EVENT = b"homeward audit event 1\n"
BATCH = b"homeward audit batch 1\n"
GENESIS = hashlib.sha256(b"homeward audit chain 1").digest()


def digest_of(event: Event) -> bytes:
    values: dict[str, Any] = {
        "id": str(event.id),
        "at": moment(event.at),
        "actor_kind": event.actor_kind,
        "actor_id": _text(event.actor_id),
        "verb": event.verb,
        "object_kind": event.object_kind,
        "object_id": event.object_id,
        "child_id": _text(event.child_id),
        "organisation_id": _text(event.organisation_id),
        "allowed": bool(event.allowed),
        "detail": event.detail,
    }
    return hashlib.sha256(EVENT + canonical(values)).digest()


def head_after(head: bytes, digest: bytes) -> bytes:
    return hashlib.sha256(head + digest).digest()


def statement(batch: Batch) -> dict[str, Any]:
    """What a signature says. A head is this and the signature, so it can be checked without the database."""
    return {
        "batch": batch.number,
        "first": batch.first,
        "last": batch.last,
        "previous": bytes(batch.previous).hex(),
        "head": bytes(batch.head).hex(),
        "sealed_at": moment(batch.sealed_at),
        "key": bytes(batch.key).hex(),
    }


def signed_bytes(values: dict[str, Any]) -> bytes:
    return BATCH + canonical(values)


def canonical(values: object) -> bytes:
    return json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _text(value: object) -> str | None:
    return None if value is None else str(value)
