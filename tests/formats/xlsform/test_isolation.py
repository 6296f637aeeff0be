from __future__ import annotations

import socket
import subprocess
import sys

import pytest

from homeward.domain.problems import ProblemError
from homeward.formats.tables import isolation
from homeward.formats.xlsform.isolation import load_upload
from homeward.formats.xlsform.loading import load
from homeward.formats.xlsform.packing import workbook_bytes
from tests.formats.tables.test_hostile_workbooks import BAD, CODES
from tests.formats.xlsform.forms import Draft


def test_an_upload_gives_the_same_instrument_as_the_loader() -> None:
    data = workbook_bytes(Draft().french().set("choices", "often/never", "score", "2").load())
    assert load_upload(data, "form.xlsx") == load(data, "form.xlsx")


@pytest.mark.parametrize("name", ["a bomb in one part", "macros", "cut short", "an outside entity", "nothing"])
def test_a_hostile_upload_is_refused_as_the_loader_refuses_it(name: str) -> None:
    with pytest.raises(ProblemError) as caught:
        load_upload(BAD[name], "form.xlsx")
    assert caught.value.first.code == CODES.get(name, "workbook.unreadable")
    assert caught.value.first.where.file == "form.xlsx"


def test_what_takes_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolation, "WALL_SECONDS", 0.01)
    with pytest.raises(ProblemError) as caught:
        load_upload(workbook_bytes(Draft().load()), "form.xlsx")
    assert caught.value.first.code == "workbook.too_heavy"


def in_child(program: str) -> subprocess.CompletedProcess[str]:
    text = f"from homeward.formats.tables.isolation import limit; limit(); {program}"
    return subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, timeout=30, check=False)


def test_the_child_can_write_no_file(tmp_path) -> None:  # type: ignore[no-untyped-def]
    run = in_child(f"open({str(tmp_path / 'x')!r}, 'w').writelines(['x' * 100_000])")
    assert "File too large" in run.stderr
    assert (tmp_path / "x").read_text() == ""


def test_the_child_gets_little_memory_and_time() -> None:
    assert "MemoryError" in in_child("bytearray(800_000_000)").stderr
    assert in_child("import resource; print(resource.getrlimit(resource.RLIMIT_CPU))").stdout == "(30, 30)\n"


def test_the_child_reaches_no_network_where_the_kernel_allows_to_forbid_it() -> None:
    probe = subprocess.run(["unshare", "-n", "true"], capture_output=True, check=False)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        run = in_child(f"import socket; socket.create_connection(('127.0.0.1', {port}), timeout=2)")
    assert (run.returncode != 0) or probe.returncode != 0
