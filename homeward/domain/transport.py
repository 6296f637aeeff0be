"""The shape of the transport envelope: a finished interview, sealed on our own client to the intake key of the server.

    magic "HWT" · version · kind · three empty bytes                                8 bytes
    delivery: made at random for this interview; the same whenever it is sent again   16
    half of the fingerprint of the intake key                                         16
    a public key made for this envelope alone (P-256, uncompressed)                   65
    ciphertext of the content, tag

The content begins with its length (four bytes) and is filled up with nothing: an interview to a multiple of 4,096
bytes, a flag to 32. Whatever stands before the ciphertext is bound to it. ADR 0017 says why in this way.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from uuid import UUID

from homeward.domain.problems import Problem, ProblemError

MAGIC, VERSION = b"HWT", 1
HEADER, DELIVERY, NAME, KEY_LENGTH, TAG = 8, 16, 16, 65, 16
START = HEADER + DELIVERY + NAME + KEY_LENGTH
BLOCK = 4_096
FLAG_CONTENT = 32
FLAG_LENGTH = START + FLAG_CONTENT + TAG
INFO = b"homeward transport envelope"


class Kind(IntEnum):
    INTERVIEW = 1
    FLAG = 2  # how grave what was told is, beside it, so that this is learnt without the interview


@dataclass(frozen=True, slots=True)
class Header:
    delivery: UUID
    key_name: bytes
    made: bytes  # the public key of this envelope


def header_of(blob: bytes, kind: Kind) -> Header:
    """Of an envelope that has the right shape; whether it opens is another question."""
    shaped = blob[:HEADER] == MAGIC + bytes((VERSION, kind, 0, 0, 0))
    right = len(blob) == FLAG_LENGTH if kind is Kind.FLAG else (len(blob) - START - TAG) % BLOCK == 0
    if not shaped or not right or len(blob) <= START + TAG or blob[START - KEY_LENGTH] != 4:
        raise ProblemError(_shape())
    name = HEADER + DELIVERY
    return Header(UUID(bytes=blob[HEADER:name]), blob[name : name + NAME], blob[START - KEY_LENGTH : START])


def start_of(kind: Kind, delivery: UUID, key_name: bytes, made: bytes) -> bytes:
    return MAGIC + bytes((VERSION, kind, 0, 0, 0)) + delivery.bytes + key_name + made


def padded(content: bytes, kind: Kind) -> bytes:
    whole = len(content).to_bytes(4, "big") + content
    size = FLAG_CONTENT if kind is Kind.FLAG else -(-len(whole) // BLOCK) * BLOCK
    if len(whole) > size:
        raise ProblemError(_shape())
    return whole.ljust(size, b"\0")


def unpadded(whole: bytes) -> bytes:
    length = int.from_bytes(whole[:4], "big")
    if length > len(whole) - 4:
        raise ProblemError(_shape())
    return whole[4 : 4 + length]


def _shape() -> Problem:
    return Problem(
        "transport.shape",
        "The sealed interview did not arrive as our app sends it.",
        "Send it again; if it fails again, update the app. Delete nothing.",
    )
