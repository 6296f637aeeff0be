"""Records of JSON and Parquet: nested values become one row of texts, keyed by `group/question`."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

import ijson

from homeward.domain.problems import Where
from homeward.formats.exports.json_guard import GuardedJson
from homeward.formats.exports.model import Export, RawRow, refuse, refuse_too_wide
from homeward.formats.numbers import LARGEST_POWER
from homeward.formats.tables.workbook_reading import cell_text

MAX_DEPTH = 30
MAX_LINE = 1_000_000
BATCH = 1_000
UNREADABLE = (ijson.JSONError, UnicodeDecodeError, ArithmeticError, ValueError)  # the last two: of its numbers
LISTS = {"results": "results.item", "value": "value.item", "data": "data.item"}


class _Position:
    seen = 0


def open_json(path: Path, file: str) -> Export:
    """Kobo's API (`results`), Central's OData (`value`), or a plain list."""
    where = Where(file=file)
    _refuse_lines(path, where)
    prefix = _json_prefix(path, where)
    position = _Position()
    export = Export(file=file, columns=None, rows=lambda: iter(()), size=path.stat().st_size)
    export.rows = lambda: _json_rows(path, prefix, where, export.repeats, position)
    export.seen_bytes = lambda: position.seen
    return export


def _start(raw: BinaryIO) -> None:
    if raw.read(3) != b"\xef\xbb\xbf":
        raw.seek(0)


def _refuse_lines(path: Path, where: Where) -> None:
    """One record a line and nothing around them; where the first line is a whole object there can be nothing else."""
    with path.open("rb") as raw:
        _start(raw)
        first, second = raw.readline(MAX_LINE), raw.readline(MAX_LINE)
    if first.lstrip().startswith(b"{") and first.rstrip().endswith(b"}") and second.lstrip().startswith(b"{"):
        refuse(
            "json_lines",
            "Each line is a record of its own (JSON lines), and not one of a list.",
            "Export the data as a JSON list, or as CSV.",
            where,
        )


def _json_prefix(path: Path, where: Where) -> str:
    found = ""
    with path.open("rb") as raw:
        _start(raw)
        try:
            for prefix, event, value in ijson.parse(GuardedJson(raw, where)):
                if prefix == "" and event == "start_array":
                    found = "item"
                elif prefix == "" and event == "map_key":
                    found = LISTS.get(value, "")
                if found:
                    break
        except UNREADABLE as error:
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
        counted = GuardedJson(raw, where)
        records = ijson.items(counted, prefix)
        number = 0
        while True:
            try:
                record = next(records, None)
            except UNREADABLE as error:
                _broken(where, error, number)
            if record is None:
                return
            number += 1
            counted.since, position.seen = 0, counted.total
            if not isinstance(record, Mapping):
                refuse("json_not_records", "Record {row} is not an object.", "Export again.", where, row=number)
            cells = flatten(record, repeats)
            refuse_too_wide(len(cells), where)
            yield RawRow(number, cells)


def _broken(where: Where, error: Exception, number: int = 0) -> None:
    refuse(
        "json_broken",
        "The JSON is damaged or cut off after record {row} ({reason}).",
        "Download it again.",
        where,
        row=number,
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
        if not value.is_finite():
            return ""
        small = abs(value.adjusted()) <= LARGEST_POWER  # 1e99999999 stays as it is written, and is no number to anybody
        return str(int(value)) if small and value == value.to_integral_value() else str(value)
    if isinstance(value, float) and value != value:  # how pandas writes an empty cell
        return ""
    if isinstance(value, datetime.datetime) and value.tzinfo is not None:
        return value.isoformat()
    if isinstance(value, bytes):
        return ""
    return cell_text(value)
