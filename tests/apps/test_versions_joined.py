"""Two chains of versions that turn out to be one interview: which of them counts, in whatever order they came."""

from __future__ import annotations

import pytest
from django.db import IntegrityError

from homeward.apps.surveys import drafts, edits
from homeward.apps.surveys.corrections import correct_answers
from homeward.apps.surveys.deliveries import Delivery
from homeward.apps.surveys.importing import undo_import
from homeward.apps.surveys.inbox import accept_submission, set_aside, take_back
from homeward.apps.surveys.intake import receive
from homeward.apps.surveys.models import State, Submission
from homeward.apps.surveys.versions import line
from homeward.domain.problems import ProblemError
from tests.apps.test_import_again import accepted, points
from tests.apps.test_importing import DAY, FORM, export, run
from tests.apps.test_importing import line as file_line
from tests.apps.test_one_version_counts import sent
from tests.interviews import interview
from tests.world import World

pytestmark = pytest.mark.database


@pytest.mark.parametrize("by", ["correction", "edit"])
def test_an_edit_accepted_and_replaced_before_its_original_came_by_phone_leaves_one_counting(
    world: World, by: str
) -> None:
    supervisor, edit = world.amani.actor("supervisor"), sent(world, "uuid:new", "uuid:abc").submission_id
    assert edit is not None
    accept_submission(supervisor, edit, "So it was")
    if by == "correction":
        correct_answers(supervisor, edit, {"work_hours": "30"}, "typing_error", "Slip")
    else:
        sent(world, "uuid:newer", "uuid:new", mood="bad")
    last = Submission.objects.get(state=State.ACCEPTED)
    first = sent(world, "uuid:abc")
    assert (accepted(), points(world)) == (1, {1})
    assert Submission.objects.get(state=State.ACCEPTED).pk == last.pk
    assert set(Submission.objects.values_list("root_id", flat=True)) == {first.submission_id}


@pytest.mark.parametrize("sender", ["case_worker", "enumerator"])
def test_an_edit_that_a_person_accepted_is_joined_by_the_rules_of_one_accepted_afterwards(
    world: World, sender: str
) -> None:
    """From whomever its original comes; about another child only where it comes from the same sender."""
    supervisor, other = world.amani.actor("supervisor"), world.amani.other_child
    assert other is not None
    edit = sent(world, "uuid:new", "uuid:abc").submission_id
    accept_submission(supervisor, edit, "So it was")  # type: ignore[arg-type]
    sent(world, "uuid:abc", sender=sender)
    assert Submission.objects.get(state=State.ACCEPTED).pk == edit
    edit = sent(world, "uuid:next", "uuid:xyz").submission_id
    accept_submission(supervisor, edit, "So it was")  # type: ignore[arg-type]
    first = sent(world, "uuid:xyz", code=other.code, sender="case_worker")
    assert Submission.objects.get(pk=first.submission_id).root_id == first.submission_id


def test_of_two_edits_that_wait_the_one_that_was_accepted_counts_when_their_original_comes(world: World) -> None:
    first, second = (sent(world, f"uuid:{name}", "uuid:abc", mood=name) for name in ("bad", "okay"))
    accept_submission(world.amani.actor("supervisor"), second.submission_id, "Seen")  # type: ignore[arg-type]
    sent(world, "uuid:abc")
    assert Submission.objects.get(state=State.ACCEPTED).pk == second.submission_id
    assert Submission.objects.get(pk=first.submission_id).state == State.UNMATCHED


def test_an_edit_of_an_edit_that_waited_counts_when_their_original_comes(world: World) -> None:
    sent(world, "uuid:one", "uuid:abc")
    second = sent(world, "uuid:two", "uuid:one", mood="bad")
    assert Submission.objects.get(pk=second.submission_id).state == State.UNMATCHED
    first = sent(world, "uuid:abc")
    counts = Submission.objects.get(state=State.ACCEPTED)
    assert (counts.pk, counts.root_id) == (second.submission_id, first.submission_id)
    assert len(line(counts.root_id)) == 3


@pytest.mark.parametrize("undone", [False, True])
def test_of_two_edits_of_an_imported_row_one_counts_also_when_its_import_is_undone(
    world: World, *, undone: bool
) -> None:
    supervisor = world.amani.actor("supervisor")
    job = run(world, export({**file_line(world, "7"), "_uuid": "abc"}))
    first, second = (sent(world, f"uuid:{name}", "uuid:abc", mood=name).submission_id for name in ("bad", "okay"))
    assert first is not None
    assert second is not None
    accept_submission(supervisor, first, "Seen")
    if undone:
        undo_import(world.amani.actor("me_officer"), job.id)
    with pytest.raises(ProblemError) as caught:
        accept_submission(supervisor, second, "Seen")
    assert caught.value.first.code == "submission.another_edit"
    assert (accepted(), points(world)) == (1, {1})
    set_aside(supervisor, first, "The second is right")
    accept_submission(supervisor, second, "Seen")
    assert Submission.objects.get(state=State.ACCEPTED).pk == second
    with pytest.raises(ProblemError):
        take_back(supervisor, first, "Both may not count")


def test_the_database_refuses_a_second_version_that_counts(world: World) -> None:
    first, second = sent(world, "uuid:one"), sent(world, "uuid:two", "uuid:one")
    assert Submission.objects.get(state=State.ACCEPTED).pk == second.submission_id
    with pytest.raises(IntegrityError):
        Submission.objects.filter(pk=first.submission_id).update(state=State.ACCEPTED)


def test_an_edit_of_what_was_set_aside_counts_alone_also_where_that_corrects_what_a_file_brought(world: World) -> None:
    supervisor, first = world.amani.actor("supervisor"), sent(world, "uuid:one", "uuid:abc").submission_id
    assert first is not None
    accept_submission(supervisor, first, "Seen")
    set_aside(supervisor, first, "Not sure")
    run(world, export({**file_line(world, "7"), "_uuid": "abc"}))
    second = sent(world, "uuid:two", "uuid:one", mood="bad").submission_id
    accept_submission(supervisor, second, "Sure")  # type: ignore[arg-type]
    assert Submission.objects.get(state=State.ACCEPTED).pk == second
    assert len(line(Submission.objects.get(instance_id="uuid:abc").pk)) == 3


@pytest.mark.parametrize("last", ["edit", "original"])
def test_what_the_server_did_not_join_before_it_went_down_is_joined_when_the_phone_sends_again(
    world: World, monkeypatch: pytest.MonkeyPatch, last: str
) -> None:
    orders = {"original": (("uuid:new", "uuid:abc"), ("uuid:abc", "")), "edit": (("uuid:abc", ""), ("uuid:new", ""))}
    (first, corrects), (second, _) = orders[last]
    xml = phoned(world, first, corrects), phoned(world, second, "uuid:abc" if last == "edit" else "")
    if last == "edit":  # neither saw the other
        monkeypatch.setattr(drafts, "existing", lambda *_: None)
    receive(world.amani.actor("enumerator"), Delivery(xml[0]))
    with monkeypatch.context() as down:
        down.setattr(edits, "join_waiting", goes_down)
        with pytest.raises(SystemError):
            receive(world.amani.actor("enumerator"), Delivery(xml[1]))
    receive(world.amani.actor("enumerator"), Delivery(xml[1]))
    assert Submission.objects.get(state=State.ACCEPTED).instance_id == "uuid:new"
    assert len(set(Submission.objects.values_list("root_id", flat=True))) == 1


def goes_down(*_args: object, **_options: object) -> None:
    raise SystemError


def phoned(world: World, instance: str, corrects: str) -> bytes:
    assert world.amani.child is not None
    return interview(FORM, world.amani.child.code, instance_id=instance, deprecated_id=corrects, on=DAY)
