"""Records of JSON and Parquet: nested values become one row of texts, keyed by `group/question`."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

import ijson
import pyarrow
import pyarrow.parquet

from homeward.domain.problems import Where
from homeward.formats.exports.model import Export, RawRow, refuse
from homeward.formats.tables.workbook_reading import cell_text

MAX_DEPTH = 30
MAX_RECORD = 40_000_000  # bytes between two records
BATCH = 1_000
LISTS = {"results": "results.item", "value": "value.item", "data": "data.item"}
MAX_GROUP = 2_000_000_000  # bytes of a Parquet row group


class _Counted:
    """A file that knows how much was read, and refuses a record that would fill the memory."""

    def __init__(self, raw: BinaryIO, where: Where) -> None:
        self.raw, self.where = raw, where
        self.total = self.since = 0

    def read(self, size: int = -1) -> bytes:
        piece = self.raw.read(size)
        self.total += len(piece)
        self.since += len(piece)
        if self.since > MAX_RECORD:
            refuse(
                "record_too_large",
                "One record has more than {limit} bytes.",
                "Check that this is an export of interviews.",
                self.where,
                limit=MAX_RECORD,
            )
        return piece


class _Position:
    seen = 0


def open_json(path: Path, file: str) -> Export:
    """Kobo's API (`results`), Central's OData (`value`), or a plain list."""
    where = Where(file=file)
    prefix = _json_prefix(path, where)
    position = _Position()
    export = Export(file=file, columns=None, rows=lambda: iter(()), size=path.stat().st_size)
    export.rows = lambda: _json_rows(path, prefix, where, export.repeats, position)
    export.seen_bytes = lambda: position.seen
    return export


def _start(raw: BinaryIO) -> None:
    if raw.read(3) != b"\xef\xbb\xbf":
        raw.seek(0)


def _json_prefix(path: Path, where: Where) -> str:
    found = ""
    with path.open("rb") as raw:
        _start(raw)
        try:
            for prefix, event, value in ijson.parse(_Counted(raw, where)):
                if prefix == "" and event == "start_array":
                    found = "item"
                elif prefix == "" and event == "map_key":
                    found = LISTS.get(value, "")
                if found:
                    break
        except (ijson.JSONError, UnicodeDecodeError) as error:
            _broken(where, error)
    if not found:
        refuse(
            "json_without_list",
            "The JSON has no list of interviews (a list, or one named results or value).",
            "Export the data of the form, not its definition.",
            where,
        )
    return found


def _json_rows(path: Path, prefix: str, where: Where, repeats: Counter[str], position: _Position) -> Iterator[RawRow]:
    with path.open("rb") as raw:
        _start(raw)
        counted = _Counted(raw, where)
        records = ijson.items(counted, prefix)
        number = 0
        while True:
            try:
                record = next(records, None)
            except (ijson.JSONError, UnicodeDecodeError) as error:
                _broken(where, error, number)
            if record is None:
                return
            number += 1
            counted.since, position.seen = 0, counted.total
            if not isinstance(record, Mapping):
                refuse("json_not_records", "Record {row} is not an object.", "Export again.", where, row=number)
            yield RawRow(number, flatten(record, repeats))


def _broken(where: Where, error: Exception, number: int = 0) -> None:
    refuse(
        "json_broken",
        "The JSON is damaged or cut off after record {row} ({reason}).",
        "Download it again.",
        where,
        row=number,
        reason=type(error).__name__,
    )


def open_parquet(path: Path, file: str) -> Export:
    where = Where(file=file)
    position = _Position()
    table = _parquet(path, where)
    names = tuple(table.schema_arrow.names)
    nested = any(pyarrow.types.is_nested(kind) for kind in table.schema_arrow.types)
    groups = [table.metadata.row_group(at).total_byte_size for at in range(table.metadata.num_row_groups)]
    if max(groups, default=0) > MAX_GROUP:
        refuse("too_large", "A row group of the Parquet file is too large to read.", "Write smaller row groups.", where)
    export = Export(file=file, columns=None if nested else names, rows=lambda: iter(()), size=path.stat().st_size)
    rows, size = max(table.metadata.num_rows, 1), path.stat().st_size
    table.close()

    def read() -> Iterator[RawRow]:
        for row in _parquet_rows(path, where, export.repeats):
            position.seen = size * row.number // rows
            yield row

    export.rows = read
    export.seen_bytes = lambda: position.seen
    return export


def _parquet(path: Path, where: Where) -> pyarrow.parquet.ParquetFile:
    try:
        return pyarrow.parquet.ParquetFile(path, memory_map=False, pre_buffer=False)
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        _parquet_broken(where, error)


def _parquet_rows(path: Path, where: Where, repeats: Counter[str]) -> Iterator[RawRow]:
    number = 1
    table = _parquet(path, where)
    batches = table.iter_batches(batch_size=BATCH, use_threads=False)
    while True:
        try:
            batch = next(batches, None)
            records: list[dict[str, Any]] = batch.to_pylist() if batch is not None else []
        except (pyarrow.ArrowException, OSError, ValueError) as error:
            _parquet_broken(where, error)
        if batch is None:
            table.close()
            return
        for record in records:
            number += 1
            yield RawRow(number, flatten(record, repeats))


def _parquet_broken(where: Where, error: Exception) -> Any:
    refuse(
        "parquet_broken",
        "The Parquet file is damaged or cut off ({reason}).",
        "Write or download it again.",
        where,
        reason=type(error).__name__,
    )


def flatten(record: Mapping[str, Any], repeats: Counter[str], prefix: str = "", depth: int = 0) -> dict[str, str]:
    """Lists of objects are rows of a repeat and only counted; `name@odata...` keys are addresses, not answers."""
    cells: dict[str, str] = {}
    for key, value in record.items():
        name = f"{prefix}{key}"
        if isinstance(value, str):
            cells[name] = value
        elif isinstance(value, Mapping):
            if depth < MAX_DEPTH:
                cells |= flatten(value, repeats, f"{name}/", depth + 1)
        elif isinstance(value, list | tuple):
            cells |= _list(name, list(value), repeats)
        elif "@" not in key:
            cells[name] = scalar_text(value)
    return cells


def _list(name: str, values: list[Any], repeats: Counter[str]) -> dict[str, str]:
    if any(isinstance(value, Mapping) for value in values):
        if not name.startswith("_"):  # Kobo's own lists: attachments, notes, tags
            repeats[name] += len(values)
        return {}
    return {name: " ".join(scalar_text(value) for value in values)}


def scalar_text(value: Any) -> str:
    if isinstance(value, Decimal):
        return "" if value.is_nan() else str(int(value)) if value == value.to_integral_value() else str(value)
    if isinstance(value, float) and value != value:  # how pandas writes an empty cell
        return ""
    if isinstance(value, datetime.datetime) and value.tzinfo is not None:
        return value.isoformat()
    if isinstance(value, bytes):
        return ""
    return cell_text(value)
