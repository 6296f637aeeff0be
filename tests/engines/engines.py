"""ODK's two form engines as processes: one JSON line asks for a random interview, one brings it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Timer

import pytest
import pyxform

HERE = Path(__file__).parent
FRONTEND = HERE.parents[1] / "frontend"
JAR = Path(pyxform.__file__).parent / "validators" / "odk_validate" / "bin" / "ODK_Validate.jar"
ANSWER_SECONDS = 60
HELD_BY_ONE = 100  # interviews: the browser's engine keeps every form it has opened, until memory is full
UTC = {**os.environ, "TZ": "UTC"}


class EngineError(AssertionError):
    """The engine refused the form or broke off; its own words."""


@dataclass(frozen=True)
class Order:
    """One interview to hold: `given` answers are given as they are, the rest is invented from `seed` and `texts`.
    `places` holds a whole interview again: each answer by its place in the form, with positions of repeats.
    """

    form: Path
    media: Path
    seed: int
    texts: Sequence[str] = ("Amal", "قول", "r1", "12", "a long answer, with a comma")
    language: str = ""
    given: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, str] | None = None  # the browser's engine alone can do this


@dataclass(frozen=True)
class Held:
    xml: bytes
    relevant: Mapping[str, bool]  # by path, with positions of repeats
    valid: bool  # by the engine's own judgement


class Engine:
    """A process that holds interviews until it is closed."""

    def __init__(self, name: str, command: Sequence[str], log: Path) -> None:
        self.name = name
        self.log = log
        self._command = command
        self._start()

    def _start(self) -> None:
        self._held = 0
        self._errors = self.log.open("wb")
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, env=UTC
        )

    def hold(self, order: Order) -> Held:
        if self._held == HELD_BY_ONE:
            self.close()
            self._start()
        self._held += 1
        request = {
            "form": str(order.form),
            "media": str(order.media),
            "seed": order.seed,
            "texts": list(order.texts),
            "language": order.language,
            "given": dict(order.given),
            "places": None if order.places is None else dict(order.places),
        }
        answer = self._ask(json.dumps(request))
        if "error" in answer:
            raise EngineError(f"{self.name}, {order.form.name}, seed {order.seed}: {answer['error']}")
        return Held(answer["xml"].encode(), answer["relevant"], answer["valid"])

    def _ask(self, line: str) -> dict[str, object]:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        watch = Timer(ANSWER_SECONDS, self._process.kill)
        watch.start()
        try:
            stdin.write(line.encode() + b"\n")
            stdin.flush()
            answer = stdout.readline()
        except BrokenPipeError:
            answer = b""
        finally:
            watch.cancel()
        if not answer:
            words = self.log.read_text(errors="replace")[-2000:]
            self.close()
            self._start()  # the next form is none the worse for this one
            raise EngineError(f"{self.name} stopped: {words}")
        return json.loads(answer)

    def close(self) -> None:
        for stream in (self._process.stdin, self._process.stdout, self._errors):
            if stream is not None:
                with suppress(BrokenPipeError):  # what was still to be said to a process that stopped
                    stream.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def javarosa(folder: Path) -> Engine:
    """The engine of ODK Collect, from the ODK Validate that pyxform carries. `folder` takes the compiled classes."""
    for tool in ("java", "javac"):
        if shutil.which(tool) is None:
            pytest.exit(f"The engine tests need a JDK ({tool} is missing): run `make system`.", returncode=2)
    sources = sorted(str(path) for path in (HERE / "java").glob("*.java"))
    subprocess.run(
        ["javac", "-nowarn", "-encoding", "UTF-8", "-cp", str(JAR), "-d", str(folder), *sources],
        check=True,
        capture_output=True,
        timeout=180,
    )
    command = ["java", "-Xmx512m", "-cp", os.pathsep.join([str(folder), str(JAR)]), "Interviewer"]
    return Engine("JavaRosa", command, folder / "javarosa.log")


def webforms(folder: Path) -> Engine:
    """ODK's engine for browsers, as the front end has it installed."""
    if shutil.which("node") is None:
        pytest.exit("The engine tests need Node.js (node is missing): run `make system`.", returncode=2)
    if not (FRONTEND / "node_modules" / "@getodk" / "xforms-engine").is_dir():
        pytest.exit("The engine tests need the front end's packages: run `make setup`.", returncode=2)
    command = ["node", str(HERE / "browser" / "interviewer.mjs"), str(FRONTEND)]
    return Engine("xforms-engine", command, folder / "xforms-engine.log")
