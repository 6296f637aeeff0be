"""F5: interviews taken a second, beside a bare Django intake in the same run, on SQLite and on PostgreSQL.

    python -m benchmarks.intake [--seconds 10] [--rounds 5] [--connections 8]

Both are served by gunicorn with the same processes and threads on the same durable database settings. Ours checks the
device, parses behind limits, evaluates the form's rules, scores, seals, raises flags and writes the trace; the peer
parses and inserts one row. Rounds alternate; each begins when what the one before it wrote lies on disk. The median
counts. Gate: at least half the peer's rate, 99 of 100 answers within 100 ms; a form of 250 questions at least 25 a
second.
"""

from __future__ import annotations

import argparse
import http.client
import json
import multiprocessing
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg

from benchmarks.long_form import workbook
from homeward.formats.xform.reading import read_form
from homeward.formats.xlsform.loading import load
from homeward.formats.xlsform.xform_building import to_xform
from tests.databases import PostgreSQL
from tests.durability.servers import ROOT, free_port
from tests.environment import without_settings
from tests.interviews import fill, interview

PROCESSES, THREADS = 2, 8
GATE, SLOWEST, LONG_FORM = 0.5, 0.100, 25
BOUNDARY = "frontier"
AS_AN_APP_SENDS_IT = {"help_wanted": "none", "want_to_talk": "no", "hw_flag_high": "0", "hw_flag_medium": "0"}


@dataclass
class Target:
    name: str
    port: int
    path: str
    kind: str  # forty, long


def multipart(xml: bytes) -> bytes:
    head = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="xml_submission_file"; filename="s.xml"\r\n'
        "Content-Type: text/xml\r\n\r\n"
    )
    return head.encode() + xml + f"\r\n--{BOUNDARY}--\r\n".encode()


class Bodies:
    """Interviews that differ in their id alone, made before the clock runs."""

    def __init__(self, code: str) -> None:
        bare = "00000000-0000-0000-0000-000000000000"  # also what is said in it: the same twice waits for a person
        marker = f"uuid:{bare}"
        form = read_form(to_xform(load(workbook(), "long.xlsx")).xml)
        answers = {"interview_date": time.strftime("%Y-%m-%d"), **{f"q{number}": "o3" for number in range(250)}}
        self.templates = {
            "forty": multipart(interview("child-12-14", code, instance_id=marker, changes=AS_AN_APP_SENDS_IT)),
            "long": multipart(fill(form, answers, instance_id=marker)),
        }
        self.marker = bare.encode()

    def new(self, kind: str) -> bytes:
        return self.templates[kind].replace(self.marker, str(uuid4()).encode())


def send(target: Target, bodies: Bodies, seconds: float, out: multiprocessing.Queue[list[float]]) -> None:
    """One connection, kept open, one answer awaited before the next is sent."""
    client = http.client.HTTPConnection("127.0.0.1", target.port, timeout=60)
    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}", "X-OpenRosa-Version": "1.0"}
    times: list[float] = []
    end = time.perf_counter() + seconds
    while (start := time.perf_counter()) < end:
        client.request("POST", target.path, bodies.new(target.kind), headers)
        answer = client.getresponse()
        answer.read()
        if answer.status not in (201, 202):
            raise SystemExit(f"{target.name} answered {answer.status}")
        times.append(time.perf_counter() - start)
    out.put(times)


def rate(target: Target, bodies: Bodies, seconds: float, connections: int) -> tuple[float, float]:
    """Interviews a second, and the time within which 99 of 100 answers came."""
    out: multiprocessing.Queue[list[float]] = multiprocessing.Queue()
    workers = [multiprocessing.Process(target=send, args=(target, bodies, seconds, out)) for _ in range(connections)]
    for worker in workers:
        worker.start()
    times = sorted(value for _ in workers for value in out.get())
    for worker in workers:
        worker.join()
    return len(times) / seconds, times[int(len(times) * 0.99) - 1]


@contextmanager
def served(module: str, folder: Path, database: str) -> Iterator[int]:
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", module, "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread"]
    command += ["--workers", str(PROCESSES), "--threads", str(THREADS), "--keep-alive", "30"]
    command += ["--log-level", "error", "--no-control-socket"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment(folder, database))
    try:
        for _ in range(300):
            client = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            try:
                client.request("GET", "/")
                client.getresponse()
                break
            except OSError:
                time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(30)


def environment(folder: Path, database: str) -> dict[str, str]:
    return {
        **without_settings(),
        "HOMEWARD_DATA": str(folder),
        "HOMEWARD_DATABASE": database,
        "DJANGO_SETTINGS_MODULE": "homeward.config.settings",
    }


def prepare(folder: Path, database: str, bare: str) -> dict[str, str]:
    for name, url, command in (
        ("bare", bare, ["benchmarks.bare.app", "prepare"]),
        ("ours", database, ["benchmarks.prepare_intake"]),
    ):
        run = [sys.executable, "-m", *command]
        env = environment(folder / name, url)
        if name == "bare":
            env.pop("DJANGO_SETTINGS_MODULE")
        done = subprocess.run(run, cwd=ROOT, env=env, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(done.stderr)
    found: dict[str, str] = json.loads(done.stdout)
    return found


def measure(name: str, database: str, bare: str, args: argparse.Namespace) -> bool:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        phone = prepare(folder, database, bare)
        bodies = Bodies(phone["code"])
        with (
            served("homeward.config.wsgi:application", folder / "ours", database) as ours,
            served("benchmarks.bare.app:application", folder / "bare", bare) as peer,
        ):
            address = f"/key/{phone['token']}/submission"
            targets = (
                Target("homeward, 40 answers", ours, address, "forty"),
                Target("bare Django, 40 answers", peer, "/submission", "forty"),
                Target("homeward, 250 answers", ours, address, "long"),
            )
            for target in targets:  # every process reads its forms before the clock runs
                rate(target, bodies, 2, args.connections)
            found: dict[str, list[tuple[float, float]]] = {target.name: [] for target in targets}
            for _ in range(args.rounds):
                for target in targets:
                    settle(database)
                    found[target.name].append(rate(target, bodies, args.seconds, args.connections))
            return report(name, found)


def settle(database: str) -> None:
    """Else one target would wait for the disk on account of the one before it."""
    if database:
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute("CHECKPOINT")
    os.sync()
    time.sleep(1)


def report(name: str, found: dict[str, list[tuple[float, float]]]) -> bool:
    rates = {target: statistics.median(rate for rate, _ in rounds) for target, rounds in found.items()}
    slow = {target: statistics.median(slow for _, slow in rounds) for target, rounds in found.items()}
    ours, peer, long = rates
    ratio = rates[ours] / rates[peer]
    for target in rates:
        each = " ".join(f"{rate:.0f}" for rate, _ in found[target])
        print(f"{name:11} {target:26} {rates[target]:6.0f}/s   p99 {slow[target] * 1000:5.0f} ms   ({each})")
    print(f"{name:11} ratio {ratio:.2f} (gate {GATE}), p99 {slow[ours] * 1000:.0f} ms, 250 answers {rates[long]:.0f}/s")
    return ratio >= GATE and slow[ours] <= SLOWEST and rates[long] >= LONG_FORM


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--database", choices=("sqlite", "postgresql"))
    args = parser.parse_args(argv)
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start")
    passed = True
    if args.database != "postgresql":
        passed &= measure("SQLite", "", "", args)
    if args.database != "sqlite":
        with PostgreSQL() as server:
            passed &= measure("PostgreSQL", server.create("ours"), server.create("bare"), args)
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
