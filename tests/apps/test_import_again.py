"""A file that comes again, under other ids or at the same moment: each interview counts once, and decisions stand."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, connection

from homeward.apps.surveys import import_job
from homeward.apps.surveys.deliveries import Delivery
from homeward.apps.surveys.import_job import run_import
from homeward.apps.surveys.importing import find_import, start_import, undo_import
from homeward.apps.surveys.inbox import accept_submission, set_aside
from homeward.apps.surveys.intake import receive
from homeward.apps.surveys.kept import decide, kept
from homeward.apps.surveys.models import Quarantined, State, Submission
from tests.apps.test_importing import DAY, FORM, counts, export, line, run
from tests.interviews import interview
from tests.world import World

pytestmark = pytest.mark.database


def without_id(world: World, days: int = 0, **changes: str) -> dict[str, str]:
    row = line(world, "", **{"interview_date": (DAY - timedelta(days=days)).isoformat(), **changes})
    del row["_id"]
    return row


def accepted() -> int:
    return Submission.objects.filter(state=State.ACCEPTED).count()


def imported(state: str = "") -> list[Submission]:
    rows = Submission.objects.filter(channel="import").order_by("received_at", "instance_id")
    return list(rows.filter(state=state) if state else rows)


def test_what_a_phone_sent_is_known_by_any_of_its_ids(world: World) -> None:
    assert world.amani.child is not None
    xml = interview(FORM, world.amani.child.code, instance_id="uuid:abc", on=DAY)
    receive(world.amani.actor("enumerator"), Delivery(xml))
    files = ({"meta/instanceID": "uuid:abc"}, {"_uuid": "abc"}, {"meta/rootUuid": "uuid:abc", "_uuid": "other"}, {})
    for ids in files:  # the last file gives nothing but the number that it had in the others
        assert counts(run(world, export({**line(world, "7771"), **ids}))) == (0, 1, 0, 0), ids
    assert accepted() == 1


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"_id": "7", "meta/instanceID": "uuid:abc"}, {"meta/instanceID": "uuid:abc"}),
        ({"_id": "7", "meta/instanceID": "uuid:abc"}, {"_id": "7"}),
        ({"_id": "7"}, {"_id": "7", "KEY": "uuid:abc"}),
        ({"_id": "7", "_uuid": "abc"}, {"KEY": "uuid:abc"}),
    ],
)
def test_a_row_is_known_by_each_of_its_ids(world: World, first: dict[str, str], second: dict[str, str]) -> None:
    run(world, export({**without_id(world), **first}))
    assert counts(run(world, export({**without_id(world), **second}))) == (0, 1, 0, 0)
    assert counts(run(world, export({**without_id(world, mood="bad"), **second}))) == (1, 0, 0, 0)
    assert accepted() == 1


def test_all_ids_learned_from_several_files_lead_to_one_interview(world: World) -> None:
    for ids in ({"_id": "7"}, {"_id": "7", "KEY": "uuid:abc"}, {"KEY": "uuid:abc", "__id": "uuid:abc"}):
        run(world, export({**without_id(world), **ids}))
    assert len(imported()) == 1


def test_two_rows_of_one_file_with_one_id_between_them_are_one(world: World) -> None:
    rows = [
        {**line(world, "7"), "KEY": "uuid:a"},
        {**without_id(world), "_id": "", "KEY": "uuid:a"},
        {**line(world, "7", mood="bad"), "KEY": ""},
    ]
    row = run(world, export(*rows))
    assert (row.new, row.unchanged, accepted()) == (2, 1, 1)
    assert "import.id_repeated" in {each["code"] for each in row.problems}


def test_a_file_without_ids_may_come_again_with_one_row_more(world: World) -> None:
    rows = [without_id(world, days) for days in range(3)]
    row = run(world, export(*rows[:2]))
    assert "import.no_ids" in {each["code"] for each in row.problems}
    assert counts(run(world, export(rows[2], *rows[:2]))) == (1, 2, 0, 0)
    assert accepted() == 3


def test_a_changed_row_without_an_id_waits_beside_the_one_it_may_be(world: World) -> None:
    run(world, export(without_id(world)))
    row = run(world, export(without_id(world, mood="bad"), without_id(world, 1), without_id(world, 1, mood="okay")))
    assert counts(row) == (3, 0, 0, 2)
    assert accepted() == 2
    waiting = imported(State.INVALID)[0]
    assert [each["code"] for each in waiting.problems] == ["import.same_meeting"]
    accept_submission(world.amani.actor("supervisor"), waiting.pk, "Two talks on that day")
    assert accepted() == 3


def test_two_interviews_of_one_meeting_with_ids_of_their_own_are_told_and_count(world: World) -> None:
    row = run(world, export(line(world, "1"), line(world, "2", mood="bad")))
    assert (accepted(), [each["code"] for each in row.problems if each["code"].startswith("import.")]) == (
        2,
        ["import.same_meeting"],
    )


def test_rows_that_name_no_child_and_say_the_same_each_count(world: World) -> None:
    """Until a person says whose they are: what looks alike may be two children."""
    content = export(*(without_id(world, child_code="") for _ in range(3)))
    assert counts(run(world, content)) == (3, 0, 3, 0)
    assert counts(run(world, content)) == (0, 3, 0, 0)


def test_what_a_person_set_aside_waits_when_its_row_comes_changed(world: World) -> None:
    supervisor = world.amani.actor("supervisor")
    run(world, export(line(world, "1")))
    set_aside(supervisor, imported()[0].pk, "Invented")
    for mood in ("bad", "okay"):
        row = run(world, export(line(world, "1", mood=mood)))
        assert counts(row) == (1, 0, 1, 0)
        assert accepted() == 0
    first, second, third = imported()
    assert (first.state, second.state, third.state) == (State.SET_ASIDE, State.SUPERSEDED, State.UNMATCHED)
    assert "edit.original_set_aside" in {each["code"] for each in third.problems}
    accept_submission(supervisor, third.pk, "It took place after all")
    assert [each.state for each in imported()] == [State.SET_ASIDE, State.SUPERSEDED, State.ACCEPTED]


def meanwhile(monkeypatch: pytest.MonkeyPatch, act: Any) -> None:
    """Does something between preparing the first batch and writing it."""
    prepared = import_job._Work._prepared
    done: list[bool] = []

    def then(work: import_job._Work, rows: Any) -> Any:
        batch = prepared(work, rows)
        if not done:
            done.append(True)
            act()
        return batch

    monkeypatch.setattr(import_job._Work, "_prepared", then)


def test_a_decision_while_a_batch_is_prepared_stands(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    run(world, export(line(world, "1")))
    made = imported()[0]
    meanwhile(monkeypatch, lambda: set_aside(world.amani.actor("supervisor"), made.pk, "Invented"))
    row = run(world, export(line(world, "1", mood="bad")))
    made.refresh_from_db()
    assert (made.state, row.state, row.unmatched, accepted()) == (State.SET_ASIDE, "done", 1, 0)


def test_an_interview_that_a_phone_sends_while_a_batch_is_prepared_counts_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert world.amani.child is not None
    xml = interview(FORM, world.amani.child.code, instance_id="uuid:abc", on=DAY)
    meanwhile(monkeypatch, lambda: receive(world.amani.actor("enumerator"), Delivery(xml)))
    row = run(world, export({**line(world, "1"), "KEY": "uuid:abc"}))
    assert (row.state, row.unchanged, accepted()) == ("done", 1, 1)


def test_two_imports_of_one_file_at_once_both_end_well(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    officer = world.amani.actor("me_officer")
    content = export(line(world, "1"), {**line(world, "2", mood="bad"), "KEY": "uuid:b"})
    one, two = (start_import(officer, world.amani.forms[FORM], "kobo.csv", content) for _ in range(2))
    meanwhile(monkeypatch, lambda: run_import(str(two)))
    run_import(str(one))
    found = [find_import(officer, each) for each in (one, two)]
    assert [(row.state, row.new, row.unchanged) for row in found] == [("done", 0, 2), ("done", 2, 0)]
    assert accepted() == 2


def test_several_workers_with_the_same_rows_in_another_order_all_end_well(transactional_db: None, world: World) -> None:
    """On PostgreSQL, where they write at the same moment."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer")
    officer = world.amani.actor("me_officer")
    rows = [{**line(world, str(number)), "KEY": f"uuid:{number}"} for number in range(150)]
    orders = (rows, rows[::-1], rows[::2] + rows[1::2])
    jobs = [start_import(officer, world.amani.forms[FORM], "kobo.csv", export(*order)) for order in orders]

    def work(job: UUID) -> None:
        run_import(str(job))
        connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        list(pool.map(work, jobs))
    found = [find_import(officer, job) for job in jobs]
    assert [(row.state, row.read) for row in found] == [("done", 150)] * 3
    assert sum(row.new for row in found) == accepted() == 150


def test_an_undo_brings_back_what_a_person_had_accepted_as_it_stood(world: World) -> None:
    run(world, export(line(world, "1", mood="purple")))
    made = imported()[0]
    accept_submission(world.amani.actor("supervisor"), made.pk, "Seen on paper")
    row = run(world, export(line(world, "1", mood="bad"), line(world, "1", mood="okay")))
    undo_import(world.amani.actor("me_officer"), row.id)
    made.refresh_from_db()
    assert made.state == State.ACCEPTED


@pytest.mark.parametrize("ids", [{"meta/instanceID": "uuid:abc"}, {"_uuid": "abc"}, {"KEY": "uuid:abc", "_id": "7"}])
def test_what_a_phone_sends_after_an_import_brought_it_is_kept_apart(world: World, ids: dict[str, str]) -> None:
    assert world.amani.child is not None
    run(world, export({**without_id(world), **ids}))
    phone, supervisor = world.amani.actor("enumerator"), world.amani.actor("supervisor")
    xml = interview(FORM, world.amani.child.code, instance_id="uuid:abc", on=DAY)
    for _ in range(2):
        receipt = receive(phone, Delivery(xml))
        assert (receipt.status, receipt.instance_id) == (202, "uuid:abc"), "it must not strand on the phone"
    assert accepted() == 1
    apart = Quarantined.objects.get()
    assert kept(supervisor, apart.pk).compared is not None
    assert counts(run(world, export({**without_id(world), **ids}))) == (0, 1, 0, 0)
    set_aside(supervisor, Submission.objects.get(channel="import").pk, "The phone is right.")
    taken = decide(supervisor, apart.pk, "own", "The phone is right.")
    assert [row.pk for row in Submission.objects.filter(state=State.ACCEPTED)] == [taken]
    assert receive(phone, Delivery(xml)).status == 201
    assert accepted() == 1


def test_an_interview_that_a_phone_sends_while_a_batch_is_written_counts_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the last look of the import and before its rows are in: the constraint finds it, and it looks again."""
    assert world.amani.child is not None
    xml = interview(FORM, world.amani.child.code, instance_id="uuid:abc", on=DAY)
    written = import_job._Work._written

    def meets_a_phone(work: import_job._Work, rows: Any) -> bool:
        if not Submission.objects.exists():
            receive(world.amani.actor("enumerator"), Delivery(xml))
            raise IntegrityError
        return written(work, rows)

    monkeypatch.setattr(import_job._Work, "_written", meets_a_phone)
    row = run(world, export({**line(world, "7"), "meta/instanceID": "uuid:abc"}))
    assert (row.state, row.unchanged, accepted()) == ("done", 1, 1)
