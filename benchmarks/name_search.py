"""F7: a child found by name among 100,000, beside opening every name, on SQLite and on PostgreSQL.

    python -m benchmarks.name_search [--children 100000] [--searches 60] [--database sqlite]

Names are drawn from the demo's lists with their unevenness, so that common ones are common. A focal point searches, who
may see every name of the organisation: the worst case. The peer keeps no marks: it opens and compares every name, with
all keys in memory already. Gate: 95 of 100 searches within 300 ms.
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
    parser.add_argument("--searches", type=int, default=60)
    parser.add_argument("--database", choices=("sqlite", "postgresql"))
    args = parser.parse_args(argv)
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start")
    status = 0
    if args.database != "postgresql":
        status |= measured("SQLite", "", args)
    if args.database != "sqlite":
        with PostgreSQL() as server:
            status |= measured("PostgreSQL", server.create("names"), args)
    return status


def measured(name: str, database: str, args: argparse.Namespace) -> int:
    """In a process of its own: settings are read once."""
    with tempfile.TemporaryDirectory() as folder:
        env = {**without_settings(), "HOMEWARD_DATA": folder, "HOMEWARD_DATABASE": database}
        command = [sys.executable, "-m", "benchmarks.prepare_names", name, str(args.children), str(args.searches)]
        return subprocess.run(command, cwd=ROOT, env=env, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
