"""`homeward health`: how the house stands. Exit status: 0 well, 1 something within days, 2 something now
(or nothing is here to look at).

It says nothing of escalations: that one exists is a secret, and a command line is read by whoever has the machine.
"""

from __future__ import annotations

import argparse
from importlib import import_module
from typing import Protocol, cast

from homeward.cli.serve import start_django


class _Work(Protocol):
    def tell(self, *, as_json: bool) -> int: ...


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None of its own."""


def run(args: argparse.Namespace) -> int:
    start_django()
    return cast("_Work", import_module("homeward.cli.health_work")).tell(as_json=args.json)
