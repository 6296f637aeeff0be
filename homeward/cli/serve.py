"""`homeward serve`: one command that runs the web server and the worker, and starts either again."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import django
from django.conf import settings
from django.core.checks import CheckMessage, Tags, run_checks
from django.core.checks.messages import ERROR, WARNING
from django.core.management import call_command
from django.db import DatabaseError, connections

from homeward.cli.main import CANNOT, DONE
from homeward.cli.ports import require_free
from homeward.cli.unlocking import at_work, bring_up_to_date, handed_down, open_if_given
from homeward.domain.problems import Problem, ProblemError

INTAKE_KEYS = "homeward.apps.access.intake_keys"  # has tables, which exist once Django is set up
SECRETS = frozenset(("HOMEWARD_VAULT_KEY", "HOMEWARD_VAULT_FD"))  # of this process, and not of its successor
SETTINGS = "homeward.config.settings"


@dataclass(frozen=True, slots=True)
class Address:
    host: str = "127.0.0.1"
    port: int = 8000
    certificate: Path | None = None
    key: Path | None = None

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.certificate else 'http'}://{host}:{self.port}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--processes", type=int, help="web processes (HOMEWARD_PROCESSES)")
    parser.add_argument("--threads", type=int, help="threads of each web process (HOMEWARD_THREADS)")
    parser.add_argument("--certificate", type=Path, help="TLS certificate, where no reverse proxy has one")
    parser.add_argument("--key", type=Path, help="its private key")
    parser.add_argument("--no-worker", action="store_true", help="web only; a worker runs elsewhere")


def run(args: argparse.Namespace) -> int:
    require_free(args.host, args.port)
    start_django()
    if not prepare():
        return CANNOT
    address = Address(args.host, args.port, args.certificate, args.key)
    print(f"Homeward answers on {address.url} (profile {settings.HOMEWARD_PROFILE}). Stop with Ctrl-C.", flush=True)
    with at_work() as place:
        os.set_inheritable(place, True)
        serve(address, args.processes, args.threads, worker=not args.no_worker)
    return DONE


def start_django() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    try:
        django.setup()
    except ValueError as error:  # a setting that cannot be used; the text names it
        problem = Problem("settings.unusable", "{reason}", "Correct the setting.", params={"reason": str(error)})
        raise ProblemError(problem) from error


def prepare(verbosity: int = 0) -> bool:
    """Tables and static files brought up to date, and everything checked that must hold. False: said why, and stop."""
    settings.HOMEWARD_DATA.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not _passes(run_checks(tags=[Tags.security, Tags.models, Tags.urls])):
        return False
    try:
        if not _upgraded():
            return False
        bring_up_to_date(verbosity)
    except DatabaseError as error:
        print(f"error: the database does not answer ({type(error).__name__}: {error})", file=sys.stderr)
        return False
    _collect_static(verbosity)
    passed = _passes(run_checks(tags=[Tags.database], databases=["default", "keys"]))
    if passed and open_if_given():
        import_module(INTAKE_KEYS).ready_for_lock()  # there must be one before the server is ever locked
    connections.close_all()
    return passed


def _collect_static(verbosity: int) -> None:
    """Hashed names and compressed copies, in the data folder. Processes that start afterwards find them there; this one
    was set up before, and is told how to write them. All anew: after a power cut what lay there may be there and empty.
    """
    (settings.STATIC_ROOT / "staticfiles.json").unlink(missing_ok=True)
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": settings.HOMEWARD_STATIC_STORAGE}}
    call_command("collectstatic", verbosity=verbosity, interactive=False, clear=True)


def _upgraded() -> bool:
    """New tables for a house with children in it come by `homeward upgrade`, which tries them on a copy first."""
    os.umask(0o077)
    upgrading = importlib.import_module("homeward.apps.backups.upgrading")
    if settings.HOMEWARD_PROFILE == "demo" or not upgrading.has_rows():
        return True
    waiting = upgrading.pending()
    if waiting:
        action = "Run `homeward upgrade`: it tries them on a copy first."
        print(f"error: {len(waiting)} steps of this version wait for the database. {action}", file=sys.stderr)
    return not waiting


def _passes(found: Sequence[CheckMessage]) -> bool:
    for message in found:
        if message.level >= WARNING:
            word = "error" if message.level >= ERROR else "warning"
            print(f"{word}: {message.msg} {message.hint or ''}".rstrip(), file=sys.stderr)
    return all(message.level < ERROR for message in found)


def serve(address: Address, processes: int | None = None, threads: int | None = None, *, worker: bool = True) -> None:
    """This process becomes the supervisor of web and worker, and forgets by that what it was told on the way."""
    children = [{"name": "web", "command": web_command(address, processes, threads)}]
    if worker:
        children.append({"name": "worker", "command": [sys.executable, "-m", "homeward.cli.worker"]})
    said = {
        "children": children,
        "folder": str(settings.HOMEWARD_DATA),
        "descriptor": handed_down(),
        "hours": settings.HOMEWARD_LOCK_AFTER,
    }
    kept = {name: value for name, value in os.environ.items() if name not in SECRETS}
    kept.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    if address.certificate:
        kept.setdefault("HOMEWARD_CERTIFICATE", str(address.certificate))
    sys.stdout.flush()
    command = [sys.executable, "-m", "homeward.cli.supervising", json.dumps(said)]
    os.execve(sys.executable, command, kept)  # noqa: S606 - our own command, no shell # nosec B606


def web_command(address: Address, processes: int | None, threads: int | None) -> list[str]:
    """Threads, because one slow phone must not block a process. No access log: paths carry device tokens."""
    command = [sys.executable, "-m", "gunicorn", "homeward.config.wsgi:application"]
    command += ["--bind", address.url.partition("//")[2], "--worker-class", "gthread"]
    command += ["--workers", str(processes or settings.HOMEWARD_PROCESSES)]
    command += ["--threads", str(threads or settings.HOMEWARD_THREADS)]
    command += ["--timeout", "120", "--graceful-timeout", "30", "--keep-alive", "30", "--log-level", "warning"]
    command += ["--forwarded-allow-ips", "", "--no-control-socket", "--limit-request-line", "4094"]
    if Path("/dev/shm").is_dir():  # noqa: S108 - only a heartbeat, which must not wait # nosec B108
        command += ["--worker-tmp-dir", "/dev/shm"]  # noqa: S108 # nosec
    if address.certificate and address.key:
        command += ["--certfile", str(address.certificate), "--keyfile", str(address.key)]
    return command
