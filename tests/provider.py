"""A small OpenID Connect provider on this machine, as an organisation might run one: discovery, keys, codes, tokens."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "homeward", "of this client"


@dataclass
class Provider:
    """`claims` and `signer` may be changed between two sign-ons, as a provider that lies would."""

    issuer: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"}))
    signer: RSAKey | None = None
    forge: Callable[[dict[str, Any]], str] | None = None  # makes the token instead
    about: dict[str, Any] = field(default_factory=dict)

    def consent(self, address: str) -> tuple[str, str]:
        """What its page does after the reader has signed in there: code and state for the way back."""
        asked = dict(parse_qsl(urlsplit(address).query))
        assert (asked["client_id"], asked["response_type"], asked["code_challenge_method"]) == (CLIENT, "code", "S256")
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return code, asked["state"]

    def token(self, given: dict[str, str]) -> dict[str, Any] | None:
        asked = self.codes.pop(given.get("code", ""), None)
        challenge = (
            base64.urlsafe_b64encode(hashlib.sha256(given["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        )
        known = (given["client_id"], given["client_secret"]) == (CLIENT, SECRET)
        if asked is None or not known or challenge != asked["code_challenge"]:
            return None
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "auth_time": now}
        said = {**claims, "nonce": asked["nonce"], "sub": "subject-1", "email_verified": True, **self.claims}
        signed = jwt.encode({"alg": "RS256", "kid": "one"}, said, self.signer or self.key)
        return {"id_token": self.forge(said) if self.forge else signed, "token_type": "Bearer"}


@contextmanager
def providing() -> Iterator[Provider]:
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/.well-known/openid-configuration":
                ends = ("authorization_endpoint", "token_endpoint", "jwks_uri")
                return self.say(
                    {"issuer": provider.issuer, **{n: f"{provider.issuer}/{n}" for n in ends}, **provider.about}
                )
            if self.path.startswith("/authorization_endpoint"):
                return self.send_back()
            return self.say({"keys": [provider.key.as_dict(private=False)]} if self.path == "/jwks_uri" else None)

        def send_back(self) -> None:
            """A provider at which the reader is signed in already."""
            code, state = provider.consent(self.path)
            back = dict(parse_qsl(urlsplit(self.path).query))["redirect_uri"]
            self.send_response(302)
            self.send_header("Location", f"{back}?{urlencode({'code': code, 'state': state})}")
            self.end_headers()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self.say(provider.token({name: values[0] for name, values in parse_qs(body).items()}))

        def say(self, found: dict[str, Any] | None) -> None:
            self.send_response(400 if found is None else 200)
            self.end_headers()
            self.wfile.write(json.dumps(found or {"error": "invalid_grant"}).encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
