"""Whoever takes over the process that opens files finds nothing: no network, no key, no file, no other process."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from homeward.domain.problems import ProblemError
from homeward.formats.converter import apart, child, confinement
from homeward.formats.converter.apart import EndedError, run, stream
from homeward.formats.converter.confinement import Barriers, Limits
from tests.formats.converter import attempts

NEEDS_BARRIERS = pytest.mark.skipif(not apart.barriers().hold, reason="this machine cannot isolate")
REFUSED = {"PermissionError", "OSError"}


@pytest.fixture(autouse=True)
def _own_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))


@NEEDS_BARRIERS
@pytest.mark.goal("S-12")
def test_nothing_is_within_reach(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    secret = tmp_path / "keys.sqlite3"
    secret.write_text("the key")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        port = server.getsockname()[1]
        found = run(attempts.everything, b"the file", str(port), str(secret), str(os.getpid()))
        with pytest.raises(TimeoutError):
            server.accept()
    assert found.pop("own input") == "done: b'the file'"
    assert {name: said for name, said in found.items() if said not in REFUSED} == {}
    assert len(found) == 16
    assert secret.read_text() == "the key"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["keys.sqlite3", "tmp"]
    record_property("ran", f"{len(found)} ways out, none open")


@pytest.mark.goal("S-12")
def test_it_is_given_no_setting_and_no_open_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOMEWARD_VAULT_KEY", "secret")
    monkeypatch.setenv("HOMEWARD_DATABASE", "postgresql://secret")
    environment = run(attempts.environment, b"")["environment"]
    assert set(environment) <= {"PATH", "LANG", "TMPDIR", "ARROW_DEFAULT_MEMORY_POOL", "LC_CTYPE"}
    with open(os.devnull) as file:
        os.set_inheritable(file.fileno(), True)
        assert len(run(attempts.open_descriptors, b"")["open"]) == 4  # in, out twice, errors


@pytest.mark.parametrize(
    ("reader", "limits"),
    [
        (attempts.endless, Limits(seconds=1)),
        (attempts.asleep, Limits(wall=1)),
        (attempts.hungry, Limits()),
        (attempts.talkative, Limits(line=1_000_000)),
        (attempts.talkative, Limits(answer=1_000_000)),
        (attempts.dying, Limits()),
    ],
)
def test_it_is_ended_at_its_limits(reader: Any, limits: Limits) -> None:
    start = time.monotonic()
    with pytest.raises(EndedError):
        run(reader, b"", limits=limits)
    assert time.monotonic() - start < 20


def test_what_died_on_the_way_has_not_ended() -> None:
    with pytest.raises(EndedError):
        list(stream(attempts.half, b""))


def test_it_leaves_no_file_however_it_ends(tmp_path: Path) -> None:
    for reader in (attempts.reads, attempts.dying, attempts.writing):
        with suppress(EndedError):
            run(reader, b"x")
    assert list((tmp_path / "tmp").iterdir()) == []


def test_it_ends_with_whoever_stops_listening(tmp_path: Path) -> None:
    lines = stream(attempts.half, b"")
    lines.close()  # type: ignore[attr-defined]
    assert list((tmp_path / "tmp").iterdir()) == []


@NEEDS_BARRIERS
def test_one_that_may_write_writes_little_and_in_its_own_folder(tmp_path: Path) -> None:
    secret = tmp_path / "keys.sqlite3"
    secret.write_text("the key")
    found = run(attempts.own_folder, b"", str(secret), limits=Limits(written=10_000))
    assert found.pop("written") == "done: 1000"
    assert {name for name, said in found.items() if said.startswith("done")} == set()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["keys.sqlite3", "tmp"]
    assert list((tmp_path / "tmp").iterdir()) == []


def test_libraries_may_use_threads() -> None:
    assert run(attempts.threads, b"")["found"] == [0, 1, 2]


@NEEDS_BARRIERS
@pytest.mark.parametrize(
    "without", ["NEW_USER", "PROCESSORS"], ids=["no network namespace", "no filter of system calls"]
)
@pytest.mark.goal("S-12")
def test_either_barrier_shuts_off_the_network(without: str) -> None:
    """In a child of this test's own, which takes one barrier away before it begins."""
    program = (
        f"import socket; from homeward.formats.converter import confinement as c; "
        f"c.{without} = {'1' if without == 'NEW_USER' else '{}'}; "
        f"{'c.NEW_NETWORK = 0; ' if without == 'NEW_USER' else ''}"
        "print(c.confine().network)\n"
        "try:\n    socket.create_connection(('127.0.0.1', {port}), 2)\n"
        "except OSError as error:\n    print(error.errno)"
    )
    with socket.create_server(("127.0.0.1", 0)) as server:
        text = program.replace("{port}", str(server.getsockname()[1]))
        environment = {"PYTHONPATH": str(apart.PACKAGES)}
        done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, env=environment, timeout=30)
    said = done.stdout.split()
    assert said[0] == "True", done.stderr
    assert said[1] in {"1", "13", "101"}  # not permitted by the filter, by Landlock; no network to reach


def test_where_it_must_be_isolated_and_cannot_be_the_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    program = apart._program

    def crippled(*given: Any, **more: Any) -> str:
        text = program(*given, **more)
        cut = "import homeward.formats.converter.child as c; c.confine = lambda *paths: c.Barriers(True, False)"
        return text.replace("from homeward", f"{cut}; from homeward", 1)

    monkeypatch.setattr(apart, "_program", crippled)
    assert run(attempts.reads, b"x")["read"] == "x"
    monkeypatch.setattr(apart, "_required", True)
    with pytest.raises(ProblemError) as caught:
        run(attempts.reads, b"x")
    assert caught.value.first.code == "converter.not_isolated"
    assert caught.value.first.status == 503


def test_where_limits_suffice_a_warning_says_so_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(apart, "_told", type(apart._told)())
    for _ in range(3):
        apart._warn(Barriers(network=True, files=False))
    assert [each.getMessage() for each in caplog.records] == [
        "this machine cannot shut off the process that opens files from outside (network shut off, files open): "
        "only its time and memory are limited"
    ]


def test_what_may_be_read_is_the_program_and_nothing_around_it() -> None:
    paths = confinement.program_paths()
    assert str(apart.PACKAGES / "homeward") in paths
    assert str(apart.PACKAGES) not in paths
    assert not child.inside()
