"""A file that comes again, under other ids or at the same moment: each interview counts once, and decisions stand."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, connection

from homeward.apps.audit.models import Event
from homeward.apps.surveys import import_job
from homeward.apps.surveys.answers import answers_behind
from homeward.apps.surveys.attachments import Upload
from homeward.apps.surveys.deliveries import Delivery
from homeward.apps.surveys.import_job import run_import
from homeward.apps.surveys.importing import find_import, start_import, undo_import
from homeward.apps.surveys.inbox import accept_submission, set_aside, take_back
from homeward.apps.surveys.intake import receive
from homeward.apps.surveys.kept import decide, kept
from homeward.apps.surveys.models import Flag, FormVersion, Quarantined, Score, State, Submission
from homeward.apps.surveys.timeline import timeline
from homeward.domain.problems import ProblemError
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


def points(world: World) -> set[int]:
    """How many interviews each line of the child's page is drawn through."""
    assert world.amani.child is not None
    found = timeline(world.amani.actor("supervisor"), world.amani.child.id)
    return {len(series.points) for series in found.series}


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


def kept_after_an_import(world: World, *files: Upload, **changes: str) -> tuple[Quarantined, bytes, bytes]:
    """What the phone sent, apart; its bytes, and the file that brought the interview before."""
    assert world.amani.child is not None
    content = export({**without_id(world), "_uuid": "abc"})
    run(world, content)
    xml = interview(FORM, world.amani.child.code, instance_id="uuid:abc", on=DAY, changes=changes)
    receive(world.amani.actor("enumerator"), Delivery(xml, files))
    return Quarantined.objects.get(kind="submission"), xml, content


def test_what_the_phone_sent_takes_the_place_of_the_imported_row(world: World) -> None:
    apart, xml, content = kept_after_an_import(world, work_hours="30", dangerous_work="dangerous")
    supervisor, phone = world.amani.actor("supervisor"), world.amani.actor("enumerator")
    (brought,) = imported()
    assert kept(supervisor, apart.pk).steps == ("keep", "correct")
    with pytest.raises(ProblemError):
        decide(supervisor, apart.pk, "own", "x")
    made = Submission.objects.get(pk=decide(supervisor, apart.pk, "correct", "It has the recording"))
    brought.refresh_from_db()
    assert (brought.state, made.supersedes_id, made.root_id) == (State.SUPERSEDED, brought.pk, brought.pk)
    assert (made.channel, made.child_id, made.coded["answers"]["work_hours"]) == (
        "collect",
        brought.child_id,
        {"number": "30"},
    )
    assert Score.objects.filter(submission=made).exists()
    assert Flag.objects.filter(submission=made, kind="dangerous_work").exists()
    for again in (content, export({**without_id(world, mood="bad"), "_uuid": "abc"})):
        assert counts(run(world, again)) == (0, 1, 0, 0)
    assert receive(phone, Delivery(xml)).submission_id == made.pk
    assert (accepted(), points(world)) == (1, {1})


def test_the_files_of_the_phone_come_with_what_it_sent(world: World) -> None:
    voice = Upload("v.m4a", "audio/mp4", b"first")
    apart, *_ = kept_after_an_import(world, voice, mood=voice.name)
    supervisor = world.amani.actor("supervisor")
    made = decide(supervisor, apart.pk, "correct", "It has the recording")
    assert made is not None
    assert [file.name for file in answers_behind(supervisor, made).attachments] == [voice.name]


def test_after_a_changed_row_was_undone_the_phone_replaces_the_one_that_counts(world: World) -> None:
    apart, _, _ = kept_after_an_import(world)
    supervisor = world.amani.actor("supervisor")
    job = run(world, export({**without_id(world, mood="bad"), "_uuid": "abc"}))
    undo_import(world.amani.actor("me_officer"), job.id)
    assert kept(supervisor, apart.pk).steps == ("keep", "correct")
    made = decide(supervisor, apart.pk, "correct", "It is the source")
    assert [row.pk for row in Submission.objects.filter(state=State.ACCEPTED)] == [made]


def test_what_is_taken_in_for_an_imported_row_that_was_set_aside_is_the_same_interview(world: World) -> None:
    apart, xml, content = kept_after_an_import(world)
    supervisor, (brought,) = world.amani.actor("supervisor"), imported()
    set_aside(supervisor, brought.pk, "The phone is right.")
    taken = decide(supervisor, apart.pk, "own", "The phone is right.")
    with pytest.raises(ProblemError):
        take_back(supervisor, brought.pk, "Both may not count")
    for again in (content, export({**without_id(world, mood="bad"), "_uuid": "abc"})):
        assert counts(run(world, again)) == (0, 1, 0, 0)
    assert receive(world.amani.actor("enumerator"), Delivery(xml)).status == 201
    assert [row.pk for row in Submission.objects.filter(state=State.ACCEPTED)] == [taken]


def test_a_version_that_was_unknown_when_the_phone_sent_it_replaces_the_imported_row(world: World) -> None:
    assert world.amani.child is not None
    xml = interview(FORM, world.amani.child.code, instance_id="uuid:abc", on=DAY)
    receive(world.amani.actor("enumerator"), Delivery(xml.replace(b'version="1.0"', b'version="9.9"')))
    run(world, export({**without_id(world), "_uuid": "abc"}))
    FormVersion.objects.filter(pk=world.amani.forms[FORM]).update(version="9.9")
    apart, supervisor = Quarantined.objects.get(), world.amani.actor("supervisor")
    assert kept(supervisor, apart.pk).steps == ("keep", "correct")
    made = decide(supervisor, apart.pk, "correct", "It is the source")
    assert [row.pk for row in Submission.objects.filter(state=State.ACCEPTED)] == [made]


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


@pytest.mark.parametrize("later", [{"_uuid": "abc"}, {"KEY": "uuid:abc"}, {"meta/rootUuid": "uuid:abc", "_uuid": "x"}])
def test_an_id_that_a_later_file_adds_keeps_apart_what_the_phone_sends(world: World, later: dict[str, str]) -> None:
    assert world.amani.child is not None
    run(world, export(line(world, "7")))
    with_id, only_id = {**line(world, "7"), **later}, {**without_id(world), **later}
    assert counts(run(world, export(with_id))) == (0, 1, 0, 0)
    (brought,) = imported()
    assert (brought.instance_id, Event.objects.filter(verb="learn_id", object_id=str(brought.pk)).count()) == (
        "uuid:abc",
        1,
    )
    xml = interview(FORM, world.amani.child.code, instance_id="uuid:abc", on=DAY)
    assert receive(world.amani.actor("enumerator"), Delivery(xml)).status == 202
    for again in (line(world, "7"), with_id, only_id):
        assert counts(run(world, export(again))) == (0, 1, 0, 0)
    assert (accepted(), points(world)) == (1, {1})


def test_the_first_id_of_an_interview_that_was_edited_elsewhere_is_the_one_a_phone_sends(world: World) -> None:
    assert world.amani.child is not None
    run(world, export({**line(world, "7"), "_uuid": "new", "meta/rootUuid": "uuid:abc"}))
    xml = interview(FORM, world.amani.child.code, instance_id="uuid:abc", on=DAY)
    assert receive(world.amani.actor("enumerator"), Delivery(xml)).status == 202
    assert accepted() == 1


def test_what_came_under_two_ids_counts_once_as_soon_as_a_file_names_both(world: World) -> None:
    assert world.amani.child is not None
    run(world, export(line(world, "7")))
    xml = interview(FORM, world.amani.child.code, instance_id="uuid:abc", on=DAY)
    sent = receive(world.amani.actor("enumerator"), Delivery(xml))
    assert accepted() == 2, "nobody can know yet"
    for _ in range(2):
        assert counts(run(world, export({**line(world, "7"), "_uuid": "abc"}))) == (0, 1, 0, 0)
    assert [row.pk for row in Submission.objects.filter(state=State.ACCEPTED)] == [sent.submission_id]
    (brought,) = imported()
    joined = Submission.objects.get(pk=sent.submission_id)
    assert (brought.state, joined.supersedes_id, joined.root_id) == (State.SUPERSEDED, brought.pk, brought.pk)


def test_two_rows_that_a_later_file_gives_as_one_count_once(world: World) -> None:
    run(world, export(line(world, "7"), {**without_id(world), "KEY": "uuid:abc"}))
    assert accepted() == 2
    assert counts(run(world, export({**line(world, "7"), "KEY": "uuid:abc"}))) == (0, 1, 0, 0)
    assert accepted() == 1
    assert counts(run(world, export({**line(world, "7", mood="bad"), "KEY": "uuid:abc"}))) == (1, 0, 0, 0)
    assert accepted() == 1


def test_an_interview_that_waits_takes_the_place_of_its_imported_row_when_it_is_accepted(world: World) -> None:
    assert world.amani.child is not None
    run(world, export(line(world, "7")))
    xml = interview(FORM, world.amani.child.code, instance_id="uuid:abc", on=DAY, changes={"work_hours": "999"})
    sent = receive(world.amani.actor("enumerator"), Delivery(xml))
    run(world, export({**line(world, "7"), "_uuid": "abc"}))
    assert imported()[0].state == State.ACCEPTED, "what the phone sent waits"
    accept_submission(world.amani.actor("supervisor"), sent.submission_id, "So it was")  # type: ignore[arg-type]
    assert [row.pk for row in Submission.objects.filter(state=State.ACCEPTED)] == [sent.submission_id]


@pytest.mark.parametrize("aside", [False, True])
def test_an_edit_that_was_accepted_before_an_import_brought_its_original_counts_alone(
    world: World, *, aside: bool
) -> None:
    assert world.amani.child is not None
    xml = interview(FORM, world.amani.child.code, instance_id="uuid:new", deprecated_id="uuid:abc", on=DAY)
    edit = receive(world.amani.actor("enumerator"), Delivery(xml)).submission_id
    supervisor = world.amani.actor("supervisor")
    assert edit is not None
    accept_submission(supervisor, edit, "So it was")
    if aside:
        set_aside(supervisor, edit, "Not sure")
    run(world, export({**line(world, "7"), "_uuid": "abc"}))
    if aside:
        take_back(supervisor, edit, "Sure")
    assert [row.pk for row in Submission.objects.filter(state=State.ACCEPTED)] == [edit]
