"""Whoever opens more records in a day than the work explains is seen by a focal point, and stopped."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.utils import timezone

from homeward.apps.access import volume
from homeward.apps.access.models import ManyOpened, OpenedRecord
from homeward.apps.audit.models import Event
from homeward.apps.cases.facts import ChildFacts
from homeward.apps.cases.services import register_child
from homeward.domain.permissions import Role
from homeward.domain.volume import BUDGETS, Budget, budget_of
from tests.web.conftest import Interviewed, Reader
from tests.world import World

pytestmark = pytest.mark.database
FEW = Budget(told=2, most=4)


@pytest.fixture
def codes(world: World, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Seven children of the first team, and small numbers."""
    monkeypatch.setattr(volume, "budget_of", lambda roles: FEW)
    facts = ChildFacts(age=9, return_date=timezone.now().date(), team_id=world.amani.teams[0])
    return [register_child(world.amani.system(), facts).code for _ in range(7)]


def statuses(reader: Reader, who: str, codes: list[str]) -> list[int]:
    client = reader(who)
    return [client.get(f"/children/{code}").status_code for code in codes]


def test_above_the_first_number_the_focal_points_are_told_and_above_the_second_nothing_is_shown(
    reader: Reader, world: World, codes: list[str]
) -> None:
    assert statuses(reader, "supervisor", codes[:2]) == [200, 200]
    assert statuses(reader, "supervisor", codes[:2]) == [200, 200]  # the same ones again
    assert not ManyOpened.objects.exists()
    assert statuses(reader, "supervisor", codes[2:]) == [200, 200, 429, 429, 429]
    assert statuses(reader, "supervisor", codes[:4]) == [200] * 4  # those of today stay open
    row = ManyOpened.objects.get()
    assert (row.person_id, row.records, row.usual, row.stopped) == (world.amani.people["supervisor"], 4, 2, True)
    told = reader("focal_point").get("/").content.decode()
    assert "More records than usual in a day" in told
    assert "Stopped for the day" in told
    for other in ("supervisor", "case_worker", "me_officer", "organisation_admin", "outsider"):
        assert "More records than usual" not in reader(other).get("/").content.decode(), other
    assert "More records than usual" not in reader("focal_point", world.baraka).get("/").content.decode()


def test_what_is_refused_says_why_and_what_to_do_and_shows_no_child(reader: Reader, codes: list[str]) -> None:
    statuses(reader, "supervisor", codes[:4])
    answer = reader("supervisor").get(f"/children/{codes[5]}")
    html = answer.content.decode()
    assert answer.status_code == 429
    assert "4 children&#x27;s records today" in html
    assert "Ask a focal point" in html
    assert "Tesfaye" not in html


def test_names_answers_and_beginnings_count_as_pages_do(
    reader: Reader, world: World, codes: list[str], interviewed: Interviewed
) -> None:
    submission = interviewed()
    statuses(reader, "supervisor", codes[:4])
    client = reader("supervisor")
    assert client.get(f"/submissions/{submission}").status_code == 429
    assert client.post(f"/children/{codes[5]}/name").status_code == 429
    assert client.post(f"/children/{codes[3]}/name").status_code == 302


def test_a_second_person_says_that_there_was_a_reason_and_it_goes_on(
    reader: Reader, world: World, codes: list[str]
) -> None:
    statuses(reader, "supervisor", codes)
    key = ManyOpened.objects.get().pk
    for other in ("supervisor", "case_worker", "me_officer", "organisation_admin"):
        assert reader(other).post(f"/emergencies/volumes/{key}/review", {"verdict": "justified"}).status_code == 403
    there = reader("focal_point", world.baraka)
    assert there.post(f"/emergencies/volumes/{key}/review", {"verdict": "justified"}).status_code == 404
    focal = reader("focal_point")
    assert focal.post(f"/emergencies/volumes/{key}/review", {"verdict": "perhaps"}).status_code == 404
    assert focal.post(f"/emergencies/volumes/{key}/review", {"verdict": "justified"}).status_code == 302
    assert statuses(reader, "supervisor", codes) == [200] * 6 + [429], "a step more, and then somebody looks again"
    assert "Stopped for the day" in focal.get("/").content.decode()
    key = ManyOpened.objects.get().pk
    assert focal.post(f"/emergencies/volumes/{key}/review", {"verdict": "justified"}).status_code == 302
    assert statuses(reader, "supervisor", codes) == [200] * 7
    assert "Justified" in focal.get("/emergencies").content.decode()
    assert "More records than usual" not in focal.get("/").content.decode()
    seen = Event.objects.filter(verb="review_volume", allowed=True).latest("at")
    assert (seen.allowed, seen.detail["verdict"]) == (True, "justified")


@pytest.mark.parametrize("verdict", ["justified", "not_justified"])
def test_a_review_before_the_stop_changes_no_limit_and_the_stop_is_told_anew(
    reader: Reader, codes: list[str], verdict: str
) -> None:
    statuses(reader, "supervisor", codes[:3])
    focal, row = reader("focal_point"), ManyOpened.objects.get()
    assert focal.post(f"/emergencies/volumes/{row.pk}/review", {"verdict": verdict}).status_code == 302
    assert "More records than usual" not in focal.get("/").content.decode()
    assert statuses(reader, "supervisor", codes[3:]) == [200, 429, 429, 429]
    assert "Stopped for the day" in focal.get("/").content.decode()
    assert focal.post(f"/emergencies/volumes/{row.pk}/review", {"verdict": "justified"}).status_code == 302
    assert statuses(reader, "supervisor", codes[4:5]) == [200]


def test_no_limit_stands_before_passing_something_on_or_saying_whom_one_knows(reader: Reader, codes: list[str]) -> None:
    statuses(reader, "supervisor", codes[:4])
    client = reader("supervisor")
    assert client.get(f"/children/{codes[5]}").status_code == 429
    assert client.get(f"/children/{codes[5]}/pass-on").status_code == 200
    assert client.get(f"/children/{codes[5]}/conflict").status_code == 200


def test_a_record_that_is_open_in_an_emergency_does_not_count(reader: Reader, world: World, codes: list[str]) -> None:
    statuses(reader, "supervisor", codes[:4])
    code, client = world.amani.other_child.code, reader("supervisor")
    client.post("/emergency", {"code": code, "reason": "The grandmother called: the child has not come home."})
    assert client.get(f"/children/{code}").status_code == 200


def test_not_justified_stays_stopped_until_the_next_day(reader: Reader, codes: list[str]) -> None:
    statuses(reader, "supervisor", codes)
    key = ManyOpened.objects.get().pk
    reader("focal_point").post(f"/emergencies/volumes/{key}/review", {"verdict": "not_justified"})
    assert statuses(reader, "supervisor", codes[4:5]) == [429]
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        assert statuses(reader, "supervisor", codes[4:5]) == [200]


def test_nobody_reviews_what_they_did_themselves(reader: Reader, world: World, codes: list[str]) -> None:
    statuses(reader, "focal_point", codes[:3])
    key = ManyOpened.objects.get().pk
    client = reader("focal_point")
    assert client.post(f"/emergencies/volumes/{key}/review", {"verdict": "justified"}).status_code == 403
    assert "Nobody reviews what they did themselves" in client.get("/emergencies").content.decode()
    assert ManyOpened.objects.get().verdict == ""


def test_of_two_who_review_at_once_the_second_is_told(
    reader: Reader, world: World, codes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    statuses(reader, "supervisor", codes)
    row, real = ManyOpened.objects.get(), volume.review

    def meanwhile(*given: Any) -> Any:
        ManyOpened.objects.filter(pk=row.pk).update(verdict="not_justified")
        return real(*given)

    monkeypatch.setattr(volume, "review", meanwhile)
    answer = reader("focal_point").post(f"/emergencies/volumes/{row.pk}/review", {"verdict": "justified"})
    assert answer.status_code == 409
    assert ManyOpened.objects.get().verdict == "not_justified"
    assert not Event.objects.filter(verb="review_volume").exists()


def test_a_refusal_leaves_one_row_a_minute_in_the_trace(reader: Reader, codes: list[str]) -> None:
    statuses(reader, "supervisor", codes[:4])
    for _ in range(3):
        statuses(reader, "supervisor", codes[5:6])
    assert Event.objects.filter(verb="open_many", allowed=False).count() in (1, 2)  # a minute may end meanwhile


def test_what_was_counted_is_forgotten_after_a_week(reader: Reader, codes: list[str]) -> None:
    statuses(reader, "supervisor", codes[:2])
    volume.forget_opened()
    assert OpenedRecord.objects.count() == 2
    with time_machine.travel(timezone.now() + timedelta(days=9)):
        volume.forget_opened()
    assert not OpenedRecord.objects.exists()


def test_the_widest_of_the_roles_counts_and_each_is_told_before_it_is_stopped() -> None:
    assert budget_of(["case_worker", "supervisor"]) == BUDGETS[Role.SUPERVISOR]
    assert budget_of([]).most == 100
    assert all(25 < each.told < each.most for each in BUDGETS.values())


def test_devices_and_the_system_count_for_nobody(world: World, codes: list[str]) -> None:
    for actor in (world.amani.actor("enumerator"), world.amani.system()):
        volume.count_record(actor, UUID(int=1), world.amani.organisation_id)
    assert not OpenedRecord.objects.exists()
