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

from homeward.formats.on_disk import sync_file, sync_folder

LOCKED = "locked"  # a file in the data folder, and what processes of a locked server are told
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
        "HOMEWARD_KEYS_DATABASE",
        "",
        "database URL of the key store, never the database of the data; empty means keys.sqlite3 in the data folder",
    ),
    Setting(
        "HOMEWARD_VAULT_KEY",
        "",
        "base64 of 32 random bytes that open the key store; empty where a passphrase does; the demo has a marked key",
    ),
    Setting("HOMEWARD_VAULT_FD", "", "set by `homeward serve` for its own processes: where they read that key"),
    Setting("HOMEWARD_BACKUPS", "", "folder for backups of the data; empty: none is made by itself"),
    Setting(
        "HOMEWARD_BACKUP_RECIPIENTS",
        "",
        "two age public keys or more, or a file with one a line, for all backups; their private halves lie elsewhere",
    ),
    Setting(
        "HOMEWARD_LOCK_AFTER",
        "0",
        "hours after which the server locks itself unless somebody confirms; 0: it never does",
    ),
    Setting(
        "HOMEWARD_LOCK_WORDS", "", "what the page of a locked server adds, such as whom to call; anybody can read it"
    ),
    Setting("HOMEWARD_APP_NAME", "Notebook", "name of the field app on a phone; choose one that says nothing"),
    Setting(
        "HOMEWARD_KEY_BACKUPS", "", "folder for backups of the key store; empty means key-backups in the data folder"
    ),
    Setting(
        "HOMEWARD_KEY_BACKUP_RECIPIENTS",
        "",
        "the same for backups of the key store; empty means HOMEWARD_BACKUP_RECIPIENTS",
    ),
    Setting(
        "HOMEWARD_BACKUP_KEY",
        "",
        "file of the key that signs backups, made with the first; empty means backup/key.pem in the data folder",
    ),
    Setting(
        "HOMEWARD_DRILL_IDENTITY",
        "",
        "file of a private key for the weekly drill, on a server whose backups nobody else has; empty: see backup.md",
    ),
    Setting(
        "HOMEWARD_POSTGRESQL_BIN", "", "folder with pg_dump and pg_restore; empty means they are found on the path"
    ),
    Setting(
        "HOMEWARD_AUDIT_KEY",
        "",
        "file of the key that signs the audit, for the worker alone; empty means audit/key.pem in the data folder",
    ),
    Setting(
        "HOMEWARD_AUDIT_WITNESS",
        "",
        "file that gets the signed head of the audit once a day; empty means audit/heads.txt in the data folder",
    ),
    Setting(
        "HOMEWARD_CERTIFICATE",
        "",
        "file of the TLS certificate, whose end is watched; empty: nobody watches it",
    ),
    Setting("HOMEWARD_HOSTS", "", "host names this server answers to, separated by spaces; loopback always"),
    Setting("HOMEWARD_BASE_URL", "", "address that people and devices use, for QR codes and form lists"),
    Setting(
        "HOMEWARD_BEHIND_PROXY",
        "0",
        "1 when a reverse proxy sets X-Forwarded-Proto and X-Forwarded-For and removes them from requests",
    ),
    Setting("HOMEWARD_LIBRARY", "", "folder of your own with instruments, laid out like the shipped library"),
    Setting("HOMEWARD_TIME_ZONE", "UTC", "time zone where neither person nor organisation has one"),
    Setting("HOMEWARD_ONE_TAP", "", "1 lists the cast for one-tap sign-in; on in the demo profile, refused elsewhere"),
    Setting(
        "HOMEWARD_WEBAUTHN",
        "",
        "security keys or passkeys for focal points and administrators: recommended or required; empty means required "
        "in production, recommended elsewhere",
    ),
    Setting("HOMEWARD_OIDC_ISSUER", "", "address of the organisation's OpenID Connect provider; empty: no sign-on"),
    Setting("HOMEWARD_OIDC_CLIENT_ID", "", "by which name the provider knows this server"),
    Setting("HOMEWARD_OIDC_CLIENT_SECRET", "", "the secret that the provider gave it"),
    Setting(
        "HOMEWARD_OIDC_SECOND_FACTOR", "0", "1 where the provider asks everybody for a second factor: then we ask none"
    ),
    Setting("HOMEWARD_PROCESSES", "1", "web processes of `homeward serve`"),
    Setting("HOMEWARD_THREADS", "8", "threads of each web process"),
    Setting(
        "HOMEWARD_MAX_UPLOAD",
        "67108864",
        "largest request body in bytes; kept in memory, never written to a temporary file",
    ),
    Setting(
        "HOMEWARD_MAIL",
        "",
        "mail server: smtp://user:password@host:587 (STARTTLS) or smtps://...; empty: messages stand on pages alone",
    ),
    Setting("HOMEWARD_MAIL_FROM", "noreply@localhost", "sender of mail; choose an address that says nothing"),
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


def file_in(folder: Path, name: str, otherwise: str) -> Path:
    """The file that a setting names, or this one in the data folder."""
    given = read(name)
    return Path(given).expanduser().resolve() if given else folder / otherwise


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
        with draft.open("w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(64))
            sync_file(file)
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        sync_folder(folder)
    return path.read_text(encoding="ascii").strip()


def webauthn(current: Profile) -> str:
    given = read("HOMEWARD_WEBAUTHN") or ("required" if current is Profile.PRODUCTION else "recommended")
    if given not in {"recommended", "required"}:
        raise SettingError("HOMEWARD_WEBAUTHN must be recommended or required.")
    return given


def vault_key(current: Profile) -> bytes | None:
    """Thirty-two bytes, or None where a passphrase opens the key store. The demo profile has a fixed key that says what
    it is; start checks refuse it elsewhere.
    """
    handed = read("HOMEWARD_VAULT_FD")
    if handed == LOCKED or (data_folder() / LOCKED).exists():
        return None
    if handed:
        return _handed_key(handed)
    given = read("HOMEWARD_VAULT_KEY")
    if not given:
        return DEMO_VAULT_KEY if current is Profile.DEMO else None
    return key_in_base64(given, "HOMEWARD_VAULT_KEY")


def _handed_key(descriptor: str) -> bytes:
    """From the memory that `homeward serve` shares with its children: read by place, so that each of them can."""
    try:
        key = os.pread(int(descriptor), 33, 0)
    except (OSError, ValueError) as error:
        raise SettingError("HOMEWARD_VAULT_FD is for the processes of `homeward serve` alone.") from error
    if len(key) != 32:
        raise SettingError("HOMEWARD_VAULT_FD holds no key.")
    return key


def key_in_base64(given: str, name: str) -> bytes:
    try:
        key = base64.b64decode(given, validate=True)
    except binascii.Error as error:
        raise SettingError(f"{name} must be base64 of 32 bytes.") from error
    if len(key) != 32:
        raise SettingError(f"{name} must be base64 of exactly 32 bytes.")
    return key


@dataclass(frozen=True, slots=True)
class Mail:
    backend: str = "django.core.mail.backends.dummy.EmailBackend"
    host: str = "localhost"
    port: int = 25
    user: str = ""
    password: str = ""
    wrapped: bool = False  # in TLS from the first byte
    upgraded: bool = False  # by STARTTLS


def mail(url: str) -> Mail:
    """Without encryption only to this machine."""
    if not url:
        return Mail()
    parts = urlsplit(url)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise SettingError("HOMEWARD_MAIL must begin with smtp:// or smtps:// and name a host.")
    wrapped = parts.scheme == "smtps"
    return Mail(
        "django.core.mail.backends.smtp.EmailBackend",
        parts.hostname,
        parts.port or (465 if wrapped else 587),
        unquote(parts.username or ""),
        unquote(parts.password or ""),
        wrapped,
        not wrapped and parts.hostname not in {"localhost", "127.0.0.1", "::1"},
    )


def key_backups(folder: Path) -> Path:
    given = read("HOMEWARD_KEY_BACKUPS")
    return Path(given).expanduser().resolve() if given else folder / "key-backups"


def key_recipients() -> tuple[str, ...]:
    return recipients("HOMEWARD_KEY_BACKUP_RECIPIENTS") or recipients("HOMEWARD_BACKUP_RECIPIENTS")


def path_or_none(name: str) -> Path | None:
    given = read(name)
    return Path(given).expanduser().resolve() if given else None


def recipients(name: str) -> tuple[str, ...]:
    """Public keys, given as they are or in a file with one a line."""
    found: list[str] = []
    for word in words(name):
        lines = [word] if word.startswith("age1") else _lines(Path(word).expanduser(), name)
        found += [line for each in lines if (line := each.strip()) and not line.startswith("#")]
    return tuple(found)


def _lines(path: Path, name: str) -> list[str]:
    try:
        return path.read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"{name} names a file that cannot be read: {path}.") from error


SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON; "
    "PRAGMA foreign_keys=ON; PRAGMA cache_size=-16000;"
)


SMALL_CACHE = SQLITE_PRAGMAS.replace("cache_size=-16000", "cache_size=-2000")  # keys are few and short


def database(url: str, folder: Path) -> dict[str, Any]:
    """One database URL -> Django's dictionary. `?host=/run/postgresql` reaches a Unix socket."""
    return _database("HOMEWARD_DATABASE", url, folder / "homeward.sqlite3", SQLITE_PRAGMAS)


def keys_database(folder: Path) -> dict[str, Any]:
    """Of the key store, as durable as that of the data."""
    url = read("HOMEWARD_KEYS_DATABASE")
    return _database("HOMEWARD_KEYS_DATABASE", url, folder / "keys.sqlite3", SMALL_CACHE)


def _database(name: str, url: str, usual: Path, pragmas: str) -> dict[str, Any]:
    if not url or url.startswith("sqlite:"):
        return sqlite(Path(unquote(url.removeprefix("sqlite:").removeprefix("//"))) if url else usual, pragmas)
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise SettingError(f"{name} must begin with sqlite: or postgresql:.")
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


def sqlite(path: Path, pragmas: str = SQLITE_PRAGMAS) -> dict[str, Any]:
    """Immediate transactions take the write lock at their start: none fails half-way on an upgrade of its lock."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "CONN_MAX_AGE": 3_600,  # opened anew it knows the newest statistics of its tables
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": pragmas},
    }
