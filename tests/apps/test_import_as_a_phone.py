"""The same answers give the same interview, whether a phone sends them or a file brings them."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest

from homeward.apps.surveys import import_job
from homeward.apps.surveys.deliveries import Delivery
from homeward.apps.surveys.forms import load_workbook
from homeward.apps.surveys.intake import receive
from homeward.apps.surveys.models import Flag, FormVersion, Score, State, Submission
from homeward.apps.surveys.sealing import raw_of, texts_of
from homeward.formats import safe_xml
from homeward.formats.xform.submission import read_meta
from homeward.formats.xlsform.packing import workbook_bytes
from tests.apps.test_importing import DAY, FORM, export, line, run
from tests.formats.xlsform.forms import Draft
from tests.interviews import AGREED, interview, library_form
from tests.world import World

pytestmark = pytest.mark.database
MADE = "hw_"  # questions that the form got at publication: no file has them, and no phone of these tests computes them


def told(row: Submission) -> dict[str, Any]:
    """Everything about an interview but where it came from."""
    problems = {(each["code"], each["field"], each["severity"]) for each in row.problems}
    problems = {each for each in problems if not each[1].startswith(MADE)}
    scores = Score.objects.filter(submission=row).order_by("dimension", "weight_set")
    flags = Flag.objects.filter(submission=row).order_by("kind", "question")
    return {
        "state": (row.state, row.age_years, row.respondent, row.interviewed_on),
        "coded": row.coded,
        "texts": texts_of(row),
        "problems": problems,
        "scores": list(scores.values_list("dimension", "weight_set", "value", "answered", "applicable")),
        "flags": list(flags.values_list("kind", "severity", "question")),
    }


def by_phone(world: World, day: date = DAY, **changes: str) -> Submission:
    assert world.amani.child is not None
    xml = interview(FORM, world.amani.child.code, on=day, changes={"anything_to_say": "", **changes})
    return Submission.objects.get(pk=receive(world.amani.actor("enumerator"), Delivery(xml)).submission_id)


def full(world: World, row_id: str, **changes: str) -> dict[str, str]:
    """All that the form asks, as both servers export it."""
    assert world.amani.child is not None
    code = world.amani.child.code
    every = dict.fromkeys((item.name for item in library_form(FORM)[1].questions), "")
    asked = {"child_known": "yes", "child_listed": code, "child_typed": "", "child_code": code, **AGREED}
    return {**every, **line(world, row_id, **{**asked, **changes})}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"work_hours": "999"},
        {"work_hours": "-5"},
        {"work_hours": "12.5"},
        {"mood": "purple"},
        {"mood": ""},
        {"respondent": "nobody"},
        {"in_private": "no", "work_hours": "2"},
        {"child_assent": "no", "work_hours": "2"},
        {"caregiver_consent": "no", "work_hours": "2"},
        {"own_basics": "none shoes"},
    ],
    ids=lambda changes: " ".join(f"{name}={text}" for name, text in changes.items()) or "as it should be",
)
def test_what_a_phone_would_have_given(world: World, changes: dict[str, str]) -> None:
    sent = told(by_phone(world, **changes))
    run(world, export(full(world, "1", **changes)))
    brought = told(Submission.objects.get(channel="import"))
    same = ("import.same_meeting", "", "warning")  # the phone's own interview is here too
    assert brought.pop("problems") - {same} == sent.pop("problems")
    assert brought == sent


# The day after tomorrow: tomorrow has begun somewhere on earth for most of the day.
@pytest.mark.parametrize("days", [-2, 900, 365 * 20, 365 * 2000])
def test_a_day_that_cannot_be_right_is_told_as_of_a_phone(world: World, days: int) -> None:
    day = date.today() - timedelta(days=days)
    sent = told(by_phone(world, day=day))
    run(world, export(full(world, "1", interview_date=day.isoformat())))
    brought = told(Submission.objects.get(channel="import"))
    brought["problems"] -= {("import.same_meeting", "", "warning")}
    assert brought == sent
    assert {code for code, _, _ in brought["problems"]} & {
        "answer.constraint",
        "age.outside_instrument",
        "interview.date_impossible",
    }


def test_a_whole_number_with_a_point_and_a_date_with_a_time_are_read_as_meant(world: World) -> None:
    row = line(world, "1", work_hours="0.0", interview_date=f"{DAY.isoformat()}T10:30:00.000+03:00")
    assert run(world, export(row)).invalid == 0
    made = Submission.objects.get(channel="import")
    assert (made.state, made.interviewed_on) == (State.ACCEPTED, DAY)
    assert made.coded["answers"]["work_hours"] == {"number": "0"}


def test_what_is_kept_of_a_row_is_an_interview_of_the_form(world: World) -> None:
    run(world, export(line(world, "1", mood="bad")))
    made = Submission.objects.get(channel="import")
    root = safe_xml.parse(raw_of(made))
    assert (read_meta(root).form_id, read_meta(root).instance_id) == (FORM, made.instance_id)
    assert [each.text for each in root.iter("{*}mood")] == ["bad"]


def test_a_question_without_a_column_breaks_no_rule(world: World) -> None:
    """What the file lacks is said once of the file, not of each row."""
    short = line(world, "1")
    short.pop("sleep_place")
    row = run(world, export(short))
    made = Submission.objects.get(channel="import")
    assert (made.state, made.problems) == (State.ACCEPTED, [])
    assert "sleep_place" in {each["field"] for each in row.problems if each["code"] == "exports.column_missing"}


@pytest.mark.parametrize("refused", ["child_assent", "caregiver_consent"])
def test_a_refusal_hides_what_follows_whichever_other_columns_are_there(world: World, refused: str) -> None:
    row = line(world, "1", **{refused: "no"})
    assert "in_private" not in row
    run(world, export(row))
    kept = Submission.objects.get(channel="import")
    made = told(kept)
    assert (kept.state, list(made["scores"])) == (State.REFUSED, [])
    assert ("answer.hidden", "mood", "warning") in made["problems"]


def test_letters_that_no_phone_can_send_do_not_stop_an_import(world: World) -> None:
    rows = [line(world, "1", mood="a\x00b"), line(world, "2", mood="a\ud800b"), line(world, "3")]
    row = run(world, json.dumps(rows).encode(), "x.json")
    assert (row.state, row.read, row.new, row.invalid) == ("done", 3, 3, 2), row.problems


def test_a_text_longer_than_a_phone_may_send_fails_alone(world: World) -> None:
    row = run(world, export(line(world, "1", child_listed="x" * 70_000), line(world, "2")))
    assert (row.new, row.failed) == (1, 1)
    assert "xml.value" in {each["code"] for each in row.problems}


def test_behind_an_answer_that_our_own_table_left_out_nothing_is_hidden(world: World) -> None:
    """The phone's interview counted what was asked behind it, so the same row brought elsewhere counts it too."""
    asked = {"work_hours": "999", "dangerous_work": "some"}
    sent = told(by_phone(world, **asked))
    row = full(world, "1", **{**asked, "work_hours": "", "_answers_left_out": "work_hours"})
    run(world, export(row))
    brought = told(Submission.objects.get(channel="import"))
    assert brought["scores"] == sent["scores"]
    assert "answer.hidden" not in {code for code, _, _ in brought["problems"]}


def test_of_many_remarks_what_is_wrong_and_what_is_said_of_the_file_come_first(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_job, "MOST_PROBLEMS", 12)
    rows = [full(world, str(number), interview_date=(DAY - timedelta(days=number)).isoformat()) for number in range(20)]
    row = run(world, export(*rows, {**full(world, "99", work_hours="999"), "of ours": "x"}))
    assert len(row.problems) == 12
    assert {("answer.constraint", "work_hours"), ("exports.column_unknown", "of ours")} <= {
        (each["code"], each["field"]) for each in row.problems
    }


def agency_form(world: World) -> str:
    """A form of somebody else, with a date that lies ahead and kinds of answers that our own forms do not have."""
    draft = Draft().question("date", "next_visit", constraint=". > today()").question("time", "began")
    draft.question("rank yes_no", "order").question("geopoint", "place").question("decimal", "weight")
    draft.question("begin_repeat", "person", privacy="").question("integer", "years").add(
        "survey", {"type": "end_repeat"}
    )
    draft.question("note", "thanks", relevant="count(${person}) > 0")
    actor = world.amani.actor("me_officer")
    form_id = load_workbook(actor, workbook_bytes(draft.load()), "form.xlsx")
    FormVersion.objects.filter(pk=form_id).update(status="published")
    world.amani.forms["agency"] = form_id
    return str(form_id)


def test_today_was_the_day_of_the_interview_and_every_kind_of_answer_is_read(world: World) -> None:
    assert world.amani.child is not None
    agency_form(world)
    row = {
        "KEY": "uuid:1",
        "child_code": world.amani.child.code,
        "interview_date": DAY.isoformat(),
        "respondent": "child",
        "next_visit": (DAY + timedelta(days=7)).isoformat(),
        "began": "10:30:00.000+03:00",
        "order": "no yes",
        "place": "-1.28 36.8 0 0",
        "weight": "12.50",
        "child_assent": "yes",
        "friends": "",
    }
    late = {**row, "KEY": "uuid:2", "next_visit": DAY.isoformat()}
    job = run(world, export(row, late), form="agency")
    assert job.state == "done", job.problems
    first, second = Submission.objects.filter(channel="import").order_by("instance_id")
    assert (first.state, first.problems) == (State.ACCEPTED, [])
    assert {each["code"]: each["field"] for each in second.problems}["answer.constraint"] == "next_visit"
    assert first.coded["answers"]["weight"] == {"number": "12.50"}
    assert first.coded["answers"]["order"] == ["no", "yes"]
