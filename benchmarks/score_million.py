"""One million interviews through `homeward score`: rows a second, and the most memory the process held.

    python benchmarks/score_million.py [--rows 1000000] [--instrument child-12-14] [--kind csv|json|parquet|xlsx]

The file is made first, by a process of its own, from the instrument's questions with random answers; one answer in
twenty is "don't know" or empty. Goal: at most 300 MB.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path

import pyarrow
import pyarrow.parquet

from homeward.domain.codes import with_check_digits
from homeward.domain.instruments import Instrument, Question
from homeward.formats.tables.workbook_writing import write_workbook
from homeward.formats.xlsform.library import Library, open_instrument

LIMIT = 300


def make_rows(instrument: Instrument, count: int) -> Iterator[dict[str, str]]:
    rng = random.Random(9)
    asked = [
        q for q in instrument.questions if not q.type.startswith(("begin", "end", "note", "calculate")) and not q.repeat
    ]
    for number in range(count):
        row = {"KEY": f"uuid:{rng.getrandbits(128):032x}", "SubmissionDate": "2026-01-05T10:00:00.000Z"}
        row |= {"-".join((*question.path, question.name)): answer(question, instrument, rng) for question in asked}
        code = with_check_digits(1_000_000 + number)
        row |= {
            "start-child_known": "yes",
            "start-child_listed": code,
            "start-child_typed": "",
            "start-child_code": code,
        }
        yield row


def answer(question: Question, instrument: Instrument, rng: random.Random) -> str:
    if question.type == "date":
        return f"2025-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"
    choices = instrument.choices_of(question)
    if choices is None:
        return str(rng.randint(0, 9)) if question.type in ("integer", "decimal", "range") else ""
    if question.name.endswith(("consent", "assent")):
        return "yes"
    if rng.random() < 0.05:
        return ""
    return rng.choice([choice.code for choice in choices.choices])


def make_file(path: Path, kind: str, instrument: Instrument, count: int) -> None:
    rows = make_rows(instrument, count)
    first = next(rows)
    if kind == "json":
        with path.open("w", encoding="utf-8") as file:
            file.write('{"results": [' + json.dumps(first))
            for row in rows:
                file.write(",\n" + json.dumps(row))
            file.write("]}")
        return
    if kind in ("xlsx", "parquet"):
        make_binary(path, kind, first, rows)
        return
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(first))
        writer.writeheader()
        writer.writerow(first)
        writer.writerows(rows)


def make_binary(path: Path, kind: str, first: dict[str, str], rows: Iterator[dict[str, str]]) -> None:
    every = chain([first], rows)
    if kind == "xlsx":
        write_workbook(str(path), list(first), (list(row.values()) for row in every))
        return
    with pyarrow.parquet.ParquetWriter(path, pyarrow.schema([(name, pyarrow.string()) for name in first])) as writer:
        while batch := list(islice(every, 50_000)):
            writer.write_batch(pyarrow.RecordBatch.from_pylist(batch, schema=writer.schema))


def measure(command: list[str]) -> tuple[float, float, float, int]:
    """Seconds on the clock, seconds of the processor, megabytes at the peak, exit status."""
    begin = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    busy = usage.ru_utime + usage.ru_stime
    return time.perf_counter() - begin, busy, usage.ru_maxrss / 1024, os.waitstatus_to_exitcode(status)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--instrument", default="child-12-14")
    parser.add_argument("--kind", default="csv", choices=("csv", "json", "parquet", "xlsx"))
    parser.add_argument("--make", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.make:
        make_file(args.make, args.kind, open_instrument(args.instrument, Library()).instrument, args.rows)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"interviews.{args.kind}"
        subprocess.run([sys.executable, *sys.argv, "--make", str(path)], check=True)
        size = path.stat().st_size / 1e6
        command = [sys.executable, "-m", "homeward.cli.main", "score", str(path), "--instrument", args.instrument]
        seconds, busy, peak, status = measure([*command, "--out", str(Path(folder) / "scores.csv")])
        written = sum(1 for _ in (Path(folder) / "scores.csv").open("rb")) - 1
    print(f"{platform.machine()} Python {platform.python_version()}, {os.cpu_count()} cores {' '.join(sys.argv[1:])}")
    print(f"{args.rows:,} interviews with {args.instrument}, {args.kind} of {size:,.0f} MB")
    print(f"status {status}, {written:,} rows written")
    print(f"{seconds:.1f} s ({busy:.1f} s of processor), {args.rows / seconds:,.0f} interviews/s")
    print(f"peak memory {peak:.0f} MB (limit {LIMIT} MB)")


if __name__ == "__main__":
    main()
