"""A new version is rehearsed on a restored copy; whatever goes wrong there leaves the house alone."""

from __future__ import annotations

import importlib
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from homeward.apps.access.actors import system_actor
from homeward.apps.access.keys import backup as key_copies
from homeward.apps.access.keys.models import DataKey
from homeward.apps.audit.models import Event
from homeward.apps.backups.models import BackupRun
from homeward.apps.backups.places import raw_connection
from homeward.apps.backups.snapshots import settings_of
from homeward.apps.backups.tables import columns_of, table_states
from homeward.apps.backups.upgrading import Upgraded, has_rows, pending, upgrade
from homeward.domain.problems import ProblemError
from homeward.formats.backup_file import identities_of
from tests.houses import Office

pytestmark = [pytest.mark.database, pytest.mark.slow]
STEP = """
from django.db import migrations, models

def fail(apps, schema_editor):
    name = str(schema_editor.connection.settings_dict["NAME"])
    apps.get_model("communities", "Place").objects.update(name="Elsewhere")
    if {condition}:
        raise RuntimeError("no")

class Migration(migrations.Migration):
    dependencies = [("communities", "{last}")]
    operations = [{operation}]
"""
NEW_TABLE = "migrations.CreateModel('Trial', [('id', models.BigAutoField(primary_key=True))])"
NEW_COLUMN = "migrations.AddField('Place', 'trial', models.CharField(max_length=5, default='a'))"
SLY = "migrations.RunSQL(\"UPDATE cases_child SET sex = 'other'\")"
LOSES = "migrations.RunSQL('DELETE FROM cases_namemark')"
CODE = "migrations.RunPython(fail)"


@pytest.fixture
def later(office: Office, settings: Any, tmp_path: Path) -> Any:
    """A version with one step more."""

    def make(operation: str, condition: str = "True") -> None:
        original = Path(importlib.import_module("homeward.apps.communities.migrations").__file__ or "").parent
        package = tmp_path / "later_steps"
        shutil.copytree(original, package, ignore=shutil.ignore_patterns("__pycache__"))
        last = sorted(path.stem for path in original.glob("0*.py"))[-1]
        text = STEP.format(operation=operation, condition=condition, last=last)
        (package / "9999_later.py").write_text(text, encoding="utf-8")
        sys.path.insert(0, str(tmp_path))
        settings.MIGRATION_MODULES = {"communities": "later_steps"}

    yield make
    sys.path[:] = [each for each in sys.path if each != str(tmp_path)]
    for name in [each for each in sys.modules if each.startswith("later_steps")]:
        del sys.modules[name]


def house() -> Any:
    with raw_connection(settings_of("default")) as raw:
        return table_states(raw), columns_of(raw)


def done(office: Office) -> Upgraded:
    return upgrade(system_actor(), office.backups)


def refused(office: Office) -> ProblemError:
    before = house()
    with pytest.raises(ProblemError) as error:
        done(office)
    assert house() == before
    assert list(office.folder.glob("apart-*")) == []
    assert len(list(office.backups.glob("data-*.backup"))) == 1
    return error.value


def test_nothing_waits_for_a_house_of_this_version(office: Office) -> None:
    assert (pending(), has_rows(), done(office).steps) == ([], True, [])
    assert not office.backups.exists()


@pytest.mark.parametrize(
    ("operation", "touched"), [(NEW_TABLE, "communities_trial"), (NEW_COLUMN, "communities_place")]
)
def test_what_goes_well_apart_is_done_in_the_house(office: Office, later: Any, operation: str, touched: str) -> None:
    tables = len(house()[0])
    later(operation)
    assert pending() == ["communities.9999_later"]
    report = done(office)
    assert report.steps == ["communities.9999_later"]
    assert touched in report.touched
    assert report.unchanged >= tables - 5
    assert pending() == []
    assert Path(report.backup).exists()
    assert [str(each) for each in (office.folder / "key-backups").glob("keys-*.backup")] == [report.keys_backup]
    assert BackupRun.objects.get(kind="upgrade").ok
    assert Event.objects.filter(verb="upgrade_house").count() == 1


def test_of_a_key_store_of_an_earlier_version_a_copy_is_made_before_it_is_changed(office: Office) -> None:
    """As that version had it, so that it can be restored there."""
    rows = {str(row.pk): bytes(row.wrapped).hex() for row in DataKey.objects.all()}
    call_command("migrate", "keys", "0002", database="keys", verbosity=0, interactive=False)
    assert pending() == ["keys.0003_kept_beside"]
    report = done(office)
    copy = Path(report.keys_backup)
    assert [each.counts for each in key_copies.copies(copy.parent)] == [True]
    found = key_copies.opened(copy, identities_of(office.pairs[0][1]))
    assert {row["id"]: row["wrapped"] for row in found["datakey"]} == rows
    assert "ends_with" not in found["datakey"][0]
    assert {str(row.pk): bytes(row.wrapped).hex() for row in DataKey.objects.all()} == rows
    assert pending() == []


def test_a_step_that_fails_is_named_and_the_house_left_alone(office: Office, later: Any) -> None:
    later(CODE)
    problem = refused(office).first
    assert (problem.code, problem.params["step"]) == ("upgrade.failed", "communities.9999_later")
    assert "rehearsal" in str(problem)
    assert str(problem.params["backup"]).startswith(str(office.backups))


@pytest.mark.parametrize(("operation", "table"), [(SLY, "cases_child"), (LOSES, "cases_namemark")])
def test_a_step_that_changes_what_it_does_not_name_is_refused(
    office: Office, later: Any, operation: str, table: str
) -> None:
    later(operation)
    problem = refused(office).first
    assert (problem.code, problem.params["table"]) == ("upgrade.changed", table)


def test_a_step_that_fails_in_the_house_alone_says_where_the_backup_lies(office: Office, later: Any) -> None:
    later(CODE, f"name == {str(settings_of('default')['NAME'])!r}")
    problem = refused(office).first
    assert "in the house itself" in str(problem)
    assert Path(str(problem.params["backup"])).exists()


def test_without_recipients_there_is_no_upgrade(office: Office, later: Any, settings: Any) -> None:
    later(NEW_TABLE)
    settings.HOMEWARD_BACKUP_RECIPIENTS = ()
    before = house()
    with pytest.raises(ProblemError) as error:
        done(office)
    assert error.value.first.code == "backup.recipients"
    assert house() == before
    assert "communities_trial" not in connection.introspection.table_names()
