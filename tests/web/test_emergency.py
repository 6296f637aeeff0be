"""One record opened in an emergency: a reason, three hours, to be read; told at once, reviewed by a second person."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest
import time_machine
from django.utils import timezone

from homeward.apps.access.emergency import grant_emergency
from homeward.apps.access.models import EmergencyAccess, Membership
from homeward.apps.audit.models import Event
from homeward.apps.cases.ending import BOTH, destroy_keys
from homeward.apps.cases.facts import ChildFacts
from homeward.apps.cases.services import change_child
from homeward.apps.safeguarding.passing_on import pass_on
from homeward.apps.safeguarding.raising import Sealed, filler
from homeward.apps.surveys.deliveries import Delivery
from homeward.apps.surveys.inbox import set_aside
from homeward.apps.surveys.intake import receive
from homeward.domain.codes import display_code
from homeward.domain.problems import ProblemError
from tests.interviews import interview
from tests.web.conftest import Interviewed, Reader
from tests.world import World

pytestmark = pytest.mark.database
REASON = "The grandmother called: the child has not come home."


def opened(reader: Reader, world: World, who: str = "case_worker") -> str:
    """The page of a child of the other team."""
    code = world.amani.other_child.code
    answer = reader(who).post("/emergency", {"code": display_code(code), "reason": REASON})
    assert (answer.status_code, answer["Location"]) == (302, f"/children/{code}")
    return f"/children/{code}"


def test_the_review_goes_on_after_the_record_was_erased(reader: Reader, world: World) -> None:
    opened(reader, world)
    destroy_keys(world.amani.system(), world.amani.other_child.code, BOTH, "erasure_asked")
    focal, row = reader("focal_point"), EmergencyAccess.objects.get()
    page = focal.get("/emergencies")
    assert page.status_code == 200
    assert REASON not in page.content.decode()
    assert str(row.pk) in page.content.decode()


def sent_before(world: World) -> str:
    xml = interview("child-12-14", world.amani.other_child.code)
    return f"/submissions/{receive(world.amani.actor('other_case_worker'), Delivery(xml)).submission_id}"


@pytest.mark.goal("P-7")
@pytest.mark.parametrize("who", ["case_worker", "supervisor"])
def test_the_record_its_name_and_answers_open_and_close_after_three_hours(
    reader: Reader, world: World, who: str
) -> None:
    client, submission = reader(who), sent_before(world)
    page = f"/children/{world.amani.other_child.code}"
    assert [client.get(address).status_code for address in (page, submission)] == [404, 404]
    opened(reader, world, who)
    assert [client.get(address).status_code for address in (page, submission)] == [200, 200]
    assert "Tesfaye" in client.post(f"{page}/name", follow=True).content.decode()
    row = EmergencyAccess.objects.get()
    assert row.ends_at - row.opened_at == timedelta(hours=3)
    with time_machine.travel(row.ends_at - timedelta(minutes=1)):
        assert reader(who).get(page).status_code == 200  # signed in anew: the session has ended long before
    with time_machine.travel(row.ends_at + timedelta(seconds=1)):
        client = reader(who)
        assert [client.get(address).status_code for address in (page, submission)] == [404, 404]
        assert client.post(f"{page}/name").status_code == 404


@pytest.mark.parametrize("who", ["case_worker", "supervisor"])
def test_it_is_read_and_no_more(reader: Reader, world: World, who: str) -> None:
    page, client, submission = opened(reader, world, who), reader(who), sent_before(world)
    assert client.get(f"{page}/change").status_code == 403
    assert client.get(f"{page}/interview").status_code == 403
    assert client.post(f"{page}/people", {"kind": "mother", "name": "X"}).status_code == 403
    assert client.post(f"{page}/people/assign", {"person": world.amani.people["case_worker"]}).status_code == 403
    form = world.amani.forms["child-12-14"]
    assert client.get(f"/interview/{form}?child={world.amani.other_child.code}").status_code == 403
    given = {"reason_code": "typing_error", "reason": "because", "q_mood": "good"}
    assert client.post(f"{submission}/correct", given).status_code in (404, 422)
    with pytest.raises(ProblemError):
        change_child(world.amani.actor(who), world.amani.other_child.id, ChildFacts(sex="male"))
    with pytest.raises(ProblemError):
        pass_on(world.amani.actor(who), world.amani.other_child.code, Sealed(filler(), "high"))
    with pytest.raises(ProblemError):
        set_aside(world.amani.actor(who), UUID(submission.removeprefix("/submissions/")), "because")
    assert Event.objects.filter(verb="change_child", object_id=str(world.amani.other_child.id)).count() == 0


def test_an_interview_does_not_reach_the_child_by_it(reader: Reader, world: World) -> None:
    opened(reader, world)
    receipt = receive(
        world.amani.actor("case_worker"), Delivery(interview("child-12-14", world.amani.other_child.code))
    )
    assert receipt.state == "unmatched"


@pytest.mark.goal("P-7")
def test_there_is_always_a_reason_and_one_child(reader: Reader, world: World) -> None:
    client, code = reader("case_worker"), world.amani.other_child.code
    for reason in ("", "urgent"):
        assert client.post("/emergency", {"code": code, "reason": reason}).status_code == 422
    assert not EmergencyAccess.objects.exists()
    opened(reader, world)
    assert client.get(f"/children/{world.amani.peer.code}").status_code == 404


@pytest.mark.parametrize("who", ["me_officer", "focal_point", "programme_manager", "organisation_admin", "outsider"])
def test_others_open_nothing(reader: Reader, world: World, who: str) -> None:
    given = {"code": world.amani.other_child.code, "reason": REASON}
    assert reader(who).post("/emergency", given).status_code == 403
    assert not EmergencyAccess.objects.exists()


def test_another_organisations_child_is_not_there(reader: Reader, world: World) -> None:
    given = {"code": world.baraka.child.code, "reason": REASON}
    assert reader("case_worker").post("/emergency", given).status_code == 404
    assert not EmergencyAccess.objects.exists()


def test_it_ends_with_the_role(reader: Reader, world: World) -> None:
    page = opened(reader, world)
    yesterday = timezone.now().date() - timedelta(days=2)
    Membership.objects.filter(person_id=world.amani.people["case_worker"]).update(until=yesterday)
    assert reader("case_worker").get(page).status_code == 404


@pytest.mark.goal("P-7")
def test_focal_points_are_told_at_once_and_review_it(reader: Reader, world: World) -> None:
    opened(reader, world)
    html = reader("focal_point").get("/").content.decode()
    assert "Case Worker Amani" in html
    assert display_code(world.amani.other_child.code) in html
    assert REASON not in html
    review = reader("focal_point").get("/emergencies").content.decode()
    assert REASON in review
    row = EmergencyAccess.objects.get()
    answer = reader("focal_point").post(f"/emergencies/{row.pk}/review", {"verdict": "justified"})
    assert answer.status_code == 302
    row.refresh_from_db()
    assert (row.verdict, row.reviewed_by_id) == ("justified", world.amani.people["focal_point"])
    assert "Case Worker Amani" not in reader("focal_point").get("/").content.decode()
    assert "Justified" in reader("focal_point").get("/emergencies").content.decode()


def test_only_focal_points_of_the_organisation_review_and_nobody_their_own(reader: Reader, world: World) -> None:
    opened(reader, world)
    row = EmergencyAccess.objects.get()
    for client in (reader("case_worker"), reader("supervisor"), reader("organisation_admin"), reader("outsider")):
        assert client.get("/emergencies").status_code == 403
        assert client.post(f"/emergencies/{row.pk}/review", {"verdict": "justified"}).status_code == 403
    there = reader("focal_point", world.baraka)
    assert REASON not in there.get("/emergencies").content.decode()
    assert there.post(f"/emergencies/{row.pk}/review", {"verdict": "justified"}).status_code == 404
    EmergencyAccess.objects.filter(pk=row.pk).update(person_id=world.amani.people["focal_point"])
    answer = reader("focal_point").post(f"/emergencies/{row.pk}/review", {"verdict": "justified"})
    assert answer.status_code == 403


@pytest.mark.goal("P-7")
def test_what_nobody_reviewed_within_a_week_is_flagged(reader: Reader, world: World) -> None:
    opened(reader, world)
    with time_machine.travel(datetime.now() + timedelta(days=8)):
        client = reader("focal_point")
        assert "Not reviewed in time" in client.get("/").content.decode()


def test_it_stands_on_the_childs_list_and_the_reason_nowhere_in_clear(
    reader: Reader, world: World, interviewed: Interviewed
) -> None:
    page = opened(reader, world)
    html = reader("other_case_worker").get(f"{page}/looks").content.decode()
    assert "Opened the record in an emergency" in html
    assert "Case Worker Amani" in html
    row = EmergencyAccess.objects.get()
    assert REASON.encode() not in bytes(row.reason)
    assert all("grandmother" not in str(event.detail) for event in Event.objects.all())


def test_the_system_opens_nothing(world: World) -> None:
    with pytest.raises(ProblemError):
        grant_emergency(world.amani.system(), world.amani.other_child.id, world.amani.organisation_id, REASON)
