"""The shape of the inner envelope: what is sealed in a page to focal points. Its content is nobody's here.

    magic "HWS" · version · kind · slots · two empty bytes                        8 bytes
    a public key made for this envelope alone (P-256, uncompressed)              65
    eight slots: half of a recipient's fingerprint (16) and the wrapped key (48) 512
    nonce, ciphertext of 8,192 bytes, tag                                        8,220

Every envelope has the same length, with much in it, little or nothing; slots that nobody needs are random. Sealing and
opening live in the browser (`frontend/src/seal`); ADR 0012 says why in this way.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum

from homeward.domain.problems import Problem, ProblemError

MAGIC, VERSION = b"HWS", 1
SLOTS = 8
KEY_LENGTH = 65  # of a public key
FINGERPRINT_PART, WRAPPED_KEY = 16, 48
HEADER = 8
CONTENT = 8_192  # bytes before sealing: four of length, then the text, then nothing
NONCE, TAG = 12, 16
ENVELOPE = HEADER + KEY_LENGTH + SLOTS * (FINGERPRINT_PART + WRAPPED_KEY) + NONCE + CONTENT + TAG
FEWEST_RECIPIENTS = 2
FLAG_LENGTH = 32  # one byte says how grave it is, the others say nothing
WRAPPED_PRIVATE = range(150, 400)  # bytes of a private key under a passphrase
ROUNDS = 600_000  # the fewest of PBKDF2-SHA-256 under which a private key may be wrapped
SEVERITIES = ("", "low", "medium", "high")


class Kind(IntEnum):
    """What a value was sealed as; bound to it, so that none passes for another."""

    DISCLOSURE = 1
    REASONING = 2
    VIOLATION = 3
    STAFF_REPORT = 4
    PROGRAMME_KEY = 5  # the private half of the pair to which phones encrypt


def check_envelope(blob: bytes, kind: Kind) -> bytes:
    """A value of any other shape is refused: it would stand out among the others."""
    shaped = blob[: HEADER - 2] == MAGIC + bytes((VERSION, kind, SLOTS))
    if len(blob) != ENVELOPE or not shaped or blob[HEADER] != 4:
        raise ProblemError(
            Problem(
                "sealed.shape",
                "What was sealed did not arrive as the page sends it.",
                "Open the page again and repeat it; nothing was stored.",
            )
        )
    return blob


def sealed_to(blob: bytes, public_keys: Mapping[bytes, bytes]) -> set[bytes]:
    """Whose slots are there: `public_keys` by their SHA-256. What lies in a slot only its owner can tell."""
    size = FINGERPRINT_PART + WRAPPED_KEY
    start = HEADER + KEY_LENGTH
    names = {blob[at : at + FINGERPRINT_PART] for at in range(start, start + SLOTS * size, size)}
    return {key for digest, key in public_keys.items() if digest[:FINGERPRINT_PART] in names}


def severity_of_flag(flag: bytes) -> str:
    """Empty where nothing was marked."""
    grade = flag[0] if len(flag) == FLAG_LENGTH else 0
    return SEVERITIES[grade] if grade < len(SEVERITIES) else SEVERITIES[-1]


def check_public_key(key: bytes) -> bytes:
    if len(key) != KEY_LENGTH or key[0] != 4:
        raise ProblemError(_bad_key())
    return key


def check_wrapped(wrapped: bytes) -> bytes:
    """Version and algorithm, rounds (four bytes), salt (16), nonce (12), then the private key, sealed."""
    rounds = int.from_bytes(wrapped[2:6], "big")
    if len(wrapped) not in WRAPPED_PRIVATE or wrapped[:2] != bytes((1, 1)) or rounds < ROUNDS:
        raise ProblemError(_bad_key())
    return wrapped


def _bad_key() -> Problem:
    return Problem(
        "recipient.key",
        "The key did not arrive as the page makes it.",
        "Open the page again in an up-to-date browser and make the key anew.",
    )
