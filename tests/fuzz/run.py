"""`python -m tests.fuzz.run TARGET [SECONDS]`: guided by coverage with atheris where it is there, else by chance.

What ends in anything but a ProblemError is written to tests/fuzz/kept/TARGET, where tests try it again from then on.
"""

from __future__ import annotations

import hashlib
import os
import random
import sys
import tempfile
import time
from pathlib import Path

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


def by_chance(name: str, seconds: float) -> int:
    from tests.fuzz.targets import TARGETS, seeds

    known, chance = [seed[:LONGEST] for seed in seeds(name)], random.Random(f"{name} {time.time_ns()}")
    tried, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
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

    def one(data: bytes) -> None:
        try:
            TARGETS[name](data)
        except Exception:
            print(f"{name}: kept as {kept(name, data)}", file=sys.stderr)
            raise

    with tempfile.TemporaryDirectory() as folder:
        for number, seed in enumerate(seeds(name)):
            Path(folder, str(number)).write_bytes(seed[:LONGEST])
        options = [f"-max_total_time={int(seconds)}", f"-max_len={LONGEST}", "-rss_limit_mb=2048", "-timeout=20"]
        atheris.Setup(
            [sys.argv[0], *options, f"-artifact_prefix={folder}/", "-verbosity=0", "-print_final_stats=1", folder], one
        )
        atheris.Fuzz()


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "homeward.config.settings")
    os.environ.setdefault("HOMEWARD_DATA", tempfile.gettempdir())
    import django

    django.setup()
    name = sys.argv[1]
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else float(os.environ.get("HOMEWARD_FUZZ_SECONDS", "60"))
    sys.argv[1:] = []
    try:
        import atheris  # noqa: F401
    except ImportError:
        print(f"{name}: {by_chance(name, seconds)} tried by chance in {seconds:.0f} s")
    else:
        by_coverage(name, seconds)


if __name__ == "__main__":
    main()
