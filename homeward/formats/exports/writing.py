"""Scores and findings -> files, in constant memory, each put in its place only when it is complete."""

from __future__ import annotations

import csv
import io
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import pyarrow
import pyarrow.parquet

from homeward.domain.problems import Problem, Where, escaped
from homeward.formats.exports.model import refuse
from homeward.formats.tables.workbook_writing import write_workbook
from homeward.formats.tables.writing import Cell, safe_text, write_csv

KINDS = (".csv", ".xlsx", ".parquet")
BATCH = 20_000
ROW = "row"  # the one column of scores that holds whole numbers
REPORT_COLUMNS = ("severity", "row", "row_id", "field", "value", "code", "message", "what_to_do")


def check_target(path: Path, source: Path) -> None:
    """Before the work begins."""
    where = Where(file=str(path))
    if path.suffix.lower() not in KINDS:
        refuse("out_kind", "The output can be {kinds}.", "Choose a name that ends so.", where, kinds=", ".join(KINDS))
    if path.exists() and path.resolve() == source.resolve():
        refuse("out_is_input", "The output would replace the input.", "Choose another name.", where)
    if not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
        refuse(
            "out_folder", "The folder of the output is not there, or cannot be written to.", "Choose another.", where
        )


@contextmanager
def complete_only(path: Path) -> Iterator[Path]:
    """A name to write to; it becomes `path` when nothing went wrong, and disappears otherwise."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        yield partial
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def write_scores(path: Path, header: Sequence[str], rows: Iterable[Sequence[Cell]], texts: frozenset[str]) -> int:
    """By the extension of `path`. `texts` are the columns that hold text, the others hold decimals."""
    with complete_only(path) as partial:
        if path.suffix.lower() == ".parquet":
            return _write_parquet(partial, header, rows, texts)
        with partial.open("wb") as file:
            if path.suffix.lower() == ".xlsx":
                return write_workbook(file, header, rows, sheet="scores")
            return _write_plain_csv(file, header, rows)


def _write_plain_csv(file: BinaryIO, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> int:
    """Without the mark that spreadsheets like, because programs read these numbers."""
    count = 0
    text = io.TextIOWrapper(file, "utf-8", "replace", newline="", write_through=False)
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([safe_text(title) for title in header])
    for values in rows:
        writer.writerow([safe_text(cell) if isinstance(cell, str) else cell for cell in values])
        count += 1
    text.detach()
    return count


def _write_parquet(path: Path, header: Sequence[str], rows: Iterable[Sequence[Cell]], texts: frozenset[str]) -> int:
    text, decimal = pyarrow.string(), pyarrow.decimal128(9, 6)
    kinds = dict.fromkeys(texts, text) | {ROW: pyarrow.int64()}
    schema = pyarrow.schema([(name, kinds.get(name, decimal)) for name in header])
    count, waiting = 0, iter(rows)
    with pyarrow.parquet.ParquetWriter(path, schema) as writer:
        while batch := list(islice(waiting, BATCH)):
            columns = [
                pyarrow.array(values, kind.type) for values, kind in zip(zip(*batch, strict=True), schema, strict=True)
            ]
            writer.write_batch(pyarrow.record_batch(columns, schema=schema))
            count += len(batch)
    return count


class ProblemReport:
    """Findings of rows go to a file as they come; those of the whole file are put before them at the end."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._body = path.with_name(f".{path.name}.{os.getpid()}.rows")

    def __enter__(self) -> ProblemReport:
        self._file = self._body.open("w+", encoding="utf-8", errors="replace", newline="")
        self._lines = csv.writer(self._file, lineterminator="\r\n")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        self._body.unlink(missing_ok=True)

    def add(self, row_id: str, problem: Problem, value: str = "") -> None:
        severity, row, *texts = report_line(row_id, problem, value)
        self._lines.writerow([severity, row, *(safe_text(str(text)) for text in texts)])

    def finish(self, remarks: Iterable[Problem]) -> None:
        with complete_only(self.path) as partial, partial.open("wb") as file:
            write_csv(file, REPORT_COLUMNS, (report_line("", problem) for problem in remarks))
            self._file.flush()
            with self._body.open("rb") as body:
                shutil.copyfileobj(body, file)


def report_line(row_id: str, problem: Problem, value: str = "") -> list[Cell]:
    where, params = problem.where, problem.params
    message, action = problem.message.format(**params), problem.action.format(**params)
    return [problem.severity, where.row, row_id, escaped(where.field), value, problem.code, message, action]
