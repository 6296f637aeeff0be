"""A zip of CSV files, as ODK Central exports a form with repeats: the main table, one table a repeat, media."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, cast

from homeward.domain.problems import Where
from homeward.formats.exports.model import REPEAT_MARKS, Export, RawRow, column_name, refuse
from homeward.formats.exports.text_tables import open_text

MAX_ENTRIES = 100_000  # media come along
MAX_INFLATED = 40_000_000_000
MAX_RATIO = 400
RATIO_FROM = 50_000_000


def open_zip(path: Path, file: str) -> Export:
    where = Where(file=file)
    try:
        return _open(path, file, where)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        # zipfile raises RuntimeError for entries under a password and NotImplementedError for rare compressions
        refuse(
            "zip_unreadable",
            "The zip file is damaged, cut off or protected by a password ({reason}).",
            "Download it again, without a password.",
            where,
            reason=type(error).__name__,
        )


def _open(path: Path, file: str, where: Where) -> Export:
    with zipfile.ZipFile(path) as archive:
        entries = [entry for entry in archive.infolist() if _is_table(entry.filename)]
        if len(archive.infolist()) > MAX_ENTRIES or any(_suspicious(entry) for entry in entries):
            refuse("too_large", "The zip file inflates to far more than its size.", "Export the form again.", where)
    if not entries:
        refuse("zip_without_table", "The zip file holds no CSV file.", "Choose the export of the form as CSV.", where)
    tables = {
        entry.filename: open_text(_opener(path, entry.filename), entry.filename, entry.file_size) for entry in entries
    }
    main = [name for name, table in tables.items() if not is_repeat(table)]
    if len(main) != 1:
        refuse(
            "zip_main_unclear",
            "The zip file holds {count} tables that could be the main one: {names}.",
            "Keep the export of one form in it.",
            where,
            count=len(main),
            names=", ".join(sorted(main or tables)[:5]),
        )
    export = tables.pop(main[0])
    rows = export.rows
    export.file = f"{file}/{main[0]}"
    export.rows = lambda: _readable(rows, where)
    for name, table in tables.items():
        export.repeats[name] = sum(1 for _ in _readable(table.rows, where))
    return export


def is_repeat(table: Export) -> bool:
    return any(column_name(column) in REPEAT_MARKS for column in table.columns or ())


def _is_table(name: str) -> bool:
    return name.lower().endswith((".csv", ".tsv")) and not name.startswith(("__MACOSX/", "media/"))


def _suspicious(entry: zipfile.ZipInfo) -> bool:
    ratio = entry.file_size / max(entry.compress_size, 1)
    return entry.file_size > MAX_INFLATED or (entry.file_size > RATIO_FROM and ratio > MAX_RATIO)


def _opener(path: Path, name: str) -> Callable[[], BinaryIO]:
    def opener() -> BinaryIO:
        with zipfile.ZipFile(path) as archive:  # the entry keeps the file open until it is closed itself
            return cast("BinaryIO", archive.open(name))

    return opener


def _readable(rows: Callable[[], Iterator[RawRow]], where: Where) -> Iterator[RawRow]:
    try:
        yield from rows()
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        refuse(
            "zip_unreadable",
            "The zip file is damaged or cut off ({reason}).",
            "Download it again.",
            where,
            reason=type(error).__name__,
        )
