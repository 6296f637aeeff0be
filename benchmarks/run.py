"""Runs every benchmark and writes docs/performance.md: the machine, the commands, and what they printed.

python -m benchmarks.run [NAME ...]
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "performance.md"
BENCHMARKS = {
    "score_one": ("F4: one interview scored on arrival", ["benchmarks.score_one"]),
    "intake": ("F5: interviews taken a second, beside a bare Django intake in the same run", ["benchmarks.intake"]),
    "due": ("F6: who is due among 100,000 children", ["benchmarks.due"]),
    "name_search": ("F7: a child found by name among 100,000", ["benchmarks.name_search"]),
    "pages": ("F8: pages among 2,000 and 100,000 children", ["benchmarks.pages"]),
    "phone": ("F13 and F15: a phone made ready, and what opens how soon on a slow one", ["benchmarks.phone"]),
    "backup": ("R-12: 50,000 interviews backed up and restored", ["benchmarks.backup"]),
    "footprint": ("F14: memory with 5,000 children", ["benchmarks.footprint"]),
    "score_million": ("One million rows through `homeward score`", ["benchmarks.score_million"]),
}
HEAD = """# What it bears

Written by `make bench`. Figures on small shared machines drift by a fifth and more: trust the ratios within one run,
not single figures.

"""


def main(names: list[str]) -> int:
    kept = sections()
    for name in names or BENCHMARKS:
        title, words = BENCHMARKS[name]
        print(f"{title} ...", flush=True)
        done = subprocess.run([sys.executable, "-m", *words], cwd=ROOT, capture_output=True, text=True, check=False)
        print(done.stdout, done.stderr[-2000:])
        if done.returncode not in (0, 1):
            return done.returncode
        kept[title] = f"`python -m {' '.join(words)}`, {date.today()}, {machine()}\n\n```\n{done.stdout.strip()}\n```\n"
        PAGE.write_text(HEAD + "\n".join(f"## {title}\n\n{body}" for title, body in kept.items()), encoding="utf-8")
    return 0


def sections() -> dict[str, str]:
    """What earlier runs wrote, so that one benchmark can be repeated alone."""
    if not PAGE.exists():
        return {}
    parts = PAGE.read_text(encoding="utf-8").split("\n## ")[1:]
    return {title: body.lstrip("\n") for title, _, body in (part.partition("\n") for part in parts)}


def machine() -> str:
    return f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
