"""What others gave back tells whoever offered it and whoever works with the child, in the journey too; and what was
noted wrongly of a referral is corrected there.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from homeward.apps.audit.models import Event
from homeward.apps.cases.answered import given_back_by_others, note_returned
from homeward.apps.cases.mending import correct_step
from homeward.apps.cases.models import Child, Referral, ServiceGap
from homeward.apps.cases.passing_on import Offer, offer_transfer, return_transfer
from homeward.apps.cases.recording import add_entry
from homeward.apps.cases.referrals import open_referral
from homeward.apps.cases.referring import Wanted, make_referral, note_unmet_need, take_step
from homeward.apps.visits.recording import Held, hold_visit
from homeward.domain.problems import ProblemError
from homeward.domain.referring import Step, Taken
from homeward.domain.sharing import Agreement
from tests.apps.test_visits import planned
from tests.web.conftest import Reader
from tests.world import House, World, day_of

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def code(house: House) -> str:
    assert house.child is not None
    return house.child.code


def yes(house: House) -> Agreement:
    return Agreement("yes", "yes", day_of(house.organisation_id), "en", limits_told=True)


def returned(world: World) -> UUID:
    offer = Offer(yes(world.amani), world.baraka.organisation_id)
    key = offer_transfer(world.amani.actor("supervisor"), code(world.amani), offer)
    return_transfer(world.baraka.actor("supervisor"), key, "no_room")
    return key


def referred(house: House, *steps: tuple[str, dict[str, str]], gap_id: UUID | None = None) -> UUID:
    worker, today = house.actor("case_worker"), day_of(house.organisation_id)
    wanted = Wanted("treatment", "days", yes(house), provider="Hill Clinic")
    key = make_referral(worker, code(house), wanted, gap_id=gap_id)
    for step, said in steps:
        take_step(worker, key, Taken(Step(step), today, **said))
    return key


SENT, DECLINED = ("send", {"how": "phone"}), ("decline", {"reason": "full"})


def refused(call: object) -> str:
    with pytest.raises(ProblemError) as caught:
        call()  # type: ignore[operator]
    return caught.value.first.code


def test_a_case_that_came_back_stands_on_today_until_somebody_has_read_it(reader: Reader, world: World) -> None:
    key, said = returned(world), "Not taken on by others"
    for who in ("supervisor", "case_worker"):
        page = reader(who).get("/").content.decode()
        assert said in page, who
        assert "No room in our caseloads now" in page, who
    for who in ("me_officer", "focal_point", "programme_manager"):
        assert said not in reader(who).get("/").content.decode(), who
    assert said not in reader("supervisor", world.baraka).get("/").content.decode()
    assert reader("outsider").post(f"/transfers/{key}/change", {"act": "noted"}).status_code == 404
    assert reader("supervisor", world.baraka).post(f"/transfers/{key}/change", {"act": "noted"}).status_code == 404
    page = f"/children/{code(world.amani)}/help"
    assert "We have read it" in reader("case_worker").get(page).content.decode()
    assert reader("case_worker").post(f"/transfers/{key}/change", {"act": "noted"}).status_code == 302
    assert "We have read it" not in reader("case_worker").get(page).content.decode()
    assert Event.objects.filter(verb="note_returned", object_id=str(key)).count() == 1
    note_returned(world.amani.actor("supervisor"), key)  # once is enough
    assert Event.objects.filter(verb="note_returned").count() == 1
    for who in ("supervisor", "case_worker"):
        assert said not in reader(who).get("/").content.decode(), who


def test_offered_anew_it_waits_no_more_nor_where_the_case_has_ended(world: World) -> None:
    returned(world)
    lead = world.amani.actor("supervisor")
    assert [(each.kind, each.reason) for each in given_back_by_others(lead)] == [("transfer", "no_room")]
    key = offer_transfer(lead, code(world.amani), Offer(yes(world.amani), world.baraka.organisation_id))
    assert given_back_by_others(lead) == []
    return_transfer(world.baraka.actor("supervisor"), key, "other")
    assert [each.id for each in given_back_by_others(lead)] == [key]
    Child.objects.filter(code=code(world.amani)).update(status="closed")
    assert given_back_by_others(lead) == []


def test_a_referral_that_was_not_accepted_waits_until_somebody_goes_on_with_it(world: World) -> None:
    house, key = world.amani, referred(world.amani, SENT, DECLINED)
    worker = house.actor("case_worker")
    assert [(each.kind, each.id, each.reason) for each in given_back_by_others(worker)] == [("referral", key, "full")]
    assert given_back_by_others(world.baraka.actor("case_worker")) == []
    take_step(worker, key, Taken(Step.LEAVE, day_of(house.organisation_id), reason="not_needed"))
    assert given_back_by_others(worker) == []


def test_the_journey_tells_of_it_in_the_order_in_which_it_came(reader: Reader, world: World) -> None:
    """All of it on one day: the need first, then what came of it, and at last the case that came back."""
    referred(world.amani, SENT, DECLINED)
    returned(world)
    page = reader("case_worker").get(f"/children/{code(world.amani)}/journey?of=help").content.decode()
    said = (
        "The other organisation gave the case back",
        "The case was offered to another organisation",
        "They did not accept",
        "We handed it over",
        "A need was written down",
    )
    places = [page.index(each) for each in said]
    assert places == sorted(places)
    assert "No room in our caseloads now" in page
    assert "Baraka" not in page


def test_why_a_place_at_school_was_lost_stands_in_the_journey_and_leads_to_a_referral(
    reader: Reader, world: World
) -> None:
    house, worker = world.amani, world.amani.actor("case_worker")
    assert house.child is not None
    since = day_of(house.organisation_id) - timedelta(days=20)
    add_entry(worker, house.child.id, "schooling", {"since": since, "level": "none", "left_reason": "refused"})
    address = f"/children/{code(house)}/journey"
    row = reader("case_worker").get(address).content.decode().split("In no school")[1].split("</li>")[0]
    assert "The school refused the child" in row
    link = f"/children/{code(house)}/help/new?need=school_place"
    assert link in row
    assert link not in reader("focal_point").get(address).content.decode()
    form = reader("case_worker").get(link).content.decode()
    assert '<option value="school_place" selected>' in form


def test_a_wrong_outcome_is_corrected_with_a_reason_and_stays_readable(reader: Reader, world: World) -> None:
    house, key = world.amani, referred(world.amani, SENT, DECLINED)
    client, address = reader("case_worker"), f"/referrals/{key}"
    assert "What was noted last is wrong" in client.get(address).content.decode()
    assert client.post(address, {"known": "2"}).status_code == 422  # no reason
    assert client.post(address, {"known": "1", "reason": "mistyped"}).status_code in (409, 422)
    assert ServiceGap.objects.count() == 1
    assert reader("focal_point").post(address, {"known": "2", "reason": "mistyped"}).status_code == 403
    assert reader("outsider").post(address, {"known": "2", "reason": "mistyped"}).status_code == 404
    assert client.post(address, {"known": "2", "reason": "mistyped"}).status_code == 302
    page = client.get(address).content.decode()
    assert "<s>They did not accept" in page
    assert "What was noted last was wrong · Typed wrongly" in page
    assert Referral.objects.get(pk=key).standing == "sent"
    assert not ServiceGap.objects.exists()
    assert given_back_by_others(house.actor("case_worker")) == []
    journey = client.get(f"/children/{code(house)}/journey?of=help").content.decode()
    assert "They did not accept" not in journey
    assert Event.objects.filter(verb="correct_referral", object_id=str(key)).count() == 1
    assert client.post(address, {"step": "accept", "day": day_of(house.organisation_id)}).status_code == 302
    assert Referral.objects.get(pk=key).standing == "accepted"


def test_the_gap_follows_what_holds(world: World) -> None:
    house, today = world.amani, day_of(world.amani.organisation_id)
    worker = house.actor("case_worker")
    key = referred(house, SENT, DECLINED, ("leave", {"reason": "none_left"}))
    correct_step(worker, key, 3, "learnt")
    assert Referral.objects.get(pk=key).standing == "declined"
    assert ServiceGap.objects.get().reason == "full"
    correct_step(worker, key, 4, "learnt")
    assert not ServiceGap.objects.exists()
    take_step(worker, key, Taken(Step.RECEIVE, today, "not", "too_far"))
    assert ServiceGap.objects.get().reason == "too_far"
    correct_step(worker, key, 6, "mixed_up")
    take_step(worker, key, Taken(Step.RECEIVE, today, "fully"))
    assert not ServiceGap.objects.exists()
    correct_step(worker, key, 8, "mistyped")
    assert refused(lambda: correct_step(worker, key, 9, "mistyped")) == "referral.order"  # that it was sent stays
    row, _allowed = open_referral(worker, key)
    assert [(each.step, each.holds) for each in row.steps][:4] == [
        ("send", True),
        ("decline", False),
        ("leave", False),
        ("correct", True),
    ]
    assert refused(lambda: correct_step(worker, key, 9, "whim")) == "referral.why_wrong"


def test_what_a_visit_had_told_is_known_again(world: World) -> None:
    house, worker = world.amani, world.amani.actor("case_worker")
    visit = planned(house)
    hold_visit(worker, visit.pk, Held(True, True, "yes", (), alone="yes", gaps=(("health", "too_far"),)))
    key = referred(house, SENT, DECLINED, gap_id=ServiceGap.objects.get().pk)
    assert ServiceGap.objects.get().reason == "full"
    correct_step(worker, key, 3, "mistyped")
    gap = ServiceGap.objects.get()
    assert (gap.reason, gap.source, gap.came_from) == ("too_far", "referral", key)


def test_a_need_that_was_only_written_down_is_not_turned_into_a_referral(world: World) -> None:
    worker = world.amani.actor("case_worker")
    key = note_unmet_need(worker, code(world.amani), "food", "unavailable")
    assert refused(lambda: correct_step(worker, key, 1, "mistyped")) == "referral.order"
    assert ServiceGap.objects.get().reason == "unavailable"
