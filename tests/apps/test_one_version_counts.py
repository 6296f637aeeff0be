"""Of one interview that came by several ways one version counts, whatever is corrected, set aside or sent again."""

from __future__ import annotations

from typing import Any

import pytest

from homeward.apps.surveys import edits
from homeward.apps.surveys.corrections import correct_answers
from homeward.apps.surveys.deliveries import Delivery, Receipt
from homeward.apps.surveys.inbox import accept_submission, set_aside, take_back
from homeward.apps.surveys.intake import receive
from homeward.apps.surveys.models import State, Submission
from homeward.domain.problems import ProblemError
from tests.apps.test_import_again import accepted, imported, points
from tests.apps.test_importing import DAY, FORM, export, line, run
from tests.interviews import interview
from tests.world import World

pytestmark = pytest.mark.database
IMPOSSIBLE = {"work_hours": "999"}


def sent(
    world: World, instance: str, original: str = "", *, sender: str = "enumerator", code: str = "", **changes: str
) -> Receipt:
    assert world.amani.child is not None
    code = code or world.amani.child.code
    xml = interview(FORM, code, instance_id=instance, deprecated_id=original, on=DAY, changes=changes)
    return receive(world.amani.actor(sender), Delivery(xml))


def waits_beside_its_imported_row(world: World) -> Receipt:
    run(world, export(line(world, "7")))
    waiting = sent(world, "uuid:abc", **IMPOSSIBLE)
    run(world, export({**line(world, "7"), "_uuid": "abc"}))
    assert [each.state for each in imported()] == [State.ACCEPTED]
    assert Submission.objects.get(pk=waiting.submission_id).state == State.INVALID
    return waiting


def test_a_correction_of_what_waits_takes_the_place_of_the_imported_row(world: World) -> None:
    waiting = waits_beside_its_imported_row(world)
    assert waiting.submission_id is not None
    correct_answers(
        world.amani.actor("supervisor"), waiting.submission_id, {"work_hours": "30"}, "typing_error", "Slip"
    )
    assert (accepted(), points(world)) == (1, {1})


def test_an_edit_of_what_waits_takes_the_place_of_the_imported_row(world: World) -> None:
    waits_beside_its_imported_row(world)
    sent(world, "uuid:new", "uuid:abc")
    assert (accepted(), points(world)) == (1, {1})
    assert imported(State.ACCEPTED) == []


def test_an_edit_that_came_before_what_waits_takes_the_place_of_the_imported_row(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The edit looks for its original again once everybody who was writing is done; a file was imported meanwhile."""
    looks: list[Any] = []
    monkeypatch.setattr(edits, "join_waiting", lambda *args, **options: looks.append((args, options)))
    edit = sent(world, "uuid:new", "uuid:abc")
    waits_beside_its_imported_row(world)
    monkeypatch.undo()
    args, options = looks[0]
    edits.join_waiting(*args, **options)
    assert (Submission.objects.get(pk=edit.submission_id).state, accepted()) == (State.ACCEPTED, 1)


def test_what_waits_again_leaves_the_imported_row_counting(world: World) -> None:
    supervisor, waiting = world.amani.actor("supervisor"), waits_beside_its_imported_row(world)
    assert waiting.submission_id is not None
    set_aside(supervisor, waiting.submission_id, "Not sure")
    take_back(supervisor, waiting.submission_id, "Sure")
    assert Submission.objects.get(pk=waiting.submission_id).state == State.INVALID
    assert [each.state for each in imported()] == [State.ACCEPTED]


def test_an_edit_that_was_accepted_and_corrected_before_a_file_brings_its_original_counts_alone(world: World) -> None:
    supervisor, edit = world.amani.actor("supervisor"), sent(world, "uuid:new", "uuid:abc").submission_id
    assert edit is not None
    accept_submission(supervisor, edit, "So it was")
    correct_answers(supervisor, edit, {"work_hours": "30"}, "typing_error", "Slip")
    run(world, export({**line(world, "7"), "_uuid": "abc"}))
    assert (accepted(), points(world)) == (1, {1})


def test_of_two_edits_of_an_original_that_never_came_one_counts(world: World) -> None:
    first, second = sent(world, "uuid:one", "uuid:lost"), sent(world, "uuid:two", "uuid:lost", mood="bad")
    assert first.submission_id is not None
    assert second.submission_id is not None
    supervisor = world.amani.actor("supervisor")
    accept_submission(supervisor, first.submission_id, "Seen")
    with pytest.raises(ProblemError) as caught:
        accept_submission(supervisor, second.submission_id, "Seen")
    assert caught.value.first.code == "submission.another_edit"
    set_aside(supervisor, first.submission_id, "The second is right")
    accept_submission(supervisor, second.submission_id, "Seen")
    assert Submission.objects.get(state=State.ACCEPTED).pk == second.submission_id
