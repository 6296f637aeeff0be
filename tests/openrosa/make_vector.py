"""Writes what the browser's tests open: a form encrypted by the phone here. `python -m tests.openrosa.make_vector`."""

from __future__ import annotations

import base64
import json

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from homeward.demo.encrypting import encrypt
from homeward.demo.envelopes import make_key, seal
from homeward.domain.envelope import Kind
from tests.repo.source import ROOT

PATH = ROOT / "frontend" / "tests" / "fixtures" / "encrypted-form.json"
PASSPHRASE = "four quiet words here"
INSTANCE = "uuid:5f0c7f2c-3f43-4b1e-9f7b-0d8b8a3f1c11"
SAID = "He hurts her. — يؤذيها"
XML = (
    '<data id="disclosure" version="1.0"><start><child_code>123456789</child_code></start>'
    f"<told><respondent>child</respondent><what_told>{SAID}</what_told><act_today/></told>"
    f'<orx:meta xmlns:orx="http://openrosa.org/xforms"><orx:instanceID>{INSTANCE}</orx:instanceID></orx:meta></data>'
).encode()
MEDIA = {"one.jpg": bytes(range(256)) * 40, "two.m4a": b"exactly16bytes!!"}


def main() -> None:
    keys = [make_key(PASSPHRASE, 1_000) for _ in range(3)]
    pairs = [rsa.generate_private_key(65537, 2048) for _ in range(2)]
    public = (
        pairs[0].public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    made = encrypt(XML, public, ("disclosure", "1.0"), INSTANCE, MEDIA)
    alone = encrypt(XML, public, ("disclosure", ""), INSTANCE, namespace="http://opendatakit.org/submissions")
    vector = {
        "passphrase": PASSPHRASE,
        "recipients": [{"publicKey": b64(public), "wrapped": b64(wrapped)} for public, wrapped in keys],
        "keys": [
            b64(half(each, [key for key, _ in keys[:2]])) for each in reversed(pairs)
        ],  # the newest, which is another, first
        "said": SAID,
        "media": {name: b64(content) for name, content in MEDIA.items()},
        "forms": [
            {"manifest": b64(each.manifest), "files": [{"name": n, "content": b64(c)} for n, c in each.files]}
            for each in (made, alone)
        ],
    }
    PATH.write_text(json.dumps(vector, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def half(pair: rsa.RSAPrivateKey, recipients: list[bytes]) -> bytes:
    secret = pair.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return seal(b64(secret), Kind.PROGRAMME_KEY, recipients)


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


if __name__ == "__main__":
    main()
