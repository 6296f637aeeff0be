"""Every setting that a deployment may give, in one list, and how each is read. Nothing else reads the environment."""

from __future__ import annotations

import base64
import binascii
import os
import secrets
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

DEMO_VAULT_KEY = b"HOMEWARD-DEMO-KEY-NO-REAL-CHILD!"  # 32 bytes; refused outside the demo profile


class Profile(StrEnum):
    DEMO = "demo"
    OFFICE = "office"
    PRODUCTION = "production"


@dataclass(frozen=True, slots=True)
class Setting:
    name: str
    default: str
    meaning: str


SETTINGS = (
    Setting("HOMEWARD_PROFILE", "demo", "demo, office (one organisation, SQLite) or production (PostgreSQL)"),
    Setting(
        "HOMEWARD_DATA", "./var", "folder for the SQLite database, the generated secret key and collected static files"
    ),
    Setting(
        "HOMEWARD_DATABASE",
        "",
        "database URL: postgresql://user:password@host/name; empty means SQLite in the data folder",
    ),
    Setting(
        "HOMEWARD_SECRET_KEY", "", "signs sessions and tokens; made in the data folder when empty (not in production)"
    ),
    Setting("HOMEWARD_SECRET_KEY_FALLBACKS", "", "earlier secret keys, separated by spaces, while a key is rotated"),
    Setting(
        "HOMEWARD_VAULT_KEY",
        "",
        "base64 of 32 random bytes that protect sealed values; the demo profile has its own, marked key",
    ),
    Setting("HOMEWARD_HOSTS", "", "host names this server answers to, separated by spaces; loopback always"),
    Setting("HOMEWARD_BASE_URL", "", "address that people and devices use, for QR codes and form lists"),
    Setting("HOMEWARD_BEHIND_PROXY", "0", "1 when a reverse proxy sets X-Forwarded-Proto and removes it from requests"),
    Setting("HOMEWARD_LIBRARY", "", "folder of your own with instruments, laid out like the shipped library"),
    Setting("HOMEWARD_TIME_ZONE", "UTC", "time zone where neither person nor organisation has one"),
    Setting("HOMEWARD_ONE_TAP", "", "1 lists the cast for one-tap sign-in; on in the demo profile, refused elsewhere"),
    Setting("HOMEWARD_PROCESSES", "1", "web processes of `homeward serve`"),
    Setting("HOMEWARD_THREADS", "8", "threads of each web process"),
    Setting(
        "HOMEWARD_MAX_UPLOAD",
        "67108864",
        "largest request body in bytes; kept in memory, never written to a temporary file",
    ),
    Setting(
        "HOMEWARD_ISOLATION",
        "",
        "required: where the machine cannot shut off the process that opens files from outside, none is taken; "
        "limits: limits of time and memory suffice. Empty means limits in the demo profile, required elsewhere",
    ),
    Setting("HOMEWARD_FUZZ_SECONDS", "60", "how long `make fuzz` tries each parser"),
    Setting("HOMEWARD_LOG_LEVEL", "WARNING", "DEBUG, INFO, WARNING or ERROR"),
    Setting("HOMEWARD_TRIALS", "0.02", "share of the full trial counts that tests run"),
)
_DEFAULTS = {setting.name: setting.default for setting in SETTINGS}


class SettingError(ValueError):
    """A setting that cannot be used; the text names the setting and what it may be."""


def read(name: str) -> str:
    """The value given, or the default. A name outside the list is a programming error."""
    return os.environ.get(name, "").strip() or _DEFAULTS[name]


def words(name: str) -> list[str]:
    return read(name).replace(",", " ").split()


def flag(name: str) -> bool:
    return read(name).lower() in {"1", "true", "yes", "on"}


def number(name: str) -> int:
    try:
        return int(read(name))
    except ValueError as error:
        raise SettingError(f"{name} must be a whole number, not {read(name)!r}.") from error


def profile() -> Profile:
    try:
        return Profile(read("HOMEWARD_PROFILE"))
    except ValueError as error:
        raise SettingError(f"HOMEWARD_PROFILE must be one of {', '.join(Profile)}.") from error


def isolation_required(current: Profile) -> bool:
    given = read("HOMEWARD_ISOLATION") or ("limits" if current is Profile.DEMO else "required")
    if given not in {"required", "limits"}:
        raise SettingError("HOMEWARD_ISOLATION must be required or limits.")
    return given == "required"


def data_folder() -> Path:
    return Path(read("HOMEWARD_DATA")).expanduser().resolve()


def secret_key(current: Profile, folder: Path) -> str:
    """The key given, else one made once in the data folder. Two processes that start together end with the same one."""
    given = read("HOMEWARD_SECRET_KEY")
    if given:
        return given
    if current is Profile.PRODUCTION:
        raise SettingError("HOMEWARD_SECRET_KEY is missing: set it to at least 50 random characters.")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path, draft = folder / "secret_key", folder / f".secret_key.{secrets.token_hex(8)}"
    if not path.exists():
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(64), encoding="ascii")
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text(encoding="ascii").strip()


def vault_key(current: Profile) -> bytes:
    """Thirty-two bytes. The demo profile has a fixed key that says what it is; start checks refuse it elsewhere."""
    given = read("HOMEWARD_VAULT_KEY")
    if not given:
        return DEMO_VAULT_KEY
    try:
        key = base64.b64decode(given, validate=True)
    except binascii.Error as error:
        raise SettingError("HOMEWARD_VAULT_KEY must be base64 of 32 bytes.") from error
    if len(key) != 32:
        raise SettingError("HOMEWARD_VAULT_KEY must be base64 of exactly 32 bytes.")
    return key


SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON; "
    "PRAGMA foreign_keys=ON; PRAGMA cache_size=-16000;"
)


def database(url: str, folder: Path) -> dict[str, Any]:
    """One database URL -> Django's dictionary. `?host=/run/postgresql` reaches a Unix socket."""
    if not url or url.startswith("sqlite:"):
        path = Path(unquote(url.removeprefix("sqlite:").removeprefix("//"))) if url else folder / "homeward.sqlite3"
        return sqlite(path)
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise SettingError("HOMEWARD_DATABASE must begin with sqlite: or postgresql:.")
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", "") or unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


def sqlite(path: Path) -> dict[str, Any]:
    """Immediate transactions take the write lock at their start: none fails half-way on an upgrade of its lock."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": SQLITE_PRAGMAS},
    }
