"""The chain of the audit: positions without gaps, whatever the order of commits; and whatever is changed is found."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import time_machine
from django.conf import LazySettings
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from homeward.apps.access.actors import system_actor
from homeward.apps.audit.append_only import missing_refusals
from homeward.apps.audit.ids import first_id_of
from homeward.apps.audit.models import Batch, Event, Position
from homeward.apps.audit.sealer import seal, seal_all
from homeward.apps.audit.services import event, record, record_refusal
from homeward.apps.audit.signing import create_key, trusted_keys
from homeward.apps.audit.verifying import verify
from homeward.apps.audit.witness import newest_head, read_heads, write_head
from homeward.cli.audit_steps import run
from homeward.domain.problems import ProblemError
from tests.owner import as_owner

pytestmark = [pytest.mark.database, pytest.mark.django_db]
SYSTEM = system_actor()


@pytest.fixture(autouse=True)
def key(tmp_path: Path, settings: LazySettings) -> None:
    settings.HOMEWARD_AUDIT_KEY = tmp_path / "key.pem"
    settings.HOMEWARD_AUDIT_WITNESS = tmp_path / "witness" / "heads.txt"
    create_key()


def some(count: int) -> list[Event]:
    return [record(SYSTEM, "found_organisation", "organisation", uuid4()) for _ in range(count)]


def test_every_event_gets_one_position_without_gaps() -> None:
    some(7)
    assert seal() >= 7
    assert seal() == 0
    some(3)
    assert seal() == 3
    numbers = list(Position.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, Event.objects.count() + 1))
    report = verify(keys=trusted_keys())
    assert (report.intact, report.events, report.waiting, report.pinned) == (True, len(numbers), 0, True)


def test_an_event_committed_late_is_neither_lost_nor_a_false_alarm() -> None:
    """Its id is older than those that are sealed already, as when its transaction took long."""
    late = event(SYSTEM, "found_organisation", "organisation", uuid4())
    some(3)
    seal()
    late.save(force_insert=True)
    assert seal() == 1
    assert Position.objects.get(event_id=late.pk).number == Event.objects.count()
    assert verify(keys=trusted_keys()).intact


def test_what_a_transaction_held_for_hours_is_found_by_the_hourly_look() -> None:
    with time_machine.travel(timezone.now() - timedelta(hours=3)):
        old = event(SYSTEM, "found_organisation", "organisation", uuid4())
    some(1)
    seal_all()
    old.save(force_insert=True)
    assert seal() == 0
    assert seal_all() == 1


def test_a_sealer_that_stood_still_for_days_raises_no_alarm() -> None:
    some(2)
    seal_all()
    with time_machine.travel(timezone.now() + timedelta(days=3)):
        some(2)
    with time_machine.travel(timezone.now() + timedelta(days=5)):
        seal()
        assert verify(keys=trusted_keys()).intact


@pytest.mark.goal("R-8")
def test_a_clock_that_is_put_back_raises_no_alarm() -> None:
    with time_machine.travel(timezone.now() + timedelta(hours=5)):
        some(2)
        seal_all()
    some(2)
    seal_all()
    assert verify(keys=trusted_keys()).intact


def test_a_repeated_refusal_has_one_row_in_the_order_of_time() -> None:
    with time_machine.travel(timezone.now(), tick=False):
        for _ in range(5):
            record_refusal(SYSTEM, "refuse_submission", "device", "x", "code")
        row = Event.objects.get(verb="refuse_submission")
        assert row.pk >= first_id_of(row.at - timedelta(minutes=1))


def _change(_: list[Position]) -> int:
    row = Position.objects.get(number=4)
    Event.objects.filter(pk=row.event_id).update(verb="something_else")
    return 4


def _change_and_hash_anew(_: list[Position]) -> int:
    from homeward.apps.audit.chain import digest_of

    row = Position.objects.get(number=4)
    Event.objects.filter(pk=row.event_id).update(allowed=False)
    Position.objects.filter(number=4).update(digest=digest_of(Event.objects.get(pk=row.event_id)))
    return 1  # the batch is all that can be named


def _delete(_: list[Position]) -> int:
    Event.objects.filter(pk=Position.objects.get(number=5).event_id).delete()
    return 5


def _delete_position(_: list[Position]) -> int:
    Position.objects.filter(number=6).delete()
    return 6


def _swap(rows: list[Position]) -> int:
    one, other = rows[1], rows[3]
    Position.objects.filter(number__in=(one.number, other.number)).delete()
    Position.objects.create(number=one.number, event_id=other.event_id, digest=other.digest)
    Position.objects.create(number=other.number, event_id=one.event_id, digest=one.digest)
    return 3  # where the order breaks


def _sign_oneself(_: list[Position]) -> int:
    Batch.objects.filter(number=1).update(signature=b"\x00" * 64)
    return 1


def _drop_batch(_: list[Position]) -> int:
    Batch.objects.filter(number=1).delete()
    return 1


def _insert_position(rows: list[Position]) -> int:
    made = event(SYSTEM, "found_organisation", "organisation", uuid4())
    made.save(force_insert=True)
    number = rows[-1].number + 1
    Position.objects.create(number=number, event_id=made.pk, digest=rows[0].digest)
    return number


@pytest.mark.parametrize(
    ("tamper", "what"),
    [
        (_change, "changed"),
        (_change_and_hash_anew, "changed"),
        (_delete, "missing"),
        (_delete_position, "missing"),
        (_swap, "swapped"),
        (_sign_oneself, "signature"),
        (_drop_batch, "missing"),
        (_insert_position, "inserted"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.__name__.strip("_"),
)
def test_the_first_bad_row_is_named(tamper: Callable[[list[Position]], int], what: str) -> None:
    some(9)
    seal_all()
    some(2)
    seal_all()
    with as_owner():
        expected = tamper(list(Position.objects.order_by("number")))
    report = verify(keys=trusted_keys())
    assert (report.findings[0].position, report.findings[0].what) == (expected, what)


def test_an_old_event_that_appears_is_found_before_and_after_it_is_sealed() -> None:
    some(3)
    seal_all()
    with time_machine.travel(timezone.now() - timedelta(days=2)):
        forged = record(SYSTEM, "found_organisation", "organisation", uuid4())
    for _ in range(2):
        report = verify(keys=trusted_keys())
        assert [each.event_id for each in report.findings] == [forged.pk]
        assert report.findings[0].what == "inserted"
        seal_all()


def test_the_witness_finds_an_end_that_was_cut_off(tmp_path: Path) -> None:
    some(4)
    seal_all()
    some(3)
    write_head()
    heads = read_heads(tmp_path / "witness" / "heads.txt")
    assert verify(heads, trusted_keys()).intact
    last = Batch.objects.get(number=2)
    with as_owner():
        Event.objects.filter(pk__in=Position.objects.filter(number__gte=last.first).values("event_id")).delete()
        Position.objects.filter(number__gte=last.first).delete()
        last.delete()
    assert verify(keys=trusted_keys()).intact
    report = verify(heads, trusted_keys())
    assert [each.what for each in report.findings] == ["truncated"]


def brought_back(made_at: datetime, since: int) -> Event:
    """As a restore leaves it: what came after that batch is gone, and the restore stands there."""
    with as_owner():
        gone = Position.objects.filter(number__gt=Batch.objects.get(number=since).last)
        keys = list(gone.values_list("event_id", flat=True))
        gone.delete()
        Event.objects.filter(pk__in=keys).delete()
        Batch.objects.filter(number__gt=since).delete()
    detail = {"file": "data-x.backup", "ok": True, "made_at": made_at.isoformat()}
    made = record(SYSTEM, "restore_backup", "house", detail=detail)
    seal_all()
    return made


def test_a_restore_that_stands_in_the_trace_is_told_from_a_cut(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    some(4)
    write_head()
    made_at = timezone.now()
    some(3)
    write_head()
    some(2)
    write_head()
    restore = brought_back(made_at, 1)
    path = tmp_path / "witness" / "heads.txt"
    heads = read_heads(path)
    report = verify(heads, trusted_keys())
    assert [(each.what, each.event_id) for each in report.findings] == [("restored", restore.pk)]
    assert [(each.heads, each.file) for each in report.restores] == [(2, "data-x.backup")]
    assert verify(heads, trusted_keys(), [restore.pk]).intact
    args = argparse.Namespace(step="verify", heads=[path], key=[], restored=[], json=False)
    assert run(args) == 1  # whoever cuts the end off could write a restore too
    said = capsys.readouterr().err
    assert "RESTORED" in said
    assert "TAMPERED" not in said
    assert f"--restored {restore.pk}" in said
    args.restored = [str(restore.pk)]
    assert run(args) == 0
    args.restored = ["yesterday"]
    with pytest.raises(ProblemError, match="no event of a restore"):
        run(args)


def test_after_a_restore_with_a_new_key_it_says_which_key_to_compare(
    settings: LazySettings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    some(4)
    write_head()
    (old,) = trusted_keys()
    path = tmp_path / "witness" / "heads.txt"
    settings.HOMEWARD_AUDIT_KEY = tmp_path / "elsewhere.pem"  # as on another machine
    create_key()
    brought_back(timezone.now(), 1)
    args = argparse.Namespace(step="verify", heads=[path], key=[], restored=[], json=False)
    assert run(args) == 1
    said = capsys.readouterr().err
    assert ("TAMPERED" in said, "was brought back here" in said, f"--key {old.hex()}" in said) == (True, True, True)
    args.key = [old.hex()]
    assert run(args) == 0


def test_no_restore_explains_a_cut_from_before_its_backup_or_from_after_it(tmp_path: Path) -> None:
    some(4)
    write_head()
    some(3)
    write_head()
    path = tmp_path / "witness" / "heads.txt"
    restore = brought_back(timezone.now(), 1)  # of a backup in which the second batch was
    report = verify(read_heads(path), trusted_keys(), [restore.pk])
    assert [each.what for each in report.findings] == ["rewritten"]
    path.unlink()
    some(2)
    write_head()
    last = Batch.objects.latest("number")
    with as_owner():
        gone = Position.objects.filter(number__gte=last.first)
        keys = list(gone.values_list("event_id", flat=True))
        gone.delete()
        Event.objects.filter(pk__in=keys).delete()
        last.delete()
    report = verify(read_heads(path), trusted_keys(), [restore.pk])
    assert [each.what for each in report.findings] == ["truncated"]


def test_the_witness_finds_a_whole_rewrite_signed_with_the_stolen_key(tmp_path: Path) -> None:
    some(4)
    write_head()
    heads = read_heads(tmp_path / "witness" / "heads.txt")
    with as_owner():
        Event.objects.filter(pk=Position.objects.get(number=2).event_id).update(verb="nothing")
        Position.objects.all().delete()
        Batch.objects.all().delete()
    seal_all()
    assert verify(keys=trusted_keys()).intact
    report = verify(heads, trusted_keys())
    assert (report.findings[0].what, report.findings[0].position) == ("rewritten", 1)


def test_a_rewrite_with_another_key_needs_no_witness(settings: LazySettings, tmp_path: Path) -> None:
    some(4)
    seal_all()
    mine = trusted_keys()
    with as_owner():
        Position.objects.all().delete()
        Batch.objects.all().delete()
    settings.HOMEWARD_AUDIT_KEY = tmp_path / "other.pem"
    create_key()
    seal_all()
    assert verify(keys=mine).findings[0].what == "signature"


def test_a_key_may_be_replaced() -> None:
    some(2)
    seal_all()
    with pytest.raises(ProblemError):
        create_key()
    create_key(replace=True)
    some(2)
    seal_all()
    assert len(trusted_keys()) == 2
    assert verify(keys=trusted_keys()).intact


def test_heads_survive_a_mail_and_a_damaged_one_is_refused(tmp_path: Path) -> None:
    some(2)
    seal_all()
    line = newest_head()
    mail = tmp_path / "mail.txt"
    mail.write_text(f"Dear colleague,\n\n> {line}\n\nYours\n", encoding="utf-8")
    assert len(read_heads(mail)) == 1
    mail.write_text(line.replace('"last":', '"last":1'), encoding="utf-8")
    with pytest.raises(ProblemError):
        read_heads(mail)
    mail.write_text("nothing", encoding="utf-8")
    with pytest.raises(ProblemError):
        read_heads(mail)


@pytest.mark.parametrize("model", [Event, Position, Batch])
def test_the_database_refuses_changes_and_deletions(model: type[Event]) -> None:
    some(1)
    seal_all()
    row = model.objects.order_by("pk").first()
    assert row is not None
    changes = {Event: {"verb": "x"}, Position: {"digest": b"x"}, Batch: {"head": b"x"}}
    for act in (
        lambda: model.objects.filter(pk=row.pk).update(**changes[model]),
        lambda: model.objects.filter(pk=row.pk).delete(),
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            act()
    assert model.objects.filter(pk=row.pk).exists()


def test_postgresql_refuses_to_truncate() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite deletes row by row")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE audit_event")


def test_tables_that_can_be_changed_are_named() -> None:
    assert missing_refusals(connection) == []
    with as_owner():
        assert len(missing_refusals(connection)) == 3
    assert missing_refusals(connection) == []
