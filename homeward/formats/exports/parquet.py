"""Parquet -> rows, in batches that stay small also where a short file stands for a long table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pyarrow

from homeward.domain.problems import Where
from homeward.formats.exports.model import Export, RawRow
from homeward.formats.exports.parquet_trial import batch_size, batches, broken, opened
from homeward.formats.exports.records import flatten


def open_parquet(path: Path, file: str) -> Export:
    where = Where(file=file)
    at_once = batch_size(path, where)
    table = opened(path, where)
    try:
        names = tuple(table.schema_arrow.names)
    except UnicodeDecodeError as error:
        broken(where, error)
    nested = any(pyarrow.types.is_nested(kind) for kind in table.schema_arrow.types)
    rows, size = max(table.metadata.num_rows, 1), path.stat().st_size
    table.close()
    export = Export(file=file, columns=None if nested else names, rows=lambda: iter(()), size=size)
    seen = 0

    def read() -> Iterator[RawRow]:
        nonlocal seen
        for row in _rows(path, where, at_once, export.repeats):
            seen = size * row.number // rows
            yield row

    export.rows = read
    export.seen_bytes = lambda: seen
    return export


def _rows(path: Path, where: Where, at_once: int, repeats: Counter[str]) -> Iterator[RawRow]:
    number = 1
    table = opened(path, where)
    for batch in batches(table, where, at_once):
        try:
            records = batch.to_pylist()
        except UnicodeDecodeError as error:  # a text that says of itself that it is UTF-8, and is not
            broken(where, error)
        for record in records:
            number += 1
            yield RawRow(number, flatten(record, repeats))
    table.close()
