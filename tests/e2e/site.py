"""A running site with the cast of `tests.world`: a real server process with a database of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError

from tests.databases import PostgreSQL

BUILD = """
import django; django.setup()
from homeward.cli.unlocking import bring_up_to_date
bring_up_to_date()
from tests.world import build
print(build().amani.child.code)
"""
SERVE = "import sys; from homeward.cli.main import main; sys.exit(main(sys.argv[1:]))"
ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 90  # seconds for the server to answer


@dataclass(frozen=True, slots=True)
class Site:
    url: str
    child: str  # code of the case worker's child
    log: Path
    database: str = ""


def environment_of(folder: Path, **more: str) -> dict[str, str]:
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "homeward.config.settings",
        "HOMEWARD_PROFILE": "demo",
        "HOMEWARD_DATA": str(folder),
        "PYTHONPATH": str(ROOT),
        **more,
    }


def in_the_house(site: Site, script: str, *words: str) -> str:
    """What a program in the site's own house says, beside the server that runs."""
    return _said(script, environment_of(site.log.parent, HOMEWARD_DATABASE=site.database), *words)


def _said(script: str, environment: dict[str, str], *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script, *words],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def running(folder: Path, database: str = "", **more: str) -> Iterator[Site]:
    environment = environment_of(folder, HOMEWARD_DATABASE=database, **more)
    built = _said(BUILD, environment)
    port, log = free_port(), folder / "server.log"
    with log.open("wb") as out:
        arguments = ["serve", "--port", str(port), "--no-worker"]
        server = subprocess.Popen(
            [sys.executable, "-c", SERVE, *arguments], env=environment, cwd=ROOT, stdout=out, stderr=out
        )
    try:
        site = Site(f"http://127.0.0.1:{port}", built.split()[-1], log, database)
        await_answer(site, server)
        yield site
    finally:
        server.terminate()
        server.wait(30)


@contextmanager
def on_its_database(folder: Path) -> Iterator[Site]:
    """On SQLite, or on a PostgreSQL of its own where the tests run there."""
    if os.environ.get("HOMEWARD_TEST_DATABASE", "sqlite") != "postgres":
        with running(folder) as site:
            yield site
        return
    with PostgreSQL() as server, running(folder, server.create("house")) as site:
        yield site


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def await_answer(site: Site, server: subprocess.Popen[bytes]) -> None:
    for _ in range(PATIENCE * 4):
        assert server.poll() is None, site.log.read_text()
        try:
            with urllib.request.urlopen(f"{site.url}/sign-in", timeout=5):  # our own server
                return
        except (URLError, OSError):
            time.sleep(0.25)
    raise AssertionError(f"The server did not answer: {site.log.read_text()}")
