"""A key that ended is forgotten by every process of the machine at its next use."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from homeward.apps.access import vault
from homeward.apps.access.keys import store, telling
from homeward.apps.access.keys.destroying import destroy
from homeward.apps.access.keys.models import DataKey
from homeward.domain.privacy import KeyKind

pytestmark = [pytest.mark.database, pytest.mark.django_db]
NAME = "cases.child.name"
OTHER = "from homeward.apps.access.keys import telling; telling.tell()"


def test_what_another_process_destroyed_opens_nothing_at_the_next_use(settings: Any, tmp_path: Path) -> None:
    settings.HOMEWARD_DATA = tmp_path
    child = uuid4()
    sealed = vault.seal(child, child, NAME, b"Asha")
    assert vault.open_(child, child, NAME, sealed) == b"Asha"
    DataKey.objects.filter(owner_id=child).update(wrapped=b"", why="erasure_asked", destroyed_at="2026-01-01T00:00Z")
    assert vault.open_(child, child, NAME, sealed) == b"Asha", "it is remembered"
    env = {"HOMEWARD_DATA": str(tmp_path), "DJANGO_SETTINGS_MODULE": "homeward.config.settings"}
    subprocess.run([sys.executable, "-c", OTHER], env=env, check=True, timeout=60, cwd=Path.cwd())
    with pytest.raises(vault.ErasedError):
        vault.open_(child, child, NAME, sealed)


def test_each_end_of_a_key_tells(settings: Any, tmp_path: Path) -> None:
    settings.HOMEWARD_DATA = tmp_path
    child, row = uuid4(), uuid4()
    vault.create_child_keys([child])
    vault.keep_own([vault.new_data_key(row)])
    states = [telling.state()]
    assert states == [telling.NEVER]
    for act in (lambda: destroy([child], [KeyKind.IDENTITY], "retention_ended"), lambda: vault.drop_own([row])):
        act()
        states.append(telling.state())
    vault.keep_own([vault.new_data_key(uuid4())])
    vault.drop_unused([uuid4()])  # a row that never came tells nobody: each repeated interview is one
    assert len(set(states)) == 3
    assert telling.state() == states[-1]
    assert [each.name for each in tmp_path.iterdir()] == [telling.CHANGED]


def test_what_was_read_while_a_key_ended_is_read_again(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The look came before the end, and what it found is remembered after it."""
    settings.HOMEWARD_DATA = tmp_path
    child = uuid4()
    vault.create_child_keys([child])
    store.forget()
    real = store._rows

    def slowly(owners: Any) -> Any:
        found = list(real(owners))
        destroy([child], [KeyKind.IDENTITY, KeyKind.RECORD], "erasure_asked")
        return iter(found)

    monkeypatch.setattr(store, "_rows", slowly)
    vault.record_ended(child)
    monkeypatch.setattr(store, "_rows", real)
    assert vault.record_ended(child)


def test_asking_costs_next_to_nothing() -> None:
    began = time.perf_counter()
    for _ in range(10_000):
        telling.state()
    assert time.perf_counter() - began < 1.0
