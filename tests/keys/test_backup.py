"""Copies of the key store: encrypted, read back, and never the last one gone."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pyrage
import pytest

from homeward.apps.access.keys import backup, custody, store, verifying
from homeward.apps.access.keys.models import Custody, DataKey
from homeward.apps.cases.ending import BOTH, destroy_keys
from homeward.apps.cases.models import Child
from homeward.apps.cases.sealing import name_of
from homeward.domain.problems import ProblemError
from tests.world import World

pytestmark = pytest.mark.database


Pair = tuple[list[str], list[Any]]


@pytest.fixture
def pair(settings: Any, tmp_path_factory: pytest.TempPathFactory) -> Pair:
    """Public keys of two recipients; the private half of the second."""
    settings.HOMEWARD_BACKUP_KEY = tmp_path_factory.mktemp("signing") / "key.pem"
    made = [pyrage.x25519.Identity.generate() for _ in range(2)]
    return [str(each.to_public()) for each in made], made[1:]


def test_a_copy_counts_and_holds_every_key_readable_by_its_recipients_alone(
    world: World, tmp_path: Path, pair: Pair
) -> None:
    public, private = pair
    made = backup.make(tmp_path, public)
    assert [each.counts for each in backup.copies(tmp_path)] == [True]
    assert oct(made.path.stat().st_mode)[-3:] == "600"
    found = backup.opened(made.path, private)
    assert verifying.differences(found) == 0
    assert len(found["datakey"]) == DataKey.objects.count()
    wrapped = bytes(DataKey.objects.all()[0].wrapped)
    raw = made.path.read_bytes()
    assert not any(piece in raw for piece in (wrapped, wrapped.hex().encode()))
    with pytest.raises(ProblemError) as error:
        backup.opened(made.path, [pyrage.x25519.Identity.generate()])
    assert error.value.first.code == "backup.wrong_key"


def test_a_copy_restores_an_empty_key_store_and_touches_no_other(world: World, tmp_path: Path, pair: Pair) -> None:
    made = backup.make(tmp_path, pair[0])
    before = backup.content()
    found = backup.opened(made.path, pair[1])
    with pytest.raises(ProblemError) as error:
        backup.restore(found)
    assert error.value.first.code == "keys.not_empty"
    Custody.objects.all().delete()
    DataKey.objects.all().delete()
    custody.let_go(locked=False)
    store.forget()
    assert backup.restore(found) == len(found["datakey"]) + 1
    assert backup.content() == before
    assert sum(bool(name_of(child)) for child in Child.objects.all()) == 6


def test_a_copy_with_other_columns_is_refused_whole(world: World, tmp_path: Path, pair: Pair) -> None:
    found = backup.opened(backup.make(tmp_path, pair[0]).path, pair[1])
    Custody.objects.all().delete()
    DataKey.objects.all().delete()
    del found["datakey"][-1]["why"]
    with pytest.raises(ProblemError) as error:
        backup.restore(found)
    assert error.value.first.code == "keys.other_version"
    assert not Custody.objects.exists()
    assert not DataKey.objects.exists()


@pytest.mark.parametrize("damage", ["shorter", "longer", "flipped", "stranger"])
def test_a_damaged_copy_counts_no_more_and_does_not_open(
    world: World, tmp_path: Path, pair: Pair, damage: str, settings: Any
) -> None:
    path = backup.make(tmp_path, pair[0]).path
    raw = path.read_bytes()
    if damage == "stranger":  # whole, and signed by somebody whom nobody here knows
        settings.HOMEWARD_BACKUP_KEY = tmp_path / "another" / "key.pem"
        backup.make(tmp_path / "elsewhere", pair[0])
    else:
        middle = len(raw) // 2
        flipped = raw[:middle] + bytes((raw[middle] ^ 1,)) + raw[middle + 1 :]
        path.write_bytes({"shorter": raw[:-1], "longer": raw + b"x", "flipped": flipped}[damage])
    with pytest.raises(ProblemError):
        backup.opened(path, pair[1])
    assert [each.counts for each in backup.copies(tmp_path)] == [False]


def test_an_older_copy_goes_when_a_newer_one_counts_and_the_last_never(
    world: World, tmp_path: Path, pair: Pair
) -> None:
    first = backup.make(tmp_path, pair[0])
    assert backup.prune(tmp_path, older_than=timedelta(0)) == []
    second = backup.make(tmp_path, pair[0])
    later = second.made_at + timedelta(days=6)
    assert backup.prune(tmp_path, now=later) == []
    second.path.write_bytes(b"damaged")
    assert backup.prune(tmp_path, now=later + timedelta(days=9)) == []
    third = backup.make(tmp_path, pair[0])
    gone = backup.prune(tmp_path, now=third.made_at + timedelta(days=7))
    assert gone == [first.path]
    assert [each.path for each in backup.copies(tmp_path)] == [third.path, second.path]  # a person looks at that one
    fourth = backup.make(tmp_path, pair[0])
    assert backup.prune(tmp_path, now=third.made_at + timedelta(days=7)) == []  # the newest is not yet so old
    assert backup.prune(tmp_path, now=fourth.made_at + timedelta(days=7)) == [third.path]
    assert backup.prune(tmp_path, now=third.made_at + timedelta(days=900)) == []


def test_no_copy_made_after_a_key_was_destroyed_holds_it(world: World, tmp_path: Path, pair: Pair) -> None:
    """P-8, of keys: with each copy that may still exist, an old backup of the data names nobody."""
    assert world.amani.child
    child = Child.objects.get(pk=world.amani.child.id)  # as in an old backup of the data
    backup.make(tmp_path, pair[0])
    destroy_keys(world.amani.system(), child.code, BOTH, "erasure_asked")
    backup.make(tmp_path, pair[0])
    backup.prune(tmp_path, older_than=timedelta(0))
    for each in backup.copies(tmp_path):
        Custody.objects.all().delete()
        DataKey.objects.all().delete()
        backup.restore(backup.opened(each.path, pair[1]))
        custody.let_go(locked=False)
        store.forget()
        with pytest.raises(ProblemError) as error:
            name_of(child)
        assert error.value.first.code == "vault.erased"


@pytest.mark.parametrize("given", [[], ["age1nonsense"], ["age1nonsense", "age1other"]])
def test_without_two_recipients_no_copy_is_made(world: World, tmp_path: Path, given: list[str]) -> None:
    with pytest.raises(ProblemError):
        backup.make(tmp_path, given)
    assert list(tmp_path.iterdir()) == []


def test_what_does_not_open_is_named(world: World, settings: Any) -> None:
    assert verifying.verify().faults == []
    row = DataKey.objects.filter(kind="identity")[0]
    DataKey.objects.filter(pk=row.pk).update(wrapped=bytes(60))
    orphan = Child.objects.exclude(pk=row.owner_id)[0]
    DataKey.objects.filter(owner_id=orphan.pk).delete()
    faults = verifying.verify().faults
    assert len(faults) == 2
    assert str(row.owner_id) in faults[0]
    assert str(orphan.pk) in faults[1]
