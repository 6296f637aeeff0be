"""The pair to which phones encrypt: made by those who receive, sealed to all of them, and never half."""

from __future__ import annotations

import os
from datetime import date, timedelta

import pytest

from homeward.apps.access.models import Membership
from homeward.apps.access.roles import grant_role
from homeward.apps.audit.models import Event
from homeward.apps.safeguarding.models import ProgrammeKey
from homeward.apps.safeguarding.programme_keys import (
    announced_pairs,
    confirm_programme_key,
    key_in_use,
    make_programme_key,
    organisations_with_key,
    private_halves,
    programme_keys,
)
from homeward.apps.safeguarding.recipients import confirm_recipient, recipients
from homeward.domain.envelope import ENVELOPE, Kind
from homeward.domain.problems import ProblemError
from tests.envelopes import Key, enrolled, sealed_to
from tests.pairs import half, pair, paired, waiting
from tests.world import World

pytestmark = [pytest.mark.database, pytest.mark.django_db]
OUTSIDE = ("case_worker", "supervisor", "me_officer", "programme_manager", "organisation_admin", "staff_channel")


@pytest.fixture
def focal(world: World) -> list[Key]:
    return [enrolled(world.amani.actor(name)) for name in ("focal_point", "second_focal_point")]


def test_the_newest_confirmed_is_in_use_and_an_older_one_stays(world: World, focal: list[Key]) -> None:
    one, two = (world.amani.actor(name) for name in ("focal_point", "second_focal_point"))
    first, second = paired(one, focal), paired(two, focal)
    rows = programme_keys(one)
    assert [(row.in_use, row.shut_out) for row in rows] == [(True, ()), (False, ())]
    assert [row.confirmed_by for row in rows] == ["Focal Point Amani", "Second Focal Point Amani"]
    found = key_in_use(world.amani.organisation_id)
    assert found is not None
    assert bytes(found.public_key) == second.public != first.public
    assert len(private_halves(world.amani.organisation_id)) == 2
    assert Event.objects.filter(verb="make_programme_key", allowed=True).count() == 2
    assert Event.objects.filter(verb="confirm_programme_key", allowed=True).count() == 2


def test_who_receives_in_a_second_organisation_alone_is_told_of_its_pair(world: World, focal: list[Key]) -> None:
    _, key_id = waiting(world.amani.actor("focal_point"), focal)
    worker = world.baraka.actor("case_worker")
    grant_role(world.amani.system(), worker.person_id, "focal_point", since=date.today() - timedelta(days=1))
    both = world.baraka.actor("case_worker")
    assert both.organisation_id == world.baraka.organisation_id
    assert [row.id for row in announced_pairs(both)] == [key_id]
    assert announced_pairs(worker) == []
    assert not Event.objects.filter(verb="programme_keys.make", allowed=False).exists()


def test_the_first_pair_waits_for_another_who_receives(world: World, focal: list[Key]) -> None:
    place = world.amani.organisation_id
    one, two = (world.amani.actor(name) for name in ("focal_point", "second_focal_point"))
    made, key_id = waiting(one, focal)
    assert key_in_use(place) is None, "nobody has compared its fingerprint"
    assert organisations_with_key([place]) == []
    assert [(row.waits, row.may_confirm, row.confirmers) for row in programme_keys(one)] == [
        (True, False, ("Second Focal Point Amani",))
    ]
    assert programme_keys(two)[0].may_confirm
    assert [row.id for row in announced_pairs(one)] == [row.id for row in announced_pairs(two)] == [key_id]
    with pytest.raises(ProblemError) as caught:
        confirm_programme_key(one, key_id)
    assert (caught.value.first.code, caught.value.first.status) == ("programme_key.confirm", 403)
    assert key_in_use(place) is None
    confirm_programme_key(two, key_id)
    found = key_in_use(place)
    assert found is not None
    assert bytes(found.public_key) == made.public
    assert [(row.waits, row.in_use) for row in announced_pairs(one)] == [(False, True)]
    with pytest.raises(ProblemError) as caught:
        confirm_programme_key(two, key_id)
    assert caught.value.first.code == "programme_key.moved"


def test_while_a_new_pair_waits_the_one_before_is_used_and_only_the_newest_can_be_confirmed(
    world: World, focal: list[Key]
) -> None:
    place = world.amani.organisation_id
    one, two = (world.amani.actor(name) for name in ("focal_point", "second_focal_point"))
    before = paired(one, focal)
    _, replaced = waiting(one, focal)
    newest, key_id = waiting(two, focal)
    found = key_in_use(place)
    assert found is not None
    assert bytes(found.public_key) == before.public
    assert [(row.in_use, row.waits) for row in programme_keys(one)] == [(False, True), (False, False), (True, False)]
    with pytest.raises(ProblemError) as caught:
        confirm_programme_key(two, replaced)
    assert (caught.value.first.code, caught.value.first.status) == ("programme_key.moved", 409)
    confirm_programme_key(one, key_id)
    found = key_in_use(place)
    assert found is not None
    assert bytes(found.public_key) == newest.public


def test_nobody_from_outside_and_nobody_who_does_not_receive_confirms(world: World, focal: list[Key]) -> None:
    _, key_id = waiting(world.amani.actor("focal_point"), focal)
    Membership.objects.filter(person_id=world.amani.people["independent_monitor"]).update(role="focal_point")
    stranger = enrolled(world.baraka.actor("focal_point"))
    assert stranger.public
    refused = {
        **dict.fromkeys(OUTSIDE, 403),
        "independent_monitor": 403,  # has the role, and no key
    }
    for name, status in refused.items():
        with pytest.raises(ProblemError) as caught:
            confirm_programme_key(world.amani.actor(name), key_id)
        assert caught.value.first.status == status, name
    for actor in (world.baraka.actor("focal_point"), world.nobody()):
        with pytest.raises(ProblemError) as caught:
            confirm_programme_key(actor, key_id)
        assert caught.value.first.status == 404
    assert key_in_use(world.amani.organisation_id) is None
    assert ProgrammeKey.objects.get().confirmed_by_id is None


def test_a_pair_that_fewer_than_two_could_open_is_not_confirmed_in_place_of_a_better_one(
    world: World, focal: list[Key]
) -> None:
    one, two = (world.amani.actor(name) for name in ("focal_point", "second_focal_point"))
    _, key_id = waiting(one, focal)
    enrolled(two)
    confirm_recipient(one, next(row for row in recipients(one) if row.since is None).id)
    with pytest.raises(ProblemError) as caught:
        confirm_programme_key(two, key_id)
    assert (caught.value.first.code, caught.value.first.status) == ("programme_key.too_few_open", 409)


def test_the_private_half_lies_nowhere_but_in_an_envelope(world: World, focal: list[Key]) -> None:
    made = paired(world.amani.actor("focal_point"), focal)
    row = ProgrammeKey.objects.get()
    assert made.private not in bytes(row.envelope)
    (envelope,) = private_halves(world.amani.organisation_id)
    assert len(envelope) == ENVELOPE
    assert bytes(row.envelope) != envelope  # sealed once more on its way to the table


def test_it_needs_two_who_receive(world: World) -> None:
    key, made = enrolled(world.amani.actor("focal_point")), pair()
    with pytest.raises(ProblemError) as caught:
        make_programme_key(world.amani.actor("focal_point"), made.public, half(made, [key, key]))
    assert caught.value.first.code == "sealed.too_few"


def test_whoever_receives_is_never_left_out(world: World, focal: list[Key]) -> None:
    made, stranger = pair(), enrolled(world.baraka.actor("focal_point"))
    with pytest.raises(ProblemError) as caught:
        make_programme_key(world.amani.actor("focal_point"), made.public, half(made, [focal[0], stranger]))
    assert caught.value.first.code == "recipient.changed"
    assert ProgrammeKey.objects.count() == 0


def test_who_makes_a_new_key_of_their_own_is_named_until_the_pair_is_made_anew(world: World, focal: list[Key]) -> None:
    one, two = (world.amani.actor(name) for name in ("focal_point", "second_focal_point"))
    paired(one, focal)
    anew = enrolled(two)
    waiting = next(row for row in recipients(one) if row.since is None)
    assert key_in_use(world.amani.organisation_id) is not None, "the old key receives until the new one is confirmed"
    confirm_recipient(one, waiting.id)
    assert key_in_use(world.amani.organisation_id) is None, "one reader is one too few"
    assert [(row.in_use, row.shut_out) for row in programme_keys(one)] == [(False, ("Second Focal Point Amani",))]
    paired(one, [focal[0], anew])
    assert programme_keys(two)[0].in_use


def test_who_does_not_receive_yet_makes_none(world: World, focal: list[Key]) -> None:
    """Else whoever is given the role could have phones encrypt to a pair that nobody has confirmed."""
    Membership.objects.filter(person_id=world.amani.people["me_officer"]).update(role="focal_point")
    third, made = world.amani.actor("me_officer"), pair()
    for _ in range(2):
        with pytest.raises(ProblemError) as caught:
            make_programme_key(third, made.public, half(made, focal))
        assert caught.value.first.code == "programme_key.not_yours"
        enrolled(third)  # waits for the others
    assert ProgrammeKey.objects.count() == 0


def test_a_role_that_ends_takes_the_key_away_from_phones(world: World, focal: list[Key]) -> None:
    paired(world.amani.actor("focal_point"), focal)
    held = Membership.objects.filter(person_id=world.amani.people["second_focal_point"])
    held.update(until=held.get().since)
    assert key_in_use(world.amani.organisation_id) is None


@pytest.mark.parametrize("name", OUTSIDE)
def test_nobody_else_makes_or_sees_one(world: World, focal: list[Key], name: str) -> None:
    made, actor = pair(), world.amani.actor(name)
    for act in (
        lambda: make_programme_key(actor, made.public, half(made, focal)),
        lambda: programme_keys(actor),
        lambda: programme_keys(actor, world.baraka.organisation_id),
    ):
        with pytest.raises(ProblemError) as caught:
            act()
        assert caught.value.first.status in (403, 404)
    assert Event.objects.filter(verb="programme_keys.make", allowed=False).count() == 3
    assert ProgrammeKey.objects.count() == 0


def test_what_is_no_such_key_is_refused(world: World, focal: list[Key]) -> None:
    actor, small, made = world.amani.actor("focal_point"), pair(1024), pair()
    for public in (b"", os.urandom(294), small.public, made.public + b"\0", focal[0].public):
        with pytest.raises(ProblemError) as caught:
            make_programme_key(actor, public, half(made, focal))
        assert caught.value.first.code == "programme_key.key"
    with pytest.raises(ProblemError) as caught:
        make_programme_key(actor, made.public, sealed_to(focal, "x", Kind.DISCLOSURE))
    assert caught.value.first.code == "sealed.shape"
    assert ProgrammeKey.objects.count() == 0
