"""Erased is erased: live, in an old copy of the data opened with the keys of today, and when its phone sends again."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pyrage
import pytest
from django.conf import settings

from homeward.apps.access.keys import backup, store
from homeward.apps.access.keys.models import DataKey
from homeward.apps.audit.models import Event
from homeward.apps.cases.models import Child, Household, HouseholdStay, NameMark, RecipientCode, Relation, ServiceGap
from homeward.apps.cases.topics import TOPICS
from homeward.apps.retention import carrying_out
from homeward.apps.retention.carrying_out import carry_out, finish
from homeward.apps.retention.deciding import Wish, ask_erasure, check_erasure, lift_hold, place_hold
from homeward.apps.retention.models import Ending
from homeward.apps.retention.repeating import repeat_erasures
from homeward.apps.retention.running_out import go_on
from homeward.apps.safeguarding.models import Escalation, LogEntry, SealedNote, Violation
from homeward.apps.surveys.intake import receive
from homeward.apps.surveys.link_models import AnswerLink
from homeward.apps.surveys.links import make_link
from homeward.apps.surveys.models import Attachment, Flag, Quarantined, RowId, Score, Submission, Tombstone
from homeward.apps.visits.models import (
    ActionOutcome,
    AgreedAction,
    ContactAttempt,
    QuietTime,
    SafeContact,
    Visit,
    VisitVersion,
    VisitVoice,
)
from homeward.domain.problems import ProblemError
from tests.retention.lives import Life, as_it_was, in_days, in_the_database, lived, openable, put_back
from tests.world import World

pytestmark = pytest.mark.database
WISH = Wish("erasure_asked", "child")
Copies = tuple[Path, pyrage.x25519.Identity]


@pytest.fixture
def copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Copies:
    """Where copies of the key store lie, and the private key that opens them. The log of the key store cannot be
    emptied inside a test's transaction; tests/keys do that.
    """
    monkeypatch.setattr(carrying_out, "empty_log", lambda: True)
    made, other = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
    monkeypatch.setattr(settings, "HOMEWARD_KEY_BACKUPS", tmp_path)
    monkeypatch.setattr(settings, "HOMEWARD_KEY_BACKUP_RECIPIENTS", (str(made.to_public()), str(other.to_public())))
    monkeypatch.setattr(settings, "HOMEWARD_BACKUP_KEY", tmp_path / "signing" / "key.pem")
    return tmp_path, made


def asked(life: Life, who: str = "supervisor") -> UUID:
    return ask_erasure(life.house.actor(who), life.code, WISH)


def agreed(life: Life) -> UUID:
    key = asked(life)
    check_erasure(life.house.actor("focal_point"), key, agreed=True)
    return key


def erased(life: Life) -> Ending:
    key = agreed(life)
    carry_out(key)
    return Ending.objects.get(pk=key)


def test_what_was_sown_is_found_before(world: World) -> None:
    """The search that finds nothing afterwards finds every text now."""
    life = lived(world)
    assert in_the_database(life.said).keys() == life.said.keys()


@pytest.mark.goal("P-8")
def test_two_people_decide_and_then_nothing_is_left_of_the_child(world: World, copies: Copies) -> None:
    life, others = lived(world), Submission.objects.exclude(child=None).count()
    row = erased(life)
    assert (row.state, row.code, row.done_at is not None) == ("done", life.code, True)
    assert in_the_database(life.said) == {}
    assert not Child.objects.filter(pk=life.id).exists()
    for model in (Submission, Score, Flag, Attachment, RowId, Quarantined):
        assert model._default_manager.count() == 0, model
    assert NameMark.objects.filter(child=life.id).count() == SealedNote.objects.count() == 0
    assert others == 2
    for model in (SafeContact, QuietTime, AgreedAction, ActionOutcome, VisitVersion, VisitVoice, ContactAttempt):
        assert model._default_manager.count() == 0, model
    assert {gap.source for gap in ServiceGap.objects.all()} == {"referral", "visit"}  # counted, and leading nowhere
    assert not ServiceGap.objects.exclude(child=None, came_from=None, day__day=1).exists()
    assert Visit.objects.count() == 1  # of the sister, made in one go
    assert Relation.objects.filter(other_child=life.id).count() == 0
    for topic, model in TOPICS.items():
        assert not model._default_manager.filter(child=life.id).exists(), topic
    assert not RecipientCode.objects.exists()
    assert HouseholdStay.objects.count() == Household.objects.count() == 1  # of the other child, who lives there still
    assert Escalation.objects.filter(child=None, note=None).count() == Escalation.objects.count() > 0
    assert (Violation.objects.get().child_id, Violation.objects.get().note_id) == (None, None)
    assert not LogEntry.objects.exclude(note=None).exists()
    assert row.report["interviews"] == 3
    assert row.report["kept_apart"] == 1
    assert row.report["sealed_notes"] == 2
    assert "unlinked" not in row.report
    keys = DataKey.objects.filter(owner_id=life.id)
    assert {(key.kind, bytes(key.wrapped), key.why) for key in keys} == {
        ("identity", b"", "erasure_asked"),
        ("record", b"", "erasure_asked"),
    }


def test_links_to_answer_alone_go_with_the_child_and_others_stay(world: World, copies: Copies) -> None:
    life = lived(world)
    worker, form = life.house.actor("case_worker"), life.house.forms["caregiver"]
    make_link(worker, life.code, form, "caregiver", 24)
    other = world.amani.other_child
    assert other is not None
    stays = make_link(world.amani.actor("other_case_worker"), other.code, form, "caregiver", 24)
    assert erased(life).state == "done"
    assert list(AnswerLink.objects.values_list("pk", flat=True)) == [stays.id]


@pytest.mark.goal("P-8")
def test_an_old_copy_of_the_data_tells_nothing_under_the_keys_of_today(world: World, copies: Copies) -> None:
    life = lived(world)
    before = as_it_was()
    readable = openable()
    erased(life)
    put_back(before)
    assert Child.objects.filter(pk=life.id).exists()
    assert in_the_database(life.said) == {}
    assert openable() < readable
    repeated = repeat_erasures()
    assert (repeated.erasures, repeated.tombstones) == (1, Tombstone.objects.count())
    assert not Child.objects.filter(pk=life.id).exists()
    assert Ending.objects.get(child_id=life.id).state == "ended"  # copies of the keys are looked after by the worker
    go_on()
    assert Ending.objects.get(child_id=life.id).state == "done"
    assert repeat_erasures().erasures == 0
    for delivery in life.deliveries[:2]:
        assert receive(life.house.actor("enumerator"), delivery).status == 202
    assert Submission.objects.count() == 0


@pytest.mark.goal("P-8")
def test_no_copy_of_keys_that_may_still_exist_opens_it(world: World, copies: Copies) -> None:
    folder, private = copies
    life = lived(world)
    old = backup.make(folder, settings.HOMEWARD_KEY_BACKUP_RECIPIENTS)
    before = as_it_was()
    assert erased(life).state == "done"
    left = backup.copies(folder)
    assert old.path not in [each.path for each in left]
    assert left
    put_back(before)
    for each in left:
        DataKey.objects.all().delete()
        DataKey._meta.default_manager.bulk_create(_rows(backup.opened(each.path, [private])))  # type: ignore[union-attr]
        store.forget()
        assert in_the_database(life.said) == {}


def _rows(found: dict[str, list[dict[str, object]]]) -> list[DataKey]:
    return [backup._row(DataKey, values) for values in found["datakey"]]


def test_it_is_not_done_while_an_old_copy_of_the_keys_is_left(
    world: World, copies: Copies, monkeypatch: pytest.MonkeyPatch
) -> None:
    life = lived(world)
    backup.make(copies[0], settings.HOMEWARD_KEY_BACKUP_RECIPIENTS)
    monkeypatch.setattr(settings, "HOMEWARD_KEY_BACKUP_RECIPIENTS", ())
    row = erased(life)
    assert (row.state, row.done_at) == ("ended", None)
    assert in_the_database(life.said) == {}
    for each in backup.copies(copies[0]):
        each.path.unlink()
    go_on()
    row.refresh_from_db()
    assert (row.state, finish(row)) == ("done", True)


def test_a_restored_key_store_loses_the_keys_again(world: World, copies: Copies) -> None:
    life = lived(world)
    keys = list(DataKey.objects.all())
    data = as_it_was()
    erased(life)
    ledger = Ending.objects.get()
    put_back(data)
    ledger.save(force_insert=True)  # the data are newer than the keys
    DataKey.objects.all().delete()
    DataKey._meta.default_manager.bulk_create(keys)  # type: ignore[union-attr]
    store.forget()
    assert in_the_database(life.said)
    repeat_erasures()
    assert in_the_database(life.said) == {}
    assert not Child.objects.filter(pk=life.id).exists()


def test_its_phone_may_send_for_ever_and_nothing_is_kept(world: World, copies: Copies) -> None:
    life = lived(world)
    erased(life)
    actors = [life.house.actor(name) for name in ("enumerator", "enumerator", "other_case_worker")]
    for _ in range(3):
        for actor, delivery in zip(actors, life.deliveries, strict=True):
            receipt = receive(actor, delivery)
            assert (receipt.status, receipt.state, receipt.submission_id) == (202, "erased", None)
    assert (Submission.objects.count(), Quarantined.objects.count(), SealedNote.objects.count()) == (0, 0, 0)
    assert Event.objects.filter(verb="refuse_submission", allowed=False).exists()
    assert all("uuid" not in str(event.detail) for event in Event.objects.filter(verb="refuse_submission"))


STEPS = (
    "leave_tombstones",
    "drop_keys_of_linked",
    "destroy",
    "state_reason",
    "forget_told",
    "forget_interviews",
    "forget_child",
    "_ended",
    "finish",
)


@pytest.mark.goal("P-8")
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("after", [False, True])
def test_a_kill_before_or_after_any_step_is_gone_on_from(
    world: World, copies: Copies, monkeypatch: pytest.MonkeyPatch, step: str, after: bool
) -> None:
    life = lived(world)
    key = agreed(life)
    real = getattr(carrying_out, step)

    def killed(*given: object, **named: object) -> object:
        if after:
            real(*given, **named)
        raise KeyboardInterrupt

    monkeypatch.setattr(carrying_out, step, killed)
    with pytest.raises(KeyboardInterrupt):
        carry_out(key)
    monkeypatch.setattr(carrying_out, step, real)
    store.forget()
    go_on()
    row = Ending.objects.get(pk=key)
    assert row.state == "done"
    assert in_the_database(life.said) == {}
    assert (Submission.objects.count(), Tombstone.objects.count() >= 3) == (0, True)
    assert receive(life.house.actor("enumerator"), life.deliveries[0]).status == 202


def test_nobody_decides_alone(world: World) -> None:
    life = lived(world, told=False)
    key = asked(life, "focal_point")
    with pytest.raises(ProblemError, match="asked for themselves"):
        check_erasure(life.house.actor("focal_point"), key, agreed=True)
    for name in ("case_worker", "supervisor", "organisation_admin", "me_officer", "programme_manager"):
        with pytest.raises(ProblemError) as error:
            check_erasure(life.house.actor(name), key, agreed=True)
        assert error.value.first.status == 404
    with pytest.raises(ProblemError) as error:
        check_erasure(world.baraka.actor("focal_point"), key, agreed=True)
    assert error.value.first.status == 404
    check_erasure(life.house.actor("second_focal_point"), key, agreed=False)
    carry_out(key)
    assert Ending.objects.get(pk=key).state == "refused"
    assert Child.objects.filter(pk=life.id).exists()
    assert asked(life) != key  # it may be asked for again


def test_who_may_ask(world: World) -> None:
    life = lived(world, told=False)
    for name, status in (("case_worker", 403), ("other_supervisor", 404), ("organisation_admin", 404)):
        with pytest.raises(ProblemError) as error:
            asked(life, name)
        assert error.value.first.status == status, name
    with pytest.raises(ProblemError, match="reason is missing"):
        ask_erasure(life.house.actor("supervisor"), life.code, Wish("retention_ended", "child"))
    asked(life)
    with pytest.raises(ProblemError, match="already"):
        asked(life, "focal_point")


def test_a_hold_stops_it_at_both_steps(world: World) -> None:
    life = lived(world, told=False)
    focal = life.house.actor("focal_point")
    place_hold(focal, life.code, "court", "The court has asked for it.", in_days(60))
    with pytest.raises(ProblemError, match="held for the law"):
        asked(life)
    lift_hold(focal, life.code)
    key = asked(life)
    place_hold(focal, life.code, "court", "The court has asked for it.", in_days(60))
    with pytest.raises(ProblemError, match="held for the law"):
        check_erasure(focal, key, agreed=True)
    assert Child.objects.filter(pk=life.id).exists()


def test_the_trace_says_who_and_when_and_nothing_personal(world: World, copies: Copies) -> None:
    life = lived(world)
    erased(life)
    events = list(Event.objects.filter(child_id=life.id, verb__in=("ask_erasure", "check_erasure", "end_for_good")))
    assert {event.verb for event in events} == {"ask_erasure", "check_erasure", "end_for_good"}
    assert all(text not in str(event.detail) for event in Event.objects.all() for text in life.said.values())
