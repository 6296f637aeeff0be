"""What must hold before Homeward starts. Each refusal says what to change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from homeward.apps.access.registry import faults
from homeward.apps.audit.append_only import missing_refusals
from homeward.apps.cases.ledgers import ledger_open
from homeward.apps.monitoring.rules import rule_faults
from homeward.apps.operations.databases import in_memory, wrong_answers
from homeward.formats.converter.apart import barriers

NOT_YET_FOR_REAL_CHILDREN = (
    "Do not enter real children yet: sealed devices come with a later release. "
    "Use this profile for trials with invented data only."
)


def check_profile(app_configs: Sequence[Any] | None, **_: Any) -> list[CheckMessage]:
    """The demo's key and its one-tap sign-in exist in the demo profile and nowhere else."""
    if settings.HOMEWARD_PROFILE == "demo":
        return []
    found: list[CheckMessage] = [Warning(NOT_YET_FOR_REAL_CHILDREN, id="homeward.W001")]
    if settings.HOMEWARD_VAULT_KEY == settings.HOMEWARD_DEMO_VAULT_KEY:
        hint = "Remove HOMEWARD_VAULT_KEY and use a passphrase (`homeward keys create`), or give 32 random bytes."
        found.append(Error("The vault still has the demo key.", hint=hint, id="homeward.E001"))
    if settings.HOMEWARD_ONE_TAP:
        hint = "Remove HOMEWARD_ONE_TAP."
        found.append(Error("One-tap sign-in belongs to the demo profile.", hint=hint, id="homeward.E002"))
    if "*" in settings.ALLOWED_HOSTS:
        hint = "List the host names in HOMEWARD_HOSTS."
        found.append(Error("The server would answer to any host name.", hint=hint, id="homeward.E003"))
    if not settings.HOMEWARD_AUDIT_KEY.exists():
        hint = "Run `homeward audit create-key` as the user that runs the worker."
        found.append(Warning("Nobody signs the audit: its key is missing.", hint=hint, id="homeward.W002"))
    if len(settings.SECRET_KEY) < 50:
        hint = "Set HOMEWARD_SECRET_KEY to at least 50 random characters."
        found.append(Error("The secret key is too short.", hint=hint, id="homeward.E004"))
    return found


def check_places(app_configs: Sequence[Any] | None, **_: Any) -> list[CheckMessage]:
    """Who has the data must not have the keys with them."""
    if _place("keys") != _place("default"):
        return []
    hint = "Give HOMEWARD_KEYS_DATABASE a file or a server of its own, with a backup of its own."
    return [Error("The key store lies in the database of the data.", hint=hint, id="homeward.E020")]


def check_backups(app_configs: Sequence[Any] | None, **_: Any) -> list[CheckMessage]:
    """Backups for one person alone, or with the keys beside the data, are none that one could rely on."""
    found: list[CheckMessage] = []
    folder, recipients = settings.HOMEWARD_BACKUPS, settings.HOMEWARD_BACKUP_RECIPIENTS
    if settings.HOMEWARD_PROFILE != "demo" and (folder is None or not recipients):
        hint = "Set HOMEWARD_BACKUPS and HOMEWARD_BACKUP_RECIPIENTS; docs/backup.md takes ten minutes."
        found.append(Warning("No backups are made.", hint=hint, id="homeward.W004"))
    if len(set(recipients)) == 1 or len(set(settings.HOMEWARD_KEY_BACKUP_RECIPIENTS)) == 1:
        hint = "Name two public keys of two people: `homeward backup keygen FILE` makes them."
        found.append(Error("Backups would have one recipient alone.", hint=hint, id="homeward.E024"))
    keys = settings.HOMEWARD_KEY_BACKUPS
    if folder is not None and (folder == keys or folder in keys.parents or keys in folder.parents):
        hint = "Give HOMEWARD_KEY_BACKUPS a folder elsewhere, best on another disk."
        found.append(Error("Backups of the keys would lie with those of the data.", hint=hint, id="homeward.E025"))
    return found


def _place(alias: str) -> tuple[str, ...]:
    wanted = connections[alias].settings_dict
    return tuple(str(wanted.get(part) or "") for part in ("ENGINE", "HOST", "PORT", "NAME"))


def check_registry(app_configs: Sequence[Any] | None, **_: Any) -> list[CheckMessage]:
    """Every stored field says what it is, why and how long it is kept, and who may see it; else nothing starts."""
    hint = "Declare it in the model's `privacy`; docs/data-protection.md is written from these declarations."
    return [Error(fault, hint=hint, id="homeward.E005") for fault in faults()]


def check_rules(app_configs: Sequence[Any] | None, **_: Any) -> list[CheckMessage]:
    """A rule that calls for review meetings and cannot be read would call for none, and nobody would notice."""
    return [
        Error(f"{each.where}: {each.message}", hint=each.action.format(**each.params), id="homeward.E030")
        for each in rule_faults()
    ]


def check_isolation(app_configs: Sequence[Any] | None, **_: Any) -> list[CheckMessage]:
    """Asked of the machine: a process is shut off for a trial."""
    held = barriers()
    if held.hold:
        return []
    open_ways = " and ".join(name for name, shut in (("the network", held.network), ("files", held.files)) if not shut)
    refused = settings.HOMEWARD_ISOLATION_REQUIRED
    said = f"This machine cannot shut off {open_ways} from the process that opens files from outside"
    return [
        Warning(
            f"{said}: workbooks, imports and pictures are refused."
            if refused
            else f"{said}: only its time and memory are limited.",
            hint="It takes Linux 5.13 or newer with Landlock, and seccomp or user namespaces; see docs/deploy.md.",
            id="homeward.W003",
        )
    ]


def check_database(
    app_configs: Sequence[Any] | None, databases: Sequence[str] | None = None, **_: Any
) -> list[CheckMessage]:
    """Asked of the running database, not of the settings: a commit must be on disk before it is acknowledged."""
    found: list[CheckMessage] = []
    for alias in databases or ():
        connection = connections[alias]
        if in_memory(connection):
            continue
        try:
            found += _refusals(connection)
            found += _changeable(connection)
        except DatabaseError as error:
            found.append(Error(f"The database {alias!r} does not answer: {type(error).__name__}.", id="homeward.E010"))
    return found


def _refusals(connection: BaseDatabaseWrapper) -> list[CheckMessage]:
    found: list[CheckMessage] = [
        Error(message, hint=hint, id="homeward.E011") for message, hint in wrong_answers(connection)
    ]
    if connection.settings_dict["ATOMIC_REQUESTS"]:
        found.append(Error("ATOMIC_REQUESTS must be off: services open their own transactions.", id="homeward.E012"))
    return found


def _changeable(connection: BaseDatabaseWrapper) -> list[CheckMessage]:
    open_tables = ", ".join(missing_refusals(connection)) if connection.alias == DEFAULT_DB_ALIAS else ""
    if not open_tables:
        return _ledger_open(connection)
    message = f"The audit can be changed: the database does not refuse it for {open_tables}."
    return [Error(message, hint="Restore the triggers; see docs/audit.md.", id="homeward.E013")]


def _ledger_open(connection: BaseDatabaseWrapper) -> list[CheckMessage]:
    if connection.alias != DEFAULT_DB_ALIAS or not ledger_open(connection):
        return []
    message = "The ledger of agreements can be changed: the database does not refuse it."
    return [Error(message, hint="Restore its triggers; see docs/consent.md.", id="homeward.E014")]
