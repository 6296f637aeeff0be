"""A destroyed key closes what lay under it for ever; pages say that it was erased, and lists go on."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest
from django.db import connections

from homeward.apps.access import vault
from homeward.apps.access.keys import store
from homeward.apps.access.keys.destroying import empty_log
from homeward.apps.access.keys.models import DataKey
from homeward.apps.audit.models import Event
from homeward.apps.cases.ending import BOTH, IDENTITY, destroy_keys
from homeward.apps.cases.models import Child
from homeward.apps.cases.queries import list_children, names_of
from homeward.apps.surveys.answers import answers_behind
from homeward.apps.surveys.deliveries import Delivery
from homeward.apps.surveys.ending import drop_keys_of_linked
from homeward.apps.surveys.inbox import link_submission
from homeward.apps.surveys.intake import receive
from homeward.apps.surveys.models import Submission
from homeward.apps.surveys.sealing import raw_of
from homeward.apps.surveys.timeline import timeline
from homeward.domain.codes import display_code
from homeward.domain.problems import ProblemError
from tests.apps.test_importing import export, line, run
from tests.interviews import interview
from tests.web.conftest import Reader, reader
from tests.world import World

pytestmark = pytest.mark.database
__all__ = ("reader",)


def sent(world: World, code: str, instance_id: str = "uuid:a") -> UUID:
    xml = interview("child-12-14", code, instance_id=instance_id)
    receipt = receive(world.amani.actor("enumerator"), Delivery(xml))
    assert receipt.submission_id
    return receipt.submission_id


def child_of(world: World) -> tuple[UUID, str]:
    assert world.amani.child
    return world.amani.child.id, world.amani.child.code


def test_without_its_identity_key_a_child_has_a_code_and_scores_and_no_name(world: World, reader: Reader) -> None:
    child, code = child_of(world)
    interview_id = sent(world, code)
    destroy_keys(world.amani.system(), code, IDENTITY, "retention_ended")
    actor = world.amani.actor("case_worker")
    with pytest.raises(vault.ErasedError):
        names_of(actor, child)
    (row,) = [each for each in list_children(actor).rows if each.code == code]
    assert (row.initials, row.erased) == ("", True)
    assert answers_behind(actor, interview_id).rows
    assert timeline(actor, child).submissions
    client = reader("case_worker")
    page = client.get("/children").content.decode()
    assert display_code(code) in page
    assert '<span class="tag">erased</span>' in page
    assert client.get(f"/children/{code}").status_code == 200
    answer = client.post(f"/children/{code}/name")
    assert (answer.status_code, "was erased" in answer.content.decode()) == (410, True)
    assert client.get(f"/children/{code}/change").status_code == 410
    assert reader("other_case_worker").post(f"/children/{code}/name").status_code == 404


def test_without_both_keys_nothing_that_was_said_is_left(world: World, reader: Reader) -> None:
    _, code = child_of(world)
    interview_id = sent(world, code)
    ended = destroy_keys(world.amani.system(), code, BOTH, "erasure_asked")
    assert ended.keys == 2
    with pytest.raises(vault.ErasedError):
        raw_of(Submission.objects.get(pk=interview_id))
    answer = reader("case_worker").get(f"/submissions/{interview_id}")
    assert (answer.status_code, "was erased" in answer.content.decode()) == (410, True)
    assert reader("case_worker").get("/").status_code == 200


def test_a_second_call_destroys_nothing_more_and_the_trace_says_why(world: World) -> None:
    _, code = child_of(world)
    assert [destroy_keys(world.amani.system(), code, BOTH, "erasure_asked").keys for _ in range(2)] == [2, 0]
    events = Event.objects.filter(verb="destroy_keys")
    assert [event.detail for event in events] == [{"reason": "erasure_asked", "kinds": "identity record"}] * 2
    row = DataKey.objects.get(owner_id=child_of(world)[0], kind="record")
    assert (bytes(row.wrapped), row.why, row.destroyed_at is not None) == (b"", "erasure_asked", True)


def test_it_takes_a_reason_of_the_list_and_whoever_runs_the_house(world: World) -> None:
    _, code = child_of(world)
    with pytest.raises(ProblemError) as error:
        destroy_keys(world.amani.system(), code, BOTH, "because")
    assert error.value.first.code == "keys.reason"
    for name in ("case_worker", "supervisor", "organisation_admin", "focal_point"):
        with pytest.raises(ProblemError) as error:
            destroy_keys(world.amani.actor(name), code, BOTH, "erasure_asked")
        assert error.value.first.status == 403
    with pytest.raises(ProblemError):
        destroy_keys(world.amani.system(), "123456789", BOTH, "erasure_asked")
    assert not DataKey.objects.exclude(destroyed_at=None).exists()


def test_an_interview_that_was_linked_ends_with_its_child(world: World) -> None:
    child, code = child_of(world)
    waiting = sent(world, "999999999")
    assert DataKey.objects.filter(owner_id=waiting, kind="own").count() == 1
    before = raw_of(Submission.objects.get(pk=waiting))
    link_submission(world.amani.actor("supervisor"), waiting, code, "It is hers", all_the_same=True)
    row = Submission.objects.get(pk=waiting)
    assert (raw_of(row), row.child_id, len(bytes(row.data_key))) == (before, child, 63)
    assert DataKey.objects.filter(owner_id=waiting).count() == 1  # for copies of the data from before
    destroy_keys(world.amani.system(), code, BOTH, "erasure_asked")
    with pytest.raises(vault.ErasedError):
        raw_of(row)
    assert DataKey.objects.filter(owner_id=waiting).count() == 0


def test_a_key_that_a_crash_left_behind_goes_before_the_child_ends(world: World) -> None:
    _, code = child_of(world)
    waiting = sent(world, "999999999")
    key = vault.data_key_of(waiting, None, b"")
    link_submission(world.amani.actor("supervisor"), waiting, code, "It is hers", all_the_same=True)
    vault.keep_own([key])
    drop_keys_of_linked(child_of(world)[0])
    assert DataKey.objects.filter(owner_id=waiting).count() == 0


def test_what_still_comes_for_an_erased_child_waits_for_a_person(world: World) -> None:
    _, code = child_of(world)
    destroy_keys(world.amani.system(), code, BOTH, "erasure_asked")
    row = Submission.objects.get(pk=sent(world, code))
    assert (row.state, row.child_id, bool(raw_of(row))) == ("unmatched", None, True)


def test_a_file_with_a_row_of_an_erased_child_is_read_to_its_end(world: World) -> None:
    _, code = child_of(world)
    destroy_keys(world.amani.system(), code, BOTH, "erasure_asked")
    assert world.amani.other_child
    other = {**line(world, "2"), "child_code": world.amani.other_child.code}
    job = run(world, export(line(world, "1"), other))
    assert (job.state, job.new, job.unmatched) == ("done", 2, 1)
    assert set(Submission.objects.values_list("child__code", flat=True)) == {None, world.amani.other_child.code}


def test_a_repeated_interview_without_a_child_leaves_no_keys_behind(world: World) -> None:
    for _ in range(5):
        sent(world, "999999999")
    assert DataKey.objects.filter(kind="own").count() == 1


def test_the_log_of_the_key_store_is_emptied_only_outside_a_transaction(world: World) -> None:
    assert connections["keys"].in_atomic_block
    assert empty_log() is False
    store.forget()
    assert Child.objects.filter(created_at__date__gte=date(2020, 1, 1)).exists()
