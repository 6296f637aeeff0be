"""What the profiles of an office and of production must have, asked of a process that runs with them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from homeward.formats.backup_file import new_pair
from tests.environment import without_settings
from tests.repo.source import ROOT

VAULT = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="  # thirty-two digits
PROFILES = {
    "office": {"HOMEWARD_PROFILE": "office"},
    "production": {
        "HOMEWARD_PROFILE": "production",
        "HOMEWARD_DATABASE": "postgresql://homeward@/homeward?host=/nowhere",
        "HOMEWARD_SECRET_KEY": "kZ7-mQ4x" * 8,
        "HOMEWARD_HOSTS": "office.example.org",
        "HOMEWARD_BASE_URL": "https://office.example.org",
    },
}
NAMES = (
    "HOMEWARD_SIGN_ON_COOKIE HOMEWARD_LINK_COOKIE ALLOWED_HOSTS "
    "AUTH_PASSWORD_VALIDATORS CONTENT_SECURITY_POLICY CSRF_COOKIE_HTTPONLY CSRF_COOKIE_NAME "
    "CSRF_COOKIE_SAMESITE CSRF_COOKIE_SECURE DATABASES DEBUG HOMEWARD_ONE_TAP HOMEWARD_WEBAUTHN "
    "LANGUAGE_COOKIE_HTTPONLY LANGUAGE_COOKIE_NAME LANGUAGE_COOKIE_SAMESITE LANGUAGE_COOKIE_SECURE MESSAGE_STORAGE "
    "PASSWORD_HASHERS SECURE_CONTENT_TYPE_NOSNIFF SECURE_CROSS_ORIGIN_OPENER_POLICY SECURE_HSTS_INCLUDE_SUBDOMAINS "
    "SECURE_HSTS_SECONDS SECURE_SSL_REDIRECT SESSION_COOKIE_AGE SESSION_COOKIE_HTTPONLY SESSION_COOKIE_NAME "
    "SESSION_COOKIE_SAMESITE SESSION_COOKIE_SECURE SESSION_ENGINE SESSION_EXPIRE_AT_BROWSER_CLOSE USE_TZ "
    "X_FRAME_OPTIONS"
)
ASK = f"""
import json, django; django.setup()
from django.conf import settings
print(json.dumps({{name: getattr(settings, name) for name in {NAMES.split()!r}}}, default=str))
"""
CHECK = """
import json, django; django.setup()
from django.core.checks import run_checks
print(json.dumps([each.id for each in run_checks(include_deployment_checks=True) if not each.is_silenced()]))
"""


def asked(profile: str, folder: Path, program: str, **more: str) -> Any:
    environment = {
        **without_settings(),
        "DJANGO_SETTINGS_MODULE": "homeward.config.settings",
        "HOMEWARD_DATA": str(folder),
        "HOMEWARD_VAULT_KEY": VAULT,
        **PROFILES[profile],
        **more,
    }
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module", params=sorted(PROFILES))
def profile(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def kept(profile: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    found: dict[str, Any] = asked(profile, tmp_path_factory.mktemp(profile), ASK)
    return found


@pytest.mark.parametrize("cookie", ["SESSION", "CSRF", "LANGUAGE"])
def test_every_cookie_is_of_this_host_alone(kept: dict[str, Any], cookie: str) -> None:
    assert kept[f"{cookie}_COOKIE_NAME"].startswith("__Host-")
    assert kept[f"{cookie}_COOKIE_SECURE"] is True
    assert kept[f"{cookie}_COOKIE_HTTPONLY"] is True
    assert kept[f"{cookie}_COOKIE_SAMESITE"] == "Strict"


def test_there_is_no_other_cookie(kept: dict[str, Any]) -> None:
    """But the one of five minutes that goes to an organisation's own sign-on and back, and that of a link, which is of
    some pages alone (tests/web/test_alone.py).
    """
    assert kept["HOMEWARD_SIGN_ON_COOKIE"].startswith("__Host-")
    assert kept["HOMEWARD_LINK_COOKIE"].startswith("__Secure-")
    assert kept["MESSAGE_STORAGE"].endswith("session.SessionStorage")


def test_a_session_is_ours_and_goes_with_the_browser(kept: dict[str, Any]) -> None:
    assert kept["SESSION_ENGINE"] == "homeward.apps.access.session_store"
    assert kept["SESSION_EXPIRE_AT_BROWSER_CLOSE"] is True
    assert kept["SESSION_COOKIE_AGE"] <= 8 * 3600


def test_passwords_are_long_hashed_well_and_compared_with_a_list(kept: dict[str, Any]) -> None:
    assert kept["PASSWORD_HASHERS"] == ["homeward.apps.access.passwords.Hasher"]
    validators = {
        entry["NAME"].rpartition(".")[2]: entry.get("OPTIONS", {}) for entry in kept["AUTH_PASSWORD_VALIDATORS"]
    }
    assert validators["MinimumLengthValidator"]["min_length"] >= 12
    assert validators["UserAttributeSimilarityValidator"]["user_attributes"] == ["email", "display_name"]
    assert "CommonPasswordValidator" in validators


def test_nobody_comes_in_by_one_tap_and_who_runs_accounts_needs_a_key(kept: dict[str, Any], profile: str) -> None:
    assert kept["HOMEWARD_ONE_TAP"] is False
    assert kept["HOMEWARD_WEBAUTHN"] == ("required" if profile == "production" else "recommended")


def test_what_browsers_are_told(kept: dict[str, Any]) -> None:
    assert (kept["DEBUG"], kept["USE_TZ"], "*" in kept["ALLOWED_HOSTS"]) == (False, True, False)
    assert (kept["SECURE_SSL_REDIRECT"], kept["SECURE_HSTS_INCLUDE_SUBDOMAINS"]) == (True, True)
    assert kept["SECURE_HSTS_SECONDS"] >= 31_536_000
    assert (kept["X_FRAME_OPTIONS"], kept["SECURE_CONTENT_TYPE_NOSNIFF"]) == ("DENY", True)
    assert kept["SECURE_CROSS_ORIGIN_OPENER_POLICY"] == "same-origin"
    directives = kept["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]
    assert directives["frame-ancestors"] == ["'none'"]
    assert not {"'unsafe-inline'", "'unsafe-eval'"} & {word for words in directives.values() for word in words}
    assert [database["ATOMIC_REQUESTS"] for database in kept["DATABASES"].values()] == [False] * len(kept["DATABASES"])
    assert all(database["CONN_HEALTH_CHECKS"] for database in kept["DATABASES"].values())


def test_the_checks_of_a_deployment_find_nothing_of_theirs(profile: str, tmp_path: Path) -> None:
    assert [found for found in asked(profile, tmp_path, CHECK) if not found.startswith("homeward.W")] == []


def test_one_tap_is_refused(profile: str, tmp_path: Path) -> None:
    assert "homeward.E002" in asked(profile, tmp_path, CHECK, HOMEWARD_ONE_TAP="1")


def test_backups_for_one_person_or_with_the_keys_beside_the_data_are_refused(tmp_path: Path) -> None:
    one, two = (new_pair()[0] for _ in range(2))
    given = {"HOMEWARD_BACKUPS": str(tmp_path / "backups"), "HOMEWARD_BACKUP_RECIPIENTS": f"{one} {two}"}
    assert "homeward.W004" in asked("office", tmp_path, CHECK)
    found = asked("office", tmp_path, CHECK, **given)
    assert not {"homeward.W004", "homeward.E024", "homeward.E025"} & set(found)
    assert "homeward.E024" in asked("office", tmp_path, CHECK, **{**given, "HOMEWARD_BACKUP_RECIPIENTS": one})
    inside = {**given, "HOMEWARD_KEY_BACKUPS": str(tmp_path / "backups" / "keys")}
    assert "homeward.E025" in asked("office", tmp_path, CHECK, **inside)
