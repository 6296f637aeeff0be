"""What was kept apart: compared with what is here, and the ways out."""

from __future__ import annotations

from uuid import UUID

import pytest

from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.models import Event
from homeward.apps.surveys.answers import answers_behind, attachment
from homeward.apps.surveys.attachments import Upload
from homeward.apps.surveys.corrections import correct_answers
from homeward.apps.surveys.deliveries import Delivery, Receipt
from homeward.apps.surveys.inbox import list_quarantined, set_aside
from homeward.apps.surveys.intake import receive
from homeward.apps.surveys.kept import CORRECT, KEEP, OWN, decide, kept, kept_file
from homeward.apps.surveys.models import Attachment, FormVersion, Quarantined, State, Submission
from homeward.apps.surveys.sealing import join_key, reason_of, settled_reason_of
from homeward.domain.problems import ProblemError
from tests.interviews import interview
from tests.world import World

pytestmark = pytest.mark.database
FORM = "child-12-14"
VOICE = Upload("v.m4a", "audio/mp4", b"first")


def xml_of(world: World, instance: str, edits: str = "", **changes: str) -> bytes:
    assert world.amani.child is not None
    code = changes.pop("code", world.amani.child.code)
    return interview(FORM, code, instance_id=instance, deprecated_id=edits, changes=changes)


def sends(world: World, xml: bytes, *files: Upload) -> Receipt:
    return receive(world.amani.actor("enumerator"), Delivery(xml, files))


def apart(world: World, xml: bytes, *files: Upload) -> UUID:
    """Refused with 409 and kept; the only entry of the list."""
    with pytest.raises(ProblemError) as caught:
        sends(world, xml, *files)
    assert caught.value.first.status == 409
    (row,) = list_quarantined(world.amani.actor("supervisor"))
    return row.id


def state(receipt: Receipt) -> str:
    return Submission.objects.get(pk=receipt.submission_id).state


def test_only_what_differs_is_shown_and_the_look_is_written_down(world: World) -> None:
    first = sends(world, xml_of(world, "uuid:a"))
    row, supervisor = apart(world, xml_of(world, "uuid:a", mood="bad")), world.amani.actor("supervisor")
    found = kept(supervisor, row)
    assert found.compared is not None
    (difference,) = found.compared.differences
    assert difference.here is not None
    assert difference.other is not None
    assert (difference.here.codes, difference.other.codes) == (("very_good",), ("bad",))
    assert found.compared.same > 10
    assert found.steps == (KEEP, CORRECT, OWN)
    for seen in (row, first.submission_id):
        assert Event.objects.filter(verb="answers.see", object_id=str(seen), allowed=True).count() == 1


def test_who_may_not_read_answers_or_settle_does_neither(world: World) -> None:
    sends(world, xml_of(world, "uuid:a"))
    row = apart(world, xml_of(world, "uuid:a", mood="bad"))
    for actor in (world.amani.actor("other_supervisor"), world.baraka.actor("me_officer")):
        with pytest.raises(NotVisible):
            kept(actor, row)
        with pytest.raises(NotVisible):
            decide(actor, row, KEEP, "x")
    for name in ("case_worker", "focal_point", "organisation_admin"):
        with pytest.raises(ProblemError):
            kept(world.amani.actor(name), row)
        with pytest.raises(ProblemError):
            decide(world.amani.actor(name), row, KEEP, "x")


def test_of_an_interview_out_of_reach_nothing_is_shown_and_nothing_decided(world: World) -> None:
    assert world.amani.other_child is not None
    first = sends(world, xml_of(world, "uuid:a"))
    row = apart(world, xml_of(world, "uuid:a", mood="bad"))
    moved = Submission.objects.get(pk=first.submission_id)
    join_key(moved, world.amani.other_child.id)
    moved.child_id = world.amani.other_child.id
    moved.save()
    found = kept(world.amani.actor("supervisor"), row)
    assert (found.out_of_reach, found.compared, found.rows, found.steps) == (True, None, (), ())
    for step in (KEEP, CORRECT, OWN):
        with pytest.raises(ProblemError):
            decide(world.amani.actor("supervisor"), row, step, "x")
    assert kept(world.amani.actor("me_officer"), row).compared is not None


def test_keeping_what_is_here_tells_the_phone_that_it_arrived(world: World) -> None:
    first, other = sends(world, xml_of(world, "uuid:a")), xml_of(world, "uuid:a", mood="bad")
    row, supervisor = apart(world, other), world.amani.actor("supervisor")
    assert decide(supervisor, row, KEEP, "The first is right") is None
    settled = Quarantined.objects.get(pk=row)
    assert settled_reason_of(settled) == "The first is right"
    assert sends(world, other).status == 201
    assert list_quarantined(supervisor) == []
    assert state(first) == State.ACCEPTED
    with pytest.raises(ProblemError):
        decide(supervisor, row, CORRECT, "Changed my mind")


def test_taken_as_a_correction_it_replaces_the_newest_version_with_its_files(world: World) -> None:
    first, worker = sends(world, xml_of(world, "uuid:a")), world.amani.actor("case_worker")
    assert first.submission_id is not None
    second = correct_answers(worker, first.submission_id, {"mood": "good"}, "typing_error", "Slip")
    other = xml_of(world, "uuid:a", mood="bad")
    row, supervisor = apart(world, other), world.amani.actor("supervisor")
    made = decide(supervisor, row, CORRECT, "The mother confirmed it")
    newest = Submission.objects.get(pk=made)
    assert (newest.supersedes_id, newest.root_id, newest.state) == (
        second.submission_id,
        first.submission_id,
        "accepted",
    )
    assert (newest.coded["answers"]["mood"], newest.correction_reason) == ("bad", "other_version")
    assert reason_of(newest) == "The mother confirmed it"
    assert Quarantined.objects.get(pk=row).taken_as_id == made
    assert (sends(world, other, VOICE).status, Attachment.objects.get().submission_id) == (201, made)


def test_taken_by_itself_it_stands_beside_the_first(world: World) -> None:
    first, other = sends(world, xml_of(world, "uuid:a")), xml_of(world, "uuid:a", mood="bad")
    row = apart(world, other)
    made = Submission.objects.get(pk=decide(world.amani.actor("supervisor"), row, OWN, "Two siblings on one phone"))
    assert (made.state, made.supersedes_id, state(first)) == (State.ACCEPTED, None, State.ACCEPTED)
    assert made.device_id == world.amani.devices["enumerator"].device_id


def test_an_outdated_edit_is_compared_with_the_newest_version(world: World) -> None:
    sends(world, xml_of(world, "uuid:a"))
    second = sends(world, xml_of(world, "uuid:b", "uuid:a", mood="good"))
    late = xml_of(world, "uuid:c", "uuid:a", mood="bad")
    row, supervisor = apart(world, late), world.amani.actor("supervisor")
    found = kept(supervisor, row)
    assert found.compared is not None
    assert found.compared.here.submission.id == second.submission_id
    assert found.steps == (KEEP, CORRECT)
    made = Submission.objects.get(pk=decide(supervisor, row, CORRECT, "The later one is right"))
    assert (made.supersedes_id, state(second)) == (second.submission_id, State.SUPERSEDED)
    assert sends(world, late).status == 201
    assert Submission.objects.count() == 3


def test_an_outdated_edit_that_was_decided_against_does_not_come_back(world: World) -> None:
    sends(world, xml_of(world, "uuid:a"))
    sends(world, xml_of(world, "uuid:b", "uuid:a", mood="good"))
    late = xml_of(world, "uuid:c", "uuid:a", mood="bad")
    row, supervisor = apart(world, late), world.amani.actor("supervisor")
    decide(supervisor, row, KEEP, "The earlier one is right")
    assert sends(world, late).status == 201
    assert list_quarantined(supervisor) == []


def test_a_file_can_take_the_place_of_the_one_with_its_name(world: World) -> None:
    xml, supervisor = xml_of(world, "uuid:a"), world.amani.actor("supervisor")
    first = sends(world, xml, VOICE)
    second = Upload(VOICE.name, VOICE.content_type, b"second")
    row = apart(world, xml, second)
    found = kept(supervisor, row)
    assert (found.steps, [file.name for file in found.files]) == ((KEEP, CORRECT), [VOICE.name])
    assert found.here_file is not None
    assert attachment(supervisor, first.submission_id, found.here_file).content == b"first"  # type: ignore[arg-type]
    assert (kept_file(supervisor, row).content, kept_file(supervisor, row).content_type) == (b"second", "audio/mp4")
    with pytest.raises(NotVisible):
        kept_file(world.amani.actor("other_supervisor"), row)
    made = decide(supervisor, row, CORRECT, "The first one is silent")
    assert made is not None
    (file,) = answers_behind(supervisor, made).attachments
    assert attachment(supervisor, made, file.id).content == b"second"
    assert sends(world, xml, second).status == 201
    assert list_quarantined(supervisor) == []


def test_an_unknown_version_is_taken_in_once_it_is_known(world: World) -> None:
    xml = xml_of(world, "uuid:a", anything="").replace(b'version="1.0"', b'version="9.9"')
    assert sends(world, xml, VOICE).status == 202
    supervisor = world.amani.actor("supervisor")
    row = next(each.id for each in list_quarantined(supervisor) if each.kind == "submission")
    found = kept(supervisor, row)
    assert (found.compared, found.steps) == (None, (KEEP,))
    assert "very_good" in {each.answer for each in found.rows}
    FormVersion.objects.filter(pk=world.amani.forms[FORM]).update(version="9.9")
    assert kept(supervisor, row).steps == (KEEP, OWN)
    made = Submission.objects.get(pk=decide(supervisor, row, OWN, "The version is published now"))
    assert (made.instance_id, made.state) == ("uuid:a", State.ACCEPTED)
    assert sends(world, xml).submission_id == made.pk


def test_files_stand_with_the_interview_they_came_with(world: World) -> None:
    sends(world, xml_of(world, "uuid:a"))
    row = apart(world, xml_of(world, "uuid:a", mood=VOICE.name), VOICE)
    supervisor = world.amani.actor("supervisor")
    assert [file.name for file in kept(supervisor, row).files] == [VOICE.name]
    made = decide(supervisor, row, OWN, "Another interview")
    assert [file.name for file in answers_behind(supervisor, made).attachments] == [VOICE.name]  # type: ignore[arg-type]
    assert list_quarantined(supervisor) == []


def test_what_was_set_aside_is_not_corrected_by_what_was_kept_apart(world: World) -> None:
    first = sends(world, xml_of(world, "uuid:a"))
    row, supervisor = apart(world, xml_of(world, "uuid:a", mood="bad")), world.amani.actor("supervisor")
    set_aside(supervisor, first.submission_id, "A training interview")  # type: ignore[arg-type]
    assert kept(supervisor, row).steps == (KEEP, OWN)


def test_a_child_out_of_reach_is_not_given_an_interview_by_a_correction(world: World) -> None:
    assert world.amani.other_child is not None
    first = sends(world, xml_of(world, "uuid:a"))
    row = apart(world, xml_of(world, "uuid:a", code=world.amani.other_child.code))
    with pytest.raises(ProblemError) as caught:
        decide(world.amani.actor("supervisor"), row, CORRECT, "x")
    assert (caught.value.first.code, state(first)) == ("kept.child", State.ACCEPTED)
    made = Submission.objects.get(pk=decide(world.amani.actor("me_officer"), row, CORRECT, "Siblings mixed up"))
    assert made.child_id == world.amani.other_child.id
