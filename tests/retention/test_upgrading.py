"""What an organisation had kept before it had clocks ends after the whole notice, and not on the day of the upgrade;
and after a restore nothing ends by itself before people have looked.
"""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from pathlib import Path

import pyrage
import pytest
import time_machine
from django.apps import apps
from django.conf import settings
from django.utils import timezone

from homeward.apps.access.actors import system_actor
from homeward.apps.access.keys import backup
from homeward.apps.access.keys.aside import Aside
from homeward.apps.access.models import Organisation
from homeward.apps.backups.making import make_key_backup
from homeward.apps.cases.models import Child
from homeward.apps.retention import carrying_out
from homeward.apps.retention.listing import review_list
from homeward.apps.retention.models import RetentionPeriod, Standstill
from homeward.apps.retention.repeating import wait_after_restore
from homeward.apps.retention.running_out import run_out
from homeward.apps.surveys.models import Quarantined, Submission
from homeward.config.jobs import AFTER_RESTORE
from homeward.domain.retention import AFTER_A_RESTORE, CLOCKS, NOTICE
from tests.retention.lives import lived
from tests.world import World

pytestmark = pytest.mark.database
upgrade = import_module("homeward.apps.retention.migrations.0002_notice")
later = import_module("homeward.apps.retention.migrations.0005_extension")  # two clocks more


@pytest.fixture(autouse=True)
def emptied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrying_out, "empty_log", lambda: True)


def test_old_cases_get_the_whole_notice(world: World) -> None:
    life, now = lived(world, told=False), (timezone.now() + timedelta(days=1)).replace(hour=12)  # one day everywhere
    long_ago = now - timedelta(days=2000)
    Child.objects.filter(pk=life.id).update(status="closed", ended_on=long_ago.date())
    Submission.objects.update(received_at=long_ago)
    Quarantined.objects.update(received_at=long_ago)
    with time_machine.travel(now, tick=False):
        upgrade.give_notice(apps, None)
    waiting = Submission.objects.filter(child=None)
    for days, over in ((0, False), (NOTICE.days, False), (NOTICE.days + 1, True)):
        with time_machine.travel(now + timedelta(days=days), tick=False):
            run_out()
            listed = [row.code for row in review_list(world.amani.actor("supervisor")).due]
        child = Child.objects.get(pk=life.id)
        assert {child.identity_ended_on is not None, child.record_ended_on is not None} == {over}
        assert {waiting.exists(), Quarantined.objects.exists()} == {not over}
        assert over or life.code in listed


def test_a_time_that_was_set_stays_and_an_empty_database_stays_empty(world: World) -> None:
    assert RetentionPeriod.objects.count() == 0  # what a new database is given
    own = RetentionPeriod.objects.create(
        organisation_id=world.amani.organisation_id, clock="record", months=30, set_on=timezone.now().date()
    )
    for _ in range(2):
        upgrade.give_notice(apps, None)
        later.give_notice(apps, None)
        assert RetentionPeriod.objects.count() == len(CLOCKS) * Organisation.objects.count()
    own.refresh_from_db()
    assert own.months == 30
    assert {row.clock: row.months for row in RetentionPeriod.objects.exclude(pk=own.pk)} == {
        clock.name: clock.months for clock in CLOCKS.values()
    }


def test_after_a_restore_nothing_ends_by_itself_for_two_weeks(world: World) -> None:
    assert AFTER_RESTORE[-1].endswith(".wait_after_restore")
    life, now = lived(world, told=False), (timezone.now() + timedelta(days=1)).replace(hour=12)  # one day everywhere
    long_ago = now - timedelta(days=2000)
    Child.objects.filter(pk=life.id).update(status="closed", ended_on=long_ago.date())
    Submission.objects.filter(child=None).update(received_at=long_ago)
    with time_machine.travel(now - timedelta(days=5), tick=False):
        wait_after_restore()
    with time_machine.travel(now, tick=False):
        wait_after_restore()  # another restore
    assert Standstill.objects.count() == 1
    until = (now + AFTER_A_RESTORE + timedelta(days=1)).date()
    for days, over in ((0, False), (AFTER_A_RESTORE.days, False), (AFTER_A_RESTORE.days + 2, True)):
        with time_machine.travel(now + timedelta(days=days), tick=False):
            run_out()
            shown = review_list(world.amani.actor("supervisor")).stands_still
        assert (Child.objects.get(pk=life.id).record_ended_on is not None) is over
        assert Submission.objects.filter(child=None).exists() is not over
        assert shown == (None if over else until)


@pytest.fixture
def copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    people = tuple(str(pyrage.x25519.Identity.generate().to_public()) for _ in range(2))
    monkeypatch.setattr(settings, "HOMEWARD_KEY_BACKUPS", tmp_path / "keys")
    monkeypatch.setattr(settings, "HOMEWARD_KEY_BACKUP_RECIPIENTS", people)
    monkeypatch.setattr(settings, "HOMEWARD_BACKUP_KEY", tmp_path / "signing" / "key.pem")
    return tmp_path / "keys"


@pytest.mark.parametrize("days", [13, AFTER_A_RESTORE.days + 2])
def test_no_copy_of_the_keys_goes_by_itself_while_everything_stands_still(
    world: World, copies: Path, monkeypatch: pytest.MonkeyPatch, days: int
) -> None:
    now, gone, waits = timezone.now(), list[str](), days < AFTER_A_RESTORE.days
    aside = Aside("keys.before-it", now, is_file=True)
    monkeypatch.setattr(backup, "put_aside", lambda: [] if gone else [aside])
    monkeypatch.setattr(backup, "destroy_aside", lambda each: gone.append(each.place) is None)
    with time_machine.travel(now - timedelta(days=1), tick=False):
        older = make_key_backup(system_actor())[0].path
    with time_machine.travel(now, tick=False):
        wait_after_restore()
    with time_machine.travel(now + timedelta(days=1), tick=False):
        make_key_backup(system_actor())
    with time_machine.travel(now + timedelta(days=days), tick=False):
        assert (make_key_backup(system_actor())[1], older.exists(), gone == []) == (0 if waits else 2, waits, waits)
    with time_machine.travel(now + timedelta(days=days, hours=1), tick=False):
        make_key_backup(system_actor(), after_destroying=True)  # `homeward keys destroy` does not wait
    assert (len(backup.copies(copies)), gone) == (1, [aside.place])
