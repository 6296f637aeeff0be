from __future__ import annotations

from datetime import date

from homeward.apps.access.models import Membership, Person
from homeward.apps.access.queries import people
from homeward.apps.access.roles import grant_role
from homeward.apps.access.services import register_person
from homeward.apps.audit.models import Event
from tests.web.conftest import Reader
from tests.web.test_downloads import rows
from tests.world import PASSWORD, World

GIVEN = {
    "display_name": "Rosa Lima",
    "email": "Rosa@Example.org",
    "password": "a long walk home, slowly",
    "language": "es",
    "role": "case_worker",
}


class TestPeople:
    def test_a_person_is_added_with_a_role_and_may_sign_in(self, reader: Reader, world: World) -> None:
        given = {**GIVEN, "team": str(world.amani.teams[0])}
        answer = reader("organisation_admin").post("/people/new", given, follow=True)
        assert b"The account is ready." in answer.content
        found = [each for each in people(world.amani.actor("organisation_admin")) if each.email == "rosa@example.org"]
        assert [(each.language, each.roles[0].role, each.roles[0].team) for each in found] == [
            ("es", "case_worker", "North")
        ]

    def test_a_weak_password_is_refused_and_everything_else_stays(self, reader: Reader) -> None:
        answer = reader("organisation_admin").post("/people/new", {**GIVEN, "password": "short"})
        html = answer.content.decode()
        assert answer.status_code == 422
        assert "Use at least 12 characters." in html
        assert "Rosa Lima" in html
        assert "short" not in html.split("<main")[1].split('name="password"')[1].split(">")[0]

    def test_a_role_ends_and_its_rights_with_it(self, reader: Reader, world: World) -> None:
        admin, person = reader("organisation_admin"), world.amani.people["focal_point"]
        role = admin.get(f"/people/{person}").context["person"].roles[0]
        admin.post(f"/people/{person}/roles/{role.membership_id}/end")
        assert reader("focal_point").get("/children").status_code == 403

    def test_another_role_is_given(self, reader: Reader, world: World) -> None:
        admin, person = reader("organisation_admin"), world.amani.people["focal_point"]
        answer = admin.post(f"/people/{person}", {"role": "me_officer", "team": "", "since": ""}, follow=True)
        assert b"The role is given." in answer.content
        assert b"It begins on" in answer.content
        assert reader("focal_point").get("/imports").status_code == 403
        Membership.objects.filter(person_id=person, role="me_officer").update(since=date.today())
        assert reader("focal_point").get("/imports").status_code == 200

    def test_a_role_that_reads_children_is_confirmed_by_somebody_else(self, reader: Reader, world: World) -> None:
        amani, person = world.amani, world.amani.people["focal_point"]
        second = amani.people["second_admin"] = register_person(
            amani.system(), "second@example.org", "Second", PASSWORD
        )
        grant_role(amani.system(), second, "organisation_admin")
        given = {"role": "me_officer", "team": "", "since": ""}
        admin = reader("organisation_admin")
        assert b"It waits until another person" in admin.post(f"/people/{person}", given, follow=True).content
        role = Membership.objects.get(person_id=person, role="me_officer")
        confirm = f"/people/{person}/roles/{role.pk}/confirm"
        assert confirm not in admin.get(f"/people/{person}").content.decode()
        assert admin.post(confirm).status_code == 403
        for other in (reader("outsider"), reader("supervisor"), reader("organisation_admin", world.baraka)):
            assert other.post(confirm).status_code in (403, 404)
        assert b"waits for a second person" in reader("supervisor").get("/").content
        assert reader("focal_point").get("/imports").status_code == 403
        header, *lines = rows(admin, "/downloads/people.csv")
        waiting = [line for line in lines if line[header.index("waits")] == "1"]
        assert [line[header.index("role")] for line in waiting] == ["me_officer"]
        assert b"1 waits" in reader("second_admin").get("/").content
        assert confirm in reader("second_admin").get(f"/people/{person}").content.decode()
        answer = reader("second_admin").post(confirm, follow=True)
        assert b"The role is confirmed." in answer.content
        assert reader("focal_point").get("/imports").status_code == 200
        assert b"Roles given by one person alone" not in reader("supervisor").get("/").content

    def test_what_an_administrator_was_refused_with_a_new_account_is_written_down(
        self, reader: Reader, world: World
    ) -> None:
        before = Event.objects.filter(allowed=False).count()
        answer = reader("organisation_admin").post("/people/new", {**GIVEN, "role": "system_admin"})
        assert answer.status_code in (403, 422)
        assert not Person.objects.filter(email="rosa@example.org").exists()
        assert Event.objects.filter(allowed=False, actor_id=world.amani.people["organisation_admin"]).count() > before

    def test_one_s_own_page_offers_no_role(self, reader: Reader, world: World) -> None:
        own = f"/people/{world.amani.people['organisation_admin']}"
        assert b"Give this role" not in reader("organisation_admin").get(own).content
        answer = reader("organisation_admin").post(own, {"role": "me_officer", "team": "", "since": ""})
        assert answer.status_code in (403, 422)
        assert reader("organisation_admin").get("/children").status_code == 403

    def test_a_supervisor_needs_a_team_and_the_form_says_so(self, reader: Reader, world: World) -> None:
        address = f"/people/{world.amani.people['focal_point']}"
        answer = reader("organisation_admin").post(address, {"role": "supervisor", "team": ""})
        assert (answer.status_code, "team" in answer.context["form"].errors) == (422, True)

    def test_nobody_sees_the_people_of_another_organisation(self, reader: Reader, world: World) -> None:
        other = reader("organisation_admin", world.baraka)
        assert b"Case Worker Amani" not in other.get("/people").content
        person = world.amani.people["focal_point"]
        assert other.get(f"/people/{person}").status_code == 404
        role = reader("organisation_admin").get(f"/people/{person}").context["person"].roles[0]
        assert other.post(f"/people/{person}/roles/{role.membership_id}/end").status_code == 404

    def test_only_administrators_manage_people_and_teams(self, reader: Reader) -> None:
        for name in ("outsider", "case_worker", "supervisor", "me_officer", "system_admin"):
            for address in ("/people", "/people/new", "/teams"):
                assert reader(name).get(address).status_code in (403, 404), (name, address)


class TestTeams:
    def test_a_team_is_made_once(self, reader: Reader) -> None:
        admin = reader("organisation_admin")
        assert b"The team exists now." in admin.post("/teams", {"name": "East"}, follow=True).content
        again = admin.post("/teams", {"name": "East"})
        assert (again.status_code, b"A team of this name exists." in again.content) == (422, True)


class TestMySettings:
    def test_language_and_time_zone_are_the_persons_own(self, reader: Reader, world: World) -> None:
        client = reader("case_worker")
        client.post("/me", {"language": "fr", "time_zone": "Africa/Addis_Ababa"})
        actor = world.amani.actor("case_worker")
        assert (actor.language, actor.time_zone) == ("fr", "Africa/Addis_Ababa")

    def test_a_language_without_pages_is_refused(self, reader: Reader) -> None:
        assert reader("case_worker").post("/me", {"language": "xx", "time_zone": "UTC"}).status_code == 422
