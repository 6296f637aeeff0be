"""Interviews in: once, byte for byte, scored, and never dropped."""

from __future__ import annotations

import gc
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.utils import timezone

from homeward.apps.audit.models import Event
from homeward.apps.surveys.attachments import Upload, content_of
from homeward.apps.surveys.definitions import definition_of
from homeward.apps.surveys.deliveries import Delivery
from homeward.apps.surveys.intake import receive
from homeward.apps.surveys.models import Attachment, Flag, FormVersion, Quarantined, Score, State, Submission
from homeward.apps.surveys.reading import answers_of, read
from homeward.apps.surveys.sealing import (
    attachment_name_of,
    quarantined_name_of,
    quarantined_of,
    raw_of,
    texts_of,
    typed_child_of,
)
from homeward.domain.problems import ProblemError
from homeward.formats import safe_xml
from homeward.formats.xform import evaluate
from tests.interviews import fill, interview, library_form
from tests.world import World

pytestmark = pytest.mark.database
FORM = "child-12-14"


def code_of(world: World) -> str:
    assert world.amani.child is not None
    return world.amani.child.code


def refused(world: World, xml: bytes, *files: Upload, sender: str = "enumerator") -> ProblemError:
    with pytest.raises(ProblemError) as caught:
        receive(world.amani.actor(sender), Delivery(xml, files))
    return caught.value


def test_an_interview_of_the_caseload_is_stored_scored_and_written_down(world: World) -> None:
    xml = interview(FORM, code_of(world))
    receipt = receive(world.amani.actor("enumerator"), Delivery(xml))
    assert (receipt.status, receipt.state) == (201, State.ACCEPTED), receipt.problems
    row = Submission.objects.get(pk=receipt.submission_id)
    assert raw_of(row) == xml
    assert row.child_id == world.amani.child.id
    assert row.age_years == 13
    assert row.respondent == "child"
    assert row.interviewed_on == date.today()
    assert row.coded["answers"]["mood"] == "very_good"
    assert row.coded["answers"]["work_hours"] == {"number": "0"}
    assert "child_listed" not in row.coded["answers"]
    assert texts_of(row)["texts"]["child_listed"] == code_of(world)
    event = Event.objects.get(verb="receive_submission", object_id=str(row.pk))
    assert event.actor_kind == "device"


def test_an_interview_whose_rules_take_too_much_work_is_kept_and_waits_without_scores(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    xml = interview(FORM, code_of(world))
    monkeypatch.setattr(evaluate, "MAX_STEPS", 3)
    monkeypatch.setattr(evaluate, "LETTERS", 0)
    receipt = receive(world.amani.actor("enumerator"), Delivery(xml))
    assert (receipt.status, receipt.state) == (202, State.INVALID)
    assert "xform.unsettled" in {problem.code for problem in receipt.problems}
    assert receive(world.amani.actor("enumerator"), Delivery(xml)).repeated
    row = Submission.objects.get(pk=receipt.submission_id)
    assert raw_of(row) == xml
    assert row.coded["answers"]["mood"] == "very_good"
    assert answers_of(row.coded, texts_of(row), row.problems) == {}
    assert not Score.objects.filter(submission=row, value__isnull=False).exists()


@pytest.mark.parametrize("number", range(3))
def test_scores_equal_the_hand_worked_examples(world: World, number: int) -> None:
    loaded, _ = library_form(FORM)
    example = loaded.instrument.examples[number]
    receipt = receive(world.amani.actor("enumerator"), Delivery(interview(FORM, code_of(world), example=number)))
    scores = {row.dimension: row.value for row in Score.objects.filter(submission_id=receipt.submission_id)}
    for dimension, expected in example.expected.items():
        assert scores[dimension] == expected, dimension


def test_a_score_says_how_it_was_made(world: World) -> None:
    receipt = receive(world.amani.actor("enumerator"), Delivery(interview(FORM, code_of(world))))
    score = Score.objects.get(submission_id=receipt.submission_id, dimension="economic")
    assert (score.instrument_id, score.instrument_version, score.weight_set) == (FORM, "1.0", "equal")
    assert (score.answered, score.applicable, score.enough) == (5, 5, True)
    assert Decimal(score.numerator) / Decimal(score.denominator) == 1
    assert {component["name"] for component in score.components} >= {"food_enough", "work_hours"}


def test_the_same_bytes_again_are_one_record(world: World) -> None:
    actor, xml = world.amani.actor("enumerator"), interview(FORM, code_of(world))
    first, second = receive(actor, Delivery(xml)), receive(actor, Delivery(xml))
    assert (second.status, second.submission_id, second.repeated) == (201, first.submission_id, True)
    assert Submission.objects.filter(instance_id=first.instance_id).count() == 1


def test_other_bytes_under_the_same_id_are_refused_and_kept_once(world: World) -> None:
    actor = world.amani.actor("enumerator")
    xml = interview(FORM, code_of(world), instance_id="uuid:one")
    other = interview(FORM, code_of(world), instance_id="uuid:one", changes={"mood": "very_bad"})
    receive(actor, Delivery(xml))
    for _ in range(2):
        assert refused(world, other).first.status == 409
    kept = Quarantined.objects.get(instance_id="uuid:one")
    assert quarantined_of(kept) == other
    assert raw_of(Submission.objects.get(instance_id="uuid:one")) == xml


def test_attachments_come_in_any_order_and_split(world: World) -> None:
    actor, xml = world.amani.actor("enumerator"), interview(FORM, code_of(world))
    drawing, voice = Upload("رسم.png", "image/png", b"p" * 1_300_000), Upload("v.m4a", "audio/mp4", b"sound")
    receipt = receive(actor, Delivery(xml, (voice,)))
    assert receive(actor, Delivery(xml, (drawing, voice))).status == 201
    assert receive(actor, Delivery(xml, (drawing,))).status == 201
    files = {attachment_name_of(row): row for row in Attachment.objects.filter(submission_id=receipt.submission_id)}
    assert {name: content_of(row) for name, row in files.items()} == {
        "رسم.png": drawing.content,
        "v.m4a": voice.content,
    }
    assert files["رسم.png"].chunks.count() == 3


def test_another_file_of_the_same_name_is_refused_and_kept(world: World) -> None:
    actor, xml = world.amani.actor("enumerator"), interview(FORM, code_of(world))
    receive(actor, Delivery(xml, (Upload("a.png", "image/png", b"one"),)))
    problem = refused(world, xml, Upload("a.png", "image/png", b"two"))
    assert (problem.first.code, problem.first.status) == ("submission.other_attachment", 409)
    assert quarantined_of(Quarantined.objects.get(reason="other_attachment")) == b"two"


def test_a_code_outside_the_caseload_goes_to_the_inbox_unscored(world: World) -> None:
    assert world.amani.other_child is not None
    foreign = world.amani.other_child.code
    receipt = receive(world.amani.actor("enumerator"), Delivery(interview(FORM, foreign, listed=False)))
    assert (receipt.status, receipt.state) == (202, State.UNMATCHED)
    row = Submission.objects.get(pk=receipt.submission_id)
    assert row.child is None
    assert typed_child_of(row) == foreign
    assert not Score.objects.filter(submission=row).exists()


def test_flags_are_raised_whatever_else_is_wrong(world: World) -> None:
    xml = interview(FORM, "123456789", example=1)
    receipt = receive(world.amani.actor("enumerator"), Delivery(xml))
    assert receipt.status == 202
    kinds = set(Flag.objects.filter(submission_id=receipt.submission_id).values_list("kind", flat=True))
    assert {"hunger", "dangerous_work", "harm"} <= kinds


def test_answers_that_cannot_be_right_are_kept_shown_and_left_out_of_scores(world: World) -> None:
    xml = interview(FORM, code_of(world), changes={"mood": "purple", "work_hours": "900"})
    receipt = receive(world.amani.actor("enumerator"), Delivery(xml))
    assert (receipt.status, receipt.state) == (202, State.INVALID)
    row = Submission.objects.get(pk=receipt.submission_id)
    assert {"mood", "work_hours"} <= {problem["field"] for problem in row.problems}
    assert Score.objects.get(submission=row, dimension="economic").answered == 4
    assert "purple" not in str(row.coded)


@pytest.mark.goal("R-8")
def test_a_date_in_the_future_is_shown_to_a_person(world: World) -> None:
    xml = interview(FORM, code_of(world), on=date.today() + timedelta(days=3))
    assert receive(world.amani.actor("enumerator"), Delivery(xml)).state == State.INVALID


@pytest.mark.parametrize("day", [date(1, 1, 1), date(1999, 12, 31), date.today() - timedelta(days=20 * 365)])
@pytest.mark.goal("R-8")
def test_a_day_before_the_birth_or_long_past_waits_without_age_and_score(world: World, day: date) -> None:
    receipt = receive(world.amani.actor("enumerator"), Delivery(interview(FORM, code_of(world), on=day)))
    assert (receipt.status, receipt.state) == (202, State.INVALID)
    assert "interview.date_impossible" in {problem.code for problem in receipt.problems}
    row = Submission.objects.get(pk=receipt.submission_id)
    assert (row.age_years, Score.objects.filter(submission=row).count()) == (None, 0)


def test_an_edit_replaces_what_it_names(world: World) -> None:
    actor = world.amani.actor("enumerator")
    receive(actor, Delivery(interview(FORM, code_of(world), instance_id="uuid:a")))
    edit = interview(FORM, code_of(world), instance_id="uuid:b", deprecated_id="uuid:a", changes={"mood": "bad"})
    assert receive(actor, Delivery(edit)).status == 201
    old, new = (Submission.objects.get(instance_id=name) for name in ("uuid:a", "uuid:b"))
    assert (old.state, new.state) == (State.SUPERSEDED, State.ACCEPTED)
    assert (new.supersedes_id, new.root_id) == (old.pk, old.root_id)


def test_an_edit_of_an_outdated_version_is_refused_and_kept(world: World) -> None:
    actor = world.amani.actor("enumerator")
    receive(actor, Delivery(interview(FORM, code_of(world), instance_id="uuid:a")))
    receive(actor, Delivery(interview(FORM, code_of(world), instance_id="uuid:b", deprecated_id="uuid:a")))
    late = interview(FORM, code_of(world), instance_id="uuid:c", deprecated_id="uuid:a")
    assert refused(world, late).first.status == 409
    assert quarantined_of(Quarantined.objects.get(reason="outdated_edit")) == late


def test_an_edit_that_comes_before_its_original_is_joined_when_it_arrives(world: World) -> None:
    actor = world.amani.actor("enumerator")
    edit = interview(FORM, code_of(world), instance_id="uuid:b", deprecated_id="uuid:a")
    assert receive(actor, Delivery(edit)).status == 202
    receive(actor, Delivery(interview(FORM, code_of(world), instance_id="uuid:a")))
    old, new = (Submission.objects.get(instance_id=name) for name in ("uuid:a", "uuid:b"))
    assert (old.state, new.state, new.supersedes_id) == (State.SUPERSEDED, State.ACCEPTED, old.pk)


def test_nobody_replaces_the_interview_of_somebody_else(world: World) -> None:
    receive(world.amani.actor("enumerator"), Delivery(interview(FORM, code_of(world), instance_id="uuid:a")))
    edit = interview(FORM, code_of(world), instance_id="uuid:b", deprecated_id="uuid:a")
    assert receive(world.amani.actor("community_monitor"), Delivery(edit)).state == State.UNMATCHED
    assert Submission.objects.get(instance_id="uuid:a").state == State.ACCEPTED


def test_an_unknown_version_is_kept_apart_and_taken(world: World) -> None:
    xml = interview(FORM, code_of(world)).replace(b'version="1.0"', b'version="9.9"')
    receipt = receive(world.amani.actor("enumerator"), Delivery(xml))
    assert (receipt.status, receipt.submission_id) == (202, None)
    assert Quarantined.objects.get(reason="unknown_version").version == "9.9"


def test_a_form_that_is_not_ours_does_not_exist(world: World) -> None:
    xml = interview(FORM, code_of(world)).replace(b'id="child-12-14"', b'id="somebody-elses"')
    assert refused(world, xml).first.status == 404


def test_unreadable_bodies_are_refused_with_a_reason(world: World) -> None:
    for body in (b"", b"<data", b"<data><meta/></data>", b"\x00\xff"):
        assert refused(world, body).first.status == 400


def test_a_session_of_a_group_has_no_child_and_is_accepted(world: World) -> None:
    _, form = library_form("fgd")
    receipt = receive(world.amani.actor("enumerator"), Delivery(fill(form, {"session_place": "School"})))
    assert receipt.state in (State.ACCEPTED, State.INVALID)
    assert Submission.objects.get(pk=receipt.submission_id).child is None


def test_a_person_without_the_right_is_refused_and_that_is_written_down(world: World) -> None:
    error = refused(world, interview(FORM, code_of(world)), sender="programme_manager")
    assert error.first.status == 403
    assert Event.objects.filter(verb="interviews.fill", allowed=False).exists()


def test_a_receipt_names_the_record(world: World) -> None:
    receipt = receive(world.amani.actor("case_worker"), Delivery(interview(FORM, code_of(world)), channel="browser"))
    assert isinstance(receipt.submission_id, UUID)
    assert Submission.objects.get(pk=receipt.submission_id).person_id == world.amani.people["case_worker"]


def test_a_number_of_a_billion_digits_is_kept_as_it_was_written(world: World) -> None:
    """Shown as a number it would fill the memory of the server."""
    xml = interview(FORM, code_of(world), changes={"work_hours": "1e-999999999"})
    row = Submission.objects.get(pk=receive(world.amani.actor("enumerator"), Delivery(xml)).submission_id)
    assert row.state == State.INVALID
    assert "work_hours" not in row.coded["answers"]
    assert texts_of(row)["texts"]["work_hours"] == "1e-999999999"


def test_what_forbids_counting_is_kept_before_what_is_only_told(world: World) -> None:
    xml = interview(FORM, code_of(world), changes={"mood": "never heard of"})
    noise = b"".join(b"<x%d>1</x%d>" % (number, number) for number in range(150))
    receipt = receive(world.amani.actor("enumerator"), Delivery(xml.replace(b"<meta>", noise + b"<meta>")))
    assert (receipt.status, receipt.state) == (202, State.INVALID)
    row = Submission.objects.get(pk=receipt.submission_id)
    assert "mood" in {problem["field"] for problem in row.problems}


def test_files_kept_apart_keep_their_names_sealed(world: World) -> None:
    actor, xml = world.amani.actor("enumerator"), interview(FORM, code_of(world), instance_id="uuid:one")
    receive(actor, Delivery(xml))
    other = interview(FORM, code_of(world), instance_id="uuid:one", changes={"mood": "very_bad"})
    photos = (Upload("Asha.jpg", "image/jpeg", b"same"), Upload("home.jpg", "image/jpeg", b"same"))
    for _ in range(2):
        refused(world, other, *photos)
    kept = Quarantined.objects.filter(instance_id="uuid:one")
    assert sorted(quarantined_name_of(row) for row in kept) == ["", "Asha.jpg", "home.jpg"]
    assert not any(b"Asha" in bytes(row.name) for row in kept)


def test_reading_an_interview_leaves_nothing_for_the_collector(world: World) -> None:
    """What holds itself in a circle fills the memory until Python looks for it, at the cost of every interview."""
    assert world.amani.child is not None
    version = FormVersion.objects.filter(instrument_id="child-12-14").first()
    assert version is not None
    definition, now = definition_of(version), timezone.now()
    root = safe_xml.parse(interview("child-12-14", world.amani.child.code))
    read(definition, root, now)
    gc.collect()
    gc.disable()
    try:
        read(definition, root, now)
        assert gc.collect() == 0
    finally:
        gc.enable()
