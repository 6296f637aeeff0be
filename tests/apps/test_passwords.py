"""Which passwords are refused: short, like the name, or made of what everybody tries first."""

from __future__ import annotations

import time

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher, get_hasher
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from homeward.apps.access.models import Person
from homeward.apps.access.passwords import LIST, WIDTH, is_common
from tests.repo.collect_passwords import collected

ROSA = Person(email="rosa.mwangi@example.org", display_name="Rosa Mwangi")


@pytest.mark.parametrize(
    "password",
    [
        "Eleven chars"[:11],
        "password2024!",
        "P@ssw0rd1234",
        "qwertyqwerty",
        "iloveyoufootball",
        "abcabcabcabc",
        "123456789012",
        "!!!!!!!!!!!!",
        "!!sunshine!!99",
        "rosa.mwangi@example",
        "Rosa Mwangi 12",
        "rosamwangi2024",
    ],
)
def test_what_is_tried_first_is_refused(password: str) -> None:
    with pytest.raises(ValidationError):
        validate_password(password, ROSA)


@pytest.mark.parametrize(
    "password",
    [
        "9 quiet rivers, 4 bridges",
        "a long walk home, slowly",
        "Zq8#kd9!mmX2pL",
        "حديقة هادئة قرب النهر",
        "correct horse battery",
    ],
)
def test_what_takes_long_to_guess_is_taken(password: str) -> None:
    validate_password(password, ROSA)


def test_the_list_is_what_its_sources_give_and_small() -> None:
    assert LIST.read_bytes() == collected()
    assert LIST.stat().st_size < 300_000
    assert LIST.stat().st_size // WIDTH > 35_000


def test_a_very_long_password_is_looked_at_in_no_time() -> None:
    begin = time.perf_counter()
    is_common("a" * 1023 + "b")
    assert time.perf_counter() - begin < 1


def test_argon2_comes_first_and_nothing_else_is_accepted(settings: object) -> None:
    hashers = [name for name in settings.PASSWORD_HASHERS if "MD5" not in name]  # type: ignore[attr-defined] # of the tests
    assert hashers == ["homeward.apps.access.passwords.Hasher"]
    assert get_hasher("argon2").algorithm == "argon2"
    with pytest.raises(ValueError):
        get_hasher(PBKDF2PasswordHasher.algorithm)
