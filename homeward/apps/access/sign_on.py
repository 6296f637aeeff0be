"""Signing on through the organisation's own provider (OpenID Connect): the code flow with PKCE, and whose account.

Nobody gets an account by it. It must exist, with the address that the provider says it has verified; with the first
sign-on it is bound to that identity of the provider, so that an address given to somebody else later opens nothing.
The server fetches from the provider that the settings name, and from nowhere else.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, NoReturn
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from django.conf import settings
from django.db import transaction
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from homeward.apps.access.actors import actor_of_person
from homeward.apps.access.models import Person
from homeward.apps.access.vault import keyed_hash
from homeward.apps.audit.services import Nobody, record
from homeward.domain.problems import Problem, ProblemError

ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
PATIENCE, MOST = 10, 1 << 20  # seconds, bytes
LEEWAY, LATELY = 60, 5 * 60  # seconds
HERE = frozenset({"localhost", "127.0.0.1", "::1"})
NOWHERE = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Handshake:
    """What the browser carries between the way there and the way back, signed."""

    state: str
    nonce: str
    verifier: str
    again: bool  # somebody who is known already says once more who it is
    onward: str

    def kept(self) -> dict[str, Any]:
        return asdict(self)


def is_offered() -> bool:
    return bool(settings.HOMEWARD_OIDC_ISSUER)


def begin(back: str, onward: str, *, again: bool = False) -> tuple[str, Handshake]:
    """The address to go to, and what to keep meanwhile."""
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    shake = Handshake(state, nonce, verifier, again, onward)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(shake.verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {
        "response_type": "code",
        "client_id": settings.HOMEWARD_OIDC_CLIENT_ID,
        "redirect_uri": back,
        "scope": "openid email",
        "state": shake.state,
        "nonce": shake.nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
        **({"prompt": "login", "max_age": "0"} if again else {}),
    }
    address = str(_about()["authorization_endpoint"])
    return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}", shake


def whose(shake: Handshake, back: str, code: str, state: str) -> Person:
    """The account, or one refusal for whatever was wrong."""
    if not code or not secrets.compare_digest(shake.state.encode(), state.encode()):
        _refuse("state")
    about = _about()
    given = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": back,
        "code_verifier": shake.verifier,
        "client_id": settings.HOMEWARD_OIDC_CLIENT_ID,
        "client_secret": settings.HOMEWARD_OIDC_CLIENT_SECRET,
    }
    token = _fetch(str(about["token_endpoint"]), urlencode(given).encode()).get("id_token")
    claims = _claims(str(token), _fetch(str(about["jwks_uri"])), shake)
    return _account(claims)


def _claims(token: str, keys: Mapping[str, Any], shake: Handshake) -> dict[str, Any]:
    try:
        claims = jwt.decode(token, KeySet.import_key_set(keys), algorithms=ALGORITHMS).claims  # type: ignore[arg-type]
        jwt.JWTClaimsRegistry(
            leeway=LEEWAY,
            iss={"essential": True, "value": settings.HOMEWARD_OIDC_ISSUER},
            aud={"essential": True, "value": settings.HOMEWARD_OIDC_CLIENT_ID},
            nonce={"essential": True, "value": shake.nonce},
            exp={"essential": True},
            sub={"essential": True},
        ).validate(claims)
    except (JoseError, ValueError, TypeError, KeyError):
        _refuse("token")
    if claims.get("azp", settings.HOMEWARD_OIDC_CLIENT_ID) != settings.HOMEWARD_OIDC_CLIENT_ID:
        _refuse("token")
    if shake.again and not time.time() - LATELY < float(claims.get("auth_time") or 0) <= time.time() + LEEWAY:
        _refuse("not again")
    return dict(claims)


def _account(claims: Mapping[str, Any]) -> Person:
    email = str(claims.get("email") or "").strip().lower()
    person = Person.objects.filter(email=email, is_active=True).first()
    if person is None or claims.get("email_verified") is not True:
        _refuse("account")
    given = keyed_hash("sign-on", NOWHERE, f"{claims['iss']} {claims['sub']}")
    if bytes(person.sign_on_hash) == given:
        return person
    who = actor_of_person(person)
    with transaction.atomic():
        bound = Person.objects.filter(pk=person.pk, sign_on_hash=b"").update(sign_on_hash=given)
        if bound:
            record(who, "bind_sign_on", "person", person.pk, organisation_id=who.organisation_id)
    if not bound:
        _refuse("identity")
    return person


def _about() -> dict[str, Any]:
    about = _fetch(f"{settings.HOMEWARD_OIDC_ISSUER}/.well-known/openid-configuration")
    if about.get("issuer") != settings.HOMEWARD_OIDC_ISSUER:
        _refuse("issuer")
    return about


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def _fetch(address: str, data: bytes | None = None) -> dict[str, Any]:
    """JSON of the provider: over TLS, unless it is this machine; nowhere further; of bounded length."""
    parts = urlsplit(address)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in HERE):
        _refuse("address")
    asked = urllib.request.Request(address, data, {"Accept": "application/json"})  # noqa: S310 - looked at above
    try:
        with urllib.request.build_opener(_NoRedirect).open(asked, timeout=PATIENCE) as answer:
            found = json.loads(answer.read(MOST))
    except (urllib.error.URLError, OSError, ValueError):
        _refuse("provider")
    return found if isinstance(found, dict) else _refuse("provider")


def _refuse(code: str) -> NoReturn:
    record(Nobody(), "sign_on", "person", allowed=False, detail={"code": code})
    message = "Your organisation's sign-on was not accepted here."
    action = "Try again, or sign in with your password. Your administrator sees which address your account has."
    raise ProblemError(Problem("sign_on.refused", message, action, status=422))
