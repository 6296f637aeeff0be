"""Saying that one knows a child or the family: what the pages say, and that a page that was open gives nothing more."""

from __future__ import annotations

import pytest

from homeward.apps.access.models import Conflict
from homeward.apps.audit.models import Event
from homeward.apps.cases.conflicts import declare_for, declare_own
from homeward.apps.cases.models import Assignment
from homeward.apps.surveys.deliveries import Delivery
from homeward.apps.surveys.intake import receive
from homeward.apps.surveys.models import Submission
from tests.interviews import interview
from tests.web.conftest import Interviewed, Reader
from tests.world import World

pytestmark = [pytest.mark.database, pytest.mark.django_db]
READERS = ("case_worker", "supervisor", "focal_point", "me_officer")


def page_of(world: World) -> str:
    assert world.amani.child is not None
    return f"/children/{world.amani.child.code}"


@pytest.mark.parametrize("who", READERS)
def test_the_page_says_what_follows_and_then_the_child_is_gone(reader: Reader, world: World, who: str) -> None:
    page, client = page_of(world), reader(who)
    assert f'href="{page}/conflict"' in client.get(f"{page}/people").content.decode()
    asked = client.get(f"{page}/conflict").content.decode()
    assert "You cannot take it back" in asked
    assert not Conflict.objects.exists()
    assert client.post(f"{page}/conflict", {}).status_code == 422
    answer = client.post(f"{page}/conflict", {"kind": "relative"})
    assert (answer.status_code, answer["Location"]) == (302, "/children")
    assert "out of your sight" in client.get("/children").content.decode()
    code = page.removeprefix("/children/")
    for address in ("", "/interviews", "/people", "/conflict", "/looks", "/interview", "/copy", "/keep", "/change"):
        assert client.get(f"{page}{address}").status_code in (403, 404), address
    assert client.get(page).status_code == 404
    for address in ("/", "/children", f"/children?code={code}&status=all", "/conflicts", "/retention", "/emergencies"):
        assert code not in client.get(address).content.decode(), address
    found = client.post("/children/find", {"text": code}, follow=True).content.decode()
    unknown = client.post("/children/find", {"text": world.baraka.child.code}, follow=True).content.decode()
    assert "No child of yours has this code" in found
    assert "No child of yours has this code" in unknown
    assert client.post("/emergency", {"code": code, "reason": "It cannot wait at all."}).status_code in (403, 404)


def test_whoever_does_not_see_the_child_cannot_say_it(reader: Reader, world: World) -> None:
    page = page_of(world)
    for who, status in (
        ("other_case_worker", 404),
        ("other_supervisor", 404),
        ("programme_manager", 403),
        ("organisation_admin", 403),
        ("outsider", 403),
    ):
        for answer in (reader(who).get(f"{page}/conflict"), reader(who).post(f"{page}/conflict", {"kind": "relative"})):
            assert answer.status_code == status, who
    assert reader("focal_point", world.baraka).post(f"{page}/conflict", {"kind": "relative"}).status_code == 404
    assert not Conflict.objects.exists()


def test_a_page_that_was_open_when_it_was_declared_gives_nothing_more(
    reader: Reader, world: World, interviewed: Interviewed
) -> None:
    page, client, house = page_of(world), reader("case_worker"), world.amani
    submission = f"/submissions/{interviewed()}"
    assert [client.get(each).status_code for each in (page, submission, f"{page}/interview")] == [200, 200, 200]
    declare_for(house.actor("focal_point"), page.removeprefix("/children/"), house.people["case_worker"], "named")
    assert [client.get(each).status_code for each in (page, submission, f"{page}/interview")] == [404, 404, 404]
    assert client.post(f"{page}/name").status_code == 404
    assert client.post(f"{page}/people", {"kind": "mother", "name": "X"}).status_code == 404
    assert client.post(f"{page}/conflict", {"kind": "relative"}).status_code == 404  # and nothing tells that it is said
    xml = interview("child-12-14", page.removeprefix("/children/"), instance_id="uuid:begun-before")
    begun = receive(house.actor("case_worker"), Delivery(xml, channel="browser"))
    assert Submission.objects.get(pk=begun.submission_id).state == "unmatched"  # kept, for somebody else to settle
    assert page.removeprefix("/children/") not in client.get("/").content.decode()


def test_today_tells_the_supervisor_and_assigning_the_person_is_refused_in_words(reader: Reader, world: World) -> None:
    page, house = page_of(world), world.amani
    declare_own(house.actor("case_worker"), page.removeprefix("/children/"), "relative")
    for who in ("supervisor", "focal_point"):
        assert f'href="{page}/people"' in reader(who).get("/").content.decode(), who
    for who in ("other_supervisor", "me_officer", "case_worker"):
        assert "Needs somebody else" not in reader(who).get("/").content.decode(), who
    refused = reader("supervisor").post(f"{page}/people/assign", {"person": house.people["case_worker"]}, follow=True)
    assert "conflict of interest" in refused.content.decode()
    assert not Assignment.objects.filter(child_id=house.child.id, until=None).exists()  # type: ignore[union-attr]


def test_a_supervisor_says_it_of_a_colleague_and_ends_it(reader: Reader, world: World) -> None:
    page, house, client = page_of(world), world.amani, reader("supervisor")
    asked = client.get(f"{page}/conflict").content.decode()
    assert "Case Worker Amani" in asked
    assert not [name for name in ("Focal Point Amani", "Other Case Worker", "Named in a concern") if name in asked]
    given = {"other-person": str(house.people["focal_point"]), "other-kind": "relative"}
    assert client.post(f"{page}/conflict", given).status_code == 422
    given["other-person"] = str(house.people["case_worker"])
    assert client.post(f"{page}/conflict", given)["Location"] == "/conflicts"
    listed = client.get("/conflicts").content.decode()
    assert "Case Worker Amani" in listed
    assert "nobody works with the child" in listed
    row = Conflict.objects.get()
    for who, status in (("case_worker", 403), ("me_officer", 403), ("other_supervisor", 404)):
        assert reader(who).post(f"/conflicts/{row.pk}/end", {"reason": "mistake"}).status_code == status
    assert client.post(f"/conflicts/{row.pk}/end", {"reason": ""}).status_code == 400
    assert client.post(f"/conflicts/{row.pk}/end", {"reason": "mistake"}).status_code == 302
    assert "None is declared" in client.get("/conflicts").content.decode()


def test_nobody_ends_their_own(reader: Reader, world: World) -> None:
    page, house = page_of(world), world.amani
    key = declare_own(house.actor("focal_point"), page.removeprefix("/children/"), "relative")
    client = reader("focal_point")
    assert client.post(f"/conflicts/{key}/end", {"reason": "mistake"}).status_code == 404
    assert "None is declared" in client.get("/conflicts").content.decode()
    assert Event.objects.filter(actor_id=house.people["focal_point"], allowed=False).exists()
    other = reader("second_focal_point").get("/conflicts").content.decode()
    assert "Relative" in other


def test_the_trace_has_words_for_focal_points_alone(reader: Reader, world: World) -> None:
    page, house = page_of(world), world.amani
    declare_own(house.actor("me_officer"), page.removeprefix("/children/"), "relative")
    words = "Declared a conflict of interest"
    assert words in reader("focal_point").get(f"{page}/looks").content.decode()
    for who in ("case_worker", "supervisor"):
        assert words not in reader(who).get(f"{page}/looks").content.decode()
    for who in ("supervisor", "organisation_admin"):
        assert f"<td>{words}" not in reader(who).get("/audit").content.decode()


def test_the_pages_are_there_in_arabic_too(reader: Reader, world: World) -> None:
    client = reader("focal_point")
    client.post("/me/language", {"language": "ar"})
    assert client.get(f"{page_of(world)}/conflict").status_code == 200
    assert client.get("/conflicts").status_code == 200
