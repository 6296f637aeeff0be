"""A child that was registered on a phone without network: taken once, with what was said to us, and never lost."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from homeward.apps.access import vault
from homeward.apps.access.intake_keys import public_key
from homeward.apps.access.keys import custody
from homeward.apps.access.models import Membership
from homeward.apps.audit.models import Event
from homeward.apps.cases.finding import VERB
from homeward.apps.cases.models import Assignment, Child, ConsentEntry, Relation, SaidSame
from homeward.apps.cases.sealing import name_of
from homeward.apps.surveys.models import SealedArrival
from homeward.apps.visits.arriving import open_sealed
from tests.envelopes_of_transport import note
from tests.web.conftest import Reader
from tests.web.test_field_payload import fetched
from tests.web.test_field_sending import Given, post
from tests.world import World, day_of

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("opened_again")]
NAME = "Zuhura Bakari"


def newcomer(world: World, **more: Any) -> dict[str, Any]:
    today = day_of(world.amani.organisation_id)
    said = {"language": "en", "explained": "spoken", "teach_back": "understood", "limits_told": True}
    asked = {
        "child": {**said, "answers": {"service": "agrees", "monitoring": "agrees"}, "capacity": "able"},
        "caregiver": {**said, "answers": {"service": "agrees", "monitoring": "agrees", "photo": "refuses"}},
    }
    known = {"name": NAME, "sex": "female", "age": 12, "return_date_basis": "unknown", "language": "en"}
    family = {"caregiver": "mother", "caregiver_name": "Rehema Bakari"}
    return {"day": (today - timedelta(days=2)).isoformat(), **known, **family, "asked": asked, **more}


def sent(given: Given, said: Any, delivery: UUID | None = None) -> tuple[int, str]:
    answer = post(given["token"], "/app/sealed", note(public_key(), "new_child", said, delivery=delivery))
    return answer.status_code, answer.json()["status"]


def the_new_one() -> Child:
    (found,) = [child for child in Child.objects.all() if name_of(child) == NAME]
    return found


def test_sent_twice_it_is_one_child_in_the_own_caseload(reader: Reader, world: World, given: Given) -> None:
    house, before = world.amani, Child.objects.count()
    body = note(public_key(), "new_child", newcomer(world), delivery=(delivery := uuid4()))
    answers = [post(given["token"], "/app/sealed", body) for _ in range(2)]
    assert [(each.status_code, each.json()["status"]) for each in answers] == [(201, "stored")] * 2
    assert Child.objects.count() == before + 1
    child = the_new_one()
    assert (child.organisation_id, child.team_id, child.birth_estimated) == (
        house.organisation_id,
        house.teams[0],
        True,
    )
    assert Assignment.objects.get(child=child).person_id == house.people["case_worker"]
    relation = Relation.objects.get(child=child)
    assert (relation.kind, relation.is_caregiver) == ("mother", True)
    by = {event.verb: event.actor_id for event in Event.objects.filter(child_id=child.pk, allowed=True)}
    assert {by[verb] for verb in ("register_child", "record_agreement")} == {house.people["case_worker"]}
    found = fetched(reader("case_worker"))
    assert child.code in {each["code"] for each in found["children"]}
    assert found["newcomers"] == [{"delivery": str(delivery), "code": child.code, "state": "registered"}]
    assert NAME.encode() not in reader("case_worker").get("/app/field.json").content
    assert fetched(reader("case_worker", world.baraka))["newcomers"] == []


def test_what_the_form_needs_is_nothing_of_a_child(reader: Reader, world: World) -> None:
    answer = reader("case_worker").get("/app/register.json")
    found = answer.json()
    assert set(found) == {"places", "read_out"}
    assert all(set(place) == {"id", "name"} for place in found["places"])
    assert any("Riverside" in place["name"] for place in found["places"])
    assert {"child", "caregiver", "limits", "adult_service"} <= set(found["read_out"])
    assert world.amani.child.code.encode() not in answer.content  # type: ignore[union-attr]
    for role in ("supervisor", "outsider", "me_officer"):
        assert reader(role).get("/app/register.json").status_code in (403, 404)


def test_what_was_said_stands_for_the_day_on_which_it_was_said(world: World, given: Given) -> None:
    assert sent(given, newcomer(world)) == (201, "stored")
    rows = ConsentEntry.objects.filter(child=the_new_one())
    said = {(row.who, row.purpose, row.answer) for row in rows}
    assert said == {
        *(("child", purpose, "agrees") for purpose in ("service", "monitoring")),
        *(("caregiver", purpose, "agrees") for purpose in ("service", "monitoring")),
        ("caregiver", "photo", "refuses"),
    }
    day = day_of(world.amani.organisation_id) - timedelta(days=2)
    assert {(row.day, row.source, row.limits_told) for row in rows} == {(day, "asked", True)}


def test_who_may_be_known_already_is_registered_and_waits_to_be_compared(
    reader: Reader, world: World, given: Given
) -> None:
    assert world.amani.child is not None
    assert sent(given, newcomer(world, name="Asha Mwangi", age=13)) == (201, "stored")
    pair = SaidSame.objects.get()
    assert world.amani.child.id in (pair.child_id, pair.other_child_id)
    assert pair.said_by_id == world.amani.people["case_worker"]
    page = reader("supervisor").get("/children/duplicates").content.decode()
    assert world.amani.child.code[:3] in page
    (told,) = fetched(reader("case_worker"))["newcomers"]
    assert told["state"] == "perhaps_known"
    assert reader("outsider").get("/children/duplicates").status_code in (403, 404)


def test_while_locked_it_is_kept_and_taken_later(world: World, given: Given) -> None:
    body = note(public_key(), "new_child", newcomer(world))
    vault.lock()
    answers = [post(given["token"], "/app/sealed", body) for _ in range(2)]
    assert [each.json()["status"] for each in answers] == ["sealed"] * 2
    custody.let_go(locked=False)
    assert (open_sealed(), the_new_one().status, open_sealed()) == (1, "open", 0)


def test_however_long_it_lay_sealed_it_is_taken(world: World, given: Given) -> None:
    """Locked for six weeks, or in the pocket of somebody without network: what counts is the day of arrival."""
    today = day_of(world.amani.organisation_id)
    day = today - timedelta(days=45)
    body = note(public_key(), "new_child", newcomer(world, day=day.isoformat()))
    vault.lock()
    assert post(given["token"], "/app/sealed", body).json()["status"] == "sealed"
    SealedArrival.objects.update(received_at=timezone.now() - timedelta(days=44))
    custody.let_go(locked=False)
    assert open_sealed() == 1
    assert {row.day for row in ConsentEntry.objects.filter(child=the_new_one())} == {day}


@pytest.mark.parametrize("day", ["2000-01-01", "2044-01-01"])
def test_a_clock_that_cannot_be_right_costs_no_child(world: World, given: Given, day: str) -> None:
    assert sent(given, newcomer(world, day=day)) == (201, "stored")
    today = day_of(world.amani.organisation_id)
    assert {row.day for row in ConsentEntry.objects.filter(child=the_new_one())} == {today}


def test_taken_before_the_server_fell_it_is_still_said_that_it_may_be_known(
    reader: Reader, world: World, given: Given
) -> None:
    for name in ("Asha Mwangi", NAME):
        said, delivery = newcomer(world, name=name, age=13), uuid4()
        for _ in range(2):
            assert sent(given, said, delivery) == (201, "stored")
            SealedArrival.objects.filter(delivery=delivery).delete()  # it fell before it could write this
        assert sent(given, said, delivery) == (201, "stored")
    told = [each["state"] for each in fetched(reader("case_worker"))["newcomers"]]
    assert told == ["perhaps_known", "registered"]


def test_what_is_refused_each_hour_looks_for_nobody(world: World, given: Given) -> None:
    assert sent(given, newcomer(world, place=str(uuid4()))) == (202, "waiting")
    SealedArrival.objects.update(settled_at=timezone.now() - timedelta(hours=2))
    assert open_sealed() == 0
    assert not Event.objects.filter(verb=VERB).exists()


def test_what_waits_is_named_for_as_long_as_it_waits(reader: Reader, world: World, given: Given) -> None:
    assert sent(given, newcomer(world, sex="often")) == (202, "waiting")
    assert sent(given, newcomer(world)) == (201, "stored")
    SealedArrival.objects.update(received_at=timezone.now() - timedelta(days=40))
    assert [each["state"] for each in fetched(reader("case_worker"))["newcomers"]] == ["waits"]


def later(days: int) -> dict[str, str]:
    return {"return_date": (date.today() + timedelta(days=days)).isoformat(), "return_date_basis": "known"}


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"age": None}, "child.birth_missing"),
        ({"age": 80}, "child.birth_missing"),
        ({"sex": "often"}, "child.not_listed"),
        ({"return_date_basis": "known"}, "child.return_missing"),
        (later(5), "child.return_future"),
        ({"day": "the day before"}, "note.unreadable"),
        ({"name": "x" * 121}, "newcomer.name"),
        ({"place": str(uuid4())}, "place.not_found"),
        ({"name": 5}, "note.unreadable"),
        ({"asked": {"child": {"answers": {"service": "agrees"}}}}, "consent.limits"),
        ({"asked": {"child": {"answers": {"everything": "agrees"}, "limits_told": True}}}, "consent.nothing"),
    ],
)
def test_what_cannot_be_registered_waits_with_the_reason_and_nothing_is_half_done(
    reader: Reader, world: World, given: Given, wrong: dict[str, Any], why: str
) -> None:
    before, agreed = Child.objects.count(), ConsentEntry.objects.count()
    assert sent(given, newcomer(world, **wrong)) == (202, "waiting")
    row = SealedArrival.objects.get()
    assert (row.state, row.problem, len(bytes(row.envelope)) > 0) == ("refused", why, True)
    assert (Child.objects.count(), ConsentEntry.objects.count()) == (before, agreed)
    for role in ("supervisor", "me_officer"):
        assert "Sent by the app, not taken" in reader(role).get("/inbox").content.decode()
    assert "Sent by the app, not taken" not in reader("supervisor", world.baraka).get("/inbox").content.decode()
    assert [each["state"] for each in fetched(reader("case_worker"))["newcomers"]] == ["waits"]


def test_by_nobody_who_may_not_register(world: World, given: Given) -> None:
    house, before = world.amani, Child.objects.count()
    yesterday = day_of(house.organisation_id) - timedelta(days=1)
    Membership.objects.filter(person=house.people["case_worker"]).update(until=yesterday)
    assert sent(given, newcomer(world)) == (202, "waiting")
    assert Child.objects.count() == before
    assert post("A" * 43, "/app/sealed", note(public_key(), "new_child", newcomer(world))).status_code == 401
