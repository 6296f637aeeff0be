"""Every background job resolves to a function, and the web starts without what only jobs and files need."""

from __future__ import annotations

import subprocess
import sys

import pytest
from django.utils.module_loading import import_string

from homeward.config.jobs import JOBS
from tests.repo.source import ROOT

HEAVY = ("pyarrow", "ibis", "duckdb", "pandas", "numpy", "homeward.demo", "homeward.cli.score", "rich")


@pytest.mark.parametrize("name", JOBS)
def test_every_job_resolves(name: str) -> None:
    assert callable(import_string(JOBS[name])) or hasattr(import_string(JOBS[name]), "enqueue")


def loaded_by(statement: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{statement}; import sys; print(*sys.modules)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        env={"DJANGO_SETTINGS_MODULE": "homeward.config.settings", "HOMEWARD_DATA": str(ROOT / "var" / "check")},
    )
    return set(done.stdout.split())


def test_the_web_starts_without_what_it_does_not_need() -> None:
    loaded = loaded_by("import homeward.config.wsgi; from homeward.config import urls; urls.urlpatterns")
    assert [name for name in HEAVY if name in loaded] == []


def test_scoring_a_file_loads_no_web_framework() -> None:
    loaded = loaded_by("import homeward.cli.main, homeward.cli.score, homeward.cli.instrument")
    assert "django" not in loaded
