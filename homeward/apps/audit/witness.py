"""Signed heads for somebody outside: who keeps one can show that nothing before it was rewritten or taken away."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

from homeward.apps.audit.chain import signed_bytes, statement
from homeward.apps.audit.models import Batch
from homeward.apps.audit.sealer import last_batch, seal
from homeward.apps.audit.signing import signed_by
from homeward.domain.problems import Problem, ProblemError, Where
from homeward.formats.on_disk import sync_file, sync_folder

MARK = "homeward-audit-head"


@dataclass(frozen=True, slots=True)
class Head:
    batch: int
    last: int
    head: bytes
    key: bytes
    sealed_at: datetime


def head_line(batch: Batch) -> str:
    """One line of plain text: it survives mail and can be read aloud."""
    values = statement(batch) | {"signature": bytes(batch.signature).hex()}
    return f"{MARK} {json.dumps(values, sort_keys=True, separators=(',', ':'))}"


def newest_head() -> str:
    """What is committed now is sealed first, where this process may; empty where nothing was ever sealed."""
    seal()
    batch = last_batch()
    return head_line(batch) if batch else ""


def write_head() -> None:
    """The newest head, added to the witness file; best where others read it and this server cannot change it."""
    line = newest_head()
    path = Path(settings.HOMEWARD_AUDIT_WITNESS)
    if not line or (path.exists() and line in path.read_text(encoding="utf-8").splitlines()):
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")
        sync_file(file)
    sync_folder(path.parent)


def read_heads(path: Path) -> list[Head]:
    """Every head of a file, whatever stands around them: a mail may be given as it came."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        raise ProblemError(_unreadable(path, "The file of heads cannot be read.")) from error
    found = [_head(line.strip().lstrip("> "), path, row) for row, line in enumerate(lines, start=1) if MARK in line]
    if not found:
        raise ProblemError(_unreadable(path, "There is no head in this file."))
    return found


def head_of(line: str) -> Head:
    """Of one line, as `head_line` wrote it."""
    return _head(line, Path(), None)


def _head(line: str, path: Path, row: int | None) -> Head:
    try:
        values = json.loads(line[line.index(MARK) + len(MARK) :])
        signature = bytes.fromhex(values.pop("signature"))
        found = Head(
            int(values["batch"]),
            int(values["last"]),
            bytes.fromhex(values["head"]),
            bytes.fromhex(values["key"]),
            datetime.fromisoformat(values["sealed_at"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ProblemError(_unreadable(path, "This line is no whole head.", row)) from error
    if not signed_by(found.key, signature, signed_bytes(values), ()):
        raise ProblemError(_unreadable(path, "This head is damaged: its signature does not fit.", row))
    return found


def _unreadable(path: Path, message: str, row: int | None = None) -> Problem:
    action = "Give the lines as `homeward audit head` wrote them."
    return Problem("audit.bad_heads", message, action, Where(file=str(path), row=row))
