"""Passwords that are too easy: those that everybody tries first, alone, repeated, joined or with digits around them.

The list is in the package, so that it works without a line: 40,000 passwords from breaches, kept as five bytes of their
SHA-256 (`tests/repo/collect_passwords.py` says from where). A password of twelve characters is rarely on any list, but
often made of one: "Password2024!", "qwertyqwerty".
"""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path

from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from homeward.apps.access.models import Person


class Hasher(Argon2PasswordHasher):
    """Argon2id with 19 MiB, two passes and one lane, the least that is advised for it. Django's own 100 MiB in eight
    lanes would need 800 MB for eight people who sign in at once, on a machine of 512. A hash of before is made anew at
    the next sign-in.
    """

    time_cost, memory_cost, parallelism = 2, 19 * 1024, 1


LIST = Path(__file__).with_name("common_passwords.bin")
WIDTH, SHORTEST = 5, 4
AROUND = re.compile(r"^[\d\W_]+|[\d\W_]+$")
LEET = str.maketrans({"0": "o", "1": "l", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i"})


class CommonPasswordValidator:
    """Of Django's kind, for AUTH_PASSWORD_VALIDATORS."""

    def validate(self, password: str, user: Person | None = None) -> None:
        if is_common(password):
            raise ValidationError(_("This password is one of those that are tried first."), code="password_too_common")

    def get_help_text(self) -> str:
        return _("Your password is none of those that are tried first.")


def is_common(password: str) -> bool:
    """Whether guessing from the list, with the usual trimmings, comes to it."""
    whole = password.lower()
    forms = {form for plain in (whole, whole.translate(LEET)) for form in (plain, AROUND.sub("", plain))}
    return any(_made_of_list(form) for form in forms)


def _made_of_list(text: str) -> bool:
    """On the list, one piece over and over, or two of the list joined. Nothing at all is a row of digits and marks."""
    if not text or _listed(text):
        return True
    for size in range(1, len(text) // 2 + 1):
        if text == (text[:size] * len(text))[: len(text)] and (size < SHORTEST or _listed(text[:size])):
            return True
    cuts = range(SHORTEST, len(text) - SHORTEST + 1)
    return any(_listed(text[:cut]) and _listed(text[cut:]) for cut in cuts)


def _listed(text: str) -> bool:
    wanted, hashes = short_hash(text), _hashes()
    low, high = 0, len(hashes) // WIDTH
    while low < high:
        middle = (low + high) // 2
        found = hashes[middle * WIDTH : (middle + 1) * WIDTH]
        if found == wanted:
            return True
        low, high = (middle + 1, high) if found < wanted else (low, middle)
    return False


def short_hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()[:WIDTH]


@cache
def _hashes() -> bytes:
    return LIST.read_bytes()
