"""`homeward score`: exported interviews -> scores, a report of findings, a page of summary. No server, no database.

Exit status: 0 with a report, whatever it found; 2 when the file cannot be read.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from homeward.cli.main import DONE, print_json
from homeward.domain.instruments import Instrument
from homeward.domain.problems import Problem, ProblemError, Where, errors
from homeward.domain.scoring import Scorer, compile_instrument
from homeward.formats.exports.columns import Chosen
from homeward.formats.exports.interviews import Interviews
from homeward.formats.exports.model import Export
from homeward.formats.exports.offending import Offending
from homeward.formats.exports.opening import open_export
from homeward.formats.exports.scored import ScoredRows
from homeward.formats.exports.summary import summary_text, summary_values
from homeward.formats.exports.writing import ProblemReport, check_target, complete_only, write_scores
from homeward.formats.tables.writing import Cell
from homeward.formats.xlsform.library import Library, open_instrument

LIBRARY_SETTING = "HOMEWARD_LIBRARY"
EPILOG = "Takes --json. Exit status: 0 with a report, whatever it found; 2 when the file cannot be read."
STEP = 500  # interviews between two movements of the bar


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument("file", type=Path, metavar="FILE", help="CSV, Excel, JSON, Parquet, or zipped CSV")
    parser.add_argument(
        "--instrument", required=True, metavar="ID[@VERSION]|PATH", help="library name, folder or workbook"
    )
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="scores as .csv, .xlsx or .parquet; beside FILE if not given"
    )
    parser.add_argument("--weights", default="", metavar="SET", help="another weight set for the dimensions")
    parser.add_argument("--composite-weights", default=None, metavar="SET", help="another weight set for the composite")
    parser.add_argument("--age-column", default="", metavar="HEADER", help="column with the age at interview, in years")
    parser.add_argument("--birth-date-column", default="", metavar="HEADER", help="column with the birth date")
    parser.add_argument("--date-column", default="", metavar="HEADER", help="column with the date of the interview")
    library = os.environ.get(LIBRARY_SETTING, "")
    parser.add_argument("--library", default=library, help=f"a folder of your own instruments ({LIBRARY_SETTING})")


def run(args: argparse.Namespace) -> int:
    instrument, scorer = _scorer(args)
    out = args.out or args.file.with_name(f"{args.file.stem}-scores.csv")
    check_target(out, args.file)
    export = open_export(args.file)
    interviews = Interviews(
        export,
        instrument,
        today=datetime.now(UTC).date(),
        wanted=[asked.name for asked in scorer.plan.asked],
        chosen=Chosen(args.age_column, args.birth_date_column, args.date_column),
    )
    paths = [out, out.with_name(f"{out.stem}-problems.csv"), out.with_name(f"{out.stem}-summary.txt")]
    with ProblemReport(paths[1]) as report, _progress(export, quiet=args.json) as moving:
        offending = Offending(interviews)
        scored = ScoredRows(
            interviews,
            scorer,
            lambda interview, problem: report.add(interview.row_id, problem, offending.shown(interview, problem)),
        )
        texts = frozenset({"row_id", "child_code", "not_enough_answers", *scored.header[-6:]})
        write_scores(out, scored.header, moving(scored.rows()), texts)
        remarks = interviews.remarks
        report.finish(remarks)
    values = summary_values(args.file.name, instrument, scorer, scored.counts, remarks)
    text = summary_text(values, instrument.about.wording_status, [str(path) for path in paths])
    with complete_only(paths[2]) as partial:
        partial.write_text(text, encoding="utf-8")
    if args.json:
        print_json({**values, "out": str(paths[0]), "problems": str(paths[1]), "summary": str(paths[2])})
    else:
        print(text, end="")
    return DONE


def _scorer(args: argparse.Namespace) -> tuple[Instrument, Scorer]:
    loaded = open_instrument(args.instrument, Library(*([args.library] if args.library else [])))
    if errors(loaded.problems):
        raise ProblemError(errors(loaded.problems))
    instrument = loaded.instrument
    if not instrument.scored:
        raise ProblemError(
            Problem(
                "exports.instrument_not_scored",
                "{id} {version} has no scoring sheet.",
                "Choose an instrument that has scores.",
                Where(file=loaded.file, sheet="scoring"),
                {"id": instrument.id, "version": instrument.version},
            )
        )
    return instrument, compile_instrument(instrument).with_weights(args.weights, args.composite_weights)


class _Moving:
    """Passes rows on and moves the bar with them."""

    def __init__(self, export: Export, progress: Progress, task: TaskID) -> None:
        self.export, self.progress, self.task = export, progress, task

    def __call__(self, rows: Iterator[list[Cell]]) -> Iterator[list[Cell]]:
        for count, row in enumerate(rows, start=1):
            if not count % STEP:
                self.progress.update(self.task, completed=self.export.seen_bytes(), rows=count)
            yield row


@contextmanager
def _progress(export: Export, *, quiet: bool) -> Iterator[_Moving]:
    """On the error stream, and only where a person watches."""
    console = Console(stderr=True)
    words = TextColumn("{task.fields[rows]} interviews")
    with Progress(
        BarColumn(),
        words,
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=quiet or not console.is_terminal,
    ) as bar:
        yield _Moving(export, bar, bar.add_task("score", total=export.size or None, rows=0))
