"""Who comes in, and what every answer carries, whoever gives it."""

from __future__ import annotations

import base64
import io
import logging
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.db import OperationalError
from django.test import Client, override_settings
from django.utils import timezone, translation
from django.utils.translation import gettext

from homeward.apps.access.models import Device
from homeward.apps.access.services import revoke_device
from homeward.apps.audit.models import Event
from homeward.apps.surveys import form_queries
from tests.interviews import interview
from tests.openrosa.phone import Answer, Phone, in_process, xml_part
from tests.world import World

pytestmark = pytest.mark.database
CALLS = (
    "/formList",
    "/submission",
    "/forms/{form}/form.xml",
    "/forms/{form}/manifest",
    "/forms/{form}/media/children.csv",
)


def basic(world: World, name: str = "enumerator", *, password: str | None = None) -> dict[str, str]:
    device = world.amani.devices[name]
    pair = f"{device.user_name}:{device.password if password is None else password}"
    return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}


def calls(world: World) -> list[str]:
    return [call.format(form=world.amani.forms["caregiver"]) for call in CALLS]


class TestEveryAnswer:
    def test_without_the_version_header_every_call_is_refused(self, world: World, phone: Phone) -> None:
        for version in ({}, {"X-OpenRosa-Version": "2.0"}, {"X-OpenRosa-Version": "1.0,1.0"}):
            stranger = Phone(phone.base, phone.send, version)
            for path in calls(world):
                for method in ("GET", "POST"):
                    assert stranger.call(method, path).status == 400, path
            assert stranger.call("HEAD", "/submission").status == 400

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("GET", ""),
            ("GET", "/"),
            ("GET", "/nothing"),
            ("GET", "/formlist"),
            ("GET", "/formList/"),
            ("GET", "/forms/not-a-number/form.xml"),
            ("GET", "/forms/../../sign-in/"),
            ("POST", "/nothing"),
        ],
    )
    def test_what_is_not_there_is_not_there_in_openrosa_s_words(self, phone: Phone, method: str, path: str) -> None:
        if phone.base + path != phone.base:  # an address without a slash behind the token is a page's address
            assert phone.call(method, path).status == 404

    def test_other_methods_are_refused_and_the_right_ones_named(self, world: World, phone: Phone) -> None:
        for path in calls(world):
            allowed = {"HEAD", "POST"} if path == "/submission" else {"GET", "HEAD"}
            for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} - allowed:
                answer = phone.call(method, path)
                assert answer.status == 405, (method, path)
                assert set(answer.headers["allow"].split(", ")) == allowed

    def test_an_error_of_ours_is_told_without_a_word_about_it(
        self, phone: Phone, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object) -> None:
            raise RuntimeError("a secret of the inside")

        monkeypatch.setattr(form_queries, "forms_visible_to", fail)
        broken = Phone(phone.base, in_process(raise_errors=False))
        answer = broken.get("/formList")
        assert answer.status == 500
        assert "secret" not in answer.message
        assert "later" in answer.message

    def test_a_database_that_is_away_is_not_now_rather_than_never(
        self, phone: Phone, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def away(*_: object) -> None:
            raise OperationalError("database is locked")

        monkeypatch.setattr(form_queries, "forms_visible_to", away)
        answer = Phone(phone.base, in_process(raise_errors=False)).get("/formList")
        assert answer.status == 503
        assert int(answer.headers["retry-after"]) > 0
        assert "later" in answer.message

    def test_a_host_that_is_not_ours_is_refused(self, phone: Phone) -> None:
        assert phone.get("/formList", {"Host": "evil.example"}).status == 400

    def test_no_cookie_counts_and_none_comes_back(self, world: World, phone: Phone) -> None:
        cookies = f"{settings.SESSION_COOKIE_NAME}=stale; {settings.LANGUAGE_COOKIE_NAME}=ar; csrftoken=x"
        assert phone.get("/formList", {"Cookie": cookies}).status == 200
        assert Phone("/openrosa", in_process()).get("/formList", {"Cookie": cookies}).status == 401
        (form,) = phone.forms("?formID=caregiver", {"Cookie": cookies, "Accept-Language": "en"})
        assert form.name == phone.form("caregiver").name

    def test_messages_come_in_the_language_that_the_phone_asks_for(self, phone: Phone) -> None:
        said = "There is nothing at this address. Ask your supervisor for the address of your device."
        for asked, given in (("fr-CD,fr;q=0.9", "fr"), ("es", "es"), ("ar-SD", "ar"), ("so", "en"), ("*", "en")):
            answer = phone.get("/nothing", {"Accept-Language": asked})
            assert answer.headers["content-language"] == given
            with translation.override(given):
                assert answer.message == gettext(said)

    def test_head_submission_is_204_and_nothing_else(self, phone: Phone) -> None:
        answer = phone.call("HEAD", "/submission?deviceID=collect%3A1")
        assert (answer.status, answer.body) == (204, b"")
        assert "content-type" not in answer.headers
        assert int(answer.headers["x-openrosa-accept-content-length"]) == 20_000_000

    def test_names_of_headers_may_be_in_lower_case(self, world: World, phone: Phone) -> None:
        quiet = Phone(phone.base, phone.send, {"x-openrosa-version": "1.0"})
        assert quiet.get("/formList").status == 200

    def test_no_line_of_the_log_holds_a_token(
        self, world: World, phone: Phone, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        token = world.amani.devices["enumerator"].token
        written = io.StringIO()
        (handler,) = [each for each in logging.getLogger().handlers if type(each) is logging.StreamHandler]
        monkeypatch.setattr(handler, "stream", written)
        for name in ("django.request", "django.security"):
            monkeypatch.setattr(logging.getLogger(name), "level", logging.DEBUG)
            logging.getLogger(name).manager._clear_cache()  # type: ignore[attr-defined]
        logging.getLogger().setLevel(logging.DEBUG)

        def fail(*_: object) -> None:
            raise RuntimeError(f"broken at /key/{token}/formList")

        phone.get("/nothing")
        phone.call("PUT", "/formList")
        phone.call("POST", "/submission", b"x")
        monkeypatch.setattr(form_queries, "forms_visible_to", fail)
        Phone(phone.base, in_process(raise_errors=False)).get("/formList")
        logging.getLogger().setLevel(logging.WARNING)
        assert "Internal Server Error: /key/…/formList" in written.getvalue()
        assert "RuntimeError: broken at /key/…/formList" in written.getvalue()
        assert "Not Found: /key/…/nothing" in written.getvalue()
        assert token not in written.getvalue()


class TestTokens:
    def test_unknown_revoked_and_expired_tokens_get_one_answer(
        self, world: World, phone: Phone, monitor: Phone
    ) -> None:
        unknown = Phone("/key/" + "A" * 43, in_process())
        assert phone.get("/formList").status == 200
        revoke_device(world.amani.system(), world.amani.devices["enumerator"].device_id)
        device_id = world.amani.devices["community_monitor"].device_id
        Device.objects.filter(pk=device_id).update(expires_at=timezone.now() - timedelta(seconds=1))
        for path in calls(world):
            for method in ("GET", "POST"):
                answers = {each.call(method, path).body for each in (unknown, phone, monitor)}
                assert len(answers) == 1
            assert {each.get(path).status for each in (unknown, phone, monitor)} == {404}
        assert {each.call("HEAD", "/submission").status for each in (unknown, phone, monitor)} == {404}

    def test_a_revoked_phone_sends_nothing(self, world: World, phone: Phone) -> None:
        revoke_device(world.amani.system(), world.amani.devices["enumerator"].device_id)
        assert world.amani.child is not None
        assert phone.submit(interview("caregiver", world.amani.child.code)).status == 404

    @pytest.mark.parametrize("token", ["", "%00", "..", "%ff%fe", "a" * 3000, "'; DROP TABLE access_device; --"])
    def test_odd_tokens_are_unknown(self, world: World, token: str) -> None:
        answer = Phone(f"/key/{token}", in_process()).call("GET", "/formList", checked=bool(token))
        assert answer.status == 404

    def test_a_token_opens_no_other_part_of_the_house(self, world: World, phone: Phone) -> None:
        for path in ("/", "/children/", "/inbox/"):
            answer: Answer = phone.send("GET", path, phone.headers, b"")
            assert answer.status in (302, 404)

    def test_a_visit_is_noted(self, world: World, phone: Phone) -> None:
        device_id = world.amani.devices["enumerator"].device_id
        assert Device.objects.get(pk=device_id).last_seen_at is None
        phone.get("/formList")
        assert Device.objects.get(pk=device_id).last_seen_at is not None


class TestBasic:
    def test_without_credentials_a_challenge_names_basic(self, world: World) -> None:
        phone = Phone("/openrosa", in_process())
        for path in calls(world):
            method = "POST" if path == "/submission" else "GET"
            answer = phone.call(method, path)
            assert answer.status == 401
            assert answer.headers["www-authenticate"].startswith("Basic realm=")
        assert phone.call("HEAD", "/submission").status == 401

    def test_with_its_app_password_a_phone_does_all_that_it_does_with_a_token(self, world: World) -> None:
        phone = Phone("/openrosa", in_process(), {"X-OpenRosa-Version": "1.0", **basic(world)})
        form = phone.form("caregiver")
        assert phone.fetch(form.download_url).status == 200
        assert phone.fetch(phone.media(form)["children.csv"][1]).status == 200
        assert phone.call("HEAD", "/submission").status == 204
        assert world.amani.child is not None
        assert phone.submit(interview("caregiver", world.amani.child.code, respondent="mother")).status in (201, 202)

    @pytest.mark.parametrize(
        "header",
        [
            "Basic",
            "Basic !!!",
            "Basic " + base64.b64encode(b"no colon").decode(),
            "Basic " + base64.b64encode(b"\xff:\xff").decode(),
            "Basic " + base64.b64encode(b"not-an-id:x").decode(),
            "Digest username=a",
            "Bearer x",
        ],
    )
    def test_credentials_that_are_none_are_refused(self, world: World, header: str) -> None:
        phone = Phone("/openrosa", in_process(), {"X-OpenRosa-Version": "1.0", "Authorization": header})
        assert phone.get("/formList").status == 401

    def test_a_wrong_password_and_an_unknown_phone_get_one_answer(self, world: World) -> None:
        wrong = basic(world, password="x")
        unknown = {"Authorization": "Basic " + base64.b64encode(b"00000000-0000-4000-8000-000000000000:x").decode()}
        answers = {Phone("/openrosa", in_process()).get("/formList", each).body for each in (wrong, unknown)}
        assert len(answers) == 1

    def test_a_revoked_phone_is_asked_again(self, world: World) -> None:
        revoke_device(world.amani.system(), world.amani.devices["enumerator"].device_id)
        assert Phone("/openrosa", in_process()).get("/formList", basic(world)).status == 401

    def test_the_token_of_a_phone_is_no_password(self, world: World) -> None:
        token = basic(world, password=world.amani.devices["enumerator"].token)
        assert Phone("/openrosa", in_process()).get("/formList", token).status == 401


class TestPlainHttp:
    """Only the demo, which holds no real child, answers without encryption."""

    def test_outside_the_demo_nothing_is_answered_unencrypted(self, world: World, phone: Phone) -> None:
        with override_settings(HOMEWARD_PROFILE="office"):
            for base, headers in ((phone.base, {}), ("/openrosa", basic(world))):
                answer = Phone(base, in_process()).get("/formList", headers)
                assert answer.status == 400
                assert "https" in answer.message

    def test_over_tls_both_doors_open(self, world: World, phone: Phone) -> None:
        with override_settings(HOMEWARD_PROFILE="office", SECURE_SSL_REDIRECT=True):
            for base, headers in ((phone.base, {}), ("/openrosa", basic(world))):
                secure = Phone(base, in_process(secure=True))
                assert secure.get("/formList", headers).status == 200

    def test_the_proxy_s_word_counts_only_where_a_proxy_is_configured(self, world: World, phone: Phone) -> None:
        claim = {"X-Forwarded-Proto": "https"}
        with override_settings(HOMEWARD_PROFILE="office"):
            assert phone.get("/formList", claim).status == 400
            with override_settings(SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https")):
                assert phone.get("/formList", claim).status == 200

    def test_what_was_sent_unencrypted_is_not_stored(self, world: World, phone: Phone) -> None:
        assert world.amani.child is not None
        with override_settings(HOMEWARD_PROFILE="production"):
            assert phone.post(xml_part(interview("caregiver", world.amani.child.code))).status == 400


def test_a_stranger_leaves_one_row_a_minute(client: Client, db: None) -> None:
    with time_machine.travel(timezone.now(), tick=False):
        for _ in range(3):
            assert client.get("/key/unknown/formList", HTTP_X_OPENROSA_VERSION="1.0").status_code == 404
    (row,) = Event.objects.filter(verb="refuse_call")
    assert (row.actor_kind, row.actor_id, row.allowed, row.detail) == ("nobody", None, False, {"code": "token"})
