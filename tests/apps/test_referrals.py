"""Referrals: what leaves the house and on whose word, what came of it, the gaps that stay, and who reads what."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import pytest

from homeward.apps.access.models import Conflict
from homeward.apps.audit.models import Event
from homeward.apps.cases.conflicts import declare_own
from homeward.apps.cases.ending import end_words_of, forget_child
from homeward.apps.cases.gaps import service_gaps
from homeward.apps.cases.models import Child, Referral, ReferralStep, ServiceGap
from homeward.apps.cases.places import merge_places
from homeward.apps.cases.referrals import (
    ReferralRow,
    open_referral,
    referral_events,
    referrals_of,
    referrals_waiting,
    slip_of,
)
from homeward.apps.cases.referring import Wanted, make_referral, note_unmet_need, take_step
from homeward.apps.cases.sharing import field_rules
from homeward.apps.communities.directory import ServiceFacts, add_service, change_service, services
from homeward.apps.communities.services import add_place
from homeward.apps.retention.copies import hand_over
from homeward.apps.retention.holding import Whom
from homeward.domain.codes import is_valid_code
from homeward.domain.gaps import FEW
from homeward.domain.problems import ProblemError
from homeward.domain.referring import Standing, Step, Taken, standing_after
from homeward.domain.sectors import SECTORS
from homeward.domain.sharing import ALWAYS, FIELDS, Agreement, fields_for
from tests.world import House, World, day_of

pytestmark = [pytest.mark.database, pytest.mark.django_db]
WHO = ("case_worker", "supervisor", "focal_point", "me_officer")


def yes(house: House) -> Agreement:
    return Agreement("yes", "yes", day_of(house.organisation_id), "en", limits_told=True)


def wanted(house: House, **changes: object) -> Wanted:
    given = {"need": "school_place", "urgency": "weeks", "agreement": yes(house), "provider": "Mango Hill School"}
    return Wanted(**{**given, **changes})  # type: ignore[arg-type]


def code(house: House) -> str:
    assert house.child is not None
    return house.child.code


def made(house: House, **changes: object) -> UUID:
    return make_referral(house.actor("case_worker"), code(house), wanted(house, **changes))


def step(house: House, key: UUID, which: str, **said: str) -> None:
    take_step(house.actor("case_worker"), key, Taken(Step(which), day_of(house.organisation_id), **said))


def the_only(house: House, who: str = "case_worker") -> ReferralRow:
    assert house.child is not None
    (row,) = referrals_of(house.actor(who), house.child.id)
    return row


def refused(call: object) -> str:
    with pytest.raises(ProblemError) as caught:
        call()  # type: ignore[operator]
    return caught.value.first.code


def test_a_referral_goes_its_way_and_every_step_is_written_down(world: World) -> None:
    house = world.amani
    key = made(house)
    for which, said in (("send", {"how": "family"}), ("accept", {}), ("receive", {"how": "fully"}), ("close", {})):
        step(house, key, which, **said)
    row = the_only(house)
    assert (row.sector, row.dimension, row.standing, row.to) == ("education", "social", "closed", "Mango Hill School")
    assert [each.step for each in row.steps] == ["send", "accept", "receive", "close"]
    assert is_valid_code(row.code)
    assert row.code != code(house)
    events = Event.objects.filter(child_id=house.child.id, object_kind="referral")  # type: ignore[union-attr]
    assert list(events.order_by("at", "id").values_list("verb", flat=True)) == ["make_referral", *["step_referral"] * 4]
    assert not ServiceGap.objects.exists()
    kinds = [each.kind for each in referral_events(house.actor("case_worker"), house.child.id)]  # type: ignore[union-attr]
    assert kinds[0] == "referral_made"
    assert len(kinds) == 5


@pytest.mark.parametrize(
    ("child", "adult", "problem"),
    [("no", "yes", "sharing.child_no"), ("yes", "no", "sharing.adult_no"), ("not_asked", "yes", "sharing.child_no")],
)
def test_nothing_is_made_without_agreement_and_the_refusal_stays(
    world: World, child: str, adult: str, problem: str
) -> None:
    house = world.amani
    agreement = Agreement(child, adult, day_of(house.organisation_id), "en", limits_told=True)
    assert refused(lambda: made(house, agreement=agreement)) == problem
    assert not Referral.objects.exists()
    event = Event.objects.get(verb="refuse_sharing")
    assert (event.allowed, event.child_id) == (False, house.child.id)  # type: ignore[union-attr]


def test_only_the_least_fields_go_and_words_only_when_ticked(world: World) -> None:
    house = world.amani
    made(house, words="I want to learn", chosen=("name", "interviews"))
    row = the_only(house)
    assert set(row.fields) == {"need", "urgency", "age_band", "language"}
    assert row.words == ""
    key = made(house, words="I want to learn", chosen=("words", "birth_date"))
    slip = slip_of(house.actor("case_worker"), key)
    assert slip.words == "I want to learn"
    assert dict(slip.values) == {"need": "school_place", "urgency": "weeks", "age_band": "12-14", "language": "en"}
    assert code(house) not in str(slip)
    assert "Asha" not in str(slip)
    raw = Referral.objects.get(pk=key)
    assert b"learn" not in bytes(raw.words)
    assert b"Mango" not in bytes(raw.provider)


def test_the_shipped_table_names_known_fields_of_known_sectors() -> None:
    assert {rule.sector for rule in field_rules()} == {"*", *SECTORS}
    assert {rule.field for rule in field_rules()} == set(FIELDS)
    for sector in SECTORS:
        always = {name for name, given in fields_for(field_rules(), sector).items() if given == ALWAYS}
        assert {"need", "urgency", "age_band", "language"} <= always
        assert not {"words", "caregiver"} & always


@pytest.mark.parametrize(
    ("steps", "reason"),
    [
        ([("send", {"how": "phone"}), ("decline", {"reason": "turned_away"})], "turned_away"),
        ([("send", {"how": "phone"}), ("accept", {}), ("receive", {"how": "not", "reason": "too_far"})], "too_far"),
    ],
)
def test_what_fails_leaves_a_gap(world: World, steps: list[tuple[str, dict[str, str]]], reason: str) -> None:
    house = world.amani
    key = made(house)
    for which, said in steps:
        assert not ServiceGap.objects.exists()
        step(house, key, which, **said)
    gap = ServiceGap.objects.get()
    assert (gap.reason, gap.sector, gap.need, gap.day) == (
        reason,
        "education",
        "school_place",
        day_of(house.organisation_id),
    )


def test_no_answer_in_time_is_a_gap_and_help_that_comes_late_is_said_too(world: World) -> None:
    house, worker = world.amani, world.amani.actor("case_worker")
    today = day_of(house.organisation_id)
    past = today - timedelta(days=30)
    key = made(house, made_on=past, answer_by=past + timedelta(days=9))
    take_step(worker, key, Taken(Step.SEND, past, how="post"))
    assert referrals_waiting(worker).codes == (code(house),)
    early = Taken(Step.NO_ANSWER, past + timedelta(days=9), reason="no_answer")
    assert refused(lambda: take_step(worker, key, early)) == "referral.still_time"
    take_step(worker, key, Taken(Step.NO_ANSWER, past + timedelta(days=10), reason="no_answer"))
    assert referrals_waiting(worker).overdue == 0
    assert ServiceGap.objects.get().met_on is None
    step(house, key, "decline", reason="full")
    gap = ServiceGap.objects.get()
    assert (gap.reason, gap.day) == ("full", today)
    other = made(house, made_on=past, answer_by=past)
    take_step(worker, other, Taken(Step.SEND, past, how="post"))
    take_step(worker, other, Taken(Step.NO_ANSWER, past + timedelta(days=1), reason="no_answer"))
    step(house, other, "receive", how="partly")
    assert ServiceGap.objects.get(came_from=other).met_on == today
    counted = service_gaps(house.actor("me_officer"), past, today)
    assert [(row.reason, row.gaps, row.met_later) for row in counted] == [("full", 1, 0), ("no_answer", 1, 1)]
    assert service_gaps(house.actor("me_officer"), past - timedelta(days=9), past) == []


def test_unavailable_and_not_asked_yet_are_different_gaps_at_district_level(world: World) -> None:
    house, system = world.amani, world.amani.system()
    district = add_place(
        system, "district", "Upper Valley", "SU", "UTC", Child.objects.get(code=code(house)).place.parent_id
    )  # type: ignore[union-attr]
    village = add_place(system, "community", "Tall Palm", "SU", "UTC", district)
    Child.objects.filter(code=code(house)).update(place=village)
    worker, today = house.actor("case_worker"), day_of(house.organisation_id)
    note_unmet_need(worker, code(house), "counselling", "unavailable")
    note_unmet_need(worker, code(house), "papers", "not_referred")
    rows = service_gaps(house.actor("supervisor"), today, today)
    assert {(row.sector, row.place, row.reason) for row in rows} == {
        ("mhpss", "Upper Valley", "unavailable"),
        ("legal", "Upper Valley", "not_referred"),
    }
    assert refused(lambda: note_unmet_need(worker, code(house), "papers", "full")) == "referral.reason"
    assert all(row.agreed_on is None and row.fields == () for row in referrals_of(worker, house.child.id))  # type: ignore[union-attr]


def test_whoever_sees_no_child_sees_no_small_number(world: World) -> None:
    house, today = world.amani, day_of(world.amani.organisation_id)
    for _ in range(FEW - 1):
        note_unmet_need(house.actor("case_worker"), code(house), "food", "unavailable")
    manager = house.actor("programme_manager")
    (row,) = service_gaps(manager, today, today)
    assert (row.gaps, row.met_later) == (None, None)
    note_unmet_need(house.actor("case_worker"), code(house), "food", "unavailable")
    assert service_gaps(manager, today, today)[0].gaps == FEW
    assert service_gaps(world.baraka.actor("me_officer"), today, today) == []
    for who in ("case_worker", "organisation_admin", "independent_monitor"):
        assert refused(lambda: service_gaps(house.actor(who), today, today)) == "access.refused"  # noqa: B023


def test_the_standing_that_is_kept_is_what_the_steps_say(world: World) -> None:
    house = world.amani
    for ways in (["recall"], ["send", "recall"], ["send", "accept"], []):
        key = made(house)
        for which in ways:
            step(house, key, which, **({"how": "phone"} if which == "send" else {}))
    note_unmet_need(house.actor("case_worker"), code(house), "food", "too_costly")
    for row in Referral.objects.all():
        said = Standing.MADE
        for each in row.steps.order_by("number"):
            said = standing_after(Step(each.step), said)
        assert row.standing == said


def test_who_reads_a_referral(world: World) -> None:
    house, key = world.amani, made(world.amani)
    for who in WHO:
        row, allowed = open_referral(house.actor(who), key)
        assert (row.to != "") == (who != "me_officer"), who
        assert bool(allowed) == (who in ("case_worker", "supervisor")), who
        assert Event.objects.filter(verb="referrals.see", child_id=house.child.id).exists()  # type: ignore[union-attr]
    others = ("other_case_worker", "other_supervisor", "programme_manager", "organisation_admin", "staff_channel")
    for actor in (*map(house.actor, others), world.nobody(), *map(world.baraka.actor, WHO)):
        assert refused(lambda: open_referral(actor, key)) == "referral.not_found"  # noqa: B023
        assert refused(lambda: take_step(actor, key, Taken(Step.RECALL, date.today()))) == "referral.not_found"  # noqa: B023
        assert refused(lambda: slip_of(actor, key)) == "referral.not_found"  # noqa: B023
    taken = Taken(Step.RECALL, date.today())
    for who in ("focal_point", "me_officer"):
        assert refused(lambda: take_step(house.actor(who), key, taken)) == "access.refused"  # noqa: B023
        assert refused(lambda: slip_of(house.actor(who), key)) == "access.refused"  # noqa: B023
    assert ReferralStep.objects.count() == 0


def test_a_conflict_of_interest_hides_referrals_too(world: World) -> None:
    house, key = world.amani, made(world.amani)
    declare_own(house.actor("supervisor"), code(house), "relative")
    assert Conflict.objects.count() == 1
    assert refused(lambda: open_referral(house.actor("supervisor"), key)) == "referral.not_found"
    assert referrals_of(house.actor("supervisor"), house.child.id) == []  # type: ignore[union-attr]
    assert referrals_waiting(house.actor("supervisor")).waiting == 0


def test_an_ended_record_takes_nothing_more_and_is_still_read(world: World) -> None:
    house, key = world.amani, made(world.amani)
    Child.objects.filter(code=code(house)).update(status="closed", ended_on=day_of(house.organisation_id))
    assert refused(lambda: made(house)) == "child.not_open"
    assert (
        refused(lambda: note_unmet_need(house.actor("case_worker"), code(house), "food", "other")) == "child.not_open"
    )
    assert refused(lambda: step(house, key, "send", how="phone")) == "child.not_open"
    assert the_only(house).next_steps == ()


def test_the_list_of_services_belongs_to_one_organisation(world: World) -> None:
    house = world.amani
    officer = house.actor("me_officer")
    key = add_service(officer, ServiceFacts("education", "  Mango   Hill School ", house.place_id))
    assert [(row.name, row.place) for row in services(house.actor("case_worker"))] == [
        ("Mango Hill School", "Riverside")
    ]
    assert services(world.baraka.actor("me_officer")) == services(house.actor("organisation_admin")) == []
    facts = ServiceFacts("education", "Mango Hill School", is_open=False)
    assert refused(lambda: change_service(world.baraka.actor("supervisor"), key, facts)) == "service.not_found"
    assert refused(lambda: change_service(house.actor("case_worker"), key, facts)) == "access.refused"
    assert refused(lambda: add_service(officer, ServiceFacts("sports", "X"))) == "service.sector"
    assert refused(lambda: add_service(officer, ServiceFacts("health", " "))) == "service.name"
    foreign = ServiceFacts("health", "Clinic", world.baraka.place_id)
    assert refused(lambda: add_service(officer, foreign)) == "place.not_found"
    row = make_referral(house.actor("case_worker"), code(house), wanted(house, service_id=key, provider=""))
    assert open_referral(house.actor("case_worker"), row)[0].to == "Mango Hill School"
    change_service(house.actor("supervisor"), key, facts)
    assert services(house.actor("case_worker"), only_open=True) == []
    assert refused(lambda: made(house, service_id=key)) == "referral.service_closed"
    theirs = add_service(world.baraka.actor("me_officer"), ServiceFacts("health", "Clinic"))
    assert refused(lambda: made(house, service_id=theirs)) == "service.not_found"
    assert refused(lambda: made(house, provider="  ")) == "referral.to_whom"


def test_a_place_that_is_merged_away_takes_services_and_gaps_along(world: World) -> None:
    house, system = world.amani, world.amani.system()
    parent = Child.objects.get(code=code(house)).place.parent_id  # type: ignore[union-attr]
    twin, stays = (add_place(system, "district", name, "SU", "UTC", parent) for name in ("Vale", "The Vale"))
    add_service(house.actor("me_officer"), ServiceFacts("health", "Clinic", twin))
    Child.objects.filter(code=code(house)).update(place=twin)
    note_unmet_need(house.actor("case_worker"), code(house), "treatment", "unavailable")
    merge_places(house.actor("me_officer"), twin, stays)
    assert services(house.actor("me_officer"))[0].place_id == stays
    assert ServiceGap.objects.get().place_id == stays


def test_an_erasure_takes_the_referrals_and_leaves_gaps_that_lead_nowhere(world: World) -> None:
    house, child = world.amani, world.amani.child
    assert child is not None
    key = made(house, words="By the river", chosen=("words",))
    step(house, key, "send", how="family")
    note_unmet_need(house.actor("case_worker"), code(house), "food", "unavailable")
    before = {(gap.sector, gap.reason) for gap in ServiceGap.objects.all()}
    end_words_of(child.id, day_of(house.organisation_id))
    row = Referral.objects.get(pk=key)
    assert (bytes(row.words), bytes(row.provider)) == (b"", b"")
    counts = forget_child(child.id)
    assert counts["referrals"] == 2
    assert not Referral.objects.exists()
    assert not ReferralStep.objects.exists()
    gaps = list(ServiceGap.objects.all())
    assert {(gap.sector, gap.reason) for gap in gaps} == before
    assert all(gap.child_id is gap.came_from is None and gap.day.day == 1 for gap in gaps)


def test_the_child_is_told_who_received_what_and_a_guardian_is_not(world: World) -> None:
    house, key = world.amani, made(world.amani, chosen=("words",), words="I like maths")
    worker = house.actor("case_worker")
    assert not [row for row in hand_over(worker, code(house), Whom.CHILD).received if row.verb == "send_referral"]
    step(house, key, "send", how="family")
    (row,) = [row for row in hand_over(worker, code(house), Whom.CHILD).received if row.verb == "send_referral"]
    assert row.whom == "Mango Hill School"
    assert set(row.parts) == {"need", "urgency", "age_band", "language", "words"}
    copy = hand_over(worker, code(house), Whom.GUARDIAN)
    assert not [row for row in copy.received if row.verb == "send_referral"]
    assert not [each for each in copy.stored if "referral" in each.field]
    assert "I like maths" not in str(copy)


def test_reading_many_referrals_takes_as_many_questions_as_reading_one(
    world: World, django_assert_max_num_queries: object
) -> None:
    house = world.amani
    for _ in range(6):
        step(house, made(house), "send", how="phone")
    actor = house.actor("case_worker")
    with django_assert_max_num_queries(8):  # type: ignore[operator]
        assert len(referrals_of(actor, house.child.id)) == 6  # type: ignore[union-attr]
