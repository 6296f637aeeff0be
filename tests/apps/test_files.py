"""Pictures and sounds of an interview that has several versions."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.models import Event
from homeward.apps.surveys.answers import answers_behind, attachment
from homeward.apps.surveys.attachments import Upload
from homeward.apps.surveys.corrections import correct_answers
from homeward.apps.surveys.deliveries import Delivery
from homeward.apps.surveys.intake import receive
from homeward.apps.surveys.models import Attachment, AttachmentChunk, Submission
from tests.interviews import AGREED, fill, library_form
from tests.openrosa.publishing import publish_more
from tests.world import World

pytestmark = pytest.mark.database
FORM, NAME = "visit-reflection", "child_drawing_picture"
PHOTO = Upload("drawing.jpg", "image/jpeg", b"\xff\xd8\xff first")


@pytest.fixture
def xml(world: World) -> bytes:
    publish_more(world.amani, [FORM])
    return drawn(world)


def drawn(world: World, deprecated_id: str = "") -> bytes:
    assert world.amani.child is not None
    code = world.amani.child.code
    start = {"child_known": "yes", "child_listed": code, "child_code": code, "interview_date": date.today().isoformat()}
    answers = {**AGREED, **start, "respondent": "child", "may_go_on": "yes", NAME: PHOTO.name}
    answers |= {"child_drawing_own_words": "My way to school", "child_drawing_scope": "team"}
    return fill(library_form(FORM)[1], answers, deprecated_id=deprecated_id)


def arrives(world: World, xml: bytes, *files: Upload) -> UUID:
    receipt = receive(world.amani.actor("enumerator"), Delivery(xml, files))
    assert receipt.submission_id is not None
    return receipt.submission_id


def corrected(world: World, submission_id: UUID, **changes: str) -> UUID:
    actor = world.amani.actor("case_worker")
    made = correct_answers(actor, submission_id, changes, "typing_error", "Slip of the finger")
    assert made.submission_id is not None
    return made.submission_id


def test_a_file_that_comes_after_the_correction_is_seen_with_the_newest_version(world: World, xml: bytes) -> None:
    worker, first = world.amani.actor("case_worker"), arrives(world, xml)
    newest = corrected(world, corrected(world, first, child_feel_words="Later"), child_feel_words="Sooner")
    assert answers_behind(worker, newest).missing_files == (PHOTO.name,)
    assert arrives(world, xml, PHOTO) == first
    shown = answers_behind(worker, newest)
    assert ([file.name for file in shown.attachments], shown.missing_files) == ([PHOTO.name], ())
    assert attachment(worker, newest, shown.attachments[0].id).content == PHOTO.content
    assert (Attachment.objects.count(), AttachmentChunk.objects.count()) == (1, 1)
    assert Event.objects.filter(verb="answers.see", object_id=str(newest)).count() == 3
    with pytest.raises(NotVisible):
        attachment(world.amani.actor("other_case_worker"), newest, shown.attachments[0].id)


def test_a_file_that_the_correction_took_away_stays_with_the_version_before(world: World, xml: bytes) -> None:
    worker, first = world.amani.actor("case_worker"), arrives(world, xml, PHOTO)
    newest = corrected(world, first, **{NAME: ""})
    (file,) = answers_behind(worker, first).attachments
    assert answers_behind(worker, newest).attachments == ()
    with pytest.raises(NotVisible):
        attachment(worker, newest, file.id)


def test_a_correction_that_brings_its_own_file_shows_its_own(world: World, xml: bytes) -> None:
    worker, first = world.amani.actor("case_worker"), arrives(world, xml, PHOTO)
    edit = drawn(world, Submission.objects.get(pk=first).instance_id)
    newest = arrives(world, edit, Upload(PHOTO.name, "image/jpeg", b"\xff\xd8\xff second"))
    (file,) = answers_behind(worker, newest).attachments
    assert attachment(worker, newest, file.id).content.endswith(b"second")
