"""Passing a case on, from the child's page of one organisation to the page of offers of another."""

from __future__ import annotations

import pytest

from homeward.apps.cases.consenting import withdraw
from homeward.apps.cases.models import Child, Transfer
from tests.web.conftest import Reader
from tests.world import World, day_of

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def given(world: World, **changes: object) -> dict[str, object]:
    day = day_of(world.amani.organisation_id).isoformat()
    agreed = {
        "child": "yes",
        "adult": "yes",
        "agreed_on": day,
        "language": "en",
        "limits_told": "on",
        "expires_on": day,
    }
    to = {"to": str(world.baraka.organisation_id), "recipient": "", "needs": ["health"], "passed": ["name"]}
    return {**to, **agreed, **changes}


def page_of(world: World) -> str:
    assert world.amani.child is not None
    return f"/children/{world.amani.child.code}"


def test_offered_read_accepted_and_the_record_here_ends(reader: Reader, world: World) -> None:
    client, other = reader("supervisor"), reader("supervisor", world.baraka)
    assert "Pass the case on" in client.get(f"{page_of(world)}/help").content.decode()
    answer = client.post(f"{page_of(world)}/transfer", given(world))
    assert (answer.status_code, answer["Location"]) == (302, f"{page_of(world)}/help")
    assert "One case is offered to us." in other.get("/").content.decode()
    offer = other.get("/transfers").content.decode()
    for shown in ("Amani", "Girl", "12-14", "Sunda", "Health"):
        assert shown in offer
    for hidden in ("Asha", "Riverside", world.amani.child.code):  # type: ignore[union-attr]
        assert hidden not in offer
    key = Transfer.objects.get().pk
    unsure = other.post(f"/transfers/{key}/answer", {"answer": "accept"}, follow=True).content.decode()
    assert "Not accepted yet" in unsure
    assert Transfer.objects.get(pk=key).standing == "offered"
    accepted = other.post(f"/transfers/{key}/answer", {"answer": "accept", "sure": "1"})
    assert " of 25</option>" in other.get(accepted.headers["Location"]).content.decode()
    assert accepted.status_code == 302
    new = Child.objects.get(organisation=world.baraka.organisation_id, code=accepted["Location"].split("/")[2])
    assert "Asha Mwangi" in other.post(f"/children/{new.code}/name", follow=True).content.decode()
    assert client.get(f"/children/{new.code}").status_code == 404
    assert "Accepted" in client.get(f"{page_of(world)}/help").content.decode()
    again = other.post(f"/transfers/{key}/answer", {"answer": "accept", "sure": "1"}, follow=True).content.decode()
    assert "This offer is not open any more." in again


def test_what_was_taken_back_meanwhile_is_open_no_more(reader: Reader, world: World) -> None:
    client, other = reader("supervisor"), reader("supervisor", world.baraka)
    client.post(f"{page_of(world)}/transfer", given(world))
    key = Transfer.objects.get().pk
    withdraw(world.amani.actor("case_worker"), world.amani.child.code, "child")  # type: ignore[union-attr]
    answer = other.post(f"/transfers/{key}/answer", {"answer": "accept", "sure": "on"}, follow=True).content.decode()
    assert "This offer is not open any more." in answer
    assert "taken the agreement back" not in answer
    assert not Child.objects.filter(organisation=world.baraka.organisation_id, return_date__isnull=False).exclude(
        code__in=[each.code for each in (world.baraka.child, world.baraka.other_child) if each]
    )
    assert "Taken back" in client.get(f"{page_of(world)}/help").content.decode()


def test_returned_with_a_reason_that_the_other_side_reads(reader: Reader, world: World) -> None:
    client, other = reader("supervisor"), reader("supervisor", world.baraka)
    client.post(f"{page_of(world)}/transfer", given(world))
    key = Transfer.objects.get().pk
    assert "Choose one." in other.post(f"/transfers/{key}/answer", {}, follow=True).content.decode()
    other.post(f"/transfers/{key}/answer", {"answer": "return", "reason": "no_room"})
    html = client.get(f"{page_of(world)}/help").content.decode()
    assert "No room in our caseloads now" in html
    assert "Take the offer back" not in html


def test_outside_there_is_a_paper_and_a_word_that_it_was_handed_over(reader: Reader, world: World) -> None:
    client = reader("supervisor")
    client.post(f"{page_of(world)}/transfer", given(world, to="", recipient="Sisters abroad"))
    key = Transfer.objects.get().pk
    paper = client.get(f"/transfers/{key}/paper").content.decode()
    assert "Sisters abroad" in paper
    assert "Asha Mwangi" in paper
    assert "Neema" not in paper
    for who in ("case_worker", "focal_point", "me_officer"):
        assert reader(who).get(f"/transfers/{key}/paper").status_code == 403, who
    for who in ("other_supervisor", "outsider"):
        assert reader(who).get(f"/transfers/{key}/paper").status_code == 404, who
    assert reader("supervisor", world.baraka).get(f"/transfers/{key}/paper").status_code == 404
    assert "Sisters" not in reader("me_officer").get(f"{page_of(world)}/help").content.decode()
    client.post(f"/transfers/{key}/change", {"act": "handed"})
    assert Child.objects.get(code=world.amani.child.code).status == "transferred"  # type: ignore[union-attr]


def test_without_agreement_it_is_said_and_what_was_typed_stays(reader: Reader, world: World) -> None:
    client = reader("supervisor")
    for changes in ({"child": "no"}, {"adult": "no"}, {"to": ""}, {"recipient": "Sisters"}, {"expires_on": ""}):
        answer = client.post(f"{page_of(world)}/transfer", given(world, **changes))
        assert answer.status_code == 422, changes
        assert "checked" in answer.content.decode().split('value="health"')[1].split(">")[0]
    assert not Transfer.objects.exists()


def test_who_gets_where(reader: Reader, world: World) -> None:
    for who, status in (
        ("case_worker", 403),
        ("focal_point", 403),
        ("me_officer", 403),
        ("other_supervisor", 404),
        ("organisation_admin", 403),
    ):
        answer = reader(who).get(f"{page_of(world)}/transfer")
        assert answer.status_code in (status, 404), who
    for who in ("case_worker", "focal_point", "me_officer", "programme_manager", "outsider"):
        assert reader(who, world.baraka).get("/transfers").status_code == 403, who
    Child.objects.filter(code=world.amani.child.code).update(  # type: ignore[union-attr]
        status="closed", ended_on=day_of(world.amani.organisation_id)
    )
    assert reader("supervisor").get(f"{page_of(world)}/transfer").status_code == 409
