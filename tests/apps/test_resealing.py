"""A colleague who joined later is given what was told before by somebody who can open it, under both names."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from homeward.apps.access.roles import grant_role
from homeward.apps.access.services import register_person
from homeward.apps.access.visibility import NotVisible
from homeward.apps.audit.models import Event
from homeward.apps.safeguarding.escalations import take_step
from homeward.apps.safeguarding.models import Escalation, Resealed, SealedNote, State
from homeward.apps.safeguarding.opening import keys_of_before, open_escalation
from homeward.apps.safeguarding.passing_on import pass_on
from homeward.apps.safeguarding.queries import escalation
from homeward.apps.safeguarding.raising import Sealed
from homeward.apps.safeguarding.recipients import confirm_recipient, recipients
from homeward.apps.safeguarding.resealing import reseal
from homeward.domain.envelope import Kind
from homeward.domain.escalations import Step
from homeward.domain.permissions import Role
from homeward.domain.problems import ProblemError
from tests.envelopes import Key, enrolled, opened, sealed_to
from tests.world import PASSWORD, World

pytestmark = [pytest.mark.database, pytest.mark.django_db]
TWO = ("focal_point", "second_focal_point")


@pytest.fixture
def keys(world: World) -> list[Key]:
    """Two who receive, what was told to them, a step with its reason; then a third, confirmed by both."""
    assert world.amani.child
    made = [enrolled(world.amani.actor(name)) for name in TWO]
    pass_on(world.amani.actor("case_worker"), world.amani.child.code, Sealed(sealed_to(made, "he beats me"), "high"))
    row = Escalation.objects.get()
    take_step(world.amani.actor("focal_point"), row.pk, Step.START, sealed_to(made, "I call", Kind.REASONING))
    system = world.amani.system()
    third = register_person(system, "third@amani.example.org", "Third Amani", PASSWORD)
    grant_role(system, third, Role.FOCAL_POINT)
    world.amani.people["third"] = third
    made.append(enrolled(world.amani.actor("third")))
    waiting = next(each for each in recipients(world.amani.actor("focal_point")) if each.since is None)
    for name in TWO:
        confirm_recipient(world.amani.actor(name), waiting.id)
    return made


def opened_by(world: World, keys: list[Key], key_id: UUID | None = None) -> list[str]:
    """As the browser of the first focal point, with one of its keys."""
    handed = open_escalation(world.amani.actor("focal_point"), Escalation.objects.get().pk, "act", key_id)
    return [opened(each.envelope, keys[0]) for each in handed]


def test_whoever_made_a_new_key_is_offered_the_one_before_for_what_was_sealed_to_it(
    world: World, keys: list[Key]
) -> None:
    one, key = world.amani.actor("focal_point"), Escalation.objects.get().pk
    assert keys_of_before(one, key) == []
    fresh = enrolled(one)
    waiting = next(row for row in recipients(world.amani.actor("third")) if row.since is None)
    assert keys_of_before(one, key) == [], "the earlier one still receives"
    for name in ("second_focal_point", "third"):
        confirm_recipient(world.amani.actor(name), waiting.id)
    (offered,) = keys_of_before(one, key)
    assert (offered.public_key, offered.wrapped) == (keys[0].public, keys[0].wrapped)
    assert offered.until is not None
    assert opened_by(world, keys, offered.id) == ["he beats me", "I call"]
    assert keys_of_before(world.amani.actor("second_focal_point"), key) == []
    told = {
        each.note_id: sealed_to(
            [fresh, keys[1], keys[2]], opened(each.envelope, keys[1]), Kind.REASONING if each.what else Kind.DISCLOSURE
        )
        for each in open_escalation(world.amani.actor("second_focal_point"), key, "hand_over")
    }
    reseal(world.amani.actor("second_focal_point"), key, told)
    assert keys_of_before(one, key) == [], "somebody sealed it anew"
    assert opened_by(world, [fresh]) == ["he beats me", "I call"]


def test_nobody_opens_with_the_key_of_somebody_else(world: World, keys: list[Key]) -> None:
    one, two = world.amani.actor("focal_point"), world.amani.actor("second_focal_point")
    theirs = next(row.id for row in recipients(one) if row.own)
    enrolled(one)
    handed = open_escalation(two, Escalation.objects.get().pk, "act", theirs)
    assert [opened(each.envelope, keys[1]) for each in handed] == ["he beats me", "I call"]
    with pytest.raises(NotVisible):
        keys_of_before(world.baraka.actor("focal_point"), Escalation.objects.get().pk)


def anew(world: World, keys: list[Key], name: str = "focal_point") -> dict[UUID, bytes]:
    """As the page does: opened with the own key, sealed to all who receive now."""
    found = {}
    for handed in open_escalation(world.amani.actor(name), Escalation.objects.get().pk, "hand_over"):
        kind = Kind.REASONING if handed.what else Kind.DISCLOSURE
        found[handed.note_id] = sealed_to(keys, opened(handed.envelope, keys[0]), kind)
    return found


def test_the_third_opens_it_then_and_both_are_named(world: World, keys: list[Key]) -> None:
    row, first, third = Escalation.objects.get(), world.amani.actor("focal_point"), world.amani.actor("third")
    before = escalation(first, row.pk)
    assert (before.shut_out, before.may_reseal, before.resealed) == (("Third Amani",), True, ())
    assert not escalation(third, row.pk).may_reseal
    with pytest.raises(StopIteration):  # no slot is theirs
        opened(open_escalation(third, row.pk, "act")[0].envelope, keys[2])
    originals = [bytes(note.envelope) for note in SealedNote.objects.order_by("pk")]
    reseal(first, row.pk, anew(world, keys))
    texts = [opened(each.envelope, keys[2]) for each in open_escalation(third, row.pk, "act")]
    assert texts == ["he beats me", "I call"]
    after = escalation(third, row.pk)
    assert (after.shut_out, after.may_reseal) == ((), False)
    assert [(each.person, each.names) for each in after.resealed] == [("Focal Point Amani", ("Third Amani",))]
    assert [bytes(note.envelope) for note in SealedNote.objects.order_by("pk")] == originals
    event = Event.objects.get(verb="reseal")
    assert (event.allowed, event.detail) == (True, {"notes": 2})


def test_who_could_open_the_first_is_never_given_a_later_one(world: World, keys: list[Key]) -> None:
    row = Escalation.objects.get()
    lied = {
        key: sealed_to(keys, "all is fine", Kind.REASONING if at else Kind.DISCLOSURE)
        for at, key in enumerate(anew(world, keys))
    }
    reseal(world.amani.actor("focal_point"), row.pk, lied)
    second = open_escalation(world.amani.actor("second_focal_point"), row.pk, "review")
    assert [opened(each.envelope, keys[1]) for each in second] == ["he beats me", "I call"]


def test_nobody_is_left_out_and_nothing_else_is_taken(world: World, keys: list[Key]) -> None:
    row, first = Escalation.objects.get(), world.amani.actor("focal_point")
    made = anew(world, keys)
    for wrong, code in (
        (anew(world, keys[:2]), "recipient.changed"),
        ({}, "escalation.order"),
        ({key: sealed_to(keys, "x", Kind.VIOLATION) for key in made}, "sealed.shape"),
    ):
        with pytest.raises(ProblemError) as caught:
            reseal(first, row.pk, wrong)
        assert caught.value.first.code == code
    with pytest.raises(NotVisible):
        reseal(first, row.pk, {uuid4(): next(iter(made.values()))})
    with pytest.raises(NotVisible):  # what one cannot open one cannot hand over
        reseal(world.amani.actor("third"), row.pk, made)
    Escalation.objects.update(state=State.CLOSED)
    with pytest.raises(ProblemError):
        reseal(first, row.pk, made)
    assert Resealed.objects.count() == 0


@pytest.mark.parametrize("name", ["case_worker", "me_officer", "programme_manager", "staff_channel"])
def test_to_others_there_is_nothing_to_seal(world: World, keys: list[Key], name: str) -> None:
    with pytest.raises(NotVisible):
        reseal(world.amani.actor(name), Escalation.objects.get().pk, anew(world, keys))
    with pytest.raises(NotVisible):
        reseal(world.baraka.actor("focal_point"), Escalation.objects.get().pk, anew(world, keys))
    assert Resealed.objects.count() == 0
