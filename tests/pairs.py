"""The programme's key pair as a focal point's browser makes it, and opening a form as that browser does."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from lxml import etree

from homeward.apps.access.actors import Actor, actor_of_person_id
from homeward.apps.safeguarding.models import Group, ProgrammeKey
from homeward.apps.safeguarding.programme_keys import confirm_programme_key, make_programme_key
from homeward.apps.safeguarding.recipients import current_recipients
from homeward.domain.envelope import Kind
from tests.envelopes import Key, opened, sealed_to

BITS = 2048


@dataclass(frozen=True, slots=True)
class Pair:
    public: bytes
    private: bytes


def pair(bits: int = BITS) -> Pair:
    private = rsa.generate_private_key(65537, bits)
    return Pair(
        private.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo),
        private.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
    )


def half(made: Pair, keys: list[Key]) -> bytes:
    """The private half, in an envelope to all of these."""
    return sealed_to(keys, base64.b64encode(made.private).decode(), Kind.PROGRAMME_KEY)


def waiting(actor: Actor, keys: list[Key]) -> tuple[Pair, UUID]:
    """Made, and confirmed by nobody."""
    made = pair()
    return made, make_programme_key(actor, made.public, half(made, keys))


def paired(actor: Actor, keys: list[Key]) -> Pair:
    """In use: another who receives has confirmed it."""
    made, key_id = waiting(actor, keys)
    place = ProgrammeKey.objects.get(pk=key_id).organisation_id
    other = current_recipients(place, Group.FOCAL).exclude(person_id=actor.person_id).first()
    assert other is not None
    confirm_programme_key(actor_of_person_id(other.person_id), key_id)
    return made


def opened_form(manifest: bytes, files: Mapping[str, bytes], envelope: bytes, key: Key) -> bytes:
    """The XML inside, where the form holds no media."""
    secret = base64.b64decode(opened(envelope, key))
    private = serialization.load_der_private_key(secret, None)
    assert isinstance(private, rsa.RSAPrivateKey)
    root = etree.fromstring(manifest)
    text = {etree.QName(each).localname: each.text or "" for each in root.iter()}
    oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
    session = private.decrypt(base64.b64decode(text["base64EncryptedKey"]), oaep)
    seed = bytearray(hashlib.md5(text["instanceID"].encode() + session, usedforsecurity=False).digest())
    seed[0] = (seed[0] + 1) % 256
    closed, before, plain = files[text["encryptedXmlFile"]], bytes(seed), b""
    block = Cipher(algorithms.AES(session), modes.ECB()).encryptor()
    for at in range(0, len(closed), 16):
        plain += bytes(one ^ other for one, other in zip(closed[at : at + 16], block.update(before), strict=True))
        before = closed[at : at + 16]
    return plain[: -plain[-1]]
