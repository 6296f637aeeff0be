"""An interview's own key, once it lies under its child's: kept for older copies of the data, gone with the child."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.utils import timezone

from homeward.apps.access import vault
from homeward.apps.access.keys import store
from homeward.apps.access.keys.models import DataKey
from homeward.apps.backups import jobs, making
from homeward.apps.backups.making import Backup
from homeward.apps.cases.ending import BOTH, IDENTITY, destroy_keys
from homeward.apps.surveys.ending import keyless
from homeward.apps.surveys.inbox import link_submission
from homeward.apps.surveys.models import Submission
from homeward.apps.surveys.sealing import raw_of
from tests.keys.test_ending import child_of, sent
from tests.world import World

pytestmark = pytest.mark.database


def waiting(world: World) -> UUID:
    return sent(world, "999999999")


def linked(world: World) -> tuple[UUID, Submission]:
    """The interview, and its row as a copy of the data from before the linking holds it."""
    key = waiting(world)
    before = Submission.objects.get(pk=key)
    link_submission(world.amani.actor("supervisor"), key, child_of(world)[1], "It is hers", all_the_same=True)
    store.forget()
    return key, before


def own(key: UUID) -> int:
    return DataKey.objects.filter(owner_id=key, kind="own").count()


def test_a_copy_from_before_the_linking_opens_with_the_keys_of_today(world: World) -> None:
    key, before = linked(world)
    assert (before.child_id, bytes(before.data_key)) == (None, b"")
    assert raw_of(before) == raw_of(Submission.objects.get(pk=key))
    row = DataKey.objects.get(owner_id=key, kind="own")
    assert (row.ends_with, row.kept_since is not None) == (child_of(world)[0], True)


@pytest.mark.goal("P-8")
def test_it_goes_at_once_with_the_record_key(world: World) -> None:
    key, before = linked(world)
    destroy_keys(world.amani.system(), child_of(world)[1], IDENTITY, "retention_ended")
    assert own(key) == 1, "who the child is has ended, and what was said has not"
    destroy_keys(world.amani.system(), child_of(world)[1], BOTH, "erasure_asked")
    assert own(key) == 0
    with pytest.raises(vault.VaultError):
        raw_of(before)


def test_it_goes_when_no_copy_from_before_can_be_left(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    key, _ = linked(world)
    alone = sent(world, "999999999", "uuid:alone")
    jobs.drop_kept_keys()
    with time_machine.travel(timezone.now() + timedelta(days=89)):
        jobs.drop_kept_keys()
        assert own(key) == 1
    with time_machine.travel(timezone.now() + timedelta(days=91)):
        jobs.drop_kept_keys()
        assert (own(key), own(alone)) == (0, 1)
    assert raw_of(Submission.objects.get(pk=key))


def test_it_stays_as_long_as_a_copy_from_before_is_there_or_its_folder_is_away(
    world: World, settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, _ = linked(world)
    settings.HOMEWARD_BACKUPS, settings.HOMEWARD_BACKUP_RECIPIENTS = tmp_path / "away", ("age1",)
    settings.HOMEWARD_KEY_BACKUPS = tmp_path / "keys"
    old = Backup(tmp_path / "away" / "data.backup", timezone.now() - timedelta(days=1), 1)
    monkeypatch.setattr(making, "backups", lambda _folder: [old])
    with time_machine.travel(timezone.now() + timedelta(days=200)):
        jobs.drop_kept_keys()
        assert own(key) == 1, "the folder is not there"
        (tmp_path / "away").mkdir()
        jobs.drop_kept_keys()
        assert own(key) == 1, "the only backup is older than the linking"
        monkeypatch.setattr(making, "backups", lambda _folder: [])
        jobs.drop_kept_keys()
        assert own(key) == 0


def test_after_a_restore_of_a_copy_from_before_it_is_needed_again(world: World) -> None:
    key, before = linked(world)
    before.save()
    with time_machine.travel(timezone.now() + timedelta(days=91)):
        jobs.drop_kept_keys()
    row = DataKey.objects.get(owner_id=key, kind="own")
    assert (row.ends_with, row.kept_since) == (None, None)
    assert raw_of(Submission.objects.get(pk=key))


def test_what_a_crash_after_the_linking_left_unsaid_is_said_by_the_job(world: World) -> None:
    key, _ = linked(world)
    DataKey.objects.filter(owner_id=key).update(ends_with=None, kept_since=None)
    jobs.drop_kept_keys()
    row = DataKey.objects.get(owner_id=key, kind="own")
    assert row.ends_with == child_of(world)[0]
    destroy_keys(world.amani.system(), child_of(world)[1], BOTH, "erasure_asked")
    assert own(key) == 0


def test_interviews_without_a_key_are_counted_and_erased_ones_are_not(world: World) -> None:
    key = waiting(world)
    assert keyless() == set()
    assert keyless(moment=timezone.now()) == set()
    DataKey.objects.filter(owner_id=key).delete()
    store.forget()
    assert keyless() == keyless(moment=timezone.now() - timedelta(minutes=5)) == {key}
