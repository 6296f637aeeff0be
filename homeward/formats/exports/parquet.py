"""Parquet -> rows, in batches that stay small also where a short file stands for a long table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pyarrow
import pyarrow.compute
import pyarrow.parquet

from homeward.domain.problems import Where
from homeward.formats.exports.model import Export, RawRow, refuse
from homeward.formats.exports.records import flatten

BATCH = 1_000  # rows
WEIGHED = 50_000  # rows at once
MAX_BATCH = 40_000_000  # bytes of the texts of a batch
MAX_CELL = 1_000_000  # bytes
MAX_ROWS = 20_000_000
MAX_GROUP = 2_000_000_000  # bytes of a row group
MAX_RATIO = 150  # between what a row group inflates to and the file
RATIO_FROM = 50_000_000


def open_parquet(path: Path, file: str) -> Export:
    where = Where(file=file)
    table = _parquet(path, where)
    names = tuple(table.schema_arrow.names)
    nested = any(pyarrow.types.is_nested(kind) for kind in table.schema_arrow.types)
    rows, size = max(table.metadata.num_rows, 1), path.stat().st_size
    _guard(table, size, where)
    table.close()
    export = Export(file=file, columns=None if nested else names, rows=lambda: iter(()), size=size)
    seen = 0

    def read() -> Iterator[RawRow]:
        nonlocal seen
        for row in _rows(path, where, export.repeats):
            seen = size * row.number // rows
            yield row

    export.rows = read
    export.seen_bytes = lambda: seen
    return export


def _guard(table: pyarrow.parquet.ParquetFile, size: int, where: Where) -> None:
    metadata, schema = table.metadata, table.schema
    groups = [metadata.row_group(at).total_byte_size for at in range(metadata.num_row_groups)]
    largest = max(groups, default=0)
    widest = max((schema.column(at).length for at in range(len(schema))), default=0)
    inflates = largest > RATIO_FROM and largest > MAX_RATIO * size
    if largest > MAX_GROUP or inflates or widest > MAX_CELL or metadata.num_rows > MAX_ROWS:
        refuse(
            "too_large",
            "The Parquet file stands for more than can be read.",
            "Write smaller row groups, or export the data as CSV.",
            where,
        )


def _parquet(path: Path, where: Where, dictionaries: list[str] | None = None) -> pyarrow.parquet.ParquetFile:
    try:
        return pyarrow.parquet.ParquetFile(path, memory_map=False, pre_buffer=False, read_dictionary=dictionaries)
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        _broken(where, error)


def _rows(path: Path, where: Where, repeats: Counter[str]) -> Iterator[RawRow]:
    number = 1
    batches = _batches(_parquet(path, where), where, min(BATCH, max(1, MAX_BATCH // _weight_of_a_row(path, where))))
    for batch in batches:
        for record in batch.to_pylist():
            number += 1
            yield RawRow(number, flatten(record, repeats))


def _batches(table: pyarrow.parquet.ParquetFile, where: Where, size: int) -> Iterator[pyarrow.RecordBatch]:
    batches = table.iter_batches(batch_size=size, use_threads=False)
    while True:
        try:
            batch = next(batches, None)
        except (pyarrow.ArrowException, OSError, ValueError) as error:
            _broken(where, error)
        if batch is None:
            table.close()
            return
        yield batch


def _weight_of_a_row(path: Path, where: Where) -> int:
    """The most bytes that the texts of one row may take. For this they are read as numbers into a list of texts, where
    one long text that a million rows repeat stands only once.
    """
    table = _parquet(path, where)
    columns = [table.schema.column(at) for at in range(len(table.schema))]
    table.close()
    texts = [
        each.path for each in columns if each.physical_type == "BYTE_ARRAY" and each.logical_type.type != "DECIMAL"
    ]
    longest = Counter[int]()
    for batch in _batches(_parquet(path, where, texts), where, WEIGHED):
        leaves = [leaf for column in batch.columns for leaf in _leaves(column)]
        for at, leaf in enumerate(leaves):
            longest[at] = max(longest[at], _longest(leaf))
    if max(longest.values(), default=0) > MAX_CELL:
        refuse(
            "cell_too_long",
            "A cell has more than {limit} bytes.",
            "Check that this is an export of interviews.",
            where,
            limit=MAX_CELL,
        )
    return max(1, sum(longest.values()))


def _leaves(column: pyarrow.Array) -> Iterator[pyarrow.Array]:
    kinds = pyarrow.types
    below: list[pyarrow.Array] = []
    if kinds.is_struct(column.type):
        below = column.flatten()
    elif kinds.is_map(column.type):
        below = [column.keys, column.items]
    elif kinds.is_nested(column.type):
        below = [column.flatten()]
    else:
        yield column
    for each in below:
        yield from _leaves(each)


def _longest(leaf: pyarrow.Array) -> int:
    texts = leaf.dictionary if pyarrow.types.is_dictionary(leaf.type) else leaf
    kinds = pyarrow.types
    if not any(
        test(texts.type) for test in (kinds.is_string, kinds.is_binary, kinds.is_large_string, kinds.is_large_binary)
    ):
        return 0
    return int(pyarrow.compute.max(pyarrow.compute.binary_length(texts)).as_py() or 0)


def _broken(where: Where, error: Exception) -> NoReturn:
    refuse(
        "parquet_broken",
        "The Parquet file is damaged or cut off ({reason}).",
        "Write or download it again.",
        where,
        reason=type(error).__name__,
    )
