"""How the key store stands to the data: whether it is theirs, and what is missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.apps import apps

from homeward.apps.access.keys import custody
from homeward.apps.access.keys.models import Custody, DataKey
from homeward.apps.access.registry import our_models
from homeward.domain.privacy import KeyKind

CHILD = "cases.Child"


@dataclass(frozen=True, slots=True)
class Standing:
    """What `homeward keys status` says."""

    custody: str  # demo, key, passphrase; empty where the store is empty
    version: int
    rotating: bool
    live: dict[str, int]  # by kind
    destroyed: dict[str, int]
    turning: int  # children whose data keys are being replaced
    without_keys: int  # children without a key, which is damage: their data cannot be read

    @property
    def sound(self) -> bool:
        return bool(self.custody) and not (self.rotating or self.turning or self.without_keys)


def standing() -> Standing:
    row = custody.current()
    keys = DataKey.objects.using(custody.KEYS)
    live, gone = Counter[str](), Counter[str]()
    for kind, wrapped in keys.values_list("kind", "destroyed_at"):
        (live if wrapped is None else gone)[kind] += 1
    return Standing(
        row.kind if row else "",
        row.version if row else 0,
        custody.incoming() is not None,
        dict(live),
        dict(gone),
        len(owners_turning()),
        len(children_without_keys()),
    )


def data_without_keys() -> bool:
    """Sealed data, and a key store that never had a key: an earlier version made them, or the store is elsewhere."""
    if Custody.objects.using(custody.KEYS).exists():
        return False
    return any(model._default_manager.exists() for model in _sealing_models())


def owners_turning() -> set[UUID]:
    """Children who have two live versions of a key: a rotation stopped between them."""
    rows = DataKey.objects.using(custody.KEYS).filter(destroyed_at=None, kind__in=(KeyKind.IDENTITY, KeyKind.RECORD))
    seen = Counter(rows.values_list("owner_id", "kind"))
    return {owner for (owner, _kind), times in seen.items() if times > 1}


def children_without_keys() -> list[UUID]:
    known = set(DataKey.objects.using(custody.KEYS).filter(kind=KeyKind.RECORD).values_list("owner_id", flat=True))
    children: Any = apps.get_model(CHILD)
    return [key for key in children._default_manager.values_list("pk", flat=True) if key not in known]


def _sealing_models() -> Iterator[Any]:
    for model in our_models():
        under = getattr(model, "sealed_under", None)
        if under is not None and under.owner != "people":
            yield model
