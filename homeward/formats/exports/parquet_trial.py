"""A stranger's Parquet file is read through once in a process of its own, before we read it: what its header says may
be a lie, and the library ends the whole process at some lies.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

import pyarrow
import pyarrow.compute
import pyarrow.parquet

from homeward.domain.problems import ProblemError, Where
from homeward.formats.converter.apart import EndedError, run
from homeward.formats.converter.child import inside
from homeward.formats.converter.confinement import Limits
from homeward.formats.exports.model import MAX_COLUMNS, refuse

BATCH = 1_000  # rows
WEIGHED = 10_000  # rows at once, where texts are listed
FEW = 16  # where they are not
MAX_LIST = 4_000_000  # bytes
MAX_BATCH = 40_000_000  # bytes of the texts of a batch
MAX_CELL = 1_000_000  # bytes
MAX_IN_ROW = 100_000  # values in the lists of a row, on average over a batch
MAX_NESTED = 400_000  # values in the lists of a batch: each becomes a text of its own
MAX_READ = 100_000_000  # bytes of all of a batch, as the library holds it
MAX_ROWS = 20_000_000
MAX_GROUP = 2_000_000_000  # bytes of a row group
MAX_GROUPS = 20_000
MAX_RATIO = 150  # between what a row group inflates to and the file
RATIO_FROM = 20_000_000
LIMITS = Limits(seconds=120, wall=240, memory=2_500_000_000)  # a million rows take two seconds

Source = Path | BinaryIO


def batch_size(path: Path, where: Where) -> int:
    """How many rows at once take little memory. Raises ProblemError where the file is no honest table."""
    if inside():
        return tried(path, where)
    try:
        with path.open("rb") as file:
            return int(run(trial, file, limits=LIMITS)["rows"])
    except ProblemError as error:
        raise ProblemError(
            replace(problem, where=replace(problem.where, file=where.file)) for problem in error.problems
        ) from None
    except EndedError:
        refuse(
            "parquet_broken",
            "The Parquet file is damaged or cut off ({reason}).",
            "Write or download it again.",
            where,
            reason="the program that tried it was ended",
        )


def trial(source: BinaryIO) -> dict[str, Any]:
    """In the child."""
    return {"rows": tried(source, Where())}


def tried(source: Source, where: Where) -> int:
    table = opened(source, where)
    _guard(table, _size(source), where)
    rows = min(BATCH, max(1, MAX_BATCH // weight_of_a_row(source, where)))
    for at_once in (rows, min(rows, FEW), 1):
        found = _read_through(source, where, at_once)
        if found is not None:
            break
    else:
        _too_large(where)
    if found != table.metadata.num_rows:
        _lies(where)
    return at_once


def _read_through(source: Source, where: Where, rows: int) -> int | None:
    """How many rows there are. None where so many at once are too much."""
    found = 0
    for batch in batches(opened(source, where), where, rows):
        nested = sum(_values_in(column) for column in batch.columns)
        if nested > MAX_IN_ROW * batch.num_rows:
            refuse(
                "list_too_long",
                "The lists of a row have more than {limit} values.",
                "Export a group that repeats as a table of its own, or export the data as CSV.",
                where,
                limit=MAX_IN_ROW,
            )
        if nested > MAX_NESTED or batch.nbytes > MAX_READ:
            return None
        found += batch.num_rows
    return found


def _size(source: Source) -> int:
    return source.stat().st_size if isinstance(source, Path) else os.fstat(source.fileno()).st_size


def _guard(table: pyarrow.parquet.ParquetFile, size: int, where: Where) -> None:
    metadata, schema = table.metadata, table.schema
    if len(schema) > MAX_COLUMNS or metadata.num_row_groups > MAX_GROUPS:
        _too_large(where)
    groups = [metadata.row_group(at) for at in range(metadata.num_row_groups)]
    largest = max((group.total_byte_size for group in groups), default=0)
    widest = max((schema.column(at).length for at in range(len(schema))), default=0)
    inflates = largest > RATIO_FROM and largest > MAX_RATIO * size
    if largest > MAX_GROUP or inflates or widest > MAX_CELL or metadata.num_rows > MAX_ROWS:
        _too_large(where)
    if metadata.num_rows != sum(group.num_rows for group in groups):
        _lies(where)
    flat = [at for at in range(len(schema)) if schema.column(at).max_repetition_level == 0]
    packed = 0
    for group in groups:
        if any(group.column(at).num_values != group.num_rows for at in flat):
            _lies(where)
        packed += sum(group.column(at).total_compressed_size for at in range(len(schema)))
    if packed > size:  # the same bytes stand for several groups
        _lies(where)


def _lies(where: Where) -> NoReturn:
    refuse(
        "parquet_lies",
        "What the Parquet file says of itself (rows, sizes) does not go with what it holds.",
        "Write or download it again.",
        where,
    )


def _too_large(where: Where) -> NoReturn:
    refuse(
        "too_large",
        "The Parquet file stands for more than can be read.",
        "Write smaller row groups, or export the data as CSV.",
        where,
    )


def opened(source: Source, where: Where, dictionaries: list[str] | None = None) -> pyarrow.parquet.ParquetFile:
    try:
        return pyarrow.parquet.ParquetFile(source, memory_map=False, pre_buffer=False, read_dictionary=dictionaries)
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        broken(where, error)


def batches(
    table: pyarrow.parquet.ParquetFile, where: Where, size: int, columns: list[str] | None = None
) -> Iterator[pyarrow.RecordBatch]:
    found = table.iter_batches(batch_size=size, columns=columns, use_threads=False)
    while True:
        try:
            batch = next(found, None)
        except (pyarrow.ArrowException, OSError, ValueError) as error:
            broken(where, error)
        if batch is None:
            return
        yield batch


def weight_of_a_row(source: Source, where: Where) -> int:
    """The most bytes that the texts of one row may take. One column at a time. A short one is read as numbers into a
    list of texts, where one long text that a million rows repeat stands only once; of a long one, where the list may be
    as long as the column, few rows at a time are read.
    """
    table = opened(source, where)
    groups = [table.metadata.row_group(at) for at in range(table.metadata.num_row_groups)]
    sizes: dict[str, int] = {}
    for at in range(len(table.schema)):
        column = table.schema.column(at)
        if column.physical_type == "BYTE_ARRAY" and column.logical_type.type != "DECIMAL":
            sizes[column.path] = max((group.column(at).total_uncompressed_size for group in groups), default=0)
    listed = opened(source, where, [name for name, size in sizes.items() if size <= MAX_LIST])
    longest = [_longest_in(listed, name, WEIGHED if size <= MAX_LIST else FEW, where) for name, size in sizes.items()]
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
    found = batches(table, where, rows, [name])
    return max((_longest(leaf) for batch in found for each in batch.columns for leaf in _leaves(each)), default=0)


def _leaves(column: pyarrow.Array) -> Iterator[pyarrow.Array]:
    if not pyarrow.types.is_nested(column.type):
        yield column
    for each in _below(column):
        yield from _leaves(each)


def _values_in(column: pyarrow.Array) -> int:
    """Those of every level: a list of a million empty lists is heavy too."""
    return sum(len(each) + _values_in(each) for each in _below(column))


def _below(column: pyarrow.Array) -> list[pyarrow.Array]:
    kinds = pyarrow.types
    if kinds.is_struct(column.type):
        return list(column.flatten())
    if kinds.is_map(column.type):
        return [column.keys, column.items]
    return [column.flatten()] if kinds.is_nested(column.type) else []


def _longest(leaf: pyarrow.Array) -> int:
    texts = leaf.dictionary if pyarrow.types.is_dictionary(leaf.type) else leaf
    kinds = pyarrow.types
    if not any(
        test(texts.type) for test in (kinds.is_string, kinds.is_binary, kinds.is_large_string, kinds.is_large_binary)
    ):
        return 0
    return int(pyarrow.compute.max(pyarrow.compute.binary_length(texts)).as_py() or 0)


def broken(where: Where, error: Exception) -> NoReturn:
    refuse(
        "parquet_broken",
        "The Parquet file is damaged or cut off ({reason}).",
        "Write or download it again.",
        where,
        reason=type(error).__name__,
    )
