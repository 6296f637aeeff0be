"""The page of the house's health, the command beside it, and the one word that a watchdog gets."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
import time_machine
from django.conf import LazySettings
from django.db import DatabaseError
from django.test import Client, RequestFactory
from django.utils import timezone

from homeward.apps.access.actors import actor_of_person_id
from homeward.apps.access.keys import custody
from homeward.apps.access.keys.locking import write_lock
from homeward.apps.audit.models import Event, PeriodicJob
from homeward.apps.audit.schedule import run_due
from homeward.apps.audit.sealer import seal_all
from homeward.apps.backups.models import BackupRun
from homeward.apps.operations import health, machine, work
from homeward.apps.operations.findings import Finding, Grade
from homeward.apps.operations.locking import lock_findings
from homeward.apps.safeguarding.models import Escalation
from homeward.apps.surveys.deliveries import Delivery
from homeward.apps.surveys.intake import receive
from homeward.cli.certificate import local_certificate
from homeward.cli.health_work import tell
from homeward.config.jobs import JOBS
from homeward.config.locked import locked_answer
from homeward.web.operations.pages import NAMES
from homeward.web.ui.locked import locked_page
from tests.interviews import interview
from tests.web.conftest import Reader
from tests.world import World

pytestmark = pytest.mark.database
GB = 1_000_000_000


@pytest.fixture(autouse=True)
def folder(settings: LazySettings, tmp_path: Path) -> Path:
    settings.HOMEWARD_DATA = tmp_path
    settings.HOMEWARD_KEY_BACKUPS = tmp_path / "key-backups"
    settings.HOMEWARD_AUDIT_WITNESS = tmp_path / "audit" / "heads.txt"
    return tmp_path


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """So much is free, and so large is the database."""
    given = SimpleNamespace(free=50 * GB, size=GB)
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _path: given)
    monkeypatch.setattr(machine, "database_size", lambda: given.size)
    return given


def ran(name: str, ago: timedelta, result: str = "done") -> None:
    at = timezone.now() - ago
    row = {"due_at": at, "started_at": at, "finished_at": at, "result": result, "failures": int(result != "done")}
    PeriodicJob.objects.update_or_create(name=name, defaults=row)


def copied(kind: str, ago: timedelta, *, ok: bool = True, opened_by: str = "recipient") -> None:
    at = timezone.now() - ago
    BackupRun.objects.create(kind=kind, started_at=at, finished_at=at, ok=ok, opened_by=opened_by)


def found(findings: Iterator[Finding] | list[Finding]) -> dict[str, str]:
    return {each.name: each.grade.name for each in findings}


class TestWhatIsWatched:
    @pytest.mark.parametrize(
        ("free", "grade"), [(50 * GB, "WELL"), (3 * GB, "WELL"), (2_900_000_000, "WARNING"), (1_200_000_000, "ALARM")]
    )
    def test_room_for_a_backup_and_an_upgrade(self, world: World, disk: SimpleNamespace, free: int, grade: str) -> None:
        disk.free = free
        (finding,) = machine.disk_findings()
        assert (finding.grade.name, finding.said.params["needed"]) == (grade, "3.0 GB")

    @pytest.mark.parametrize(
        ("kind", "hours", "grade"),
        [
            ("backup", 2, "WELL"),
            ("backup", 4, "WARNING"),
            ("backup", 25, "ALARM"),
            ("keys", 47, "WELL"),
            ("keys", 49, "WARNING"),
            ("keys", 200, "ALARM"),
            ("drill", 239, "WELL"),
            ("drill", 241, "WARNING"),
            ("drill", 750, "ALARM"),
        ],
    )
    def test_copies_grow_old(self, world: World, kind: str, hours: int, grade: str) -> None:
        copied(kind, timedelta(hours=hours))
        assert found(work.backup_findings())["key_backup" if kind == "keys" else kind] == grade

    def test_a_drill_without_a_recipients_key_says_so(self, world: World) -> None:
        copied("drill", timedelta(hours=1), opened_by="momentary")
        (said,) = [each.said.message for each in work.backup_findings() if each.name == "drill"]
        assert "without the private key" in said

    def test_runs_of_the_machine_before_a_restore_say_nothing_of_this_one(
        self, world: World, settings: LazySettings, folder: Path
    ) -> None:
        """What was restored brings the list of the old machine with it; here nothing was set up."""
        for kind in ("backup", "keys", "drill"):
            copied(kind, timedelta(hours=1))
        ran("audit.head", timedelta(hours=1))
        assert set(found(work.backup_findings()).values()) == {"WELL"}
        copied("restore", timedelta(minutes=30))
        settings.HOMEWARD_PROFILE = "office"
        assert found(work.backup_findings()) == {"backup": "ALARM", "key_backup": "ALARM", "drill": "WARNING"}
        (witness,) = work._witness()
        assert (witness.grade.name, "brought back here" in witness.said.message) == ("WARNING", True)
        settings.HOMEWARD_BACKUPS, settings.HOMEWARD_BACKUP_RECIPIENTS = folder / "backups", ("age1x",)
        now = {each.name: each for each in work.backup_findings()}
        assert (now["backup"].grade.name, "brought back here" in now["backup"].said.message) == ("WARNING", True)
        with time_machine.travel(timezone.now() + timedelta(hours=4)):
            assert found(work.backup_findings())["backup"] == "ALARM"
        copied("backup", timedelta(minutes=1))
        assert found(work.backup_findings())["backup"] == "WELL"

    def test_a_seal_without_its_key_says_what_is_missing_and_what_to_do(
        self, world: World, settings: LazySettings, folder: Path
    ) -> None:
        settings.HOMEWARD_PROFILE, settings.HOMEWARD_AUDIT_KEY = "office", folder / "audit" / "key.pem"
        settings.HOMEWARD_JOBS, settings.HOMEWARD_PERIODIC = JOBS, {"audit.seal": 10}
        run_due()
        chain = next(work.chain_findings())
        assert (chain.name, chain.grade.name) == ("chain", "ALARM")
        assert "homeward audit create-key" in chain.said.action

    def test_what_was_never_set_up_is_said(self, world: World, settings: LazySettings) -> None:
        assert found(work.backup_findings()) == dict.fromkeys(("backup", "key_backup", "drill"), "WARNING")
        settings.HOMEWARD_PROFILE = "office"
        assert found(work.backup_findings()) == {"backup": "ALARM", "key_backup": "ALARM", "drill": "WARNING"}
        copied("drill", timedelta(hours=1), ok=False)
        assert found(work.backup_findings())["drill"] == "ALARM"

    def test_a_silent_worker_and_a_job_that_fails(self, world: World, settings: LazySettings) -> None:
        settings.HOMEWARD_PERIODIC = {"audit.seal": 10}
        assert found(work.worker_findings()) == {"worker": "ALARM"}
        ran("audit.seal", timedelta(seconds=5))
        assert found(work.worker_findings()) == {"worker": "WELL", "jobs": "WELL"}
        PeriodicJob.objects.update(failures=3)
        assert found(work.worker_findings()) == {"worker": "WELL", "jobs": "WARNING"}
        ran("audit.seal", timedelta(minutes=3))
        assert found(work.worker_findings()) == {"worker": "ALARM"}

    def test_an_audit_that_nobody_seals(self, world: World, settings: LazySettings, folder: Path) -> None:
        settings.HOMEWARD_AUDIT_KEY = folder / "audit" / "key.pem"
        seal_all()
        ran("audit.head", timedelta(hours=1))
        assert found(work.chain_findings()) == {"chain": "WELL", "witness": "WELL"}
        with time_machine.travel(timezone.now() - timedelta(minutes=11)):
            Event(at=timezone.now(), actor_kind="system", verb="found_organisation").save(force_insert=True)
        assert found(work.chain_findings())["chain"] == "ALARM"
        ran("audit.head", timedelta(days=3))
        assert found(work.chain_findings())["witness"] == "WARNING"

    def test_a_witness_beside_the_data_is_none(self, world: World, settings: LazySettings, folder: Path) -> None:
        ran("audit.head", timedelta(hours=1))
        settings.HOMEWARD_PROFILE = "office"
        assert found(work._witness()) == {"witness": "WARNING"}
        settings.HOMEWARD_AUDIT_WITNESS = folder.parent / "elsewhere" / "heads.txt"
        assert found(work._witness()) == {"witness": "WELL"}

    @pytest.mark.parametrize(("days", "grade"), [(-2, "WELL"), (75, "WARNING"), (85, "ALARM"), (95, "ALARM")])
    def test_the_end_of_a_certificate(
        self, world: World, settings: LazySettings, folder: Path, days: int, grade: str
    ) -> None:
        assert list(machine.certificate_findings()) == []
        settings.HOMEWARD_CERTIFICATE = local_certificate(folder, "127.0.0.1")[0]
        with time_machine.travel(datetime.now(UTC) + timedelta(days=days)):
            assert found(machine.certificate_findings()) == {"certificate": grade}
        settings.HOMEWARD_CERTIFICATE = folder / "none"
        assert found(machine.certificate_findings()) == {"certificate": "WARNING"}

    def test_a_clock_that_was_put_back(self, world: World) -> None:
        assert found(machine._in_the_future()) == {}
        with time_machine.travel(timezone.now() + timedelta(minutes=10)):
            Event(at=timezone.now(), actor_kind="system", verb="found_organisation").save(force_insert=True)
        (finding,) = machine._in_the_future()
        assert (finding.grade, finding.said.params["minutes"]) == (Grade.ALARM, 10)

    def test_a_clock_that_was_moved_while_the_machine_ran(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        boot = 1_000.0
        monkeypatch.setattr(machine.time, "clock_gettime", lambda _which: boot)
        machine.watch_clock()
        machine.watch_clock()
        assert list(machine._jumped()) == []
        boot -= 600
        machine.watch_clock()
        (finding,) = machine._jumped()
        assert (finding.grade, finding.said.params["seconds"]) == (Grade.WARNING, 600)
        machine.watch_clock()
        with time_machine.travel(timezone.now() + timedelta(hours=25)):
            assert list(machine._jumped()) == []

    def test_one_thing_that_cannot_be_looked_at_hides_nothing_else(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def away() -> Iterator[Finding]:
            raise DatabaseError

        monkeypatch.setattr(health, "PARTS", (away, health.key_findings))
        monkeypatch.setitem(health._NAMES, away, "disk")
        assert found(health.house_findings()) == {"disk": "ALARM", "keys": "WELL"}

    def test_a_key_grows_old(self, world: World) -> None:
        for days, grade in ((399, "WELL"), (402, "WARNING"), (802, "ALARM")):
            with time_machine.travel(timezone.now() + timedelta(days=days)):
                assert found(health.key_findings()) == {"keys": grade}, days


class TestThePage:
    def test_who_runs_the_house_reads_what_to_do(self, reader: Reader, world: World) -> None:
        for who in ("organisation_admin", "system_admin"):
            html = reader(who).get("/house/health").content.decode()
            assert "Nothing runs in the background" in html, who
            assert "Start the server again" in html
            assert "Backups of the data are not set up" in html
            assert "The key that wraps all others is of" in html

    @pytest.mark.parametrize("who", ["outsider", "case_worker", "supervisor", "focal_point", "me_officer"])
    def test_nobody_else_does(self, reader: Reader, world: World, who: str) -> None:
        assert reader(who).get("/house/health").status_code == 403
        assert "/house/health" not in reader(who).get("/").content.decode()

    def test_who_is_told_nothing_of_escalations_sees_no_line_about_them(self, reader: Reader, world: World) -> None:
        with time_machine.travel(timezone.now() - timedelta(days=9)):
            raise_one(world)
        assert Escalation.objects.filter(due_at__lte=timezone.now()).count() == 1
        html = reader("organisation_admin").get("/house/health").content.decode()
        assert str(NAMES["clocks"]) not in html
        assert "past their clock" not in html

    def test_every_thing_that_is_watched_has_words(self, world: World) -> None:
        assert set(health._NAMES.values()) <= set(NAMES)

    def test_a_focal_point_who_runs_the_house_too_sees_the_count(self, world: World) -> None:
        with time_machine.travel(timezone.now() - timedelta(days=9)):
            raise_one(world)
        focal = actor_of_person_id(world.amani.people["focal_point"])
        (finding,) = health._clocks(focal)
        assert (finding.grade, finding.said.params) == (Grade.ALARM, {"count": 1})
        elsewhere = actor_of_person_id(world.baraka.people["focal_point"])
        assert found(health._clocks(elsewhere)) == {"clocks": "WELL"}
        assert list(health._clocks(actor_of_person_id(world.amani.people["organisation_admin"]))) == []


def raise_one(world: World) -> None:
    child = world.amani.child
    assert child is not None
    xml = interview("child-12-14", child.code, changes={"safe_home": "unsafe"})
    receive(world.amani.actor("case_worker"), Delivery(xml))


class TestTheLock:
    @pytest.fixture(autouse=True)
    def opened_again(self) -> Iterator[None]:
        yield
        custody.let_go(locked=False)

    def test_whoever_runs_the_house_is_asked_once_and_locks_it(
        self, reader: Reader, world: World, folder: Path
    ) -> None:
        client, other = reader("organisation_admin"), reader("case_worker")
        asked = client.get("/house/lock")
        assert (asked.status_code, (folder / "locked").exists()) == (200, False)
        assert "homeward unlock" in asked.content.decode()
        page = client.post("/house/lock")
        assert (page.status_code, (folder / "locked").exists()) == (503, True)
        assert Event.objects.latest("id").verb == "lock_server"
        for address in ("/", "/children", "/sign-in", "/static/mark.svg", "/health", "/nowhere"):
            answer = other.get(address)
            assert answer.status_code == 503, address
            assert b"Asha" not in answer.content
            assert not answer.cookies
        assert b"OpenRosaResponse" in Client().get("/key/x/formList").content
        assert '<html lang="ar" dir="rtl">' in Client(headers={"Accept-Language": "ar"}).get("/").content.decode()

    def test_to_whoever_answers_alone_it_says_no_word_of_the_house(self, settings: LazySettings) -> None:
        settings.HOMEWARD_LOCK_WORDS = "Call Amina"
        for address, said in (("/", True), ("/q/", False), ("/q/x/questions", False)):
            page = locked_answer(RequestFactory().get(address))
            assert (b"Call Amina" in page.content, page.status_code) == (said, 503), address
            assert (page.get("Referrer-Policy") == "no-referrer") is not said, address

    def test_its_page_brings_its_style_and_every_language(self, settings: LazySettings) -> None:
        """Nobody can choose a language on it, and no other address answers: it must stand alone, within its policy."""
        page = locked_page("Call +000 <b>Amina</b>")
        html = page.content.decode()
        style = html.split("<style>")[1].split("</style>")[0]
        known = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        assert f"style-src 'sha256-{known}'" in page["Content-Security-Policy"]
        assert "script" not in html
        assert "&lt;b&gt;Amina" in html
        assert {code for code, _ in settings.LANGUAGES} == set(re.findall(r'lang="(\w\w)"', html))
        assert not re.search(r"[^-]\b(left|right)\b", style)

    def test_nobody_else_does(self, reader: Reader, world: World, folder: Path) -> None:
        for who in ("outsider", "case_worker", "supervisor", "focal_point"):
            assert reader(who).get("/house/lock").status_code == 403, who
            assert reader(who).post("/house/lock").status_code == 403, who
            assert reader(who).post("/house/here").status_code == 403, who
        assert list(folder.iterdir()) == []

    def test_somebody_says_that_all_is_well(self, reader: Reader, world: World, settings: LazySettings) -> None:
        settings.HOMEWARD_LOCK_AFTER = 8
        client = reader("system_admin")
        assert client.post("/house/here").status_code == 302
        assert "It locks itself at" in client.get("/house/health").content.decode()
        assert found(lock_findings()) == {"lock": "WELL"}
        with time_machine.travel(timezone.now() + timedelta(hours=7)):
            assert found(lock_findings()) == {"lock": "WARNING"}
        write_lock(settings.HOMEWARD_DATA, "command")
        assert found(lock_findings()) == {"lock": "ALARM"}


class TestTheCommand:
    def test_its_status_is_the_worst_that_was_found(
        self, world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert tell(as_json=True) == 2
        said = json.loads(capsys.readouterr().out)
        assert said["grade"] == "alarm"
        assert {"what", "grade", "message", "action"} == set(said["findings"][0])
        monkeypatch.setattr(health, "PARTS", (health.key_findings,))
        assert tell(as_json=False) == 0
        assert capsys.readouterr().out.startswith("well    keys")

    def test_it_says_nothing_of_escalations(self, world: World, capsys: pytest.CaptureFixture[str]) -> None:
        with time_machine.travel(timezone.now() - timedelta(days=9)):
            raise_one(world)
        tell(as_json=False)
        assert "scalation" not in capsys.readouterr().out.replace("no escalation is passed on", "")


def test_a_watchdog_is_told_up_or_down(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Client().get("/health").content == b"up\n"

    def away(*_: object, **__: object) -> None:
        raise DatabaseError(os.devnull)

    monkeypatch.setattr("homeward.web.operations.pages.connection.cursor", away)
    answer = Client().get("/health")
    assert (answer.status_code, answer.content) == (503, b"down\n")
