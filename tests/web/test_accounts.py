"""Passwords, one-time codes, and accounts that are closed and opened again."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from homeward.apps.access.actors import actor_of_device_id
from homeward.apps.access.models import Membership, Person
from homeward.apps.access.services import enrol_device
from homeward.apps.audit.models import Event
from homeward.apps.surveys.deliveries import Delivery
from homeward.apps.surveys.intake import receive
from tests.interviews import interview
from tests.web.conftest import Reader
from tests.world import PASSWORD, World

EMAIL = "case_worker@amani.example.org"
NEW = "a long walk home, slowly"


def signs_in(password: str, email: str = EMAIL) -> bool:
    return Client().post("/sign-in", {"email": email, "password": password}).status_code == 302


def written(verb: str, person: UUID, *, allowed: bool = True) -> bool:
    return Event.objects.filter(verb=verb, object_id=str(person), allowed=allowed).exists()


def collects(token: str) -> HttpResponse:
    return Client(headers={"X-OpenRosa-Version": "1.0"}).get(f"/key/{token}/formList")


class TestTheOwnPassword:
    def change(self, client: Client, current: str = PASSWORD, new: str = NEW, again: str = "") -> int:
        return client.post("/me/password", {"current": current, "new": new, "again": again or new}).status_code

    def test_it_changes_here_and_ends_every_other_session(self, reader: Reader, world: World) -> None:
        here, elsewhere = reader("case_worker"), reader("case_worker")
        assert self.change(here) == 302
        assert here.get("/me").status_code == 200
        assert elsewhere.get("/me").status_code == 302
        assert (signs_in(NEW), signs_in(PASSWORD)) == (True, False)
        assert written("change_password", world.amani.people["case_worker"])

    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ({"current": "another password"}, "current"),
            ({"new": "short"}, "new"),
            ({"new": "case_worker@amani"}, "new"),
            ({"again": "a long walk home, quickly"}, "again"),
        ],
    )
    def test_what_does_not_fit_is_said_at_its_field(self, reader: Reader, given: dict[str, str], field: str) -> None:
        client = reader("case_worker")
        answer = client.post("/me/password", {"current": PASSWORD, "new": NEW, "again": given.get("new", NEW), **given})
        assert (answer.status_code, set(answer.context["password"].errors)) == (422, {field})
        assert signs_in(PASSWORD)

    def test_a_wrong_present_password_is_written_down(self, reader: Reader, world: World) -> None:
        self.change(reader("case_worker"), current="no")
        assert written("change_password", world.amani.people["case_worker"], allowed=False)


class TestACode:
    @pytest.fixture
    def code(self, reader: Reader, world: World) -> str:
        page = reader("organisation_admin").post(f"/people/{world.amani.people['case_worker']}/code")
        return str(page.context["code"])

    def use(self, code: str, email: str = EMAIL, new: str = NEW) -> int:
        return Client().post("/sign-in/code", {"email": email, "code": code, "new": new, "again": new}).status_code

    def test_it_sets_a_new_password_once(self, world: World, code: str) -> None:
        assert not signs_in(PASSWORD)
        assert self.use(code.lower().replace("-", " "), EMAIL.upper()) == 302
        assert signs_in(NEW)
        assert self.use(code, new="another walk, back home") == 422
        person = world.amani.people["case_worker"]
        assert written("issue_code", person)
        assert written("use_code", person)

    def test_making_it_ends_the_sessions(self, reader: Reader, world: World) -> None:
        client = reader("case_worker")
        reader("organisation_admin").post(f"/people/{world.amani.people['case_worker']}/code")
        assert client.get("/me").status_code == 302

    def test_it_is_kept_as_a_hash_and_shown_once(self, reader: Reader, world: World, code: str) -> None:
        person = Person.objects.get(email=EMAIL)
        assert code.replace("-", "").encode() not in bytes(person.code_hash)
        assert code not in reader("organisation_admin").get(f"/people/{person.pk}").content.decode()

    def test_wrong_used_late_or_of_somebody_else_have_one_answer(self, world: World, code: str) -> None:
        assert self.use("ABCD-EFGH-JKMN") == self.use("") == self.use(code, "nobody@example.org") == 422
        assert self.use(code, "supervisor@amani.example.org") == 422
        Person.objects.filter(email=EMAIL).update(code_expires_at=timezone.now() - timedelta(seconds=1))
        assert self.use(code) == 422

    def test_a_weak_password_is_refused_and_the_code_still_works(self, code: str) -> None:
        assert self.use(code, new="short") == 422
        assert self.use(code) == 302

    def test_nobody_without_a_code_has_an_empty_one(self, world: World) -> None:
        assert world.amani.people
        assert self.use("") == self.use("-") == 422


class TestWhatTheOwnerSees:
    """A code sets another's password, so its owner is told, whoever used it."""

    def test_who_issued_a_code_is_said_at_every_sign_in_and_in_the_settings(self, reader: Reader, world: World) -> None:
        person = world.amani.people["case_worker"]
        assert b"One-time codes" not in reader("case_worker").get("/me").content
        code = reader("organisation_admin").post(f"/people/{person}/code").context["code"]
        Client().post("/sign-in/code", {"email": EMAIL, "code": code, "new": NEW, "again": NEW})
        for _ in range(2):  # the first may be somebody else's
            answer = Client().post("/sign-in", {"email": EMAIL, "password": NEW}, follow=True).content.decode()
            assert "A new code was issued by Organisation Admin Amani on " in answer
        assert "Organisation Admin Amani" in reader("case_worker").get("/me").content.decode()
        other = {"email": "supervisor@amani.example.org", "password": PASSWORD}
        assert b"A new code was issued" not in Client().post("/sign-in", other, follow=True).content
        assert b"One-time codes" not in reader("outsider").get("/me").content

    def test_it_is_no_longer_said_after_a_month(self, reader: Reader, world: World) -> None:
        person = world.amani.people["supervisor"]
        with time_machine.travel(timezone.now() - timedelta(days=31)):
            reader("organisation_admin").post(f"/people/{person}/code")
        row = Person.objects.get(pk=person)
        row.set_password(NEW)
        row.save()
        given = {"email": row.email, "password": NEW}
        assert b"A new code was issued" not in Client().post("/sign-in", given, follow=True).content
        assert b"One-time codes" in reader("supervisor").get("/me").content


class TestClosing:
    def test_a_closed_account_is_out_at_once_and_comes_back(self, reader: Reader, world: World) -> None:
        person, client, admin = world.amani.people["case_worker"], reader("case_worker"), reader("organisation_admin")
        admin.post(f"/people/{person}/close")
        assert client.get("/me").status_code == 302
        assert not signs_in(PASSWORD)
        assert admin.post(f"/people/{person}/code").status_code == 409
        admin.post(f"/people/{person}/open")
        assert signs_in(PASSWORD)
        assert written("close_account", person)
        assert written("reopen_account", person)

    def test_phones_with_the_caseload_stop_with_the_account_and_the_administrator_sees_which(
        self, reader: Reader, world: World
    ) -> None:
        person, admin = world.amani.people["case_worker"], reader("organisation_admin")
        phone, other = world.amani.devices["enumerator"], world.amani.devices["community_monitor"]
        page = admin.get(f"/people/{person}").content.decode()
        assert phone.label in page
        assert "cut off at once" in page
        assert collects(phone.token).status_code == collects(other.token).status_code == 200
        answer = admin.post(f"/people/{person}/close", follow=True).content.decode()
        assert f"Phones that were cut off with it: {phone.label}." in answer
        refused = collects(phone.token)
        assert refused.status_code == 404
        assert b"Delete no interview; ask for a new code." in refused.content
        assert collects(other.token).status_code == 200
        assert written("revoke_device", phone.device_id)
        assert "Reconfigure with QR code" in admin.get(f"/devices/{phone.device_id}").content.decode()
        admin.post(f"/people/{person}/open")
        assert collects(phone.token).status_code == 404

    def test_no_phone_is_made_for_a_closed_account(self, reader: Reader, world: World) -> None:
        person, admin = world.amani.people["case_worker"], reader("organisation_admin")
        admin.post(f"/people/{person}/close")
        given = {"label": "Phone 9", "role": "enumerator", "team": "", "person": str(person), "days": "30"}
        assert admin.post("/devices/new", given).status_code in (404, 422)

    def test_what_waits_on_a_phone_cut_off_arrives_under_a_new_code(self, reader: Reader, world: World) -> None:
        reader("organisation_admin").post(f"/people/{world.amani.people['case_worker']}/close")
        phone = enrol_device(world.amani.system(), "Phone 1 again", "enumerator", team_id=world.amani.teams[0])
        device = actor_of_device_id(phone.device_id)
        receipt = receive(device, Delivery(interview("child-12-14", world.amani.child.code)))
        assert (receipt.status, receipt.state) == (202, "unmatched")
        assert str(receipt.submission_id) in reader("supervisor").get("/inbox").content.decode()

    @pytest.mark.parametrize("step", ["close", "open", "code"])
    def test_only_the_administrators_of_all_its_places_may(self, reader: Reader, world: World, step: str) -> None:
        person = world.amani.people["case_worker"]
        for client in (reader("outsider"), reader("supervisor"), reader("organisation_admin", world.baraka)):
            assert client.post(f"/people/{person}/{step}").status_code in (403, 404)
        first = Membership.objects.filter(organisation_id=world.baraka.organisation_id)[0]
        Membership.objects.create(
            person_id=person, organisation_id=first.organisation_id, role="focal_point", since=first.since
        )
        for house in (world.amani, world.baraka):
            assert reader("organisation_admin", house).post(f"/people/{person}/{step}").status_code == 409
        assert signs_in(PASSWORD)

    def test_nobody_locks_themselves_out(self, reader: Reader, world: World) -> None:
        own = world.amani.people["organisation_admin"]
        assert reader("organisation_admin").post(f"/people/{own}/close").status_code == 409
        assert b"One-time" not in reader("organisation_admin").get(f"/people/{own}").content

    def test_an_organisations_administrator_does_not_take_over_the_systems(self, reader: Reader, world: World) -> None:
        person = world.amani.people["system_admin"]
        for step in ("close", "code"):
            assert reader("organisation_admin").post(f"/people/{person}/{step}").status_code == 403


def test_a_person_whose_role_is_refused_is_not_left_without_one(reader: Reader, world: World) -> None:
    given = {"display_name": "Rosa", "email": "rosa@example.org", "password": NEW, "language": "es"}
    client = reader("organisation_admin")
    assert client.post("/people/new", {**given, "role": "supervisor", "team": ""}).status_code == 422
    team = str(world.amani.teams[0])
    assert client.post("/people/new", {**given, "role": "supervisor", "team": team}).status_code == 302
