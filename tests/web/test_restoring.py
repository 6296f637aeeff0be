"""A lost second factor: two people give it back, its owner hears of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.test import Client

from homeward.apps.access.factor_policy import standing_of
from homeward.apps.access.factors import new_recovery_codes
from homeward.apps.access.models import Membership, Restoration
from homeward.apps.access.roles import grant_role
from homeward.apps.access.services import register_person
from homeward.apps.audit.models import Event
from tests.apps.test_factors import app_of, code_at
from tests.web.conftest import Reader
from tests.world import PASSWORD, World

pytestmark = pytest.mark.database
EMAIL = "case_worker@amani.example.org"


@pytest.fixture
def worker(world: World) -> UUID:
    return world.amani.people["case_worker"]


@pytest.fixture
def second(world: World) -> Client:
    """Another person who manages people."""
    system = world.amani.system()
    person_id = register_person(system, "second@amani.example.org", "Second Amani", PASSWORD)
    grant_role(system, person_id, "organisation_admin")
    client = Client()
    client.force_login(Membership.objects.get(person_id=person_id).person)
    return client


def steps(person: UUID) -> tuple[str, str]:
    row = Restoration.objects.get(person_id=person, withdrawn_at__isnull=True, used_at__isnull=True)
    return f"/people/{person}/factor/{row.pk}/confirm", f"/people/{person}/factor/{row.pk}/withdraw"


def first_step(client: Client) -> Any:
    return client.post("/sign-in", {"email": EMAIL, "password": PASSWORD})


class TestTwoPeople:
    def test_one_proposes_another_confirms_and_the_owner_sets_up_anew(
        self, world: World, worker: UUID, reader: Reader, second: Client
    ) -> None:
        secret = app_of(world.amani.actor("case_worker"))
        recovery = new_recovery_codes(world.amani.actor("case_worker"))[0]
        session, admin = reader("case_worker"), reader("organisation_admin")
        assert b"Lost key or phone" in admin.get(f"/people/{worker}").content
        assert b"waits until another person" in admin.post(f"/people/{worker}/factor", follow=True).content
        assert session.get("/me").status_code == 200  # nothing has happened yet
        confirm, _ = steps(worker)
        assert admin.post(confirm).status_code == 403
        assert "Make the code" in second.get(f"/people/{worker}").content.decode()
        code = second.post(confirm).context["code"]
        assert session.get("/me").status_code == 302
        client = Client()
        first_step(client)
        now = datetime.now(UTC)
        for lost in (code_at(secret, now), recovery, "000000"):
            assert client.post("/sign-in/second", {"code": lost}).status_code == 422
        page = client.post("/sign-in/second", {"code": code}, follow=True)
        assert b"Your second factor was reset by Second Amani on " in page.content
        assert (standing_of(worker).enrolled, standing_of(worker).app) == (False, False)
        assert "Second Amani" in client.get("/me/factors").content.decode()
        assert {event.verb for event in Event.objects.filter(object_id=str(worker))} >= {
            "propose_restoration",
            "confirm_restoration",
            "use_restoration",
        }

    def test_in_an_office_nothing_opens_before_the_new_factor(
        self, world: World, worker: UUID, second: Client, settings: Any, reader: Reader
    ) -> None:
        app_of(world.amani.actor("case_worker"))
        reader("organisation_admin").post(f"/people/{worker}/factor")
        code = second.post(steps(worker)[0]).context["code"]
        settings.HOMEWARD_PROFILE, settings.HOMEWARD_ONE_TAP = "office", False
        client = Client()
        first_step(client)
        assert client.post("/sign-in/second", {"code": code}).headers["Location"] == "/me/factors"
        assert client.get("/children").headers["Location"] == "/me/factors"
        other = Client()
        first_step(other)  # the code is used: the password alone comes as far as setting up, and no further
        assert other.get("/children").status_code == 302

    def test_the_code_holds_for_a_day_and_without_it_the_password_is_not_enough(
        self, world: World, worker: UUID, second: Client, reader: Reader
    ) -> None:
        app_of(world.amani.actor("case_worker"))
        admin = reader("organisation_admin")
        admin.post(f"/people/{worker}/factor")
        code = second.post(steps(worker)[0]).context["code"]
        with time_machine.travel(datetime.now(UTC) + timedelta(hours=25)):
            client = Client()
            assert first_step(client).headers["Location"] == "/sign-in/second"
            assert b"Ask somebody who manages people for a new one" in client.get("/sign-in/second").content
            assert client.post("/sign-in/second", {"code": code}).status_code == 422
            fresh = Client()
            fresh.force_login(Membership.objects.get(person__email="organisation_admin@amani.example.org").person)
            assert fresh.post(f"/people/{worker}/factor").status_code == 302

    def test_withdrawn_it_changes_nothing(self, world: World, worker: UUID, second: Client, reader: Reader) -> None:
        secret = app_of(world.amani.actor("case_worker"))
        reader("organisation_admin").post(f"/people/{worker}/factor")
        confirm, withdraw = steps(worker)
        assert second.post(withdraw).status_code == 302
        assert second.post(confirm).status_code == 404
        client = Client()
        first_step(client)
        assert client.post("/sign-in/second", {"code": code_at(secret, datetime.now(UTC))}).status_code == 302

    def test_the_code_is_made_once(self, world: World, worker: UUID, second: Client, reader: Reader) -> None:
        app_of(world.amani.actor("case_worker"))
        admin = reader("organisation_admin")
        admin.post(f"/people/{worker}/factor")
        assert admin.post(f"/people/{worker}/factor").status_code == 409
        confirm, _ = steps(worker)
        assert second.post(confirm).status_code == 200
        assert second.post(confirm).status_code == 409


class TestOneAlone:
    def test_after_a_full_day_which_supervisors_see(self, world: World, worker: UUID, reader: Reader) -> None:
        app_of(world.amani.actor("case_worker"))
        admin = reader("organisation_admin")
        page = admin.post(f"/people/{worker}/factor", follow=True).content
        assert b"the code can be made after a full day" in page
        seen = reader("supervisor").get("/").content.decode()
        assert "Second factors reset on one person" in seen
        assert "proposed by Organisation Admin Amani" in seen
        assert "Second factors reset" not in reader("supervisor", world.baraka).get("/").content.decode()
        assert "Second factors reset" not in reader("case_worker").get("/").content.decode()
        confirm, _ = steps(worker)
        assert admin.post(confirm).status_code == 403
        for hours, status in ((23, 403), (25, 200)):
            with time_machine.travel(datetime.now(UTC) + timedelta(hours=hours)):
                fresh = reader("organisation_admin")
                assert fresh.post(confirm).status_code == status


class TestWhoMayNot:
    def test_only_who_manages_people_in_all_its_places(
        self, world: World, worker: UUID, reader: Reader, second: Client
    ) -> None:
        app_of(world.amani.actor("case_worker"))
        second.post(f"/people/{worker}/factor")
        confirm, withdraw = steps(worker)
        for client in (
            reader("outsider"),
            reader("supervisor"),
            reader("case_worker"),
            reader("organisation_admin", world.baraka),
        ):
            for step in (f"/people/{worker}/factor", confirm, withdraw):
                assert client.post(step).status_code in (403, 404), step
        assert Restoration.objects.get().code_expires_at is None

    def test_nobody_resets_their_own(self, world: World, reader: Reader, second: Client) -> None:
        own = world.amani.people["organisation_admin"]
        app_of(world.amani.actor("organisation_admin"))
        assert reader("organisation_admin").post(f"/people/{own}/factor").status_code == 409
        second.post(f"/people/{own}/factor")
        assert reader("organisation_admin").post(steps(own)[0]).status_code == 409

    def test_who_has_none_needs_none(self, worker: UUID, reader: Reader) -> None:
        admin = reader("organisation_admin")
        assert b"Lost key or phone" not in admin.get(f"/people/{worker}").content
        assert admin.post(f"/people/{worker}/factor").status_code == 409
