"""Sealing an interview as our client does: a second implementation, from ADR 0017 alone, which the server must open."""

from __future__ import annotations

import hashlib
import json
import os
from uuid import UUID, uuid4

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def sealed(content: bytes, public: bytes, kind: int = 1, delivery: UUID | None = None) -> bytes:
    own = ec.generate_private_key(ec.SECP256R1())
    made = own.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    header = b"HWT" + bytes([1, kind, 0, 0, 0])
    start = header + (delivery or uuid4()).bytes + hashlib.sha256(public).digest()[:16] + made
    shared = own.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public))
    key = HKDF(hashes.SHA256(), 32, made + public, b"homeward transport envelope" + header).derive(shared)
    size = 32 if kind == 2 else (len(content) + 4 + 4095) // 4096 * 4096
    whole = (len(content).to_bytes(4, "big") + content).ljust(size, b"\0")
    return start + AESGCM(key).encrypt(b"\0" * 12, whole, start)


def multipart(xml: bytes, files: dict[str, bytes] | None = None) -> tuple[bytes, str]:
    boundary = os.urandom(12).hex()
    parts = [("xml_submission_file", "submission.xml", "text/xml", xml)]
    parts += [(name, name, "image/png", content) for name, content in (files or {}).items()]
    body = b""
    for field, name, kind, content in parts:
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\n'
        body += head.encode() + f"Content-Type: {kind}\r\n\r\n".encode() + content + b"\r\n"
    return body + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def note(public: bytes, kind: str, said: object, *, delivery: UUID | None = None) -> bytes:
    """As the app posts what is no interview."""
    delivery = delivery or uuid4()
    content = (
        json.dumps({"note": kind}).encode() + b"\n" + (said if isinstance(said, bytes) else json.dumps(said).encode())
    )
    return sealed(b"\0", public, 2, delivery) + sealed(content, public, 1, delivery)


def letter(
    public: bytes,
    xml: bytes,
    *,
    severity: int = 0,
    delivery: UUID | None = None,
    files: dict[str, bytes] | None = None,
    **head: str,
) -> bytes:
    """What a client posts: the flag, then the envelope."""
    body, kind = multipart(xml, files)
    said = json.dumps({"type": kind, **head}).encode()
    delivery = delivery or uuid4()
    return sealed(bytes([severity]), public, 2, delivery) + sealed(said + b"\n" + body, public, 1, delivery)
