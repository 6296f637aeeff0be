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
WEIGHED = 10_000  # rows at once, where texts are listed
FEW = 16  # where they are not
MAX_LIST = 4_000_000  # bytes
MAX_BATCH = 40_000_000  # bytes of the texts of a batch
MAX_CELL = 1_000_000  # bytes
MAX_ROWS = 20_000_000
MAX_GROUP = 2_000_000_000  # bytes of a row group
MAX_RATIO = 150  # between what a row group inflates to and the file
RATIO_FROM = 20_000_000


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
    size = min(BATCH, max(1, MAX_BATCH // _weight_of_a_row(path, where)))
    table = _parquet(path, where)
    for batch in _batches(table, where, size):
        for record in batch.to_pylist():
            number += 1
            yield RawRow(number, flatten(record, repeats))
    table.close()


def _batches(
    table: pyarrow.parquet.ParquetFile, where: Where, size: int, columns: list[str] | None = None
) -> Iterator[pyarrow.RecordBatch]:
    batches = table.iter_batches(batch_size=size, columns=columns, use_threads=False)
    while True:
        try:
            batch = next(batches, None)
        except (pyarrow.ArrowException, OSError, ValueError) as error:
            _broken(where, error)
        if batch is None:
            return
        yield batch


def _weight_of_a_row(path: Path, where: Where) -> int:
    """The most bytes that the texts of one row may take. One column at a time. A short one is read as numbers into a
    list of texts, where one long text that a million rows repeat stands only once; of a long one, where the list may be
    as long as the column, few rows at a time are read.
    """
    table = _parquet(path, where)
    groups = [table.metadata.row_group(at) for at in range(table.metadata.num_row_groups)]
    sizes: dict[str, int] = {}
    for at in range(len(table.schema)):
        column = table.schema.column(at)
        if column.physical_type == "BYTE_ARRAY" and column.logical_type.type != "DECIMAL":
            sizes[column.path] = max((group.column(at).total_uncompressed_size for group in groups), default=0)
    listed = _parquet(path, where, [name for name, size in sizes.items() if size <= MAX_LIST])
    longest = [_longest_in(listed, name, WEIGHED if size <= MAX_LIST else FEW, where) for name, size in sizes.items()]
    listed.close()
    table.close()
    if max(longest, default=0) > MAX_CELL:
        refuse(
            "cell_too_long",
            "A cell has more than {limit} bytes.",
            "Check that this is an export of interviews.",
            where,
            limit=MAX_CELL,
        )
    return max(1, sum(longest))


def _longest_in(table: pyarrow.parquet.ParquetFile, name: str, rows: int, where: Where) -> int:
    batches = _batches(table, where, rows, [name])
    return max((_longest(leaf) for batch in batches for each in batch.columns for leaf in _leaves(each)), default=0)


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
