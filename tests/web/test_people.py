from __future__ import annotations

from homeward.apps.access.queries import people
from tests.web.conftest import Reader
from tests.world import World

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
        assert reader("focal_point").get("/imports").status_code == 200

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
