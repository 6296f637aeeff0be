"""Giving events their positions, seconds after they were committed, and signing each batch of them.

Who writes an event shares no counter with anybody. So events may be committed in another order than they were made: the
sealer takes whatever has no position yet. Every few seconds it looks back an hour before the last batch; once an hour
at everything, for what a transaction held longer than that.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from homeward.apps.audit.chain import GENESIS, digest_of, head_after, signed_bytes, statement
from homeward.apps.audit.ids import first_id_of
from homeward.apps.audit.locks import held
from homeward.apps.audit.models import Batch, Event, Position
from homeward.apps.audit.signing import public_bytes, signing_key

LOOK_BACK = timedelta(hours=1)
LARGEST = 5_000  # events of one batch
LOCK = "audit-chain"


def seal() -> int:
    """How many events got a position. None where another process is at it."""
    return _seal(everything=False)


def seal_all() -> int:
    return _seal(everything=True)


def _seal(*, everything: bool) -> int:
    key = signing_key()
    count = 0
    with held(LOCK) as mine:
        while mine:
            last = last_batch()
            since = None if everything or last is None else min(last.sealed_at, timezone.now()) - LOOK_BACK
            events = list(unsealed(since).order_by("id")[:LARGEST])
            if not events:
                break
            _write(last, events, key)
            count += len(events)
    return count


def last_batch() -> Batch | None:
    return Batch.objects.order_by("-number").first()


def unsealed(since: datetime | None = None) -> QuerySet[Event]:
    """Committed, and without a position."""
    rows = Event.objects.filter(~Exists(Position.objects.filter(event_id=OuterRef("pk"))))
    return rows if since is None else rows.filter(id__gte=first_id_of(since))


def _write(last: Batch | None, events: Sequence[Event], key: Ed25519PrivateKey) -> None:
    """All of a batch or nothing. What is hashed was read before the write lock was asked for."""
    first = last.last + 1 if last else 1
    digests = [digest_of(event) for event in events]
    batch = Batch(
        number=last.number + 1 if last else 1,
        first=first,
        last=first + len(events) - 1,
        previous=bytes(last.head) if last else GENESIS,
        sealed_at=timezone.now(),
        key=public_bytes(key),
    )
    batch.head = chained(bytes(batch.previous), digests)
    batch.signature = key.sign(signed_bytes(statement(batch)))
    rows = [
        Position(number=number, event_id=event.pk, digest=digest)
        for number, (event, digest) in enumerate(zip(events, digests, strict=True), start=first)
    ]
    with transaction.atomic():
        Position.objects.bulk_create(rows, batch_size=500)
        batch.save(force_insert=True)


def chained(head: bytes, digests: Iterable[bytes]) -> bytes:
    for digest in digests:
        head = head_after(head, digest)
    return head
