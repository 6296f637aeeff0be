"""The built wheel installs into an empty environment, scores a file and serves."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.repo.source import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("wheel")]
PATIENCE = 60  # seconds for the server's first answer


def run(*command: str | Path, cwd: Path = ROOT, **env: str) -> str:
    done = subprocess.run(
        [str(word) for word in command], cwd=cwd, capture_output=True, text=True, check=False, env=os.environ | env
    )
    assert done.returncode in (0, 1), done.stderr[-2000:]
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT)
    wheel = next(folder.glob("homeward-*.whl"))
    venv = folder / "venv"
    run(sys.executable, "-m", "venv", venv)
    pip = (venv / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    run(*pip, "--require-hashes", "-r", ROOT / "requirements" / "run.txt")
    run(*pip, "--no-deps", wheel)
    return venv / "bin" / "homeward"


def test_the_wheel_carries_library_front_end_and_texts(installed: Path) -> None:
    package = next((installed.parent.parent / "lib").glob("python3.*/site-packages/homeward"))
    for part in (
        "library/instruments/child-12-14/1.0/survey.csv",
        "library/guides/fgd/en.md",
        "web/ui/static/built/interview.js",
        "web/ui/static/built/bootstrap.rtl.min.css",
        "web/ui/templates/ui/base.html",
        "locale/ar/LC_MESSAGES/django.mo",
        "demo/data/names.csv",
    ):
        assert (package / part).is_file(), part


def test_it_lists_instruments_and_scores_a_file_far_from_the_source(installed: Path, tmp_path: Path) -> None:
    assert "child-12-14" in run(installed, "instrument", "list", cwd=tmp_path)
    export = tmp_path / "export.csv"
    export.write_text("_id,food_enough,sleep_place\n1,never,always\n", encoding="utf-8")
    run(installed, "score", export, "--instrument", "child-12-14", "--out", tmp_path / "scores.csv", cwd=tmp_path)
    assert re.search(r"^1,|,1,", (tmp_path / "scores.csv").read_text("utf-8-sig"), re.MULTILINE)


def test_it_serves_and_stops(installed: Path, tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = os.environ | {"HOMEWARD_DATA": str(tmp_path), "HOMEWARD_PROFILE": "demo"}
    server = subprocess.Popen(
        [installed, "serve", "--port", str(port)],
        cwd=tmp_path,
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        assert "Homeward" in first_answer(f"http://127.0.0.1:{port}/sign-in", server)
    finally:
        server.terminate()
        server.wait(timeout=30)
    assert server.returncode in (0, -15)


def first_answer(url: str, server: subprocess.Popen[bytes]) -> str:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        assert server.poll() is None, (server.stderr.read().decode() if server.stderr else "")[-2000:]
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return str(answer.read().decode("utf-8"))
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.3)
    raise AssertionError("the server did not answer")
