"""Child codes: seven random digits and two check digits (ISO 7064, MOD 97-10), so that a code modulo 97 is 1.

The check finds every single wrong digit and every swap of two neighbours, and an XForm can test it in one expression.
A code says nothing: no country, no year, no sequence.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

LOWEST, HIGHEST = 1_000_000, 9_999_999
XFORM_CHECK = "regex(., '^[0-9]{9}$') and number(.) mod 97 = 1"


def with_check_digits(body: int) -> str:
    """Seven digits -> nine digits."""
    if not LOWEST <= body <= HIGHEST:
        raise ValueError("a code body has seven digits and does not begin with 0")
    return f"{body}{98 - body * 100 % 97:02d}"


def random_code(randbelow: Callable[[int], int]) -> str:
    """Pass `secrets.randbelow`, or a seeded function for a synthetic world."""
    return with_check_digits(LOWEST + randbelow(HIGHEST - LOWEST + 1))


def normalise_code(text: str) -> str:
    """What a person typed -> digits: spaces and hyphens dropped, digits of any script turned into 0-9."""
    digits = "".join(str(unicodedata.digit(ch)) if ch.isdigit() else ch for ch in text)
    return re.sub(r"[\s\-\u2010-\u2015\u200e\u200f]", "", digits)


def is_valid_code(code: str) -> bool:
    return bool(re.fullmatch(r"[1-9][0-9]{8}", code)) and int(code) % 97 == 1


def might_be_code(text: str) -> bool:
    """Digits, and no more than a code has: one with a slip in it perhaps, but no name."""
    return bool(re.fullmatch(r"[0-9]{1,9}", normalise_code(text)))


def display_code(code: str) -> str:
    """`482193067` -> `482 193 067`, with spaces that do not break."""
    return "\u00a0".join((code[:3], code[3:6], code[6:])) if len(code) == 9 else code
