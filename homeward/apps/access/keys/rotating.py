"""Replacing keys, with the server stopped. Each step commits by itself, so that after a kill the same call goes on.

The key-encryption key: its successor is written down as *incoming*, every data key is wrapped anew under it, then it
becomes *current* and the old one can no longer be proved. A child's keys: a second version is made, what lies under the
first is sealed anew under the second, and the first is destroyed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any
from uuid import UUID

from django.db import models, transaction

from homeward.apps.access import vault
from homeward.apps.access.keys import custody, store
from homeward.apps.access.keys.custody import KEYS, Kek, bound_to
from homeward.apps.access.keys.destroying import empty_log
from homeward.apps.access.keys.models import Custody
from homeward.apps.access.keys.standing import owners_turning
from homeward.apps.access.registry import Field, fields
from homeward.domain.privacy import KeyKind, Storage

AT_ONCE = 500
Progress = Callable[[int], None]


def rotate_kek(old: Kek, new: Kek, progress: Progress = lambda _done: None) -> int:
    """`new` is the incoming one. Returns how many keys were wrapped anew by this call."""
    done = 0
    while some := list(store.rows().filter(custody=old.version)[:AT_ONCE]):
        with transaction.atomic(using=KEYS):
            for row in some:
                if row.wrapped:
                    key = old.unwrap(bytes(row.wrapped), bound_to(row, old.version))
                    row.wrapped = new.wrap(key, bound_to(row, new.version))
                row.custody = new.version
            store.rows().bulk_update(some, ["wrapped", "custody"])
        done += len(some)
        progress(done)
    with transaction.atomic(using=KEYS):
        states = Custody.objects.using(KEYS)
        states.filter(version=old.version).update(state=custody.RETIRED, proof=b"", salt=b"")
        states.filter(version=new.version).update(state=custody.CURRENT)
    custody.hold(new)
    store.forget()
    empty_log()
    return done


def rotate_child(child_id: UUID) -> int:
    """New identity and record keys for one child. Returns how many values were sealed or wrapped anew."""
    newest = _newest(child_id)
    if child_id not in owners_turning():
        with transaction.atomic(using=KEYS):  # both or neither, so that a second call knows where the first stopped
            for kind, version in newest.items():
                store.create([child_id], [kind], version + 1)
    store.forget([child_id])
    done = _seal_anew(child_id)
    _end_old(child_id)
    return done


def _newest(child_id: UUID) -> dict[KeyKind, int]:
    """Of each key that is alive."""
    alive = store.rows().filter(owner_id=child_id, kind__in=store.CHILD, destroyed_at=None).order_by("version")
    return {KeyKind(kind): version for kind, version in alive.values_list("kind", "version")}


def _end_old(child_id: UUID) -> None:
    """What lay under the older versions lies under the newest: of them there is nothing to say, so no row stays."""
    with transaction.atomic(using=KEYS):
        for kind, version in _newest(child_id).items():
            store.rows().filter(owner_id=child_id, kind=kind, version__lt=version, destroyed_at=None).delete()
    store.forget([child_id])


def _seal_anew(child_id: UUID) -> int:
    done = 0
    for model, sealed in _under_a_child():
        for row in model._default_manager.filter(**{sealed[0].sealed_under.path: child_id}):  # type: ignore[union-attr]
            done += _row_anew(child_id, row, sealed)
    for model, column in _wrapped_beside():
        for row in model._default_manager.filter(child_id=child_id).exclude(**{column: b""}).only(column, "child_id"):
            with suppress(vault.ErasedError):
                key = vault.data_key_of(row.pk, child_id, getattr(row, column))
                setattr(row, column, vault.wrapped_for(child_id, key))
                row.save(update_fields=[column])
                done += 1
    return done


def _row_anew(child_id: UUID, row: Any, sealed: list[Field]) -> int:
    changed = []
    for field in sealed:
        value = getattr(row, field.column.name)
        with suppress(vault.ErasedError):
            if not value:
                continue
            plain = vault.open_(child_id, row.pk, field.name, value)
            setattr(row, field.column.name, vault.seal(child_id, row.pk, field.name, plain))
            changed.append(field.column.name)
    if changed:
        row.save(update_fields=changed)
    return len(changed)


def _under_a_child() -> Iterator[tuple[type[models.Model], list[Field]]]:
    """Models whose sealed columns lie under a child's keys, whichever app they belong to."""
    found: dict[type[models.Model], list[Field]] = {}
    for field in fields():
        under = field.sealed_under
        if field.privacy.storage is Storage.SEALED and under is not None and under.owner == "child":
            found.setdefault(field.model, []).append(field)
    yield from found.items()


def _wrapped_beside() -> Iterator[tuple[type[models.Model], str]]:
    """Columns that hold a data key under a child's record key."""
    for field in fields():
        if field.privacy.storage is Storage.WRAPPED and field.app != KEYS:
            yield field.model, field.column.name
