"""The engines, each started once for all tests, and the forms they are tried on."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engines import engines, trial_forms
from tests.engines.counts import COUNTS, Counts


@pytest.fixture(scope="session")
def javarosa(tmp_path_factory: pytest.TempPathFactory) -> Iterator[engines.Engine]:
    engine = engines.javarosa(tmp_path_factory.mktemp("javarosa"))
    yield engine
    engine.close()


@pytest.fixture(scope="session")
def webforms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[engines.Engine]:
    engine = engines.webforms(tmp_path_factory.mktemp("webforms"))
    yield engine
    engine.close()


@pytest.fixture(scope="session")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that come with the forms."""
    folder = tmp_path_factory.mktemp("media")
    for name, rows in trial_forms.MEDIA.items():
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    return folder


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> trial_forms.Builder:
    return trial_forms.Builder(tmp_path_factory.mktemp("forms"))


@pytest.fixture(scope="session")
def counts() -> Counts:
    return COUNTS


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says how many interviews the engines held."""
    for line in COUNTS.lines():
        terminalreporter.write_line(line)
