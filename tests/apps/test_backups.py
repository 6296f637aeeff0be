"""Backups of the whole house and the way back: row by row the same, or refused with the target untouched."""

from __future__ import annotations

import hashlib
import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pyrage
import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from homeward.apps.access.actors import system_actor
from homeward.apps.access.keys import backup as key_copies
from homeward.apps.access.keys import custody, store
from homeward.apps.access.keys.models import DataKey
from homeward.apps.access.models import Organisation, Person
from homeward.apps.access.session_store import SessionStore
from homeward.apps.audit.models import Event
from homeward.apps.audit.verifying import verify
from homeward.apps.backups import jobs, making
from homeward.apps.backups.drilling import drill_fresh, drill_newest
from homeward.apps.backups.making import backups, expire, make_backup, make_key_backup
from homeward.apps.backups.models import BackupRun
from homeward.apps.backups.places import connecting, folder_apart, in_place_of, raw_connection
from homeward.apps.backups.queries import last_backup, last_drill, last_key_backup, last_run
from homeward.apps.backups.restoring import Plan, Targets, restore, targets
from homeward.apps.backups.snapshots import settings_of
from homeward.apps.backups.tables import table_states
from homeward.apps.cases.ending import BOTH, destroy_keys
from homeward.apps.cases.models import Child, NameMark
from homeward.apps.cases.sealing import name_of
from homeward.apps.retention.clocks import stands_still_until
from homeward.apps.retention.key_copies import copies_from_before
from homeward.apps.surveys.attachments import content_of
from homeward.apps.surveys.deliveries import Delivery
from homeward.apps.surveys.inbox import link_submission
from homeward.apps.surveys.intake import receive
from homeward.apps.surveys.models import Attachment, Submission
from homeward.apps.surveys.sealing import raw_of
from homeward.domain.problems import ProblemError
from homeward.formats import backup_file
from homeward.formats.backup_file import identities_of
from tests.durability.servers import trials
from tests.houses import PICTURE, Office, is_postgres
from tests.interviews import interview

pytestmark = [pytest.mark.database, pytest.mark.slow]
DAMAGES = trials(200, least=4)
# Written as a restore is settled.
SETTLED = {"audit_event", "backups_backuprun", "access_opensession", "retention_standstill"}


def made(office: Office) -> Path:
    return make_backup(system_actor(), office.backups, office.recipients)[0].path


def identity(office: Office, number: int = 0) -> list[Any]:
    return identities_of(office.pairs[number][1])


def elsewhere(office: Office) -> Targets:
    return targets("house_new" if is_postgres() else str(office.folder / "elsewhere"))


def contents(database: Any) -> dict[str, Any]:
    with raw_connection(database) as raw:
        return table_states(raw, without=SETTLED)


def fingerprint(office: Office) -> Any:
    """Every byte of the target and its log; of a server, every row, and which databases there are."""
    data = settings_of("default")
    if is_postgres():
        with closing(psycopg.connect(**connecting(data))) as server:
            names = sorted(server.execute("SELECT datname FROM pg_database").fetchall())
        return names, contents(data)
    return {
        each.name: hashlib.sha256(each.read_bytes()).hexdigest()
        for each in office.folder.glob("homeward.sqlite3*")
        if not each.name.endswith("-shm")  # the memory of whoever reads
    }


def code_of(act: Callable[[], Any]) -> str:
    with pytest.raises(ProblemError) as error:
        act()
    assert error.value.first.action
    return error.value.first.code


@pytest.mark.goal("R-12")
def test_every_row_and_every_byte_comes_back(office: Office) -> None:
    before = contents(settings_of("default"))
    path = made(office)
    target = elsewhere(office)
    report = restore(system_actor(), Plan(path, identity(office)), target)
    assert contents(target.data) == before
    assert (report.tables, report.aside) == (len(before) + len(SETTLED), [])
    assert (report.answers.children, report.answers.names_opened, report.answers.locked) == (6, 6, False)
    with in_place_of({"default": target.data}):
        assert content_of(Attachment.objects.get()) == PICTURE
        assert verify().intact
        assert Event.objects.filter(verb="restore_backup").count() == 1
        assert BackupRun.objects.get(kind="restore").rows == report.rows
        assert stands_still_until() is not None
    assert stands_still_until() is None
    assert last_run("restore") is None  # the house itself was left alone


def test_the_other_recipient_can_do_it_too_and_with_the_keys_on_a_new_machine(office: Office) -> None:
    path, keys = made(office), make_key_backup(system_actor())[0].path
    names = sorted(name_of(each) for each in Child.objects.all())
    if is_postgres():
        target = Targets(elsewhere(office).data, {**settings_of("keys"), "NAME": str(office.folder / "new-keys")})
    else:
        target = elsewhere(office)
    report = restore(system_actor(), Plan(path, identity(office, 1), keys_file=keys), target)
    assert report.keys == DataKey.objects.count() + 1
    with in_place_of({"default": target.data, "keys": target.keys}):
        custody.let_go(locked=False)
        store.forget()
        assert sorted(name_of(each) for each in Child.objects.all()) == names


def test_keys_and_data_never_lie_in_one_file(office: Office, settings: Any, tmp_path: Path) -> None:
    wrapped = [bytes(each) for each in DataKey.objects.values_list("wrapped", flat=True)]
    path = made(office)
    listed = backup_file.unpack(path, identity(office), tmp_path / "payload")
    raw = (tmp_path / "payload").read_bytes()
    assert len(wrapped) >= 12
    assert not any(each in raw or each.hex().encode() in raw for each in wrapped)
    assert not any(name.startswith("keys_") for name in listed["tables"])
    settings.HOMEWARD_KEY_BACKUPS = office.backups / "inside"
    assert code_of(making.folder_of) == "backup.same_folder"


def test_the_content_holds_no_name_in_clear_and_the_file_nothing_at_all(office: Office, tmp_path: Path) -> None:
    path = made(office)
    backup_file.unpack(path, identity(office), tmp_path / "payload")
    inside, outside = (tmp_path / "payload").read_bytes(), path.read_bytes()
    for secret in (b"Asha", b"Mwangi", b"Tesfaye", PICTURE[:64], b"Neema"):
        assert secret not in inside
        assert secret not in outside
    assert b"Riverside" in inside  # the control: a place lies plain
    assert b"Riverside" not in outside


@pytest.mark.goal("R-12")
def test_a_wrong_key_or_a_stranger_s_file_is_refused_and_the_target_untouched(office: Office) -> None:
    path, target = made(office), targets()
    before = fingerprint(office)
    wrong = [pyrage.x25519.Identity.generate()]
    assert code_of(lambda: restore(system_actor(), Plan(path, wrong, replace=True), target)) == "backup.wrong_key"
    other = office.folder / "other.pem"
    shutil.move(office.folder / "backup", office.folder / "backup-away")
    assert code_of(lambda: restore(system_actor(), Plan(path, identity(office)), target)) == "backup.nobody_trusted"
    stranger = backup_file.peek(path).key[::-1]
    plan = Plan(path, identity(office), trusted=[stranger], replace=True)
    assert code_of(lambda: restore(system_actor(), plan, target)) == "backup.stranger"
    assert not other.exists()
    assert fingerprint(office) == before


@pytest.mark.goal("R-12")
def test_any_damage_is_refused_and_the_target_untouched(office: Office) -> None:
    path, target, chance = made(office), targets(), random.Random(11)
    raw, before = path.read_bytes(), fingerprint(office)
    damages = [raw[: chance.randrange(len(raw))] for _ in range(DAMAGES)]
    for _ in range(DAMAGES):
        flipped, place = bytearray(raw), chance.randrange(len(raw) * 8)
        flipped[place // 8] ^= 1 << place % 8
        damages.append(bytes(flipped))
    for damaged in damages:
        path.write_bytes(damaged)
        plan = Plan(path, identity(office), replace=True)
        code = code_of(lambda plan=plan: restore(system_actor(), plan, target))  # type: ignore[misc]
        assert code in {"backup.damaged", "backup.not_one", "backup.stranger"}
        assert fingerprint(office) == before
    assert len(damages) == 2 * DAMAGES


def forged(office: Office, change: Callable[[dict[str, Any]], dict[str, Any]], version: str = "") -> Path:
    """A file that is whole and signed with our key, and whose contents are not what they say."""
    path = made(office)
    payload = office.folder / f"payload-{uuid4().hex}"
    listed = backup_file.unpack(path, identity(office), payload)
    header = backup_file.peek(path)
    with payload.open("rb") as file:
        content = backup_file.Content("data", header.made_at, version or header.version, change(listed), file)
        backup_file.write(path, content, office.recipients, making.signing_key())
    payload.unlink()
    return path


CHANGES: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "backup.rows_differ": lambda listed: {
        **listed,
        "tables": {**listed["tables"], "cases_child": {"rows": 6, "sha256": ""}},
    },
    "backup.other_database": lambda listed: {**listed, "vendor": "oracle"},
    "backup.audit_broken": lambda listed: {**listed, "audit_keys": ["00" * 32]},
}


@pytest.mark.parametrize("code", sorted(CHANGES))
def test_what_does_not_stand_the_questions_is_refused(office: Office, code: str) -> None:
    path = forged(office, CHANGES[code])
    before = fingerprint(office)
    assert code_of(lambda: restore(system_actor(), Plan(path, identity(office), replace=True), targets())) == code
    assert fingerprint(office) == before


def test_another_version_says_which_and_what_to_do(office: Office) -> None:
    path = forged(office, dict, version="0.0.7")
    with pytest.raises(ProblemError) as error:
        restore(system_actor(), Plan(path, identity(office)), elsewhere(office))
    problem = error.value.first
    assert (problem.code, problem.params["made"]) == ("backup.other_version", "0.0.7")
    assert "Install 0.0.7" in str(problem)


def test_tables_of_another_version_are_refused(office: Office) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('cases', '9999_later', %s)", [timezone.now()]
        )
    path = made(office)
    assert code_of(lambda: restore(system_actor(), Plan(path, identity(office)), elsewhere(office))) == "backup.newer"
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app IN ('cases', 'backups')")
    path = made(office)
    assert code_of(lambda: restore(system_actor(), Plan(path, identity(office)), elsewhere(office))) == "backup.older"


def test_without_the_key_store_the_data_are_refused(office: Office) -> None:
    path, before = made(office), fingerprint(office)
    child = Child.objects.all()[0]
    DataKey.objects.filter(owner_id=child.pk).delete()
    plan = Plan(path, identity(office), replace=True)
    assert code_of(lambda: restore(system_actor(), plan, targets())) == "backup.keys_missing"
    away = {**settings_of("keys"), "NAME": str(office.folder / "nothing.sqlite3")}
    with in_place_of({"keys": away}):
        assert code_of(lambda: restore(system_actor(), plan, targets())) == "backup.keys_missing"
    assert not (office.folder / "nothing.sqlite3").exists()
    assert fingerprint(office) == before


def test_what_is_there_stays_aside_and_only_if_said_so(office: Office) -> None:
    path, data = made(office), settings_of("default")
    before = contents(data)
    Organisation.objects.update(name="Changed since")
    changed = contents(data)
    assert (
        code_of(lambda: restore(system_actor(), Plan(path, identity(office)), targets())) == "backup.target_not_empty"
    )
    connection.close()
    report = restore(system_actor(), Plan(path, identity(office), replace=True), targets())
    assert contents(data) == before
    (aside,) = report.aside
    assert contents({**data, "NAME": aside}) == changed


def test_a_target_that_somebody_has_open_is_refused(office: Office) -> None:
    path, data = made(office), settings_of("default")
    connection.close()
    if is_postgres():
        with closing(psycopg.connect(**connecting(data))):
            plan = Plan(path, identity(office), replace=True)
            assert code_of(lambda: restore(system_actor(), plan, targets())) == "backup.in_use"
    else:
        with closing(sqlite3.connect(data["NAME"])) as other:
            other.execute("PRAGMA journal_mode=WAL")
            other.execute("CREATE TABLE busy (a)")
            reader = other.execute("SELECT * FROM cases_child")
            reader.fetchone()
            with closing(sqlite3.connect(data["NAME"])) as writer:
                writer.execute("INSERT INTO busy VALUES (1)")
                writer.commit()
                plan = Plan(path, identity(office), replace=True)
                assert code_of(lambda: restore(system_actor(), plan, targets())) == "backup.in_use"
    assert Child.objects.count() == 6


def test_a_restore_repeats_what_was_erased_since_and_ends_sessions(office: Office) -> None:
    child = Child.objects.exclude(external_id_hash=None)[0]
    session = SessionStore()
    session["_auth_user_id"] = str(Person.objects.all()[0].pk)
    session.save()
    path, target = made(office), elsewhere(office)
    assert NameMark.objects.filter(child=child).exists()
    destroy_keys(system_actor(child.organisation_id), child.code, BOTH, "erasure_asked")
    held = custody.kek()
    custody.let_go(locked=True)  # a house with a passphrase, and a command that has just begun
    asked: list[bool] = []

    def open_keys() -> None:
        asked.append(custody.is_open())
        custody.hold(held)

    restore(system_actor(), Plan(path, identity(office)), target, open_keys)
    assert asked == [False]
    with in_place_of({"default": target.data}):
        assert Child.objects.exists()
        assert not Child.objects.filter(pk=child.pk).exists()
        assert not NameMark.objects.filter(child_id=child.pk).exists()
        assert not SessionStore().exists(session.session_key or "")


def waiting_interview(office: Office, name: str) -> Submission:
    xml = interview("child-12-14", "999999999", instance_id=f"uuid:{name}")
    receipt = receive(office.world.amani.actor("enumerator"), Delivery(xml))
    return Submission.objects.get(pk=receipt.submission_id)


def test_a_key_store_without_the_keys_of_later_interviews_is_refused(office: Office) -> None:
    keys, _ = make_key_backup(system_actor())
    waiting_interview(office, "later")
    path = made(office)
    plan = Plan(path, identity(office), keys.path)
    assert code_of(lambda: restore(system_actor(), plan, elsewhere(office))) == "backup.keys_older"
    later, _ = make_key_backup(system_actor())
    report = restore(system_actor(), Plan(path, identity(office), later.path), elsewhere(office))
    assert report.answers.keyless == 0


def test_interviews_whose_keys_have_gone_since_are_counted(office: Office) -> None:
    gone = waiting_interview(office, "gone")
    waiting_interview(office, "stays")
    path = made(office)
    DataKey.objects.filter(owner_id=gone.pk).delete()
    report = restore(system_actor(), Plan(path, identity(office)), elsewhere(office))
    assert report.answers.keyless == 1


def test_an_interview_linked_since_opens_in_an_older_backup(office: Office) -> None:
    row = waiting_interview(office, "linked")
    raw, path, target = raw_of(row), made(office), elsewhere(office)
    assert office.world.amani.child
    actor = office.world.amani.actor("supervisor")
    link_submission(actor, row.pk, office.world.amani.child.code, "It is hers", all_the_same=True)
    report = restore(system_actor(), Plan(path, identity(office)), target)
    assert report.answers.keyless == 0
    with in_place_of({"default": target.data}):
        assert raw_of(Submission.objects.get(pk=row.pk)) == raw


@pytest.mark.goal("P-8")
def test_a_key_store_put_aside_counts_as_a_copy_and_goes_as_one(office: Office) -> None:
    jobs.make()
    keys = sorted((office.folder / "key-backups").glob("keys-*.backup"))[-1]
    path = made(office)
    plan = Plan(path, identity(office), keys, replace=True)
    report = restore(system_actor(), plan, targets())
    (aside,) = (Path(each) for each in report.aside if "keys.sqlite3.before-" in each)
    assert copies_from_before(timezone.now() - timedelta(days=365)) == 1
    assert aside.exists()
    jobs.keys()
    assert aside.exists(), "a copy of seven days replaces it"
    jobs.after_destroying()
    assert not aside.exists()
    assert copies_from_before(timezone.now() - timedelta(days=365)) == 0


def test_old_backups_go_and_the_newest_never(office: Office) -> None:
    begin = timezone.now() - timedelta(days=200)
    with time_machine.travel(begin, tick=False) as clock:
        for _ in range(5):
            made(office)
            clock.shift(timedelta(hours=1))
        assert expire(office.backups) == []
        clock.shift(timedelta(days=2))
        made(office)
        assert len(expire(office.backups)) in (3, 4)  # one a day stays, of one day or of two
        clock.shift(timedelta(days=91))
        gone = expire(office.backups)
        assert len(backups(office.backups)) == 1
        assert gone
        clock.shift(timedelta(days=500))
        assert expire(office.backups) == []
        made(office)
        assert len(expire(office.backups)) == 1
    assert len(backups(office.backups)) == 1


def test_a_stranger_s_file_moves_none_of_ours(office: Office, tmp_path: Path) -> None:
    path = made(office)
    with path.open("rb") as file:
        content = backup_file.Content("data", "2099-01-01T00:00:00+00:00", "1", {}, file)
        stranger = backup_file.Ed25519PrivateKey.generate()
        backup_file.write(office.backups / "data-20990101T000000000000Z.backup", content, office.recipients, stranger)
    assert [each.path for each in backups(office.backups)] == [path]
    assert [each.name for each in making.strangers(office.backups)] == ["data-20990101T000000000000Z.backup"]


def test_a_drill_restores_the_newest_and_leaves_nothing_but_its_row(office: Office) -> None:
    made(office)
    newest = made(office)
    before = set(office.folder.rglob("*"))
    done = drill_newest(system_actor(), office.backups, identity(office, 1))
    assert (done.file, done.opened_by, done.answers.names_opened) == (newest.name, "recipient", 6)
    assert set(office.folder.rglob("*")) == before
    row = last_drill()
    assert row is not None
    assert (row.ok, row.file, row.rows, row.opened_by) == (True, newest.name, done.rows, "recipient")
    assert Event.objects.filter(verb="drill_backup", allowed=True).count() == 1
    fresh = drill_fresh(system_actor(), office.backups)
    assert (fresh.opened_by, fresh.file) == ("momentary", backups(office.backups)[0].path.name)


def test_a_drill_that_fails_is_noted_and_raised(office: Office) -> None:
    path = made(office)
    path.write_bytes(path.read_bytes()[:-1])
    assert code_of(lambda: drill_newest(system_actor(), office.backups, identity(office))) == "backup.damaged"
    assert last_drill() is None
    failed = last_run("drill", ok=False)
    assert failed is not None
    assert (failed.problem, failed.ok) == ("backup.damaged", False)


def test_the_jobs_do_what_is_configured_and_nothing_else(office: Office, settings: Any) -> None:
    jobs.make()
    jobs.keys()
    jobs.drill()
    kinds = [last_backup(), last_key_backup(), last_drill()]
    assert [(row.kind, row.ok) for row in kinds if row] == [("backup", True), ("keys", True), ("drill", True)]
    drilled = last_drill()
    assert drilled is not None
    assert drilled.opened_by == "momentary"
    settings.HOMEWARD_DRILL_IDENTITY = office.pairs[0][1]
    for path in office.backups.iterdir():
        path.unlink()
    jobs.drill()
    drilled = last_drill()
    assert drilled is not None
    assert drilled.opened_by == "recipient"
    rows = BackupRun.objects.count()
    settings.HOMEWARD_BACKUPS, settings.HOMEWARD_KEY_BACKUP_RECIPIENTS = None, ()
    for job in (jobs.make, jobs.keys, jobs.drill):
        job()
    assert BackupRun.objects.count() == rows


def test_after_a_key_was_destroyed_no_older_copy_of_it_stays(office: Office) -> None:
    jobs.keys()
    child = Child.objects.all()[0]
    destroy_keys(system_actor(child.organisation_id), child.code, BOTH, "erasure_asked")
    jobs.after_destroying()
    (copy,) = (office.folder / "key-backups").glob("keys-*.backup")
    found = key_copies.opened(copy, identity(office))
    assert all(not row["wrapped"] for row in found["datakey"] if row["owner_id"] == str(child.pk))
    assert sum(row["owner_id"] == str(child.pk) for row in found["datakey"]) == 2


def test_what_a_killed_process_left_apart_is_cleared_away(office: Office) -> None:
    left = office.folder / "apart-left"
    left.mkdir()
    (left / "payload").write_bytes(b"data")
    with folder_apart() as mine:
        assert not left.exists()
        (mine / "payload").write_bytes(b"data")
        with folder_apart() as other:
            assert (mine / "payload").exists()
            assert other != mine
    assert list(office.folder.glob("apart-*")) == []


def test_rows_of_the_trace_hold_nothing_but_codes(office: Office) -> None:
    made(office)
    make_key_backup(system_actor())
    for event in Event.objects.filter(verb__in=("make_backup", "make_key_backup")):
        assert set(event.detail) == {"file", "rows", "ok"}
        assert (event.object_kind, event.child_id, event.actor_kind) == ("house", None, "system")
