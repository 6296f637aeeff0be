"""`python -m tests.fuzz.run TARGET [SECONDS] [--goals FOLDER]`: guided by coverage where atheris is, else by chance.

What ends in anything but a ProblemError is written to tests/fuzz/kept/TARGET, where tests try it again from then on.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from tests.goals import Ran, keep

PARTS = (
    b"\0",
    b"\xff",
    b"<",
    b"&",
    b'"',
    b"'",
    b"[",
    b"]]>",
    b"(",
    b")",
    b"\r\n",
    b"--",
    b"${",
    b"=",
    b",",
    b"\xe2\x80\x8b",
)
PARTS += (b"9" * 40, b"1e999", b"<!DOCTYPE a>", b"PK\x05\x06", b"\xef\xbb\xbf", b"A" * 300, b"..", b"/", b"{", b"true")
LONGEST = 8_192
GOAL, FULL = "S-5", 1_800.0  # seconds of processor a parser: what else the machine does does not count
TOLD = re.compile(r"tried (by chance|guided by coverage): (\d+)")


def processor() -> float:
    """Seconds, with those of the processes that open what is strange."""
    return sum(os.times()[:4])


def by_chance(name: str, seconds: float) -> int:
    from tests.fuzz.targets import TARGETS, seeds

    known, chance = [seed[:LONGEST] for seed in seeds(name)], random.Random(f"{name} {time.time_ns()}")
    tried, end = 0, processor() + seconds
    while processor() < end:
        data = changed(chance.choice(known), chance)
        tried += 1
        try:
            TARGETS[name](data)
        except Exception:
            print(f"{name}: kept as {kept(name, data)}", file=sys.stderr)
            raise
    return tried


def changed(data: bytes, chance: random.Random) -> bytes:
    made = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        at, to = chance.randint(0, len(made)), chance.randint(0, len(made))
        kind = chance.randrange(5)
        if kind == 0 and made:
            made[min(at, len(made) - 1)] ^= 1 << chance.randrange(8)
        elif kind == 1:
            del made[min(at, to) : min(at, to) + chance.randint(1, 30)]
        elif kind == 2:
            made[at:at] = chance.choice(PARTS)
        elif kind == 3:
            made[at:at] = made[min(at, to) : min(at, to) + chance.randint(1, 60)]
        else:
            made[at:at] = chance.randbytes(chance.randint(1, 4))
    return bytes(made[:LONGEST])


def kept(name: str, data: bytes) -> Path:
    from tests.fuzz.targets import KEPT

    path = KEPT / name / hashlib.sha256(data).hexdigest()[:16]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def by_coverage(name: str, seconds: float) -> None:
    """Does not come back: the library ends the process."""
    import atheris

    with atheris.instrument_imports(include=["homeward", "multipart", "openpyxl", "csv", "zipfile"]):
        from tests.fuzz.targets import TARGETS, seeds

    tried, end = 0, processor() + seconds

    def one(data: bytes) -> None:
        nonlocal tried
        tried += 1
        if processor() > end:
            finished("guided by coverage", tried)
        try:
            TARGETS[name](data)
        except Exception:
            print(f"{name}: kept as {kept(name, data)}", file=sys.stderr)
            raise

    with tempfile.TemporaryDirectory() as folder:
        for number, seed in enumerate(seeds(name)):
            Path(folder, str(number)).write_bytes(seed[:LONGEST])
        options = [f"-max_len={LONGEST}", "-rss_limit_mb=2048", "-timeout=60", f"-artifact_prefix={folder}/"]
        atheris.Setup([sys.argv[0], *options, "-verbosity=0", folder], one)
        atheris.Fuzz()


def finished(how: str, tried: int) -> NoReturn:
    """At once: the library would go on for ever."""
    print(f"tried {how}: {tried}", file=sys.stderr, flush=True)
    os._exit(0)


def here(name: str, seconds: float) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "homeward.config.settings")
    os.environ.setdefault("HOMEWARD_DATA", tempfile.gettempdir())
    import django

    django.setup()
    sys.argv[1:] = []
    try:
        import atheris  # noqa: F401
    except ImportError:
        finished("by chance", by_chance(name, seconds))
    else:
        by_coverage(name, seconds)


def main(argv: Sequence[str] | None = None) -> int:
    """In a process of its own: guided by coverage, the library ends it, and its last words tell how much it tried."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target")
    parser.add_argument("seconds", type=float, nargs="?")
    parser.add_argument("--goals", type=Path, help="folder that keeps what ran, for docs/security-tests.md")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    seconds = args.seconds or float(os.environ.get("HOMEWARD_FUZZ_SECONDS", "60"))
    if args.here:
        here(args.target, seconds)
        return 0
    command = [sys.executable, "-m", "tests.fuzz.run", args.target, str(seconds), "--here"]
    with tempfile.TemporaryDirectory() as folder:  # the library leaves its own behind
        env = {**os.environ, "TMPDIR": folder}
        done = subprocess.run(command, env=env, check=False, capture_output=True, text=True, errors="replace")
    told = TOLD.search(done.stderr)
    failed = bool(done.returncode) or told is None  # one that says nothing has tried nothing
    said = f"{int(told[2]):,} inputs {told[1]}, {seconds:.0f} s of processor" if told else "stopped by an error"
    print(done.stderr[-4000:] if failed else f"{args.target}: {said}")
    if args.goals:
        ran = Ran(GOAL, f"tests/fuzz/run.py {args.target}", "failed" if failed else "passed", seconds, (said,))
        keep(args.goals / f"fuzz-{args.target}.json", f"fuzz {args.target}", f"{min(1.0, seconds / FULL):g}", [ran])
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
