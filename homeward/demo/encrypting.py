"""A phone that encrypts a form as a whole before it sends it, written from ODK's specification alone: the side that the
focal point's browser has to open. Nothing of it is used where anything real is kept.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.serialization import load_der_public_key
from lxml import etree

COLLECT = "http://www.opendatakit.org/xforms/encrypted"  # Collect's namespace; the specification has another
OPENROSA = "http://openrosa.org/xforms"
XML_FILE = "submission.xml"
BLOCK = 16


@dataclass(frozen=True, slots=True)
class Encrypted:
    manifest: bytes
    files: tuple[tuple[str, bytes], ...]


@dataclass(slots=True)
class _Sealing:
    """One record: a key of its own, starting values in a row, and the text that the closing sum is made of."""

    public_key: bytes
    instance_id: str
    counter: int = 0
    session: bytes = field(default_factory=lambda: os.urandom(32))
    seed: bytearray = field(init=False)

    def __post_init__(self) -> None:
        self.seed = bytearray(_md5(self.instance_id.encode() + self.session))

    def to_key(self, plain: bytes) -> str:
        key = load_der_public_key(self.public_key)
        assert isinstance(key, RSAPublicKey)  # noqa: S101 - what the form carries # nosec B101
        oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
        return base64.b64encode(key.encrypt(plain, oaep)).decode()

    def file(self, plain: bytes) -> bytes:
        """Each starting value is the one before with one byte increased, the next byte each time."""
        at = self.counter % BLOCK
        self.seed[at] = (self.seed[at] + 1) % 256
        self.counter += 1
        return _cfb(self.session, bytes(self.seed), plain)


def encrypt(
    xml: bytes,
    public_key: bytes,
    form: tuple[str, str],
    instance_id: str,
    media: Mapping[str, bytes] | None = None,
    namespace: str = COLLECT,
) -> Encrypted:
    """`form`: id and version. Media come first and the XML last, as the specification orders them."""
    sealing = _Sealing(public_key, instance_id)
    key = sealing.to_key(sealing.session)
    lines, files = [*(each for each in form if each), key, instance_id], []
    for name, content in {**(media or {}), XML_FILE: xml}.items():
        files.append((f"{name}.enc", sealing.file(content)))
        lines.append(f"{name}::{_md5(content).hex()}")
    signature = sealing.to_key(_md5(("\n".join(lines) + "\n").encode()))
    names = [name for name, _ in files[:-1]]
    return Encrypted(_manifest(form, instance_id, (key, signature), names, namespace), tuple(files))


def _manifest(
    form: tuple[str, str], instance_id: str, sealed: tuple[str, str], media: list[str], namespace: str
) -> bytes:
    named = {"id": form[0], "encrypted": "yes"} | ({"version": form[1]} if form[1] else {})
    root = etree.Element(etree.QName(namespace, "data"), named)
    etree.SubElement(root, etree.QName(namespace, "base64EncryptedKey")).text = sealed[0]
    meta = etree.SubElement(root, etree.QName(OPENROSA, "meta"))
    etree.SubElement(meta, etree.QName(OPENROSA, "instanceID")).text = instance_id
    for name in media:
        part = etree.SubElement(root, etree.QName(namespace, "media"))
        etree.SubElement(part, etree.QName(namespace, "file")).text = name
    etree.SubElement(root, etree.QName(namespace, "encryptedXmlFile")).text = f"{XML_FILE}.enc"
    etree.SubElement(root, etree.QName(namespace, "base64EncryptedElementSignature")).text = sealed[1]
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _cfb(key: bytes, iv: bytes, plain: bytes) -> bytes:
    """Cipher feedback over whole blocks, the last one filled up as PKCS #7 says."""
    block = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305 - the building stone # nosec B305
    missing = BLOCK - len(plain) % BLOCK
    padded, made, before = plain + bytes((missing,)) * missing, b"", iv
    for at in range(0, len(padded), BLOCK):
        stream = block.update(before)
        before = bytes(one ^ other for one, other in zip(padded[at : at + BLOCK], stream, strict=True))
        made += before
    return made


def _md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()
