"""Which promise each test holds, and what ran: collected while testing, written as docs/security-tests.md.

    HOMEWARD_GOALS=docs/tried/sqlite.json pytest ...     # keeps what ran
    python -m tests.goals docs/tried docs/security-tests.md

A test names its goals with `@pytest.mark.goal("R-1")` and says what ran with `record_property("ran", ...)`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from homeward.config import env

ROOT = Path(__file__).resolve().parents[1]
LIST = Path(__file__).with_name("goals.toml")
PARSERS = ("cases", "xml", "expressions", "workbook", "table", "names", "multipart", "kinds", "cells")
EXPECTED = ("sqlite", "postgres", *(f"fuzz {name}" for name in PARSERS))


@dataclass(frozen=True, slots=True)
class Ran:
    goal: str
    test: str
    outcome: str
    seconds: float
    figures: tuple[str, ...]  # what ran, or why nothing did


def goals() -> dict[str, dict[str, str]]:
    return tomllib.loads(LIST.read_text(encoding="utf-8"))


class Collector:
    """Of the process that is told all results; workers only pass them on."""

    def __init__(self, path: Path) -> None:
        self.path, self.ran = path, list[Ran]()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "call" and report.passed:
            return
        said = [(str(name), str(value)) for name, value in report.user_properties]
        figures = tuple(value for name, value in said if name == "ran")
        if report.skipped and isinstance(report.longrepr, tuple):
            figures = (report.longrepr[2].removeprefix("Skipped: "),)
        for name, value in said:
            if name == "goal":
                self.ran.append(Ran(value, report.nodeid, report.outcome, round(report.duration, 1), figures))

    def pytest_sessionfinish(self) -> None:
        keep(self.path, os.environ.get("HOMEWARD_TEST_DATABASE", "sqlite"), env.read("HOMEWARD_TRIALS"), self.ran)


def keep(path: Path, database: str, trials: str, ran: Iterable[Ran]) -> None:
    now = datetime.now(UTC).isoformat(timespec="minutes")
    kept = {"database": database, "trials": trials, "at": now, "commit": commit()}
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({**kept, "ran": [asdict(each) for each in ran]}, indent=1)
    path.write_text(text, encoding="utf-8")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "goal(id): holds a promise of tests/goals.toml")
    path = os.environ.get("HOMEWARD_GOALS")
    if path and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Collector(Path(path).absolute()))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for mark in item.iter_markers("goal"):
            item.user_properties += [("goal", each) for each in mark.args]


def commit() -> str:
    found = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return found.stdout.strip()


def page(runs: Iterable[Mapping[str, object]]) -> str:
    kept = newest(sorted(runs, key=lambda run: str(run["at"])))
    lines = [
        "# What was tried of what is promised",
        "",
        "Written by `make test-deep` from what the tests said ran. Of a test that ran again, the last run counts.",
        "",
    ]
    lines += [
        f"- {run['database']}: {run['at']}, commit {run['commit']}, share of full counts {run['trials']}"
        for run in kept
    ]
    whole = {run["database"] for run in kept if run["trials"] == "1"}
    lines += [f"- {name}: not run at full counts yet" for name in EXPECTED if name not in whole]
    for name, goal in goals().items():
        lines += ["", f"## {name}", "", f"{goal['says']} Full count: {goal['full']}.", ""]
        lines += [f"Open: {goal['open']}", ""] if "open" in goal else []
        lines += [f"Tried by: {goal['elsewhere']}", ""] if "elsewhere" in goal else []
        lines += table(name, kept)
    return "\n".join(lines).rstrip() + "\n"


def newest(runs: Iterable[Mapping[str, object]]) -> list[Mapping[str, object]]:
    """In the order of their time: a test that was run again, on the same database, is told by its last run alone."""
    left, seen = [], set[tuple[object, object, object]]()
    for run in reversed(list(runs)):
        held: list[dict[str, object]] = run["ran"]  # type: ignore[assignment]
        mine = [each for each in held if (run["database"], each["goal"], each["test"]) not in seen]
        seen |= {(run["database"], each["goal"], each["test"]) for each in mine}
        left.append({**run, "ran": mine})
    return left[::-1]


def table(goal: str, runs: list[Mapping[str, object]]) -> list[str]:
    """A test that was skipped did not run; where no other ran, nothing of the promise was tried."""
    rows, tried = [], False
    for run in runs:
        held: list[dict[str, object]] = run["ran"]  # type: ignore[assignment]
        for each in sorted((row for row in held if row["goal"] == goal), key=lambda row: str(row["test"])):
            figures = "; ".join(str(figure) for figure in each["figures"])  # type: ignore[attr-defined]
            outcome = "not run" if each["outcome"] == "skipped" else each["outcome"]
            tried = tried or outcome != "not run"
            rows.append(f"| {each['test']} | {run['database']} | {outcome} | {figures} |")
    told = [] if tried else ["No test of it ran."]
    if rows and told:
        told.append("")
    return [*told, "| test | database | outcome | what ran |", "|---|---|---|---|", *rows] if rows else told


def main(folder: str, target: str) -> None:
    runs = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(Path(folder).glob("*.json"))]
    if not runs:
        sys.exit(f"No run is kept in {folder}. Run the tests with HOMEWARD_GOALS={folder}/sqlite.json first.")
    Path(target).write_text(page(runs), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:3])
