"""A case passed on: nothing before it is accepted, only what was agreed to afterwards, and never through the wall
between organisations.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
import time_machine
from django.utils import timezone

from homeward.apps.access.models import Conflict
from homeward.apps.access.roles import grant_role
from homeward.apps.audit.models import Event
from homeward.apps.cases.conflicts import declare_for
from homeward.apps.cases.ending import end_words_of, forget_child
from homeward.apps.cases.models import Assignment, Child, Relation, Transfer
from homeward.apps.cases.passing_on import (
    Offer,
    accept_transfer,
    hand_over_outside,
    offer_transfer,
    organisations_to_offer,
    recall_transfer,
    return_transfer,
)
from homeward.apps.cases.queries import names_of
from homeward.apps.cases.scope import children_visible_to
from homeward.apps.cases.transfers import offers_to, offers_waiting, paper_of, transfers_of
from homeward.apps.retention.copies import hand_over
from homeward.apps.retention.holding import Whom
from homeward.apps.visits.clock import day_for, follow_up_of_child
from homeward.apps.visits.clock_models import Pause
from homeward.apps.visits.due import due_list
from homeward.apps.visits.services import take_over
from homeward.domain.problems import ProblemError
from homeward.domain.protocol import State
from homeward.domain.sharing import Agreement
from tests.world import World, day_of

pytestmark = [pytest.mark.database, pytest.mark.django_db]
ALL = ("name", "birth_date", "caregivers")


def code(world: World) -> str:
    assert world.amani.child is not None
    return world.amani.child.code


def offered(world: World, passed: tuple[str, ...] = (), **changes: object) -> UUID:
    agreement = Agreement("yes", "yes", day_of(world.amani.organisation_id), "en", limits_told=True)
    given = {"agreement": agreement, "to_organisation_id": world.baraka.organisation_id, "needs": ("health",)}
    offer = Offer(passed=passed, **{**given, **changes})  # type: ignore[arg-type]
    return offer_transfer(world.amani.actor("supervisor"), code(world), offer)


def refused(call: object) -> str:
    with pytest.raises(ProblemError) as caught:
        call()  # type: ignore[operator]
    return caught.value.first.code


def test_before_it_is_accepted_the_offer_is_read_and_not_the_child(world: World) -> None:
    key = offered(world, ALL)
    receiver = world.baraka.actor("supervisor")
    (row,) = offers_to(receiver)
    assert (row.from_whom, row.age_band, row.sex, row.place, row.needs) == (
        "Amani",
        "12-14",
        "female",
        "Sunda",
        ("health",),
    )
    for hidden in (code(world), "Asha", "Neema", "Riverside", "CASE-1", str(world.amani.child.id)):  # type: ignore[union-attr]
        assert hidden not in str(row)
    child = Child.objects.get(code=code(world))
    for who in ("supervisor", "focal_point", "me_officer", "case_worker"):
        assert not children_visible_to(world.baraka.actor(who)).filter(pk=child.pk).exists()
    assert refused(lambda: paper_of(receiver, key)) == "transfer.not_found"
    assert refused(lambda: recall_transfer(receiver, key)) == "transfer.not_found"
    events = Event.objects.filter(verb="offer_transfer")
    assert {(event.organisation_id, event.child_id) for event in events} == {
        (world.amani.organisation_id, child.pk),
        (world.baraka.organisation_id, None),
    }
    assert Event.objects.filter(verb="transfers.accept", organisation_id=world.baraka.organisation_id).exists()


def test_whoever_accepts_has_a_record_of_their_own_with_what_was_agreed(world: World) -> None:
    key = offered(world, ("name", "birth_date", "caregivers"))
    receiver = world.baraka.actor("supervisor")
    new = Child.objects.get(code=accept_transfer(receiver, key))
    old = Child.objects.get(code=code(world))
    assert (new.organisation_id, new.team_id) == (world.baraka.organisation_id, world.baraka.teams[0])
    assert new.code != old.code
    assert (new.external_id_hash, bytes(new.external_id)) == (None, b"")
    assert (new.place.name, new.place.organisation_id) == ("Sunda", None)  # as the offer named it, and no village
    assert (new.return_date, new.sex, new.status) == (old.return_date, "female", "open")
    names = names_of(receiver, new.pk)
    assert (names.name, names.relations) == ("Asha Mwangi", (("mother", "Neema Mwangi"),))
    assert (old.status, old.ended_on) == ("transferred", day_of(world.amani.organisation_id))
    assert not Assignment.objects.filter(child=old, until=None).exists()
    assert not children_visible_to(receiver).filter(pk=old.pk).exists()
    assert not children_visible_to(world.amani.actor("focal_point")).filter(pk=new.pk).exists()
    by_place = {
        (event.verb, event.organisation_id, event.child_id)
        for event in Event.objects.filter(verb__in=("accept_transfer", "receive_transfer"))
    }
    assert by_place == {
        ("accept_transfer", world.amani.organisation_id, old.pk),
        ("receive_transfer", world.baraka.organisation_id, new.pk),
    }
    assert refused(lambda: accept_transfer(receiver, key)) == "transfer.order"
    assert refused(lambda: recall_transfer(world.amani.actor("supervisor"), key)) == "transfer.order"


def test_what_was_not_agreed_to_does_not_go(world: World) -> None:
    new = Child.objects.get(code=accept_transfer(world.baraka.actor("supervisor"), offered(world)))
    old = Child.objects.get(code=code(world))
    assert names_of(world.baraka.actor("supervisor"), new.pk).name == ""
    assert not Relation.objects.filter(child=new).exists()
    assert new.birth_estimated
    assert bytes(new.birth_date) != bytes(old.birth_date)
    assert new.age_band == "12-14"


@pytest.mark.parametrize(("child", "adult"), [("no", "yes"), ("yes", "no"), ("not_asked", "yes")])
def test_without_agreement_nothing_is_offered(world: World, child: str, adult: str) -> None:
    agreement = Agreement(child, adult, day_of(world.amani.organisation_id), "en", limits_told=True)
    assert refused(lambda: offered(world, agreement=agreement)).startswith("sharing.")
    assert not Transfer.objects.exists()
    assert Event.objects.filter(verb="refuse_sharing", allowed=False).count() == 1


def test_it_is_returned_with_a_reason_and_offered_again(world: World) -> None:
    receiver, key = world.baraka.actor("supervisor"), offered(world)
    assert refused(lambda: offered(world)) == "transfer.offered_already"
    assert refused(lambda: return_transfer(receiver, key, "do not like it")) == "transfer.reason"
    return_transfer(receiver, key, "no_room")
    (row,) = transfers_of(world.amani.actor("case_worker"), world.amani.child.id)  # type: ignore[union-attr]
    assert (row.standing, row.reason, row.to, row.may_change) == ("returned", "no_room", "Baraka", False)
    assert Child.objects.get(code=code(world)).status == "open"
    assert Event.objects.filter(verb="return_transfer").values("organisation_id").distinct().count() == 2
    offered(world)


def test_it_is_taken_back_or_runs_out(world: World) -> None:
    receiver, supervisor = world.baraka.actor("supervisor"), world.amani.actor("supervisor")
    key = offered(world)
    assert offers_waiting(receiver) == 1
    recall_transfer(supervisor, key)
    assert offers_to(receiver) == []
    assert refused(lambda: accept_transfer(receiver, key)) == "transfer.order"
    today = day_of(world.amani.organisation_id)
    key = offered(world, expires_on=today + timedelta(days=3))
    with time_machine.travel(timezone.now().replace(hour=12) + timedelta(days=5)):
        assert offers_waiting(receiver) == 0
        assert [row.standing for row in offers_to(receiver)] == ["expired"]
        assert refused(lambda: accept_transfer(receiver, key)) == "transfer.order"
        assert refused(lambda: return_transfer(receiver, key, "no_room")) == "transfer.order"
        assert Transfer.objects.get(pk=key).standing == "offered"
        offered(world)  # one that ran out stands in nobody's way


def test_outside_this_server_the_paper_holds_what_was_agreed_and_is_written_down(world: World) -> None:
    supervisor = world.amani.actor("supervisor")
    key = offered(world, ("name", "interviews"), to_organisation_id=None, recipient="Sister organisation abroad")
    assert b"Sister" not in bytes(Transfer.objects.get(pk=key).recipient)
    paper = paper_of(supervisor, key)
    assert (paper.to, paper.needs, paper.caregivers) == ("Sister organisation abroad", ("health",), ())
    assert dict(paper.facts)["name"] == "Asha Mwangi"
    assert "birth_date" not in dict(paper.facts)
    assert refused(lambda: paper_of(world.amani.actor("case_worker"), key)) == "access.refused"
    hand_over_outside(supervisor, key)
    assert Child.objects.get(code=code(world)).status == "transferred"
    (row,) = [
        each for each in hand_over(supervisor, code(world), Whom.CHILD).received if each.verb == "accept_transfer"
    ]
    assert (row.whom, "name" in row.parts, "birth_date" in row.parts) == ("Sister organisation abroad", True, False)
    guardian = hand_over(supervisor, code(world), Whom.GUARDIAN)
    assert not [each for each in guardian.received if each.verb == "accept_transfer"]


def test_who_may(world: World) -> None:
    amani, baraka = world.amani, world.baraka
    key = offered(world)
    for who in ("case_worker", "focal_point", "me_officer", "organisation_admin"):
        assert refused(lambda: offers_to(baraka.actor(who))) == "access.refused"  # noqa: B023
        assert refused(lambda: accept_transfer(baraka.actor(who), key)) == "transfer.not_found"  # noqa: B023
    for actor in (amani.actor("supervisor"), amani.actor("other_supervisor"), world.nobody()):
        assert refused(lambda: accept_transfer(actor, key)) == "transfer.not_found"  # noqa: B023
    assert refused(lambda: recall_transfer(amani.actor("other_supervisor"), key)) == "transfer.not_found"
    assert refused(lambda: recall_transfer(amani.actor("case_worker"), key)) == "access.refused"
    assert [name for _, name in organisations_to_offer(amani.actor("supervisor"))] == ["Baraka"]
    own = amani.organisation_id
    recall_transfer(amani.actor("supervisor"), key)
    assert refused(lambda: offered(world, to_organisation_id=own)) == "organisation.not_found"
    assert refused(lambda: offered(world, to_organisation_id=None)) == "transfer.to_whom"
    Child.objects.filter(code=code(world)).update(status="closed", ended_on=day_of(own))
    assert refused(lambda: offered(world)) == "child.not_open"


def test_whoever_has_a_tie_does_not_meet_the_child_again_in_the_other_organisation(world: World) -> None:
    amani, baraka = world.amani, world.baraka
    declare_for(amani.actor("focal_point"), code(world), amani.people["case_worker"], "named")
    grant_role(baraka.system(), amani.people["case_worker"], "supervisor", team_id=baraka.teams[0])
    key = offered(world)
    assert offers_to(amani.actor("case_worker")) == []
    assert refused(lambda: accept_transfer(amani.actor("case_worker"), key)) == "transfer.not_found"
    new = Child.objects.get(code=accept_transfer(baraka.actor("supervisor"), key))
    assert not children_visible_to(amani.actor("case_worker")).filter(pk=new.pk).exists()
    tie = Conflict.objects.get(child_id=new.pk)
    assert (tie.kind, tie.organisation_id) == ("other_tie", baraka.organisation_id)


def test_nobody_is_late_for_the_time_before_a_case_was_taken_over(world: World) -> None:
    """Returned 200 days ago; here the clock begins today, by the calendar of the place of the child."""
    new = Child.objects.get(code=take_over(world.baraka.actor("supervisor"), offered(world)))
    (pause,) = Pause.objects.filter(child=new)
    assert (pause.since, pause.until, pause.reason) == (
        new.return_date,
        day_for(new),
        "before",
    )
    (due,) = due_list(Child.objects.filter(pk=new.pk))
    assert (due.round, due.state, due.days_late) == ("m6", State.DUE, 0)
    followed = follow_up_of_child(new, day_for(new))
    assert {point.state for point in followed.points if point.round.code in ("w2", "m1", "m3")} == {State.PAUSED}


def test_an_erasure_here_takes_the_offer_and_leaves_the_record_there(world: World) -> None:
    new = accept_transfer(world.baraka.actor("supervisor"), offered(world, ALL))
    child = world.amani.child
    assert child is not None
    end_words_of(child.id, day_of(world.amani.organisation_id))
    forget_child(child.id)
    assert not Transfer.objects.exists()
    assert Child.objects.filter(code=new).exists()
    assert offers_to(world.baraka.actor("supervisor")) == []
