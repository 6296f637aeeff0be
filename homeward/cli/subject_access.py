"""`homeward subject-access CODE --for child|guardian`: what is held about one child, in plain sentences.

For whoever runs the house and is asked for it on paper; the pages do the same. It is written down that it was made.
"""

from __future__ import annotations

import argparse
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from homeward.cli.main import DONE, print_json
from homeward.cli.serve import start_django
from homeward.domain.problems import Problem, ProblemError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("child", metavar="CODE", help="the child's code")
    parser.add_argument("--for", dest="whom", choices=("child", "guardian"), required=True, help="who asks for it")
    wider = "the guardian's copy to which two people have agreed on the child's page; once"
    parser.add_argument("--wider", action="store_true", help=wider)
    parser.add_argument("--language", default="", help="the language of the sentences; else that of the interviews")
    parser.add_argument("--output", type=Path, metavar="FILE", help="into this file, which only you can read")


def run(args: argparse.Namespace) -> int:
    start_django()
    made: tuple[str, dict[str, Any]] = import_module("homeward.cli.subject_access_work").made(
        args.child, args.whom, args.language, wider=args.wider
    )
    text, values = made
    if args.json:
        print_json(values)
    elif args.output is None:
        sys.stdout.write(text)
    else:
        _write(args.output, text)
    return DONE


def _write(path: Path, text: str) -> None:
    try:
        with open(path, "x", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, 0o600)) as out:
            out.write(text)
    except FileExistsError as error:
        action = "Name another file: nothing is written over."
        raise ProblemError(Problem("subject_access.exists", f"{path} is there already.", action)) from error
