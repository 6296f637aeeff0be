"""F6: who is due among 100,000 children, beside reading the children alone in the same run, on SQLite and PostgreSQL.

    python -m benchmarks.due [--children 100000] [--database sqlite]

Each child has an interview in both voices, one in ten is at high risk, one in a hundred paused. Outlooks are made first
as the worker does it, then one child in 200 is interviewed. Gate: one second for the list of all.
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
    parser.add_argument("--children", type=int, default=100_000)
    parser.add_argument("--database", choices=("sqlite", "postgresql"))
    args = parser.parse_args(argv)
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start")
    status = 0
    if args.database != "postgresql":
        status |= measured("SQLite", "", args)
    if args.database != "sqlite":
        with PostgreSQL() as server:
            status |= measured("PostgreSQL", server.create("due"), args)
    return status


def measured(name: str, database: str, args: argparse.Namespace) -> int:
    """In a process of its own: settings are read once."""
    with tempfile.TemporaryDirectory() as folder:
        env = {**without_settings(), "HOMEWARD_DATA": folder, "HOMEWARD_DATABASE": database}
        command = [sys.executable, "-m", "benchmarks.prepare_due", name, str(args.children)]
        return subprocess.run(command, cwd=ROOT, env=env, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
