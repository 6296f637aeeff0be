"""What phones remember of what they sent and what they were told, on another disk than the server's."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Sent:
    """One interview: its hash, the hashes of its files, and which of them went in one request."""

    raw: str
    files: dict[str, str] = field(default_factory=dict)
    together: list[tuple[str, ...]] = field(default_factory=list)


@dataclass
class Told:
    """Everything of a journal; `acknowledged` names the files of which a phone was told that they arrived."""

    sent: dict[str, Sent] = field(default_factory=dict)
    acknowledged: dict[str, set[str]] = field(default_factory=dict)
    requests: int = 0


class Journal:
    """A line before each request, a line after each acknowledgement, each written through to the file at once."""

    def __init__(self, path: Path) -> None:
        self.path, self.lock = path, threading.Lock()
        self.file = path.open("a", encoding="ascii")

    def sending(self, name: str, xml: bytes, files: Mapping[str, bytes]) -> None:
        hashes = {each: digest(content) for each, content in files.items()}
        self._write({"sent": name, "raw": digest(xml), "files": hashes})

    def acknowledged(self, name: str, files: Iterable[str]) -> None:
        self._write({"acknowledged": name, "files": sorted(files)})

    def _write(self, line: Mapping[str, object]) -> None:
        with self.lock:
            self.file.write(f"{json.dumps(line)}\n")
            self.file.flush()

    def read(self) -> Told:
        told = Told()
        for line in map(json.loads, self.path.read_text(encoding="ascii").splitlines()):
            if "acknowledged" in line:
                told.acknowledged.setdefault(line["acknowledged"], set()).update(line["files"])
                told.requests += 1
                continue
            sent = told.sent.setdefault(line["sent"], Sent(line["raw"]))
            assert sent.raw == line["raw"]
            sent.files |= line["files"]
            if tuple(line["files"]) not in sent.together:
                sent.together.append(tuple(line["files"]))
        return told

    def close(self) -> None:
        self.file.close()


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@dataclass(frozen=True)
class Stored:
    """One interview as it lies in the database, opened."""

    raw: str
    files: dict[str, str]


def faults(before: Told, stored: Mapping[str, Stored], after: Told) -> dict[str, list[str]]:
    """Acknowledged, a part of stored, a part of sent; `before` was read before the database was, `after` afterwards."""
    found: dict[str, list[str]] = {"lost": [], "changed": [], "never sent": [], "in part": []}
    for name, files in before.acknowledged.items():
        if name not in stored or not files <= stored[name].files.keys():
            found["lost"].append(name)
    for name, kept in stored.items():
        sent = after.sent.get(name)
        if sent is None or not kept.files.keys() <= sent.files.keys():
            found["never sent"].append(name)
        elif kept.raw != sent.raw or any(sent.files[each] != value for each, value in kept.files.items()):
            found["changed"].append(name)
        elif not whole(sent, kept):
            found["in part"].append(name)
    return {kind: names for kind, names in found.items() if names}


def whole(sent: Sent, kept: Stored) -> bool:
    """Files that went in one request came together, those of the first with the interview itself."""
    parts = [{each in kept.files for each in together} for together in sent.together]
    return False not in parts[0] and all(len(each) <= 1 for each in parts)
