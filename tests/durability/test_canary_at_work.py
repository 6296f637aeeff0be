"""What lies sealed stays so while the server works: jobs, mails, logs, temporary files, the database's own files."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psycopg
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Mailbox

from homeward.config import env
from tests.databases import PostgreSQL
from tests.durability.canaries import found_in, sow
from tests.durability.servers import Server, free_port, post
from tests.interviews import interview

pytestmark = [pytest.mark.database, pytest.mark.slow]
FORM = "child-12-14"
SOON = 60.0  # seconds
TOLD = "SELECT count(*) FROM safeguarding_notice WHERE sent_at IS NOT NULL AND mails > 0"
OPENED = "SELECT count(*) FROM surveys_sealedarrival WHERE state = 'opened'"
IMPORTED = "SELECT count(*) FROM surveys_import WHERE state NOT IN ('queued', 'running')"


@dataclass
class Working(Server):
    """With a mail server, everything that it says in a file, and temporary files of its own."""

    mail_port: int = field(default_factory=free_port)

    @property
    def environment(self) -> dict[str, str]:
        (self.folder / "temporary").mkdir(exist_ok=True)
        return {
            **super().environment,
            "HOMEWARD_MAIL": f"smtp://127.0.0.1:{self.mail_port}",
            "HOMEWARD_LOG_LEVEL": "DEBUG",
            "TMPDIR": str(self.folder / "temporary"),
        }


@pytest.fixture(scope="module")
def cluster() -> Iterator[PostgreSQL | None]:
    """Of its own: every file of it is searched for every text."""
    if os.environ.get("HOMEWARD_TEST_DATABASE", "sqlite") == "postgres":
        with PostgreSQL() as server:
            yield server
    else:
        yield None


@pytest.fixture(scope="module")
def working(cluster: PostgreSQL | None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Working]:
    folder: Path = tmp_path_factory.mktemp("working")
    server = Working(folder, cluster.create("canary") if cluster else "")
    mails = Controller(Mailbox(folder / "mails"), hostname="127.0.0.1", port=server.mail_port)
    mails.start()
    try:
        yield server
    finally:
        server.stop()
        mails.stop()


def until(done: Callable[[], bool]) -> None:
    end = time.monotonic() + SOON
    while not done():
        assert time.monotonic() < end, "nothing came"
        time.sleep(0.3)


def say_all_into(path: Path, server: Server) -> None:
    """Every table as text: what PostgreSQL packs lies in its files in another form."""
    config = env.database(server.database, server.folder)
    with (
        psycopg.connect(host=config["HOST"], user=config["USER"], dbname=config["NAME"]) as connection,
        path.open("wb") as out,
    ):
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (table,) in tables:
            with connection.cursor().copy(f'COPY "{table}" TO STDOUT') as lines:
                out.writelines(lines)


@pytest.mark.goal("P-2")
def test_nothing_that_lies_sealed_is_found_after_jobs_mails_and_a_kill(
    working: Working,
    cluster: PostgreSQL | None,
    monkeypatch: pytest.MonkeyPatch,
    record_property: Callable[[str, object], None],
) -> None:
    texts = sow(working)
    phone, code = texts.pop("phone"), texts.pop("code")
    folder, said = working.folder, "qzxwvkjhgbdfplmt"
    with (folder / "said.log").open("wb") as log:
        popen = subprocess.Popen
        monkeypatch.setattr(subprocess, "Popen", lambda *a, **k: popen(*a, **k, stdout=log, stderr=log))
        working.start()
        monkeypatch.undo()
    changes = {"safe_home": "unsafe", "anything_to_say": said}
    xml = interview(FORM, code, instance_id="uuid:at-work", changes=changes)
    with httpx.Client() as client:
        assert post(client, working, phone, xml, {"drawing.png": said.encode() * 40}) == 201
    until(lambda: working.number(TOLD) > 0 and working.number(OPENED) > 0 and working.number(IMPORTED) > 0)
    working.kill()
    searched = [folder]
    if cluster is not None:
        say_all_into(folder / "tables.txt", working)
        searched.append(cluster.folder)
    found = found_in(searched, {**texts, "said while it worked": said})
    assert found.pop("plain"), "the control was not found"
    assert {name: files for name, files in found.items() if files} == {}
    assert any((folder / "mails" / "new").iterdir())
    assert (folder / "said.log").stat().st_size > 0
    record_property("ran", f"{len(texts)} texts; database, logs, mails, jobs, temporary files, after a kill")
