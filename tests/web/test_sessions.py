"""Sessions of browsers: how long they last, who sees and ends them, what is left when they are over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.contrib.sessions.backends.base import VALID_KEY_CHARS
from django.test import Client

from homeward.apps.access.models import Membership, OpenSession, Person
from homeward.apps.access.roles import end_role, grant_role
from tests.web.conftest import Reader
from tests.world import PASSWORD, World

pytestmark = pytest.mark.database
EMAIL = "case_worker@amani.example.org"
FIREFOX = "Mozilla/5.0 (Android 14; Mobile; rv:130.0) Gecko/130.0 Firefox/130.0"
NOW = datetime(2026, 5, 6, 8, 0, tzinfo=UTC)


def signed_in(**headers: str) -> Client:
    client = Client(headers=headers)
    assert client.post("/sign-in", {"email": EMAIL, "password": PASSWORD}).status_code == 302
    return client


@pytest.mark.usefixtures("world")
class TestHowLong:
    def test_a_quarter_of_an_hour_without_a_touch_ends_it(self) -> None:
        with time_machine.travel(NOW, tick=False) as clock:
            client = signed_in()
            for _ in range(4):
                clock.shift(timedelta(minutes=14))
                assert client.get("/me").status_code == 200
            clock.shift(timedelta(minutes=15, seconds=1))
            assert client.get("/me").headers["Location"] == "/sign-in?next=/me"

    def test_eight_hours_end_it_whatever_happens(self) -> None:
        with time_machine.travel(NOW, tick=False) as clock:
            client = signed_in()
            for _ in range(47):
                clock.shift(timedelta(minutes=10))
                assert client.post("/me/here").status_code == 204
            clock.shift(timedelta(minutes=10))
            assert client.post("/me/here").status_code == 401
            assert client.get("/me").status_code == 302
            assert b"last step was not done" not in client.get("/sign-in").content

    def test_typing_keeps_it_and_writes_once_a_minute(self, django_assert_max_num_queries: object) -> None:
        with time_machine.travel(NOW, tick=False) as clock:
            client = signed_in()
            before = OpenSession.objects.get(person__email=EMAIL).seen_at
            clock.shift(timedelta(seconds=59))
            client.post("/me/here")
            assert OpenSession.objects.get(person__email=EMAIL).seen_at == before
            clock.shift(timedelta(seconds=2))
            client.post("/me/here")
            assert OpenSession.objects.get(person__email=EMAIL).seen_at == before + timedelta(seconds=61)

    def test_the_cookie_goes_with_the_browser(self) -> None:
        cookie = signed_in().cookies["homeward"]
        assert (cookie["max-age"], cookie["expires"], cookie["httponly"], cookie["samesite"]) == (
            "",
            "",
            True,
            "Strict",
        )

    def test_its_key_is_long_random_and_never_one_that_was_brought_along(self) -> None:
        planted, keys = "a" * 32, set()
        for _ in range(3):
            client = Client()
            client.cookies["homeward"] = planted
            client.post("/sign-in", {"email": EMAIL, "password": PASSWORD})
            keys.add(client.cookies["homeward"].value)
        assert planted not in keys
        assert len(keys) == 3
        assert all(len(key) == 32 and set(key) <= set(VALID_KEY_CHARS) for key in keys)
        assert len(VALID_KEY_CHARS) ** 32 > 1 << 128

    def test_what_is_kept_of_it_opens_nothing(self) -> None:
        client = signed_in()
        kept = OpenSession.objects.get(person__email=EMAIL).session_key
        assert client.cookies["homeward"].value != kept
        other = Client()
        other.cookies["homeward"] = kept
        assert other.get("/me").status_code == 302

    @pytest.mark.parametrize("way", ["/sign-out", "/leave"])
    def test_on_the_way_out_the_browser_is_told_to_forget(self, way: str) -> None:
        client = signed_in()
        assert client.post(way).headers["Clear-Site-Data"] == '"cache", "cookies"'
        assert not OpenSession.objects.filter(person__email=EMAIL).exists()


class TestWhoEndsThem:
    def test_mine_are_listed_with_browser_and_end_one_by_one(self, world: World) -> None:
        here, there = signed_in(), signed_in(user_agent=FIREFOX)
        page = here.get("/me/factors")
        assert "Firefox · Android" in page.content.decode()
        row = next(row for row in page.context["sessions"] if row.browser == "Firefox · Android")
        assert here.post(f"/me/sessions/{row.id}/end").status_code == 302
        assert (there.get("/me").status_code, here.get("/me").status_code) == (302, 200)

    def test_all_others_end_at_once(self, world: World) -> None:
        here, others = signed_in(), [signed_in() for _ in range(3)]
        here.post("/me/sessions/end")
        assert [client.get("/me").status_code for client in others] == [302] * 3
        assert here.get("/me").status_code == 200

    def test_nobody_ends_or_sees_those_of_others(self, world: World, reader: Reader) -> None:
        client, row = signed_in(), OpenSession.objects.get(person__email=EMAIL)
        for name in ("outsider", "organisation_admin", "system_admin"):
            other = reader(name)
            assert other.post(f"/me/sessions/{row.id}/end").status_code == 404
            assert row.id not in {each.id for each in other.get("/me/factors").context["sessions"]}
        assert client.post(f"/me/sessions/{uuid4()}/end").status_code == 404
        assert client.get("/me").status_code == 200

    def test_a_new_password_ends_all_but_this_one(self, world: World) -> None:
        here, there = signed_in(), signed_in()
        new = "a long walk home, slowly"
        here.post("/me/password", {"current": PASSWORD, "new": new, "again": new})
        assert (here.get("/me").status_code, there.get("/me").status_code) == (200, 302)
        assert [row.person_id for row in OpenSession.objects.filter(person__email=EMAIL)] == [
            world.amani.people["case_worker"]
        ]

    def test_a_role_that_begins_or_ends_ends_the_sessions_of_before(self, world: World) -> None:
        person = world.amani.people["case_worker"]
        client, before = signed_in(), Person.objects.get(pk=person).session_version
        grant_role(world.amani.system(), person, "programme_manager")
        assert client.get("/me").status_code == 302
        client = signed_in()
        membership = Membership.objects.get(person_id=person, role="programme_manager")
        end_role(world.amani.system(), membership.pk)
        assert client.get("/me").status_code == 302
        assert Person.objects.get(pk=person).session_version == before + 2

    def test_a_session_written_again_after_its_end_does_not_come_back(self, world: World) -> None:
        """Two requests at once: one ends all sessions, the other holds the old data and saves them."""
        client = signed_in()
        session = client.session
        grant_role(world.amani.system(), world.amani.people["case_worker"], "programme_manager")
        session["x"] = 1
        session.create()  # as if its row had stayed
        client.cookies["homeward"] = session.session_key
        assert client.get("/me").status_code == 302
