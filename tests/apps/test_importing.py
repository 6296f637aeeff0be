"""Exported data as interviews: idempotent by row id, resumable, and undone as a whole."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import date, timedelta
from uuid import UUID

import pytest
from django.conf import settings
from django.utils.module_loading import import_string

from homeward.apps.access.jobs import enqueue
from homeward.apps.surveys import import_job
from homeward.apps.surveys.corrections import correct_answers, may_correct
from homeward.apps.surveys.import_job import run_import
from homeward.apps.surveys.importing import (
    ImportRow,
    cancel_import,
    find_import,
    list_imports,
    resume_import,
    start_import,
    undo_import,
)
from homeward.apps.surveys.inbox import set_aside, take_back
from homeward.apps.surveys.models import Import, Score, State, Submission
from homeward.domain.problems import ProblemError
from homeward.formats.exports.interviews import Interview
from tests.interviews import as_text, library_form
from tests.world import World

pytestmark = pytest.mark.database
FORM = "child-12-14"
DAY = date.today() - timedelta(days=20)


def answers(example: int = 0) -> dict[str, str]:
    loaded, _ = library_form(FORM)
    given = {name: as_text(answer) for name, answer in loaded.instrument.examples[example].answers.items()}
    return {"child_assent": "yes", "caregiver_consent": "yes", **given}


def export(*rows: Mapping[str, str]) -> bytes:
    out = io.StringIO()
    names = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.DictWriter(out, names)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def line(world: World, row_id: str, example: int = 0, **changes: str) -> dict[str, str]:
    assert world.amani.child is not None
    start = {
        "_id": row_id,
        "child_code": world.amani.child.code,
        "interview_date": DAY.isoformat(),
        "respondent": "child",
    }
    return {**start, **answers(example), **changes}


def run(world: World, content: bytes, name: str = "kobo.csv", form: str = FORM) -> ImportRow:
    actor = world.amani.actor("me_officer")
    import_id = start_import(actor, world.amani.forms[form], name, content)
    run_import(str(import_id))
    return find_import(actor, import_id)


def counts(row: ImportRow) -> tuple[int, int, int, int]:
    return row.new, row.unchanged, row.unmatched, row.invalid


def test_rows_become_interviews_with_scores(world: World) -> None:
    row = run(world, export(line(world, "1"), line(world, "2", 1), line(world, "3", child_code="482193067")))
    assert row.state == "done", row.problems
    assert (row.read, row.total, counts(row)) == (3, 3, (3, 0, 1, 0))
    made = Submission.objects.get(instance_id="import:child-12-14:1")
    assert (made.state, made.channel, made.age_years, made.interviewed_on) == (State.ACCEPTED, "import", 13, DAY)
    loaded, _ = library_form(FORM)
    for score in Score.objects.filter(submission=made):
        assert score.value == loaded.instrument.examples[0].expected[score.dimension]
    assert Submission.objects.get(instance_id="import:child-12-14:3").state == State.UNMATCHED


def test_the_same_file_again_changes_nothing_and_a_changed_row_is_a_new_version(world: World) -> None:
    run(world, export(line(world, "1"), line(world, "2")))
    assert counts(run(world, export(line(world, "2"), line(world, "1")))) == (0, 2, 0, 0)
    assert counts(run(world, export(line(world, "1", mood="bad"), line(world, "2")))) == (1, 1, 0, 0)
    assert counts(run(world, export(line(world, "1", mood="bad")))) == (0, 1, 0, 0)
    old = Submission.objects.get(instance_id="import:child-12-14:1")
    new = Submission.objects.get(instance_id="import:child-12-14:1#1")
    assert (old.state, new.state, new.supersedes_id) == (State.SUPERSEDED, State.ACCEPTED, old.pk)


def test_a_row_twice_in_one_file_counts_once(world: World) -> None:
    row = run(world, export(line(world, "1"), line(world, "1"), line(world, "1", mood="bad")))
    assert (row.new, row.unchanged) == (2, 1)
    assert Submission.objects.filter(state=State.ACCEPTED, channel="import").count() == 1


def test_options_that_do_not_exist_are_kept_as_text_and_shown(world: World) -> None:
    row = run(world, export(line(world, "1", mood="purple")))
    assert counts(row) == (1, 0, 0, 1)
    made = Submission.objects.get(channel="import")
    assert "purple" not in str(made.coded)
    assert {"mood"} <= {problem["field"] for problem in made.problems}


def test_a_file_of_another_instrument_is_stopped_before_anything_is_written(world: World) -> None:
    names = [question.name for question in library_form("caregiver")[0].instrument.questions if question.list_name]
    row = run(world, export({"_id": "1", **dict.fromkeys(names, "yes")}))
    assert (row.state, row.read, row.new) == ("failed", 0, 0)
    assert [problem["code"] for problem in row.problems] == ["exports.other_instrument"]
    assert row.problems[0]["params"]["better"] == "caregiver"
    assert not Submission.objects.filter(channel="import").exists()


def test_an_import_goes_on_where_it_stopped(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_job, "BATCH", 2)
    content = export(*(line(world, str(number)) for number in range(7)))
    actor = world.amani.actor("me_officer")
    import_id = start_import(actor, world.amani.forms[FORM], "kobo.csv", content)
    written: list[int] = []
    original = import_job._Work._write

    def dies_in_the_third_batch(work: object, batch: list[object]) -> bool:
        written.append(len(batch))
        if len(written) == 3:
            raise KeyboardInterrupt
        return original(work, batch)  # type: ignore[arg-type]

    monkeypatch.setattr(import_job._Work, "_write", dies_in_the_third_batch)
    with pytest.raises(KeyboardInterrupt):
        run_import(str(import_id))
    monkeypatch.setattr(import_job._Work, "_write", original)
    with pytest.raises(ProblemError):
        resume_import(actor, import_id)
    Import.objects.filter(pk=import_id).update(beat_at="2020-01-01T00:00:00Z")
    assert find_import(actor, import_id).stalled
    resume_import(actor, import_id)
    run_import(str(import_id))
    row = find_import(actor, import_id)
    assert (row.state, row.read, row.new, row.unchanged) == ("done", 7, 7, 0)


def test_a_cancelled_import_reads_no_further(world: World) -> None:
    actor = world.amani.actor("me_officer")
    import_id = start_import(actor, world.amani.forms[FORM], "kobo.csv", export(line(world, "1")))
    cancel_import(actor, import_id)
    run_import(str(import_id))
    assert find_import(actor, import_id).state == "cancelled"
    assert not Submission.objects.filter(channel="import").exists()
    assert bytes(Import.objects.get(pk=import_id).content) == b""


def test_an_import_is_undone_as_a_whole(world: World) -> None:
    run(world, export(line(world, "1")))
    row = run(world, export(line(world, "1", mood="bad"), line(world, "2")))
    assert undo_import(world.amani.actor("me_officer"), row.id) == 2
    accepted = Submission.objects.filter(channel="import", state=State.ACCEPTED)
    assert [each.instance_id for each in accepted] == ["import:child-12-14:1"]


def test_a_file_that_cannot_be_read_says_so(world: World) -> None:
    for content in (b"%PDF-1.4 nothing", b"\x00\x01\x02", b"a,b\n1,2\n"):
        row = run(world, content)
        assert row.state == "failed"
        assert row.problems[0]["message"]


def test_only_who_may_import_sees_imports_and_only_their_own(world: World) -> None:
    run(world, export(line(world, "1")))
    assert len(list_imports(world.amani.actor("me_officer"))) == 1
    assert list_imports(world.baraka.actor("me_officer")) == []
    with pytest.raises(ProblemError):
        list_imports(world.amani.actor("supervisor"))
    with pytest.raises(ProblemError):
        start_import(world.baraka.actor("me_officer"), world.amani.forms[FORM], "x.csv", b"a")
    with pytest.raises(ProblemError):
        find_import(world.amani.actor("me_officer"), UUID(int=1))


@pytest.mark.parametrize("name", settings.HOMEWARD_JOBS)
def test_every_job_is_a_function(name: str) -> None:
    assert callable(import_string(settings.HOMEWARD_JOBS[name]))


def test_an_unknown_job_fails_where_it_is_named() -> None:
    with pytest.raises(KeyError):
        enqueue("surveys.nothing")


def live(row_id: str) -> list[str]:
    rows = Submission.objects.filter(instance_id__startswith=f"import:{FORM}:{row_id}")
    return sorted(row.instance_id.rpartition(":")[2] for row in rows.exclude(state__in=("superseded", "set_aside")))


def test_undoing_brings_back_only_what_another_import_had_brought_and_as_it_was(world: World) -> None:
    officer = world.amani.actor("me_officer")
    run(world, export(line(world, "1", child_code="not a child"), line(world, "2", mood="purple")))
    again = [line(world, "1", mood="bad"), line(world, "2", mood="bad"), line(world, "3"), line(world, "3", mood="bad")]
    second = run(world, export(*again))
    undo_import(officer, second.id)
    states = dict(Submission.objects.filter(channel="import").values_list("instance_id", "state"))
    assert states[f"import:{FORM}:1"] == State.UNMATCHED
    assert states[f"import:{FORM}:2"] == State.INVALID
    assert live("3") == []


def test_of_the_versions_of_an_interview_one_counts_whatever_is_undone_and_taken_back(world: World) -> None:
    officer = world.amani.actor("me_officer")
    run(world, export(line(world, "1")))
    second = run(world, export(line(world, "1", mood="bad")))
    undo_import(officer, second.id)
    assert live("1") == ["1"]
    undone = Submission.objects.get(instance_id=f"import:{FORM}:1#1")
    take_back(officer, undone.pk, "It was right")
    assert live("1") == ["1#1"]
    set_aside(officer, undone.pk, "It was not")
    undo_import(officer, second.id)
    run(world, export(line(world, "1", mood="okay")))
    assert live("1") == ["1#2"]
    with pytest.raises(ProblemError):
        take_back(officer, undone.pk, "Once more")
    assert live("1") == ["1#2"]


def test_two_workers_at_one_import_count_no_row_twice(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that was thought lost goes on while another has taken over: else rows would be skipped later."""
    monkeypatch.setattr(import_job, "BATCH", 2)
    content = export(*(line(world, str(number)) for number in range(6)))
    import_id = start_import(world.amani.actor("me_officer"), world.amani.forms[FORM], "kobo.csv", content)
    write = import_job._Work._write

    def overtaken(work: import_job._Work, interviews: list[Interview]) -> bool:
        monkeypatch.setattr(import_job._Work, "_write", write)
        Import.objects.filter(pk=import_id).update(state="queued")
        run_import(str(import_id))
        Import.objects.filter(pk=import_id).update(state="running")
        return write(work, interviews)

    monkeypatch.setattr(import_job._Work, "_write", overtaken)
    run_import(str(import_id))
    row = Import.objects.get(pk=import_id)
    assert (row.read, row.new, row.unchanged) == (6, 6, 0)


def test_a_name_in_the_place_of_the_respondent_lies_sealed(world: World) -> None:
    run(world, export(line(world, "1", respondent="Neema Mwangi")))
    row = Submission.objects.get(instance_id=f"import:{FORM}:1")
    assert row.respondent == ""
    plain = [str(getattr(row, field.attname)) for field in row._meta.concrete_fields]
    assert not any("Neema" in value for value in plain)
    assert "Neema" not in str(Import.objects.get(pk=row.imported_with_id).problems)


def test_a_row_without_its_date_waits_without_age_and_score_until_the_file_gives_it(world: World) -> None:
    row = run(world, export(line(world, "1", interview_date=""), line(world, "2")))
    assert counts(row) == (2, 0, 0, 1)
    made = Submission.objects.get(instance_id=f"import:{FORM}:1")
    assert (made.state, made.age_years, Score.objects.filter(submission=made).count()) == (State.INVALID, None, 0)
    assert "interview.date_missing" in {problem["code"] for problem in made.problems}
    run(world, export(line(world, "1")))
    again = Submission.objects.get(instance_id=f"import:{FORM}:1#1")
    assert (again.state, again.age_years, again.interviewed_on) == (State.ACCEPTED, 13, DAY)


def test_long_ids_that_differ_at_their_ends_are_two_interviews(world: World) -> None:
    start = "x" * 220
    content = export(line(world, start + "1"), line(world, start + "2", mood="bad"))
    assert counts(run(world, content)) == (2, 0, 0, 0)
    assert Submission.objects.filter(channel="import", state=State.ACCEPTED).count() == 2
    assert counts(run(world, content)) == (0, 2, 0, 0)


def test_the_rows_of_an_undone_import_come_in_again(world: World) -> None:
    officer = world.amani.actor("me_officer")
    content = export(line(world, "1"), line(world, "2"), line(world, "2", mood="bad"))
    undo_import(officer, run(world, content).id)
    assert live("") == []
    second = run(world, content)
    assert (second.new, second.unchanged) == (3, 0)
    assert Submission.objects.filter(channel="import", state=State.ACCEPTED).count() == 2
    assert counts(run(world, content)) == (0, 3, 0, 0)
    undo_import(officer, second.id)
    assert live("") == []  # the first import stays undone


def test_a_row_that_a_person_set_aside_stays_aside_when_its_file_comes_again(world: World) -> None:
    officer = world.amani.actor("me_officer")
    run(world, export(line(world, "1")))
    set_aside(officer, Submission.objects.get(channel="import").pk, "A training interview")
    assert counts(run(world, export(line(world, "1")))) == (0, 1, 0, 0)
    second = run(world, export(line(world, "1", mood="bad")))
    undo_import(officer, second.id)
    assert live("1") == []


def test_an_imported_interview_is_corrected_in_its_file_and_says_so(world: World) -> None:
    run(world, export(line(world, "1")))
    officer, made = world.amani.actor("me_officer"), Submission.objects.get(channel="import")
    with pytest.raises(ProblemError) as caught:
        correct_answers(officer, made.pk, {"mood": "bad"}, "typing_error", "Slip of the finger")
    assert caught.value.first.code == "correction.imported"
    assert not may_correct(officer, made.channel)
    assert may_correct(officer, "collect")
