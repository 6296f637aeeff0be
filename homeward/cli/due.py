"""`homeward due`: which children are due on a day, by codes and without a name. It is written down that it was asked.

For whoever runs the house and is asked for a list on paper; the pages say the same.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import date
from importlib import import_module

from homeward.cli.main import DONE, print_json
from homeward.cli.serve import start_django
from homeward.domain.problems import Problem, ProblemError, Where
from homeward.formats.tables.writing import csv_lines

COLUMNS = ("child", "what", "round", "due", "state", "days_late", "not_yet_asked")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--on", metavar="DATE", default="", help="the day; else today, where each child lives")
    parser.add_argument("--team", default="", help="of this team alone")
    parser.add_argument("--organisation", default="", help="its name; needed where there are several")
    parser.add_argument("--format", dest="layout", choices=("text", "csv", "json"), default="text")


def run(args: argparse.Namespace) -> int:
    start_django()
    import_module("homeward.cli.standing").require_house()
    rows = import_module("homeward.apps.visits.listing").list_due(args.organisation, args.team, _day(args.on))
    if args.json or args.layout == "json":
        print_json([dict(zip(COLUMNS, row, strict=True)) for row in rows])
    elif args.layout == "csv":
        for piece in csv_lines(COLUMNS, rows):
            sys.stdout.write(piece.decode())
    else:
        _tell(rows)
    return DONE


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        where = Where(field="--on")
        raise ProblemError(Problem("due.date", "This is not a date.", "Write it as 2026-03-31.", where)) from error


def _tell(rows: Sequence[tuple[str, ...]]) -> None:
    widths = [max(len(row[place]) for row in [COLUMNS, *rows]) for place in range(len(COLUMNS))]
    for row in [COLUMNS, *rows]:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
