"""F8: the list of children, Today, search by code and a child with 500 interviews, among 2,000 and 100,000 children.

    python -m benchmarks.pages [--few 2000] [--many 100000] [--looks 40] [--database sqlite]

Every child has an interview with its scores. Teams have 250 children, a case worker 25; the focal point sees all. Time
is the server's own, from the request to the last byte of the answer, signed in, with the trace written. Gate: 95 of 100
looks within 300 ms with the many; how flat it stays is the ratio of both, measured in one run.
"""

from __future__ import annotations

import argparse
import json
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
GATE = 300.0  # ms


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--few", type=int, default=2_000)
    parser.add_argument("--many", type=int, default=100_000)
    parser.add_argument("--looks", type=int, default=40)
    parser.add_argument("--database", choices=("sqlite", "postgresql"))
    args = parser.parse_args(argv)
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start")
    status = 0
    if args.database != "postgresql":
        few, many = (measured("", number, args.looks) for number in (args.few, args.many))
        status |= told("SQLite", few, many)
    if args.database != "sqlite":
        with PostgreSQL() as server:
            few, many = (
                measured(server.create(f"pages{number}"), number, args.looks) for number in (args.few, args.many)
            )
        status |= told("PostgreSQL", few, many)
    return status


def told(name: str, few: dict[str, list[float]], many: dict[str, list[float]]) -> int:
    for page, (median, p95) in many.items():
        before, _ = few[page]
        print(
            f"{name:11} {page:34} median {before:4.0f} -> {median:4.0f} ms ({median / before:.1f}x), "
            f"95 of 100 within {p95:4.0f} ms (gate {GATE:.0f})",
            flush=True,
        )
    return int(any(p95 > GATE for _, p95 in many.values()))


def measured(database: str, children: int, looks: int) -> dict[str, list[float]]:
    """In a process of its own: settings are read once."""
    with tempfile.TemporaryDirectory() as folder:
        env = {**without_settings(), "HOMEWARD_DATA": folder, "HOMEWARD_DATABASE": database}
        command = [sys.executable, "-m", "benchmarks.prepare_pages", str(children), str(looks)]
        done = subprocess.run(command, cwd=ROOT, env=env, check=False, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    found: dict[str, list[float]] = json.loads(done.stdout)
    return found


if __name__ == "__main__":
    sys.exit(main())
