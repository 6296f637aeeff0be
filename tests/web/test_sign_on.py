"""Signing on through a provider that really answers, on this machine."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from joserfc.jwk import RSAKey

from homeward.apps.access.models import Person
from homeward.apps.audit.models import Event
from tests.apps.test_factors import app_of, code_at
from tests.provider import CLIENT, SECRET, Provider, providing
from tests.world import World

pytestmark = pytest.mark.database
EMAIL = "case_worker@amani.example.org"


@pytest.fixture
def provider(settings: Any, world: World) -> Iterator[Provider]:
    with providing() as provider:
        provider.claims["email"] = EMAIL
        settings.HOMEWARD_OIDC_ISSUER = provider.issuer
        settings.HOMEWARD_OIDC_CLIENT_ID, settings.HOMEWARD_OIDC_CLIENT_SECRET = CLIENT, SECRET
        settings.HOMEWARD_PROFILE, settings.HOMEWARD_ONE_TAP = "office", False
        yield provider


def signs_on(client: Client, provider: Provider, query: str = "") -> Any:
    code, state = provider.consent(client.get(f"/sign-in/on{query}").headers["Location"])
    return client.get("/sign-in/on/back", {"code": code, "state": state})


def opens(client: Client) -> bool:
    return client.get("/children").status_code == 200


class TestWhoComesIn:
    def test_with_the_second_factor_of_the_provider_where_the_setting_says_so(
        self, provider: Provider, settings: Any, world: World
    ) -> None:
        settings.HOMEWARD_OIDC_SECOND_FACTOR = True
        client = Client()
        assert b"Sign in through my organisation" in client.get("/sign-in").content
        page = signs_on(client, provider, "?next=/children")
        assert page.context["target"] == "/children"
        assert opens(client)
        event = Event.objects.get(verb="sign_in", allowed=True)
        assert (event.actor_id, event.detail) == (world.amani.people["case_worker"], {"second": "sign-on"})

    def test_else_our_own_second_step_comes_after_it(self, provider: Provider, world: World) -> None:
        secret, client = app_of(world.amani.actor("case_worker")), Client()
        assert signs_on(client, provider, "?next=/children").context["target"] == "/sign-in/second"
        assert not opens(client)
        answer = client.post("/sign-in/second", {"code": code_at(secret, datetime.now(UTC))})
        assert (answer.headers["Location"], opens(client)) == ("/children", True)

    def test_and_who_has_none_sets_one_up(self, provider: Provider) -> None:
        client = Client()
        assert signs_on(client, provider).context["target"] == "/me/factors"
        assert client.get("/children").headers["Location"] == "/me/factors"

    def test_the_cookie_of_the_handshake_is_lax_short_and_gone_afterwards(self, provider: Provider) -> None:
        client = Client()
        address = client.get("/sign-in/on").headers["Location"]
        cookie = client.cookies["homeward-sign-on"]
        assert (cookie["samesite"], cookie["max-age"], bool(cookie["httponly"])) == ("Lax", 300, True)
        code, state = provider.consent(address)
        answer = client.get("/sign-in/on/back", {"code": code, "state": state})
        assert answer.cookies["homeward-sign-on"]["max-age"] == 0
        assert answer.cookies["homeward"]["samesite"] == "Strict"
        assert client.get("/sign-in/on/back", {"code": code, "state": state}).headers["Location"] == "/sign-in"

    def test_nobody_is_sent_to_another_site_afterwards(self, provider: Provider, settings: Any) -> None:
        settings.HOMEWARD_OIDC_SECOND_FACTOR = True
        assert signs_on(Client(), provider, "?next=https://elsewhere.example").context["target"] == "/"


class TestWhoDoesNot:
    @pytest.fixture(autouse=True)
    def _trusting(self, settings: Any) -> None:
        settings.HOMEWARD_OIDC_SECOND_FACTOR = True

    def refused(self, provider: Provider, query: str = "") -> None:
        client, before = Client(), Person.objects.count()
        answer = signs_on(client, provider, query)
        assert (answer.status_code, b"was not accepted here" in answer.content) == (422, True)
        assert not opens(client)
        assert Person.objects.count() == before
        assert Event.objects.filter(verb="sign_on", allowed=False).exists()

    @pytest.mark.parametrize(
        "claims",
        [
            {"email": "nobody@example.org"},
            {"email": ""},
            {"email_verified": False},
            {"email_verified": "true"},
            {"iss": "https://elsewhere.example"},
            {"aud": "another client"},
            {"aud": [CLIENT, "another"], "azp": "another"},
            {"nonce": "another"},
            {"exp": 1},
            {"nbf": 9_999_999_999},
            {"sub": ""},
        ],
        ids=str,
    )
    def test_what_the_provider_says_must_fit(self, provider: Provider, claims: dict[str, Any]) -> None:
        provider.claims.update(claims)
        self.refused(provider)

    def test_nor_with_a_signature_of_somebody_else(self, provider: Provider) -> None:
        provider.signer = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
        self.refused(provider)

    @pytest.mark.parametrize("algorithm", ["none", "HS256"])
    def test_nor_without_a_signature_or_with_the_public_key_as_a_secret(
        self, provider: Provider, algorithm: str
    ) -> None:
        def part(value: bytes) -> str:
            return base64.urlsafe_b64encode(value).rstrip(b"=").decode()

        def forge(claims: dict[str, Any]) -> str:
            head = part(json.dumps({"alg": algorithm, "kid": "one"}).encode())
            text = f"{head}.{part(json.dumps(claims).encode())}"
            mac = hmac.new(provider.key.as_pem(private=False), text.encode(), "sha256").digest()
            return f"{text}.{part(mac) if algorithm == 'HS256' else ''}"

        provider.forge = forge
        self.refused(provider)

    def test_nor_another_identity_with_the_same_address(self, provider: Provider) -> None:
        assert signs_on(Client(), provider).status_code == 200
        provider.claims["sub"] = "subject-2"
        self.refused(provider)

    def test_nor_a_closed_account(self, provider: Provider) -> None:
        Person.objects.filter(email=EMAIL).update(is_active=False)
        self.refused(provider)

    def test_nor_from_a_provider_that_calls_itself_otherwise(self, provider: Provider) -> None:
        client = Client()
        provider.about["issuer"] = "https://elsewhere.example"
        assert client.get("/sign-in/on").status_code == 422

    def test_nor_over_a_line_without_encryption(self, provider: Provider) -> None:
        client = Client()
        address = client.get("/sign-in/on").headers["Location"]
        provider.about["token_endpoint"] = "http://elsewhere.example/token"
        code, state = provider.consent(address)
        assert client.get("/sign-in/on/back", {"code": code, "state": state}).status_code == 422

    def test_nor_with_the_code_of_another_browser(self, provider: Provider) -> None:
        """Somebody who sends you the end of their own sign-on does not get you into their account."""
        theirs, mine = Client(), Client()
        code, state = provider.consent(theirs.get("/sign-in/on").headers["Location"])
        mine.get("/sign-in/on")
        assert mine.get("/sign-in/on/back", {"code": code, "state": state}).status_code == 422
        assert Client().get("/sign-in/on/back", {"code": code, "state": state}).headers["Location"] == "/sign-in"

    def test_nor_when_the_provider_is_away(self, provider: Provider, settings: Any) -> None:
        settings.HOMEWARD_OIDC_ISSUER = "http://127.0.0.1:9"
        assert Client().get("/sign-in/on").status_code == 422

    def test_saying_once_more_takes_a_sign_on_of_now(self, provider: Provider) -> None:
        assert signs_on(Client(), provider, "?again=1").status_code == 200
        provider.claims["auth_time"] = int(time.time()) - 3600
        self.refused(provider, "?again=1")


def test_without_a_provider_there_is_no_such_address(world: World) -> None:
    client = Client()
    assert b"through my organisation" not in client.get("/sign-in").content
    assert client.get("/sign-in/on").status_code == client.get("/sign-in/on/back").status_code == 404
