"""Unique texts sown into every field that lies sealed, and looked for in files, however they may be written there."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from tests.durability.servers import ROOT, Server

EMPTY = re.compile(rb"\0{64,}")  # most of a database's files, and in no spelling of a text


def sow(server: Server) -> dict[str, str]:
    """Into the server's folder and database, by a process that is gone afterwards. Field -> text, and what lies plain,
    and what a phone needs.
    """
    command = [sys.executable, "-m", "tests.durability.sown"]
    done = subprocess.run(command, cwd=ROOT, env=server.environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    texts: dict[str, str] = json.loads(done.stdout)
    return texts


def spellings(text: str) -> Iterator[bytes]:
    """As it is, in other encodings, in base64 at each of its three offsets, in hex, with other letters' case."""
    for each in (text, text.upper()):
        raw = each.encode()
        yield from (
            raw,
            each.encode("utf-16-le"),
            each.encode("utf-16-be"),
            raw.hex().encode(),
            raw.hex().upper().encode(),
        )
        yield "".join(f"\\u{ord(letter):04x}" for letter in each).encode()
        for shift in range(3):
            coded = base64.b64encode(b"\0" * shift + raw)
            yield coded[4 if shift else 0 : -4]


def found_in(folders: Iterable[Path], texts: Mapping[str, str]) -> dict[str, set[str]]:
    """Of each text the names of the files that hold it. Each file is read once, for all of them."""
    wanted = {name: list(spellings(text)) for name, text in texts.items()}
    found: dict[str, set[str]] = {name: set() for name in texts}
    for path in (path for folder in folders for path in folder.rglob("*") if path.is_file()):
        whole = EMPTY.sub(bytes(64), path.read_bytes())
        small = whole.lower()
        for name, spelt in wanted.items():
            if any(each in whole or each in small for each in spelt):
                found[name].add(path.name)
    return found


def files_with(folder: Path, text: str) -> set[str]:
    return found_in([folder], {"text": text})["text"]
