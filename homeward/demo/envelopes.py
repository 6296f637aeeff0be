"""What a browser does, for the people of the demo: keys under a passphrase that everybody knows, and sealed notes."""

from __future__ import annotations

import json
import os
import struct
import unicodedata
from collections.abc import Sequence

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from homeward.domain.envelope import CONTENT, FINGERPRINT_PART, MAGIC, NONCE, ROUNDS, SLOTS, VERSION, WRAPPED_KEY, Kind

INFO = b"homeward inner envelope"
POINT = (serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


def make_key(passphrase: str, rounds: int = ROUNDS) -> tuple[bytes, bytes]:
    """Public key, and the private one under the passphrase."""
    private = ec.generate_private_key(ec.SECP256R1())
    public = private.public_key().public_bytes(*POINT)
    secret = private.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    head = bytes((1, 1)) + struct.pack(">I", rounds) + os.urandom(16)
    nonce = os.urandom(NONCE)
    return public, head + nonce + AESGCM(_from_passphrase(passphrase, head)).encrypt(nonce, secret, head + public)


def make_pair() -> tuple[bytes, bytes]:
    """The programme's pair, to which phones encrypt: the public half as a form carries it, and the private one."""
    private = rsa.generate_private_key(65_537, 2_048)
    der = serialization.Encoding.DER
    public = private.public_key().public_bytes(der, serialization.PublicFormat.SubjectPublicKeyInfo)
    return public, private.private_bytes(der, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def _from_passphrase(passphrase: str, head: bytes) -> bytes:
    rounds = int.from_bytes(head[2:6], "big")
    spelt = unicodedata.normalize("NFKC", passphrase).encode()
    return PBKDF2HMAC(hashes.SHA256(), 32, head[6:], rounds).derive(spelt)


def seal(said: str, kind: Kind, recipients: Sequence[bytes]) -> bytes:
    own = ec.generate_private_key(ec.SECP256R1())
    made = own.public_key().public_bytes(*POINT)
    header = MAGIC + bytes((VERSION, kind, SLOTS, 0, 0))
    raw = os.urandom(32)
    slots = [_slot(own, made, header, recipient, raw) for recipient in recipients]
    slots += [os.urandom(FINGERPRINT_PART + WRAPPED_KEY) for _ in range(SLOTS - len(slots))]
    bound = header + made + b"".join(slots)
    text, nonce = said.encode(), os.urandom(NONCE)
    content = struct.pack(">I", len(text)) + text.ljust(CONTENT - 4, b"\0")
    return bound + nonce + AESGCM(raw).encrypt(nonce, content, bound)


def _slot(own: ec.EllipticCurvePrivateKey, made: bytes, header: bytes, recipient: bytes, raw: bytes) -> bytes:
    key = wrapping_key(own, recipient, made + recipient, header)
    return fingerprint_of(recipient)[:FINGERPRINT_PART] + AESGCM(key).encrypt(bytes(NONCE), raw, None)


def wrapping_key(own: ec.EllipticCurvePrivateKey, theirs: bytes, salt: bytes, header: bytes) -> bytes:
    shared = own.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs))
    return HKDF(hashes.SHA256(), 32, salt, INFO + header).derive(shared)


def fingerprint_of(public_key: bytes) -> bytes:
    digest = hashes.Hash(hashes.SHA256())
    digest.update(public_key)
    return digest.finalize()


def note(text: str, about: str = "") -> str:
    """What pages seal: the words, and whom they are about."""
    return json.dumps({"about": about, "text": text}, ensure_ascii=False)
