"""A stranger's export, opened in a process of its own gives the same rows as one that is opened here."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from homeward.domain.problems import Where
from homeward.formats.converter.apart import EndedError, problem_of, stream
from homeward.formats.converter.confinement import Limits
from homeward.formats.exports.model import Export, RawRow, refuse
from homeward.formats.exports.opening import open_export

TOGETHER = 100  # rows a line
LETTERS = 1_000_000  # about, of the answers of a line
LINE = 64_000_000
LIMITS = Limits(seconds=600, wall=240, memory=1_500_000_000, answer=40_000_000_000, line=LINE)


def open_apart(source: BinaryIO, name: str) -> Export:
    """`source` is the open file, which the child reads; nothing here looks into it."""
    where = Where(file=name)
    head = next(_lines(begun, source, where), {})
    export = Export(
        file=head["file"],
        columns=None if head["columns"] is None else tuple(head["columns"]),
        rows=lambda: iter(()),
        size=os.fstat(source.fileno()).st_size,
        repeats=Counter(head["repeats"]),
        problems=[problem_of(values) for values in head["problems"]],
        decimal_comma=head["decimal_comma"],
    )
    seen = 0

    def rows() -> Iterator[RawRow]:
        nonlocal seen
        for line in _lines(read, source, where):
            seen = line["seen"]
            for number, cells, problem in line["rows"]:
                yield RawRow(number, cells, problem and problem_of(problem))
            export.repeats = Counter(line["repeats"])

    export.rows = rows
    export.seen_bytes = lambda: seen
    return export


def _lines(reader: Any, source: BinaryIO, where: Where) -> Iterator[dict[str, Any]]:
    try:
        yield from stream(reader, source, where.file, limits=LIMITS)
    except EndedError:
        _too_heavy(where)


def _too_heavy(where: Where) -> NoReturn:
    refuse(
        "too_heavy",
        "The file takes more time or memory to read than it may, or is damaged.",
        "Export fewer interviews at once, or export the data as CSV.",
        where,
    )


def begun(source: BinaryIO, name: str) -> dict[str, Any]:
    """In the child: what the file says before its first row."""
    export = _opened(source, name)
    return {
        "file": export.file,
        "columns": export.columns,
        "repeats": export.repeats,
        "problems": [asdict(problem) for problem in export.problems],
        "decimal_comma": export.decimal_comma,
    }


def read(source: BinaryIO, name: str) -> Iterator[dict[str, Any]]:
    """In the child: its rows, some a line."""
    export = _opened(source, name)
    rows = export.rows()
    while True:
        some, size = [], 0
        for row in islice(rows, TOGETHER):
            some.append([row.number, row.cells, row.problem and asdict(row.problem)])
            size += sum(map(len, row.cells.values()))
            if size > LETTERS:
                break
        if not some:
            return
        yield {"rows": some, "seen": export.seen_bytes(), "repeats": export.repeats}


def _opened(source: BinaryIO, name: str) -> Export:
    return open_export(Path(f"/proc/self/fd/{source.fileno()}"), name)
