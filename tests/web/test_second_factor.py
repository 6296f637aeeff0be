"""Signing in in two steps, and setting up what the second step needs."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from homeward.apps.access.factors import factors_of, new_recovery_codes
from homeward.apps.access.models import Factor, Membership, OpenSession, Person
from homeward.apps.audit.models import Event
from tests.apps.test_factors import app_of, code_at
from tests.authenticator import Key
from tests.web.conftest import Reader
from tests.world import PASSWORD, World

pytestmark = pytest.mark.database
EMAIL = "case_worker@amani.example.org"
ORIGIN = "http://testserver"


@pytest.fixture
def strict(settings: Any) -> None:
    """The door as an office has it."""
    settings.HOMEWARD_PROFILE, settings.HOMEWARD_ONE_TAP = "office", False


def password(client: Client, email: str = EMAIL, **more: str) -> Any:
    return client.post("/sign-in", {"email": email, "password": PASSWORD, **more})


def options_of(page: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(page.context["options"])
    return found


def with_key(client: Client, key: Key) -> Any:
    page = client.get("/me/factors/key")
    return client.post("/me/factors/key", {"answer": key.create(options_of(page), ORIGIN), "label": "blue"})


@pytest.mark.usefixtures("strict")
class TestTheFirstSignIn:
    def test_nothing_opens_but_setting_up_and_the_ways_out(self, world: World) -> None:
        client = Client()
        assert password(client).headers["Location"] == "/me/factors"
        page = client.get("/me/factors")
        assert b"Set up your second factor" in page.content
        assert b"/children" not in page.content
        child = world.amani.child
        assert child is not None
        for address in ("/", "/children", f"/children/{child.code}", "/me", "/people"):
            assert client.get(address).headers["Location"] == "/me/factors", address
        assert client.post("/me/password", {}).headers["Location"] == "/me/factors"
        assert client.post("/me/factors/codes").status_code == 409
        assert client.post("/me/sessions/end").headers["Location"] == "/me/factors"
        assert client.post("/sign-out").headers["Location"] == "/sign-in"
        assert client.get("/me/factors").headers["Location"].startswith("/sign-in")

    def test_an_app_opens_the_house_and_brings_recovery_codes(self, world: World) -> None:
        client = Client()
        password(client)
        shown = client.get("/me/factors/app").context["setup"].secret.replace(" ", "")
        assert client.post("/me/factors/app", {"code": "000000"}).status_code == 422
        before = client.cookies["homeward"].value
        page = client.post("/me/factors/app", {"code": code_at(base64.b32decode(shown), datetime.now(UTC))})
        assert len(page.context["codes"]) == 10
        assert page.headers["Cache-Control"] == "no-store"
        assert client.get("/children").status_code == 200
        assert client.cookies["homeward"].value != before

    def test_a_key_opens_the_house_too(self, world: World) -> None:
        client = Client()
        password(client)
        assert len(with_key(client, Key()).context["codes"]) == 10
        assert client.get("/children").status_code == 200

    def test_a_session_from_before_owes_one_as_well(self, reader: Reader) -> None:
        assert reader("case_worker").get("/children").headers["Location"] == "/me/factors"


@pytest.mark.usefixtures("strict")
class TestTheSecondStep:
    @pytest.fixture
    def secret(self, world: World) -> bytes:
        return app_of(world.amani.actor("case_worker"))

    def code(self, secret: bytes, seconds: int = 0) -> str:
        return code_at(secret, datetime.now(UTC) + timedelta(seconds=seconds))

    def test_the_password_alone_opens_nothing(self, secret: bytes) -> None:
        client = Client()
        assert password(client).headers["Location"] == "/sign-in/second"
        assert client.get("/children").headers["Location"].startswith("/sign-in?")
        assert client.get("/me/factors").headers["Location"].startswith("/sign-in?")

    def test_the_code_opens_the_page_that_was_asked_for(self, secret: bytes, world: World) -> None:
        client = Client()
        password(client, next="/children")
        answer = client.post("/sign-in/second", {"code": self.code(secret)})
        assert answer.headers["Location"] == "/children"
        assert client.get("/children").status_code == 200
        event = Event.objects.get(verb="sign_in", allowed=True)
        assert (event.actor_id, event.detail) == (world.amani.people["case_worker"], {"second": "app"})

    def test_another_browser_cannot_use_the_same_code(self, secret: bytes) -> None:
        first, second = Client(), Client()
        password(first)
        password(second)
        code = self.code(secret)
        assert first.post("/sign-in/second", {"code": code}).status_code == 302
        assert second.post("/sign-in/second", {"code": code}).status_code == 422

    def test_without_the_password_there_is_no_second_step(self, secret: bytes) -> None:
        assert Client().post("/sign-in/second", {"code": self.code(secret)}).headers["Location"] == "/sign-in"

    def test_it_waits_five_minutes(self, secret: bytes) -> None:
        client = Client()
        with time_machine.travel(datetime.now(UTC) - timedelta(minutes=6)):
            password(client)
        answer = client.post("/sign-in/second", {"code": self.code(secret)}, follow=True)
        assert client.get("/children").status_code == 302
        assert answer.redirect_chain[-1][0] == "/sign-in"

    def test_a_new_password_meanwhile_ends_it(self, secret: bytes, world: World) -> None:
        client = Client()
        password(client)
        person = Person.objects.get(email=EMAIL)
        person.set_password("another one, quite long")
        person.save()
        client.post("/sign-in/second", {"code": self.code(secret)})
        assert client.get("/children").status_code == 302

    def test_a_key_signs_in_and_a_wrong_one_does_not(self, world: World) -> None:
        key, client = Key(counts=False), Client()
        password(client)
        with_key(client, key)
        client.post("/sign-out")
        password(client)
        page = client.get("/sign-in/second")
        assert client.post("/sign-in/second", {"answer": Key().get(options_of(page), ORIGIN)}).status_code == 422
        page = client.get("/sign-in/second")
        answer = key.get(options_of(page), ORIGIN)
        assert client.post("/sign-in/second", {"answer": answer}).headers["Location"] == "/"
        other = Client()
        password(other)
        other.get("/sign-in/second")
        assert other.post("/sign-in/second", {"answer": answer}).status_code == 422  # of another challenge

    def test_a_recovery_code_does_once(self, secret: bytes, world: World) -> None:
        code = new_recovery_codes(world.amani.actor("case_worker"))[0]
        for status in (302, 422):
            client = Client()
            password(client)
            assert client.post("/sign-in/second", {"code": code}).status_code == status

    def test_where_a_key_is_required_the_app_is_no_way_around_it(self, settings: Any, world: World) -> None:
        settings.HOMEWARD_WEBAUTHN = "required"
        Membership.objects.update(granted_at=datetime.now(UTC) - timedelta(days=400))
        actor, key, client = world.amani.actor("focal_point"), Key(), Client()
        secret = app_of(actor)
        assert actor.person_id is not None
        email = "focal_point@amani.example.org"
        password(client, email)
        answer = client.post("/sign-in/second", {"code": self.code(secret)}, follow=True)
        assert b"Nothing else opens until" in answer.content  # set up long ago, and no key since
        assert client.get("/children").headers["Location"] == "/me/factors"
        with_key(client, key)
        assert client.get("/children").status_code == 200
        client.post("/sign-out")
        password(client, email)
        assert client.post("/sign-in/second", {"code": self.code(secret, 30)}).status_code == 422
        answer = client.post("/sign-in/second", {"answer": key.get(options_of(client.get("/sign-in/second")), ORIGIN)})
        assert answer.headers["Location"] == "/"

    def test_the_owner_hears_that_somebody_knew_the_password(self, secret: bytes) -> None:
        client = Client()
        password(client)
        for _ in range(2):
            client.post("/sign-in/second", {"code": "000000"})
        mine = Client()
        password(mine)
        page = mine.post("/sign-in/second", {"code": self.code(secret)}, follow=True)
        assert b"somebody knew your password and typed a wrong second code 2 times" in page.content


@pytest.mark.usefixtures("strict")
class TestSayingOnceMore:
    @pytest.fixture
    def officer(self, world: World) -> Client:
        client, secret = Client(), app_of(world.amani.actor("me_officer"))
        password(client, "me_officer@amani.example.org")
        client.post("/sign-in/second", {"code": code_at(secret, datetime.now(UTC))})
        return client

    def test_a_download_is_asked_for_again_after_five_minutes(self, officer: Client) -> None:
        page = {"Referer": f"{ORIGIN}/downloads"}
        assert officer.get("/downloads/scores.csv", headers=page).status_code == 200
        with time_machine.travel(datetime.now(UTC) + timedelta(minutes=6)):
            answer = officer.get("/downloads/scores.csv", headers=page)
            assert answer.headers["Location"] == "/me/confirm?next=%2Fdownloads"
            assert officer.post("/me/confirm", {"password": "no", "next": "/downloads"}).status_code == 422
            assert officer.post("/me/confirm", {"next": "/downloads"}).status_code == 422
            assert officer.get("/downloads/scores.csv", headers=page).status_code == 302
            before = officer.cookies["homeward"].value
            answer = officer.post("/me/confirm", {"password": PASSWORD, "next": "/downloads"})
            assert answer.headers["Location"] == "/downloads"
            assert (
                officer.cookies["homeward"].value != before
            )  # a copy of the cookie is not confirmed by it, and is out
            copied = Client()
            copied.cookies["homeward"] = before
            assert copied.get("/me").status_code == 302
            assert officer.get("/downloads/scores.csv", headers=page).status_code == 200

    @pytest.mark.parametrize(
        "step", ["/me/factors/app", "/me/factors/key", "/me/factors/codes", "/me/factors/{factor}/remove"]
    )
    def test_so_is_every_change_of_factors(self, officer: Client, step: str, world: World) -> None:
        factor = factors_of(world.amani.people["me_officer"])[0].id
        with time_machine.travel(datetime.now(UTC) + timedelta(minutes=6)):
            answer = officer.post(step.format(factor=factor))
            assert answer.headers["Location"].startswith("/me/confirm")
        assert Factor.objects.filter(pk=factor).exists()

    def test_guessing_there_is_counted(self, officer: Client) -> None:
        for _ in range(5):
            officer.post("/me/confirm", {"password": "no"})
        answer = officer.post("/me/confirm", {"password": PASSWORD})
        assert (answer.status_code, b"tried too often" in answer.content) == (422, True)

    def test_a_one_time_code_is_not_made_at_a_screen_left_open(self, world: World) -> None:
        client, secret = Client(), app_of(world.amani.actor("organisation_admin"))
        password(client, "organisation_admin@amani.example.org")
        client.post("/sign-in/second", {"code": code_at(secret, datetime.now(UTC))})
        with time_machine.travel(datetime.now(UTC) + timedelta(minutes=6)):
            answer = client.post(f"/people/{world.amani.people['case_worker']}/code")
        assert answer.headers["Location"].startswith("/me/confirm")
        assert not Event.objects.filter(verb="issue_code").exists()


class TestInTheDemo:
    def test_the_pages_are_there_and_one_tap_goes_past_them(self, world: World) -> None:
        client = Client()
        client.post(f"/sign-in/as/{world.amani.people['case_worker']}")
        assert b"Second factor and sessions" in client.get("/me").content
        for address in ("/me/factors", "/me/factors/app", "/me/factors/key", "/me/confirm"):
            assert client.get(address).status_code == 200, address
        with_key(client, Key())
        client.post("/sign-out")
        assert client.post(f"/sign-in/as/{world.amani.people['case_worker']}").headers["Location"] == "/"
        assert client.get("/children").status_code == 200

    def test_a_factor_may_go_again(self, world: World, reader: Reader) -> None:
        client = reader("case_worker")
        with_key(client, Key())
        factor = factors_of(world.amani.people["case_worker"])[0].id
        assert client.post(f"/me/factors/{factor}/remove").status_code == 302
        assert factors_of(world.amani.people["case_worker"]) == []

    def test_the_outsider_has_factors_too_and_no_one_elses(self, world: World, reader: Reader) -> None:
        app_of(world.amani.actor("case_worker"))
        client = reader("outsider")
        assert client.get("/me/factors").context["factors"] == []
        theirs, session = Factor.objects.get().pk, OpenSession.objects.exclude(person_id=world.outsider).first()
        assert client.post(f"/me/factors/{theirs}/remove").status_code == 404
        assert session is None
