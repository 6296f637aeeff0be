"""`homeward templates`: documents on data protection, filled in from this server, for people to finish."""

from __future__ import annotations

import argparse
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from homeward.cli.serve import start_django


class _Work(Protocol):
    def write(self, folder: Path, organisation: str, *, as_json: bool) -> int: ...


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="DIR", help="where they are written, as .docx and .md")
    parser.add_argument("--organisation", default="", metavar="NAME", help="whose, where the server holds several")


def run(args: argparse.Namespace) -> int:
    start_django()
    work = cast("_Work", import_module("homeward.cli.templates_work"))
    return work.write(args.folder, args.organisation, as_json=args.json)
