from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client

from homeward.apps.access.models import Person
from tests.world import PASSWORD, World


@pytest.mark.usefixtures("world")
class TestSignIn:
    def test_the_right_password_opens_today(self) -> None:
        answer = Client().post("/sign-in", {"email": "Case_Worker@amani.example.org", "password": PASSWORD})
        assert (answer.status_code, answer.headers["Location"]) == (302, "/")

    def test_a_wrong_password_keeps_the_address_and_says_what_to_do(self) -> None:
        answer = Client().post("/sign-in", {"email": "case_worker@amani.example.org", "password": "no"})
        assert answer.status_code == 422
        assert b'value="case_worker@amani.example.org"' in answer.content
        assert b"do not belong together" in answer.content

    def test_every_page_asks_the_anonymous_to_sign_in_first(self) -> None:
        answer = Client().get("/children")
        assert (answer.status_code, answer.headers["Location"]) == (302, "/sign-in?next=/children")

    def test_who_signed_in_comes_back_to_the_page_asked_for(self) -> None:
        given = {"email": "case_worker@amani.example.org", "password": PASSWORD, "next": "/children"}
        assert Client().post("/sign-in", given).headers["Location"] == "/children"

    def test_nobody_is_sent_to_another_site(self) -> None:
        given = {"email": "case_worker@amani.example.org", "password": PASSWORD, "next": "https://elsewhere.example"}
        assert Client().post("/sign-in", given).headers["Location"] == "/"

    def test_the_cast_signs_in_with_one_tap_in_the_training_copy(self, world: World) -> None:
        client = Client()
        assert b"Case Worker Amani" in client.get("/sign-in").content
        assert client.post(f"/sign-in/as/{world.amani.people['case_worker']}").status_code == 302
        assert client.get("/me").status_code == 200

    def test_without_one_tap_nobody_is_listed_and_the_address_does_not_exist(
        self, settings: object, world: World
    ) -> None:
        settings.HOMEWARD_ONE_TAP = False  # type: ignore[attr-defined]
        client = Client()
        assert b"Case Worker Amani" not in client.get("/sign-in").content
        assert client.post(f"/sign-in/as/{world.amani.people['case_worker']}").status_code == 404

    def test_the_door_speaks_the_language_that_was_chosen(self) -> None:
        client = Client()
        client.post("/sign-in/language", {"language": "ar"})
        assert b'<html lang="ar" dir="rtl">' in client.get("/sign-in").content

    def test_who_chose_a_language_at_the_door_goes_on_in_it_and_is_told(self, client: Client) -> None:
        client.post("/sign-in/language", {"language": "fr"})
        client.post("/sign-in", {"email": "case_worker@amani.example.org", "password": PASSWORD})
        for page in ("/", "/me"):
            html = client.get(page).content.decode()
            assert '<html lang="fr"' in html, page
            assert "Garder cette langue" in html, page
        assert client.get("/me").context["form"]["language"].value() == "en"  # the account's, until it is settled
        looked = client.post("/children/new", {"look": "1", "name": ""})
        assert looked.context["form"]["language"].value() == "en", "nor that of a new child"

    @pytest.mark.parametrize("language", ["fr", "en"])
    def test_one_tap_settles_which_of_the_two_languages_holds(
        self, client: Client, world: World, language: str
    ) -> None:
        client.post("/sign-in/language", {"language": "fr"})
        client.post("/sign-in", {"email": "case_worker@amani.example.org", "password": PASSWORD})
        client.post("/me/language", {"language": language})
        assert Person.objects.get(pk=world.amani.people["case_worker"]).language == language
        html = client.get("/").content.decode()
        assert f'<html lang="{language}"' in html
        assert "/me/language" not in html

    def test_what_the_settings_say_wins_over_the_door(self, client: Client) -> None:
        client.post("/sign-in/language", {"language": "fr"})
        client.post("/sign-in", {"email": "case_worker@amani.example.org", "password": PASSWORD})
        client.post("/me", {"language": "es", "time_zone": "Africa/Nairobi"})
        assert '<html lang="es"' in client.get("/").content.decode()

    def test_a_language_that_is_none_of_ours_is_no_choice(self, client: Client) -> None:
        client.cookies["homeward-language"] = "xx"
        client.post("/sign-in", {"email": "case_worker@amani.example.org", "password": PASSWORD})
        assert '<html lang="en"' in client.get("/").content.decode()
        assert client.post("/me/language", {"language": "xx"}).status_code == 400

    def test_signing_out_ends_the_session(self) -> None:
        client = Client()
        client.post("/sign-in", {"email": "case_worker@amani.example.org", "password": PASSWORD})
        client.post("/sign-out")
        assert client.get("/").status_code == 302

    def test_the_quick_exit_signs_out_and_shows_an_empty_page(self) -> None:
        client = Client()
        client.post("/sign-in", {"email": "case_worker@amani.example.org", "password": PASSWORD})
        answer = client.post("/leave", follow=True)
        assert answer.redirect_chain == [("/blank", 302)]
        assert b"Homeward" not in answer.content
        assert client.get("/").status_code == 302

    def test_a_watchdog_may_ask_for_health_without_an_account(self) -> None:
        answer = Client().get("/health")
        assert (answer.status_code, answer.content) == (200, b"up\n")

    def test_a_post_without_its_token_is_refused_in_words(self) -> None:
        answer = Client(enforce_csrf_checks=True).post("/sign-in", {"email": "a@b.example", "password": "x"})
        assert answer.status_code == 403
        assert b"load the page again" in answer.content


class TestTheWayBack:
    def test_what_names_a_child_stands_in_no_address_and_is_found_again_all_the_same(self, world: World) -> None:
        assert world.amani.child is not None
        client, page = Client(), f"/children/{world.amani.child.code}"
        client.cookies[settings.SESSION_COOKIE_NAME] = "of-a-session-that-ended"
        answer = client.get(page)
        assert (answer.status_code, answer.headers["Location"]) == (302, "/sign-in")
        answer = client.post("/sign-in", {"email": "case_worker@amani.example.org", "password": PASSWORD})
        assert answer.headers["Location"] == page
        assert "onward" not in client.session

    def test_whoever_has_left_by_the_quick_exit_is_led_nowhere(self, world: World) -> None:
        assert world.amani.child is not None
        client = Client()
        answer = client.get(f"/children/{world.amani.child.code}")
        assert answer.headers["Location"] == "/sign-in"
        assert settings.SESSION_COOKIE_NAME not in answer.cookies
