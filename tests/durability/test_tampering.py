"""Whoever owns the database changes the trace in every way we can think of, a thousand times: each time it is found.

The witness has yesterday's head at most; here it has the newest. Between the changes nothing is wrong, and nothing is
told.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import LazySettings
from django.db import transaction

from homeward.apps.access.actors import system_actor
from homeward.apps.audit.chain import digest_of, signed_bytes, statement
from homeward.apps.audit.ids import time_ordered_id
from homeward.apps.audit.models import Batch, Event, Position
from homeward.apps.audit.sealer import chained, seal_all
from homeward.apps.audit.services import record
from homeward.apps.audit.signing import create_key, public_bytes, signing_key, trusted_keys
from homeward.apps.audit.verifying import verify
from homeward.apps.audit.witness import Head, newest_head, read_heads
from tests.durability.servers import trials
from tests.owner import as_owner

pytestmark = [pytest.mark.database, pytest.mark.slow, pytest.mark.django_db]
TRIALS = trials(1_000, least=52)
BATCHES, EACH = 6, 9
FIELDS: dict[str, Callable[[random.Random, Event], object]] = {
    "verb": lambda dice, _: f"verb_{dice.randrange(10**6)}",
    "actor_id": lambda *_: uuid4(),
    "child_id": lambda *_: uuid4(),
    "organisation_id": lambda *_: uuid4(),
    "object_id": lambda *_: str(uuid4()),
    "object_kind": lambda *_: "other",
    "actor_kind": lambda *_: "device",
    "allowed": lambda _, event: not event.allowed,
    "at": lambda dice, event: event.at + timedelta(microseconds=dice.choice([-1, 1, 10**6])),
    "detail": lambda dice, _: {"n": dice.randrange(10**6)},
}


class Owner:
    """One way to change it a trial."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.count = Position.objects.count()

    def number(self) -> int:
        return self.dice.randrange(1, self.count + 1)

    def event(self, number: int) -> Event:
        return Event.objects.get(pk=Position.objects.get(number=number).event_id)

    def edit(self) -> int:
        number = self.number()
        event, field = self.event(number), self.dice.choice(list(FIELDS))
        Event.objects.filter(pk=event.pk).update(**{field: FIELDS[field](self.dice, event)})
        return number

    def edit_and_hash_anew(self) -> None:
        number = self.edit()
        Position.objects.filter(number=number).update(digest=digest_of(self.event(number)))

    def edit_and_chain_anew(self) -> None:
        """Hashes and heads all fit; only the signature cannot be made."""
        self.edit()
        self.chain(Ed25519PrivateKey.generate(), self.dice.random() < 0.5)

    def edit_and_steal_the_key(self) -> None:
        self.edit()
        self.chain(signing_key())

    def delete_event(self) -> None:
        self.event(self.number()).delete()

    def delete_position(self) -> None:
        Position.objects.filter(number=self.number()).delete()

    def delete_both_and_close_the_gap(self) -> None:
        number = self.number()
        self.event(number).delete()
        Position.objects.filter(number=number).delete()
        for later in range(number + 1, self.count + 1):
            Position.objects.filter(number=later).update(number=later - 1)

    def swap_places(self) -> None:
        one, other = self.two()
        first, second = Position.objects.get(number=one), Position.objects.get(number=other)
        Position.objects.filter(number__in=(one, other)).delete()
        Position.objects.create(number=one, event_id=second.event_id, digest=second.digest)
        Position.objects.create(number=other, event_id=first.event_id, digest=first.digest)

    def swap_contents(self) -> None:
        one, other = (self.event(number) for number in self.two())
        for event, source in ((one, other), (other, one)):
            values: dict[str, Any] = {name: getattr(source, name) for name in FIELDS}
            Event.objects.filter(pk=event.pk).update(**values)

    def two(self) -> tuple[int, int]:
        one, other = self.dice.sample(range(1, self.count + 1), 2)
        return one, other

    def insert(self) -> None:
        """In the middle, everything after it moved on."""
        number = self.number()
        made = Event(pk=time_ordered_id(), **{name: getattr(self.event(number), name) for name in FIELDS})
        made.verb = "forged"
        made.save(force_insert=True)
        for later in range(self.count, number - 1, -1):
            Position.objects.filter(number=later).update(number=later + 1)
        Position.objects.create(number=number, event_id=made.pk, digest=digest_of(made))

    def insert_from_the_past(self) -> None:
        like = self.event(self.number())
        values = {name: getattr(like, name) for name in FIELDS} | {"at": like.at - timedelta(days=2)}
        Event(pk=time_ordered_id(), **values).save(force_insert=True)
        if self.dice.random() < 0.5:
            seal_all()

    def change_a_batch(self) -> None:
        batch = Batch.objects.get(number=self.dice.randrange(1, BATCHES + 1))
        changes: dict[str, object] = {
            "last": batch.last - 1,
            "head": bytes(32),
            "previous": bytes(32),
            "sealed_at": batch.sealed_at - timedelta(days=1),
            "signature": bytes(64),
            "key": public_bytes(Ed25519PrivateKey.generate()),
        }
        field = self.dice.choice(list(changes))
        Batch.objects.filter(pk=batch.pk).update(**{field: changes[field]})

    def delete_a_batch(self) -> None:
        Batch.objects.filter(number=self.dice.randrange(1, BATCHES + 1)).delete()

    def cut_off_the_end(self) -> None:
        batch = Batch.objects.get(number=self.dice.randrange(1, BATCHES + 1))
        rows = Position.objects.filter(number__gte=batch.first)
        Event.objects.filter(pk__in=list(rows.values_list("event_id", flat=True))).delete()
        rows.delete()
        Batch.objects.filter(number__gte=batch.number).delete()

    def begin_anew(self) -> None:
        """Everything is thrown away, and a harmless history is written with the stolen key."""
        Event.objects.all().delete()
        self.chain(signing_key())

    def chain(self, key: Ed25519PrivateKey, other_name: bool = True) -> None:
        """All hashes, heads and signatures, as the sealer would have made them."""
        Position.objects.all().delete()
        before = {batch.number: batch for batch in Batch.objects.all()}
        Batch.objects.all().delete()
        if not Event.objects.exists():
            events(3)
        seal_all()
        if key.private_bytes_raw() == signing_key().private_bytes_raw():
            return
        for batch in Batch.objects.order_by("number"):
            name = public_bytes(key) if other_name else bytes(next(iter(before.values())).key)
            batch.key = name
            signature = key.sign(signed_bytes(statement(batch)))
            Batch.objects.filter(pk=batch.pk).update(key=name, signature=signature)


ACTS = tuple(
    getattr(Owner, name)
    for name in (
        *("edit", "edit_and_hash_anew", "edit_and_chain_anew", "edit_and_steal_the_key", "delete_event"),
        *("delete_position", "delete_both_and_close_the_gap", "swap_places", "swap_contents", "insert"),
        *("insert_from_the_past", "change_a_batch", "delete_a_batch", "cut_off_the_end", "begin_anew"),
    )
)


def events(count: int) -> None:
    for number in range(count):
        record(system_actor(), "found_organisation", "organisation", uuid4(), detail={"n": number})


@pytest.fixture
def heads(tmp_path: Path, settings: LazySettings) -> list[Head]:
    settings.HOMEWARD_AUDIT_KEY = tmp_path / "key.pem"
    create_key()
    seal_all()
    for _ in range(BATCHES - Batch.objects.count()):
        events(EACH)
        seal_all()
    (tmp_path / "heads.txt").write_text(newest_head(), encoding="utf-8")
    return read_heads(tmp_path / "heads.txt")


@pytest.mark.goal("P-5")
def test_every_change_by_the_owner_is_found(heads: list[Head], record_property: Callable[[str, object], None]) -> None:
    keys, missed, found = trusted_keys(), [], Counter[str]()
    for trial in range(TRIALS):
        dice, act = random.Random(trial), ACTS[trial % len(ACTS)]
        with transaction.atomic():
            with as_owner():
                act(Owner(dice))
            report = verify(heads, keys)
            if report.intact:
                missed.append((trial, act.__name__))
            else:
                found[act.__name__] += 1
            transaction.set_rollback(True)
        if trial % 10 == 0:
            assert verify(heads, keys).intact
    assert missed == []
    assert len(found) == len(ACTS)
    record_property("ran", f"{TRIALS} changes in {len(ACTS)} ways, all found")


@pytest.mark.goal("P-5")
def test_chains_that_grow_unchanged_raise_no_alarm(heads: list[Head]) -> None:
    assert chained(bytes(32), []) == bytes(32)
    for _ in range(trials(200, least=10)):
        events(3)
        seal_all()
        assert verify(heads, trusted_keys()).intact
