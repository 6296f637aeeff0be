"""Keys are replaced, also by a call that goes on after another was stopped; the old ones open nothing more."""

from __future__ import annotations

import os
from typing import Any

import pytest

from homeward.apps.access import vault
from homeward.apps.access.keys import custody, rotating, standing, store, verifying
from homeward.apps.access.keys.models import DataKey
from homeward.apps.cases.models import Child, Relation
from homeward.apps.cases.sealing import birth_date_of, external_id_of, initials_of, name_of, relation_name_of
from homeward.apps.surveys.attachments import Upload, content_of
from homeward.apps.surveys.deliveries import Delivery
from homeward.apps.surveys.intake import receive
from homeward.apps.surveys.models import Attachment, Quarantined, Submission
from homeward.apps.surveys.sealing import attachment_name_of, quarantined_of, raw_of, texts_of
from homeward.config import env
from tests.interviews import interview
from tests.world import World

pytestmark = pytest.mark.database
TRIALS = max(3, round(float(env.read("HOMEWARD_TRIALS")) * 1_000))


class StoppedError(Exception):
    pass


def everything() -> list[Any]:
    """What every sealed value says, opened now."""
    store.forget()
    said: list[Any] = [
        [name_of(each), initials_of(each), birth_date_of(each), external_id_of(each)]
        for each in Child.objects.order_by("pk")
    ]
    said += [relation_name_of(each) for each in Relation.objects.order_by("pk")]
    said += [[raw_of(each), texts_of(each)] for each in Submission.objects.order_by("pk")]
    said += [[attachment_name_of(each), content_of(each)] for each in Attachment.objects.order_by("pk")]
    said += [quarantined_of(each) for each in Quarantined.objects.order_by("pk")]
    said.append(vault.keyed_hash("a", store.HOUSE, "x"))
    return said


@pytest.fixture
def filled(world: World) -> World:
    house = world.amani
    assert house.child
    actor = house.actor("enumerator")
    for number in range(TRIALS):
        code = house.child.code if number % 3 else "999999999"
        xml = interview("child-12-14", code, instance_id=f"uuid:{number}")
        receive(actor, Delivery(xml, [Upload("a.png", "image/png", b"picture" * number)]))
    xml = interview("child-12-14", house.child.code, instance_id="uuid:1", changes={"mood": "bad"})
    with pytest.raises(Exception, match="compare"):
        receive(actor, Delivery(xml))
    return world


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotating, "AT_ONCE", 2)


def new_kek() -> tuple[custody.Kek, custody.Kek]:
    old = custody.kek()
    return old, custody.found(os.urandom(32), custody.GIVEN, custody.INCOMING)


@pytest.mark.goal("P-11")
def test_a_new_wrapping_key_opens_everything_and_the_old_one_nothing(filled: World) -> None:
    before = everything()
    old, new = new_kek()
    done = rotating.rotate_kek(old, new)
    assert done == DataKey.objects.count()
    assert everything() == before
    assert (custody.current().version, custody.incoming()) == (new.version, None)  # type: ignore[union-attr]
    custody.hold(old)
    store.forget()
    with pytest.raises(vault.VaultError):
        name_of(Child.objects.all()[0])
    custody.let_go(locked=False)
    with pytest.raises(vault.LockedError):  # the settings still have the old one
        custody.kek()
    custody.hold(new)


@pytest.mark.goal("P-11")
def test_a_rotation_of_the_wrapping_key_goes_on_where_it_was_stopped(filled: World, small_steps: None) -> None:
    before = everything()
    old, new = new_kek()

    def stop(done: int) -> None:
        if done >= 4:
            raise StoppedError

    with pytest.raises(StoppedError):
        rotating.rotate_kek(old, new, stop)
    assert 0 < DataKey.objects.filter(custody=old.version).count() < DataKey.objects.count()
    assert (standing.standing().rotating, verifying.differences({"custody": [], "datakey": []}) > 0) == (True, True)
    custody.hold(old)
    waiting = custody.incoming()
    assert waiting is not None
    rotating.rotate_kek(custody.kek(), custody.proved(waiting, new.key))
    assert DataKey.objects.filter(custody=old.version).count() == 0
    assert everything() == before
    assert verifying.verify().faults == []


@pytest.mark.goal("P-11")
def test_every_child_gets_new_keys_and_nothing_lies_under_the_old(filled: World) -> None:
    before = everything()
    old = [bytes(each) for each in Child.objects.order_by("pk").values_list("name", flat=True)]
    for child in Child.objects.all():
        assert rotating.rotate_child(child.pk) > 0
    assert everything() == before
    assert set(DataKey.objects.filter(kind__in=store.CHILD).values_list("version", flat=True)) == {2}
    for child, sealed in zip(Child.objects.order_by("pk"), old, strict=True):
        if sealed:
            with pytest.raises(vault.VaultError):
                vault.open_text(child.pk, child.pk, "cases.child.name", sealed)
    assert standing.owners_turning() == set()


@pytest.mark.goal("P-11")
@pytest.mark.parametrize("step", ["_row_anew", "_end_old"])
def test_a_rotation_of_a_child_goes_on_where_it_was_stopped(
    filled: World, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    before = everything()
    assert filled.amani.child
    child = filled.amani.child.id
    real, calls = getattr(rotating, step), []

    def once(*arguments: Any) -> Any:
        calls.append(1)
        if len(calls) == (2 if step == "_row_anew" else 1):
            raise StoppedError
        return real(*arguments)

    monkeypatch.setattr(rotating, step, once)
    with pytest.raises(StoppedError):
        rotating.rotate_child(child)
    assert everything() == before  # both versions are alive meanwhile
    assert standing.owners_turning() == {child}
    monkeypatch.setattr(rotating, step, real)
    rotating.rotate_child(child)
    assert everything() == before
    assert standing.owners_turning() == set()
    assert set(DataKey.objects.filter(owner_id=child).values_list("version", flat=True)) == {2}


def test_a_child_whose_identity_has_ended_still_gets_a_new_record_key(filled: World) -> None:
    assert filled.amani.child
    child = filled.amani.child.id
    DataKey.objects.filter(owner_id=child, kind="identity").update(wrapped=b"", destroyed_at="2026-01-01T00:00:00Z")
    store.forget()
    rotating.rotate_child(child)
    versions = DataKey.objects.filter(owner_id=child).order_by("kind").values_list("kind", "version")
    assert list(versions) == [("identity", 1), ("record", 2)]
    with pytest.raises(vault.ErasedError):
        name_of(Child.objects.get(pk=child))
    assert all(raw_of(each) for each in Submission.objects.filter(child_id=child))
