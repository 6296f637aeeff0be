"""A security key in software, for tests without a browser: makes a key pair, and signs what a site asks."""

from __future__ import annotations

import hashlib
import json
import os
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

PRESENT = AuthenticatorData.FLAG.USER_PRESENT


class Key:
    """`counts`: whether it says how often it was used, as keys on a key ring do and passkeys do not."""

    def __init__(self, counts: bool = True) -> None:
        self.private, self.id = ec.generate_private_key(ec.SECP256R1()), os.urandom(32)
        self.counts, self.count = counts, 0

    def create(self, options: dict[str, Any], origin: str) -> str:
        public = ES256.from_cryptography_key(self.private.public_key())
        made = AttestedCredentialData.create(b"\x00" * 16, self.id, public)
        data = AuthenticatorData.create(
            hashlib.sha256(options["rp"]["id"].encode()).digest(),
            PRESENT | AuthenticatorData.FLAG.ATTESTED,
            self._next(),
            bytes(made),
        )
        client = CollectedClientData.create(
            CollectedClientData.TYPE.CREATE, websafe_decode(options["challenge"]), origin
        )
        return self._answer(
            clientDataJSON=bytes(client), attestationObject=bytes(AttestationObject.create("none", data, {}))
        )

    def get(self, options: dict[str, Any], origin: str) -> str:
        data = AuthenticatorData.create(hashlib.sha256(options["rpId"].encode()).digest(), PRESENT, self._next(), b"")
        client = CollectedClientData.create(CollectedClientData.TYPE.GET, websafe_decode(options["challenge"]), origin)
        signed = self.private.sign(bytes(data) + client.hash, ec.ECDSA(SHA256()))
        return self._answer(clientDataJSON=bytes(client), authenticatorData=bytes(data), signature=signed)

    def _next(self) -> int:
        self.count += self.counts
        return self.count

    def _answer(self, **parts: bytes) -> str:
        said = {name: websafe_encode(value) for name, value in parts.items()}
        key = websafe_encode(self.id)
        return json.dumps(
            {"id": key, "rawId": key, "type": "public-key", "response": said, "clientExtensionResults": {}}
        )
