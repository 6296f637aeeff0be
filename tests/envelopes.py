"""Opening what was sealed as a recipient's browser does: a second implementation, which must agree with the first."""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from homeward.apps.access.actors import Actor
from homeward.apps.safeguarding.recipients import enrol_recipient
from homeward.demo.envelopes import _from_passphrase, fingerprint_of, make_key, seal, wrapping_key
from homeward.domain import envelope as shape
from homeward.domain.envelope import Kind

PASSPHRASE = "four quiet words here"
START = shape.HEADER + shape.KEY_LENGTH + shape.SLOTS * (shape.FINGERPRINT_PART + shape.WRAPPED_KEY)


@dataclass(frozen=True, slots=True)
class Key:
    public: bytes
    wrapped: bytes


def key() -> Key:
    return Key(*make_key(PASSPHRASE))


def enrolled(actor: Actor, group: str = "focal") -> Key:
    made = key()
    enrol_recipient(actor, group, made.public, made.wrapped)
    return made


def sealed_to(keys: list[Key], text: str = "told", kind: Kind = Kind.DISCLOSURE) -> bytes:
    return seal(text, kind, [each.public for each in keys])


def private_of(made: Key, passphrase: str = PASSPHRASE) -> ec.EllipticCurvePrivateKey:
    head, nonce, closed = made.wrapped[:22], made.wrapped[22:34], made.wrapped[34:]
    secret = AESGCM(_from_passphrase(passphrase, head)).decrypt(nonce, closed, head + made.public)
    loaded = serialization.load_der_private_key(secret, None)
    assert isinstance(loaded, ec.EllipticCurvePrivateKey)
    return loaded


def opened(blob: bytes, made: Key, passphrase: str = PASSPHRASE) -> str:
    header, ephemeral = blob[:8], blob[8 : 8 + shape.KEY_LENGTH]
    size = shape.FINGERPRINT_PART + shape.WRAPPED_KEY
    slots = [blob[at : at + size] for at in range(8 + shape.KEY_LENGTH, START, size)]
    name = fingerprint_of(made.public)[: shape.FINGERPRINT_PART]
    wrapped = next(slot[shape.FINGERPRINT_PART :] for slot in slots if slot.startswith(name))
    wrapping = wrapping_key(private_of(made, passphrase), ephemeral, ephemeral + made.public, header)
    raw = AESGCM(wrapping).decrypt(bytes(12), wrapped, None)
    content = AESGCM(raw).decrypt(blob[START : START + 12], blob[START + 12 :], blob[:START])
    length = int.from_bytes(content[:4], "big")
    return content[4 : 4 + length].decode()
