"""Rows of a file and what is here: which of it is the same interview, and what waits for a person goes on waiting."""

from __future__ import annotations

import pytest

from homeward.apps.surveys.importing import undo_import
from homeward.apps.surveys.inbox import accept_submission, set_aside, take_back
from homeward.apps.surveys.models import State, Submission
from homeward.apps.surveys.versions import line as versions_from
from tests.apps.test_import_again import accepted, imported, points
from tests.apps.test_importing import counts, export, line, run
from tests.apps.test_one_version_counts import IMPOSSIBLE, sent, waits_beside_its_imported_row
from tests.world import World

pytestmark = pytest.mark.database


def of_another(world: World, row_id: str, **ids: str) -> dict[str, str]:
    assert world.amani.other_child is not None
    return {**line(world, row_id, child_code=world.amani.other_child.code), **ids}


def children() -> set[str]:
    return {row.child.code for row in Submission.objects.filter(state=State.ACCEPTED) if row.child is not None}


def test_the_number_of_another_server_does_not_replace_the_interview_of_another_child(world: World) -> None:
    first, second = {**line(world, "7"), "_uuid": "a"}, of_another(world, "7", _uuid="b")
    run(world, export(first))
    row = run(world, export(second))
    assert (counts(row), accepted(), len(children())) == ((1, 0, 0, 0), 2, 2)
    assert "import.number_of_another" in {each["code"] for each in row.problems}
    for again in (first, second):
        assert counts(run(world, export(again))) == (0, 1, 0, 0)
    changed = of_another(world, "7", _uuid="b", mood="bad")
    assert counts(run(world, export(changed))) == (1, 0, 0, 0)
    assert (accepted(), len(children())) == (2, 2)


def test_two_rows_of_one_file_with_the_number_of_two_servers_are_two(world: World) -> None:
    run(world, export({**line(world, "7"), "_uuid": "a"}, of_another(world, "7", _uuid="b")))
    assert (accepted(), len(children())) == (2, 2)


def test_a_number_alone_joins_no_interviews_of_different_children(world: World) -> None:
    run(world, export({**line(world, "7"), "_uuid": "a"}))
    run(world, export(of_another(world, "", _uuid="b")))
    assert counts(run(world, export(of_another(world, "7", _uuid="b")))) == (0, 1, 0, 0)
    assert (accepted(), len(children())) == (2, 2)


@pytest.mark.parametrize("ids", [{}, {"_uuid": "a"}])
def test_whose_interview_it_is_may_be_corrected_in_the_file(world: World, ids: dict[str, str]) -> None:
    run(world, export({**line(world, "7"), **ids}))
    assert counts(run(world, export(of_another(world, "7", **ids)))) == (1, 0, 0, 0)
    assert (accepted(), children()) == (1, {world.amani.other_child.code})  # type: ignore[union-attr]


def changed_beside_what_waits(world: World) -> Submission:
    """A row changes while the phone's version of it waits."""
    waiting = waits_beside_its_imported_row(world).submission_id
    row = run(world, export({**line(world, "7", mood="bad"), "_uuid": "abc"}))
    assert counts(row) == (1, 0, 0, 0)
    return Submission.objects.get(pk=waiting)


def test_a_row_may_change_while_what_the_phone_sent_waits(world: World) -> None:
    waiting = changed_beside_what_waits(world)
    assert waiting.state == State.INVALID, "it may not leave the inbox unseen"
    first, second = imported()
    assert (first.state, second.state) == (State.SUPERSEDED, State.ACCEPTED)
    assert (accepted(), points(world)) == (1, {1})
    assert [each.pk for each in versions_from(first.pk)] == [first.pk, waiting.pk, second.pk]
    for mood, new in (("bad", 0), ("middle", 1), ("middle", 0)):
        row = run(world, export({**line(world, "7", mood=mood), "_uuid": "abc"}))
        assert counts(row) == (new, 1 - new, 0, 0)
    accept_submission(world.amani.actor("supervisor"), waiting.pk, "So it was")
    assert Submission.objects.get(state=State.ACCEPTED).pk == waiting.pk
    assert counts(run(world, export({**line(world, "7"), "_uuid": "abc"}))) == (0, 1, 0, 0)


def test_a_row_may_change_after_what_the_phone_sent_was_set_aside(world: World) -> None:
    waiting, supervisor = waits_beside_its_imported_row(world).submission_id, world.amani.actor("supervisor")
    assert waiting is not None
    set_aside(supervisor, waiting, "Invented")
    assert counts(run(world, export({**line(world, "7", mood="bad"), "_uuid": "abc"}))) == (1, 0, 0, 0)
    assert (accepted(), len(imported(State.ACCEPTED))) == (1, 1)
    take_back(supervisor, waiting, "It waits again")
    assert Submission.objects.get(pk=waiting).state == State.INVALID
    assert len(imported(State.ACCEPTED)) == 1


def test_an_undo_brings_back_the_row_and_not_what_waits(world: World) -> None:
    waiting = changed_beside_what_waits(world)
    sent(world, "uuid:new", "uuid:abc", **IMPOSSIBLE)
    undo_import(world.amani.actor("me_officer"), imported()[1].imported_with_id)  # type: ignore[arg-type]
    first, second = imported()
    waiting.refresh_from_db()
    assert (first.state, second.state, waiting.state) == (State.ACCEPTED, State.SET_ASIDE, State.SUPERSEDED)
    assert Submission.objects.get(instance_id="uuid:new").state == State.INVALID


def test_an_edit_of_what_waits_takes_the_place_of_a_row_that_changed_meanwhile(world: World) -> None:
    waiting = changed_beside_what_waits(world)
    edit = sent(world, "uuid:new", "uuid:abc")
    assert (edit.status, Submission.objects.get(state=State.ACCEPTED).pk) == (201, edit.submission_id)
    assert len(versions_from(waiting.root_id)) == 4
