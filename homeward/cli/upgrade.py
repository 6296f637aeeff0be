"""`homeward upgrade`: after a new version was installed, and before it is started."""

from __future__ import annotations

import argparse

from homeward.cli.backup import work


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--look", action="store_true", help="say which steps wait, and do nothing")


def run(args: argparse.Namespace) -> int:
    return work("upgrade", args)
