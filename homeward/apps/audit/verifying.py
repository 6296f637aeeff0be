"""Is the trace still what it was? Reads everything once, changes nothing, and names the first row that is not right."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Max
from django.utils import timezone

from homeward.apps.audit.chain import GENESIS, digest_of, head_after, signed_bytes, statement
from homeward.apps.audit.models import Batch, Event, Position
from homeward.apps.audit.sealer import unsealed
from homeward.apps.audit.signing import signed_by
from homeward.apps.audit.witness import Head

CHANGED, MISSING, INSERTED, SWAPPED = "changed", "missing", "inserted", "swapped"
SIGNATURE, TRUNCATED, REWRITTEN = "signature", "truncated", "rewritten"
RESTORED = "restored"
RESTORE = "restore_backup"  # the verb
LATE = timedelta(hours=1)  # longer than this no transaction holds an event back
MOST = 100  # findings told
CHUNK = 1_000


@dataclass(frozen=True, slots=True)
class Finding:
    what: str
    position: int | None
    event_id: UUID | None = None
    batch: int | None = None


@dataclass(frozen=True, slots=True)
class Restored:
    """A restore that stands in the trace, and how many heads of the witness are from between the backup and it."""

    event_id: UUID
    at: datetime
    made_at: datetime
    file: str
    heads: int


@dataclass(frozen=True, slots=True)
class Report:
    events: int  # with a position
    batches: int
    waiting: int  # committed, not yet sealed
    pinned: bool  # against a key that the database does not hold
    findings: tuple[Finding, ...]
    restores: tuple[Restored, ...] = ()

    @property
    def intact(self) -> bool:
        return not self.findings


@dataclass(slots=True)
class _State:
    trusted: Collection[bytes]
    head: bytes = GENESIS
    last: int = 0
    batches: int = 0
    sealed_at: datetime | None = None
    heads: dict[int, tuple[bytes, int]] = field(default_factory=dict)  # by batch: head and last position
    findings: list[Finding] = field(default_factory=list)

    def tell(self, what: str, position: int | None, event_id: UUID | None = None) -> None:
        if len(self.findings) < MOST:
            self.findings.append(Finding(what, position, event_id, self.batches or None))


def verify(heads: Sequence[Head] = (), keys: Collection[bytes] = (), confirmed: Collection[UUID] = ()) -> Report:
    """`keys` are trusted from outside the database; where there are none, those of the witnessed heads. `confirmed` are
    restores of which somebody knows that they were made: whoever can cut the end off can also write that one was.
    """
    trusted = frozenset(keys) or frozenset(head.key for head in heads)
    state = _State(trusted)
    wanted = {head.batch for head in heads}
    for batch in Batch.objects.order_by("number").iterator(CHUNK):
        _check_batch(state, batch)
        if batch.number in wanted:
            state.heads[batch.number] = (bytes(batch.head), batch.last)
    _check_beyond(state)
    restores = _check_heads(state, heads, confirmed)
    waiting = _check_waiting(state)
    ordered = sorted(state.findings, key=lambda each: (each.position is None, each.position or 0))
    return Report(state.last, state.batches, waiting, bool(trusted), tuple(ordered), restores)


def _check_batch(state: _State, batch: Batch) -> None:
    state.batches += 1
    if batch.number != state.batches or batch.first != state.last + 1:
        state.tell(MISSING, state.last + 1)
        state.batches = batch.number
    key, content = bytes(batch.key), signed_bytes(statement(batch))
    signed = signed_by(key, bytes(batch.signature), content, state.trusted)
    if not signed or bytes(batch.previous) != state.head:
        state.tell(SIGNATURE, batch.first)
    before = len(state.findings)
    kept = true = bytes(batch.previous)
    for stored, computed in _check_positions(state, batch):
        kept, true = head_after(kept, stored), head_after(true, computed)
    if bytes(batch.head) not in (kept, true) and len(state.findings) == before:
        state.tell(CHANGED, batch.first)
    state.head, state.last, state.sealed_at = bytes(batch.head), max(batch.last, batch.first), batch.sealed_at


def _check_positions(state: _State, batch: Batch) -> Iterator[tuple[bytes, bytes]]:
    """The stored and the computed digest of each position that is there."""
    reference = min(state.sealed_at or batch.sealed_at, batch.sealed_at) - LATE if state.sealed_at else None
    before: UUID | None = None
    for start in range(batch.first, batch.last + 1, CHUNK):
        numbers = range(start, min(start + CHUNK, batch.last + 1))
        rows = {row.number: row for row in Position.objects.filter(number__gte=start, number__lte=numbers[-1])}
        events = Event.objects.in_bulk([row.event_id for row in rows.values()])
        digests = {key: digest_of(event) for key, event in events.items()}
        elsewhere = {bytes(row.digest): number for number, row in rows.items()}
        for number in numbers:
            row = rows.get(number)
            event = events.get(row.event_id) if row else None
            if row is None or event is None:
                state.tell(MISSING, number, row.event_id if row else None)
                continue
            computed = digests[event.pk]
            what = _what_is_wrong(row, event, computed, elsewhere, before, reference)
            if what:
                state.tell(what, number, event.pk)
            before = event.pk
            yield bytes(row.digest), computed


def _what_is_wrong(
    row: Position,
    event: Event,
    computed: bytes,
    elsewhere: Mapping[bytes, int],
    before: UUID | None,
    reference: datetime | None,
) -> str:
    if computed != bytes(row.digest):
        return SWAPPED if computed in elsewhere else CHANGED
    if before is not None and event.pk <= before:  # the sealer takes them in the order of their ids
        return SWAPPED
    return INSERTED if reference is not None and event.at < reference else ""


def _check_beyond(state: _State) -> None:
    """Positions that no batch has signed. What was sealed meanwhile has one by now."""
    known = max(state.last, Batch.objects.aggregate(most=Max("last"))["most"] or 0)
    for row in [*Position.objects.filter(number__gt=known)[:MOST], *Position.objects.filter(number__lt=1)[:MOST]]:
        state.tell(INSERTED, row.number, row.event_id)


def _check_heads(state: _State, heads: Sequence[Head], confirmed: Collection[UUID]) -> tuple[Restored, ...]:
    """What a witness kept. Everything after the last head that still fits is in doubt from there on. A head from
    between a backup and its restore cannot fit; one from before that backup, or from after the restore, must.
    """
    sure, restores = 0, _restores()
    for head in sorted(heads, key=lambda each: each.batch):
        found = state.heads.get(head.batch)
        if found == (head.head, head.last):
            sure = head.last
            continue
        number = next((at for at, each in enumerate(restores) if each.made_at <= head.sealed_at <= each.at), None)
        if number is None:
            state.tell(TRUNCATED if found is None else REWRITTEN, sure + 1)
            break
        restores[number] = replace(restores[number], heads=restores[number].heads + 1)
    for each in restores:
        if each.heads and each.event_id not in confirmed:
            position = Position.objects.filter(event_id=each.event_id).first()
            state.tell(RESTORED, position.number if position else None, each.event_id)
    return tuple(restores)


def _restores() -> list[Restored]:
    """Those that say of when their backup was."""
    found = []
    for event in Event.objects.filter(verb=RESTORE, allowed=True).order_by("pk"):
        with suppress(TypeError, ValueError):
            made_at = datetime.fromisoformat(str(event.detail.get("made_at")))
            if event.detail.get("ok") and made_at.tzinfo is not None:
                found.append(Restored(event.pk, event.at, made_at, str(event.detail.get("file", "")), 0))
    return found


def _check_waiting(state: _State) -> int:
    """Events without a position are new ones, unless they claim to be from before the last batch."""
    reference = min(state.sealed_at, timezone.now()) - LATE if state.sealed_at else None
    waiting = 0
    for key, at in unsealed().order_by("at").values_list("pk", "at").iterator(CHUNK):
        waiting += 1
        if reference is not None and at < reference:
            state.tell(INSERTED, None, key)
    return waiting
