"""Whether the key store is whole: each key unwraps, and each child has the keys that its rows need."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from homeward.apps.access.keys import backup, custody, store
from homeward.apps.access.keys.custody import bound_to
from homeward.apps.access.keys.faults import VaultError
from homeward.apps.access.keys.standing import children_without_keys, standing

MOST_NAMED = 20


@dataclass
class Checked:
    keys: int = 0
    opened: int = 0
    faults: list[str] = field(default_factory=list)


def verify() -> Checked:
    by, checked = custody.kek(), Checked()
    for row in store.rows().filter(destroyed_at=None).iterator(chunk_size=500):
        checked.keys += 1
        try:
            by.unwrap(bytes(row.wrapped), bound_to(row, row.custody))
            checked.opened += 1
        except VaultError:
            checked.faults.append(f"The {row.kind} key of {row.owner_id} does not open.")
    checked.faults += [f"{child} has no key." for child in children_without_keys()]
    now = standing()
    if now.rotating or now.turning:
        checked.faults.append("A rotation is unfinished.")
    more = len(checked.faults) - MOST_NAMED
    checked.faults = checked.faults[:MOST_NAMED] + ([f"... and {more} more."] if more > 0 else [])
    return checked


def differences(found: dict[str, list[dict[str, Any]]]) -> int:
    """Rows of a copy that are not in the key store as they are there, and the other way round."""
    now: dict[str, list[dict[str, Any]]] = json.loads(backup.content())
    rows = [{json.dumps([name, row], sort_keys=True) for name in each for row in each[name]} for each in (now, found)]
    return len(rows[0] ^ rows[1])
